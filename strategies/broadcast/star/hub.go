package star

import (
	"gossipbench/strategies/broadcast"
	"time"
)

// hub is a node's part towards those below it.
type hub struct {
	down    []downlink // those below, in order of their places, then guests
	guests  int
	offset  time.Duration // one of the moments at which it flushes, or at which batches come from above
	flushAt time.Duration // when it is to flush next; never where it has no reason
	behind  bool          // news missed their flush, and are to be passed on soon
	spare   int           // regular flushes since the last belated one, at most ahead · thrift
}

// downlink is what a hub knows of one below it. Lengths are those of the log.
type downlink struct {
	peer   broadcast.NodeID
	sent   int           // how much it has been sent
	acked  int           // how much it has
	echo   int           // values behind sent that it brought
	have   mark          // how much of its own journal is here
	held   time.Duration // how long its last news waited to be passed on; 0 where that is not known
	owed   bool          // an answer to its last news
	guided bool          // it has been told how long its news waited
	heard  time.Duration // when it last spoke
	sentAt time.Duration // when it was last sent values
	since  time.Duration // when it was sent the first values that it may lack
	tries  int           // to send them again
}

// tardy is the share of a period by which a batch may be later, or news may be earlier,
// than expected. Chosen.
const tardy = 4

// A belated flush, of news that missed theirs, is for thrift regular ones, and ahead of
// them are free: so they cost 3 % at most, and two periods. If jitter has news miss their
// flush more often, it is for the margins to grow. Chosen.
const (
	thrift = 32
	ahead  = 2
)

func newHub(t *tree) hub {
	first, behind := t.below()
	h := hub{flushAt: never, spare: ahead * thrift}
	if first < behind {
		h.down = make([]downlink, behind-first)
		for i := range h.down {
			h.down[i].peer = t.node(first + int64(i))
		}
	}
	return h
}

// downlink returns the link to a node below, or nil.
func (n *node) downlink(peer broadcast.NodeID) *downlink {
	first, behind := n.tree.below()
	place := (int64(peer) - n.tree.hub + n.tree.nodes) % n.tree.nodes
	if first <= place && place < behind {
		return &n.down[place-first]
	}
	for i := len(n.down) - n.guests; i < len(n.down); i++ {
		if n.down[i].peer == peer {
			return &n.down[i]
		}
	}
	return nil
}

// hearNews takes values from below.
func (n *node) hearNews(env broadcast.Env, from broadcast.NodeID, m *broadcast.Message) {
	k := n.downlink(from)
	if k == nil && n.robust {
		k = n.admit(from)
	}
	before := n.log.len()
	for _, v := range m.Values {
		n.learn(v, m.Hops, true)
	}
	now := env.Now()
	if k != nil {
		k.echo += n.log.len() - before
		n.heed(now, k, m)
	}
	if len(m.Values) > 0 || k != nil && n.fresh(k) {
		n.armFlush(env, now)
		n.passUp(env, now)
	}
	if len(m.Values) > 0 && n.missed(now, m.Age) {
		n.catchUp(env, m.Age)
	}
	if k != nil && (m.Kind == Need || !k.guided && n.hurried(now, k)) {
		n.tell(env, k, Extra)
		n.armFlush(env, n.overdue(k))
	}
}

// heed notes what news say of their sender.
func (n *node) heed(now time.Duration, k *downlink, m *broadcast.Message) {
	k.heard = now
	place, known := n.log.place(mark(m.Ack))
	if place > k.acked {
		k.tries = 0
	}
	// One of the two has started again, or this came late, or was asked for.
	back := !known || place < k.acked || m.Kind == Need
	if k.acked = place; back || k.sent < place {
		k.sent, k.echo = place, 0
	}
	have, reading := k.have.follow(mark(m.Seq), m.Values)
	if have != k.have {
		k.have, k.held = have, n.hold(now)
	}
	if reading != nonsense && len(m.Values) > 0 {
		k.owed = true
	}
}

// hurried reports whether a node below that cannot know yet when to send is told
// so at once. That saves messages if the node would send more than one until the
// next flush, at the rate at which values have come so far.
func (n *node) hurried(now time.Duration, k *downlink) bool {
	return k.held.Seconds()*float64(n.log.len()) > now.Seconds()*float64(n.nodes)
}

// hold is how long what comes at this moment waits to be passed on, to all
// below by the uppermost hub, else up; 0 where that is not known.
func (n *node) hold(now time.Duration) time.Duration {
	if n.leads() {
		return max(n.nextFlush(now)-now, 1)
	}
	if u := n.current(); u.phase.known() {
		return max(u.phase.slot(now, n.period)-now, 1)
	}
	return 0
}

// missed reports whether news that were to come a margin before they are passed on came
// after that. It takes them for early if they came before the next time by no more than
// two margins, which grow with the jitter, or one and a part of the period.
func (n *node) missed(now, margin time.Duration) bool {
	return margin > 0 && n.hold(now)-margin > max(margin, n.period/tardy)
}

// catchUp passes on news that missed their flush, and would wait for a whole period,
// once they have waited as long as they were to: so what was late together goes together.
func (n *node) catchUp(env broadcast.Env, wait time.Duration) {
	if !n.behind && n.spare >= thrift {
		n.behind = true
		n.spare -= thrift
		env.After(wait, broadcast.Timer{Kind: Late})
	}
}

// nextFlush is the moment at which to flush next. A hub that has one above it
// flushes when a batch comes from there, so this is later than the next of those.
func (n *node) nextFlush(now time.Duration) time.Duration {
	next := now + n.period - modulo(now-n.offset, n.period)
	if !n.leads() {
		next += n.period / tardy
	}
	return min(next, n.flushAt)
}

// fresh reports whether there is anything to send to one below that it did not
// bring itself.
func (n *node) fresh(k *downlink) bool { return n.log.len()-k.sent > k.echo }

// armFlush sets the timer of the first flush at or after a time, if none is set
// that comes before it.
func (n *node) armFlush(env broadcast.Env, at time.Duration) {
	if len(n.down) == 0 || at == never {
		return
	}
	now := env.Now()
	if at = n.nextFlush(max(at-1, now)); at < n.flushAt {
		n.flushAt = at
		env.After(at-now, broadcast.Timer{Kind: Flush})
	}
}

// flush tells all below what they do not know: as a Batch where this is a regular
// flush, else as an Extra.
func (n *node) flush(env broadcast.Env, kind broadcast.Kind) {
	n.flushAt, n.behind = never, false
	if kind == Batch {
		n.spare = min(n.spare+1, ahead*thrift)
	}
	now := env.Now()
	n.dismissGuests(now)
	again := never
	for i := range n.down {
		k := &n.down[i]
		if n.overdue(k) <= now {
			k.sent, k.echo = k.acked, 0
			k.tries++
		}
		if n.fresh(k) || n.robust && k.owed {
			n.tell(env, k, kind)
		}
		again = min(again, n.overdue(k))
	}
	n.armFlush(env, again)
}

// tell sends one below all that it has not been sent, unless it brought all of
// that: then it is told that it has arrived.
func (n *node) tell(env broadcast.Env, k *downlink, kind broadcast.Kind) {
	m := broadcast.Message{Kind: kind, Ack: uint64(k.have), Age: k.held}
	if n.fresh(k) {
		m.Values, m.Hops = n.log.from(k.sent), n.hops.log+1
		k.sentAt = env.Now()
		if k.acked == k.sent {
			k.since = k.sentAt
		}
		k.sent, k.echo = n.log.len(), 0
	}
	m.Seq = uint64(n.log.mark(k.sent))
	k.owed = false
	k.guided = k.guided || k.held > 0
	env.Send(k.peer, m)
}
