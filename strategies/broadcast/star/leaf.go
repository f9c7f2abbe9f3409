package star

import (
	"gossipbench/strategies/broadcast"
	"slices"
	"time"
)

// leaf is a node's part towards its hub.
type leaf struct {
	up       []uplink      // to the hub, if there is one above, and to a deputy
	deputies int           // that have been tried since the hub was last heard
	turn     time.Duration // from news to their acknowledgement, smoothed; 0 where that is not known
	repairAt time.Duration // when repair is to look again; never where nothing is owed
}

// uplink is what a node knows of a hub. Lengths are those of its own journal.
type uplink struct {
	peer    broadcast.NodeID
	sent    int           // how much it has been sent
	acked   int           // how much it has
	have    mark          // how much of its log is here
	reports []sending     // that are not acknowledged; the oldest first
	phase   phase         // of its flushes
	slotAt  time.Duration // when news are to be sent; never where there are none
	heard   bool          // ever

	missing bool          // a gap in its log is known
	owing   bool          // it is not told yet that its last values came
	batchAt time.Duration // when those came
	tries   int           // to get what it owes
	due     time.Duration // when to try next; never where it owes nothing
}

// sending is news on their way.
type sending struct {
	end   int
	at    time.Duration
	again bool // in part
}

// unanswered is how many news on their way are remembered. Chosen: more than are
// under way at once, if periods are not much shorter than latencies.
const unanswered = 16

func newLeaf(t *tree) leaf {
	l := leaf{repairAt: never}
	if t.place > 0 {
		l.up = append(l.up, newUplink(t.node(t.above(t.place))))
	}
	return l
}

func newUplink(peer broadcast.NodeID) uplink { return uplink{peer: peer, slotAt: never, due: never} }

// uplink returns the link to a hub, or nil.
func (n *node) uplink(peer broadcast.NodeID) *uplink {
	for i := range n.up {
		if n.up[i].peer == peer {
			return &n.up[i]
		}
	}
	return nil
}

// current is the hub to whom news are sent: the deputy, if there is one. It is
// nil at the uppermost hub.
func (n *node) current() *uplink {
	if len(n.up) == 0 {
		return nil
	}
	return &n.up[len(n.up)-1]
}

// reportInStep sends a hub news that were to arrive the margin before it flushes.
func (n *node) reportInStep(env broadcast.Env, u *uplink) {
	u.slotAt = never
	if u.sent < n.own.len() {
		n.report(env, u, News, max(u.phase.margin, 1))
	}
}

// report sends a hub all of one's own that it has not been sent, and how long that
// is to wait there; 0 where that is not known.
func (n *node) report(env broadcast.Env, u *uplink, kind broadcast.Kind, wait time.Duration) {
	m := broadcast.Message{Kind: kind, Values: n.own.from(u.sent), Ack: uint64(u.have), Age: wait}
	if len(m.Values) > 0 {
		m.Hops = n.hops.own + 1
		if len(u.reports) == unanswered {
			u.reports = slices.Delete(u.reports, 0, 1)
		}
		u.reports = append(u.reports, sending{n.own.len(), env.Now(), u.tries > 0})
	}
	u.sent = n.own.len()
	m.Seq = uint64(n.own.mark(u.sent))
	u.owing = false
	env.Send(u.peer, m)
	n.expect(env, u)
}

// hearBatch takes values from above. Those of one who is no longer a hub of this
// node are taken all the same.
func (n *node) hearBatch(env broadcast.Env, from broadcast.NodeID, m *broadcast.Message) {
	for _, v := range m.Values {
		n.learn(v, m.Hops, false)
	}
	if u := n.uplink(from); u != nil {
		now := env.Now()
		if u == &n.up[0] {
			n.back()
			if len(m.Values) > 0 && m.Kind == Batch {
				n.guess(now-time.Duration(n.tree.depth())*n.hint, n.floor)
			}
		}
		u.heard, u.tries = true, 0
		n.credit(now, u, m)
		asks := n.read(u, m)
		if len(m.Values) > 0 {
			u.owing, u.batchAt = true, now
			if m.Kind == Batch {
				n.offset = now
			}
		}
		if asks && n.robust {
			n.try(env, u)
		}
		n.expect(env, u)
	}
	if len(m.Values) > 0 {
		n.flush(env, m.Kind)
	}
	n.passUp(env, env.Now())
}

// guess goes by the hint until the phase has been measured: that the uppermost
// hub flushed at a moment of this node's time, and how long links take.
func (n *node) guess(flush, margin time.Duration) {
	if n.hint == 0 || len(n.up) == 0 {
		return
	}
	depth := time.Duration(n.tree.depth())
	n.up[0].phase.guess(flush-depth*n.hint-(depth-1)*margin, margin)
}

// credit notes how much of one's own a hub has.
func (n *node) credit(now time.Duration, u *uplink, m *broadcast.Message) {
	place, known := n.own.place(mark(m.Ack))
	if place > u.acked {
		u.due = never // expect sets it anew
	}
	// One of the two has started again, or this came late.
	back := !known || place < u.acked
	if u.acked = place; back || u.sent < place {
		u.sent, u.reports = place, nil
	}
	answered := 0
	for ; answered < len(u.reports) && u.reports[answered].end <= place; answered++ {
		r := u.reports[answered]
		if r.end < place || r.again {
			continue
		}
		if m.Age > 0 {
			u.phase.observe(r.at+m.Age, n.period, n.floor)
		}
		if n.turn == 0 {
			n.turn = now - r.at
		}
		n.turn += (now - r.at - n.turn) / gain
	}
	u.reports = slices.Delete(u.reports, 0, answered)
}

// read notes how much of a hub's log has come, and reports whether what is
// missing is to be asked for.
func (n *node) read(u *uplink, m *broadcast.Message) (asks bool) {
	have, reading := u.have.follow(mark(m.Seq), m.Values)
	switch reading {
	case gap:
		asks = !u.missing
		u.missing = true
	case anew:
		if u.have > 0 {
			n.remind()
		}
		u.missing = false
	case fits:
		u.missing = false
	}
	u.have = have
	return asks
}
