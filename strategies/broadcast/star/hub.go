package star

import (
	"gossipbench/strategies/broadcast"
	"time"
)

// hub is a node's state as a hub.
type hub struct {
	down    []downlink // the nodes below in order of their places, then guests
	guests  int
	offset  time.Duration // a time of a flush; at a lower hub, of a batch from above
	flushAt time.Duration // when it flushes next; never without a reason
	behind  bool          // late news wait for a flush of their own
	spare   int           // regular flushes since the last one for late news, at most ahead · thrift
}

// downlink is what a hub knows about a node below. Lengths are lengths of the log.
type downlink struct {
	peer   broadcast.NodeID
	sent   int           // length that it was sent
	acked  int           // length that it has
	echo   int           // number of values after sent that it brought itself
	have   mark          // mark in its journal up to which the hub has everything
	held   time.Duration // how long its last news waited for a flush; 0 if unknown
	owed   bool          // its last news are not acknowledged
	guided bool          // it has been told how long its news waited
	heard  time.Duration // when its last message arrived
	sentAt time.Duration // when it was last sent values
	since  time.Duration // when it was sent the first values that it may lack
	tries  int           // how often these were resent
}

// tardy is the share of a period by which a batch may be late, or news early.
// Chosen.
const tardy = 4

// A flush for late news needs thrift regular flushes; ahead of them are free at the
// start. So they cost at most 3 %, and two periods. If jitter makes news late more
// often, the margins must grow instead. Chosen.
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

// hearNews handles values from below.
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

// heed updates what the hub knows about the sender of news.
func (n *node) heed(now time.Duration, k *downlink, m *broadcast.Message) {
	k.heard = now
	place, known := n.log.place(mark(m.Ack))
	if place > k.acked {
		k.tries = 0
	}
	// A node has restarted, or this is late, or it asks for a repetition.
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

// hurried reports whether a node below that does not know when to send must be told
// at once. That saves messages if, at the rate of values so far, the node would
// send more than one until the next flush.
func (n *node) hurried(now time.Duration, k *downlink) bool {
	return k.held.Seconds()*float64(n.log.len()) > now.Seconds()*float64(n.nodes)
}

// hold returns how long news that arrive now wait: at the uppermost hub for its
// flush, else to be sent up. It returns 0 if that is unknown.
func (n *node) hold(now time.Duration) time.Duration {
	if n.leads() {
		return max(n.nextFlush(now)-now, 1)
	}
	if u := n.current(); u.phase.known() {
		return max(u.phase.slot(now, n.period)-now, 1)
	}
	return 0
}

// missed reports whether news that should arrive margin before a flush arrived
// after it. News are early, not late, if they arrive before the next flush by at
// most two margins, which grow with jitter, or by one margin and a part of the
// period.
func (n *node) missed(now, margin time.Duration) bool {
	return margin > 0 && n.hold(now)-margin > max(margin, n.period/tardy)
}

// catchUp schedules a flush for late news after the time that they should have
// waited, so that news that are late together go together.
func (n *node) catchUp(env broadcast.Env, wait time.Duration) {
	if !n.behind && n.spare >= thrift {
		n.behind = true
		n.spare -= thrift
		env.After(wait, broadcast.Timer{Kind: Late})
	}
}

// nextFlush returns the time of the next flush. A lower hub flushes when a batch
// arrives from above, so for it this is later than the next batch.
func (n *node) nextFlush(now time.Duration) time.Duration {
	next := now + n.period - modulo(now-n.offset, n.period)
	if !n.leads() {
		next += n.period / tardy
	}
	return min(next, n.flushAt)
}

// fresh reports whether there are values for a node below that it did not bring
// itself.
func (n *node) fresh(k *downlink) bool { return n.log.len()-k.sent > k.echo }

// armFlush sets the timer of the first flush at or after the time at, unless an
// earlier one is set.
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

// flush sends every node below the values that it may lack: as a Batch in a regular
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

// tell sends a node below all values that it has not been sent. If it brought all
// of them, tell sends an acknowledgement only.
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
