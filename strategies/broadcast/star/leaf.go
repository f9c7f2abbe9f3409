package star

import (
	"gossipbench/strategies/broadcast"
	"slices"
	"time"
)

// leaf is a node's state as a leaf.
type leaf struct {
	up       []uplink      // to the hub, if there is one, then to a deputy
	deputies int           // number of deputies tried since the last message of the hub
	turn     time.Duration // smoothed time from news to their acknowledgement; 0 if unknown
	repairAt time.Duration // when repair runs next; never if no answer is due
}

// uplink is what a node knows about a hub. Lengths are lengths of its own journal.
type uplink struct {
	peer    broadcast.NodeID
	sent    int           // length that it was sent
	acked   int           // length that it has
	have    mark          // mark in its log up to which the node has everything
	reports []sending     // unacknowledged news, oldest first
	phase   phase         // of the hub's flushes
	slotAt  time.Duration // when to send news; never if there are none
	heard   bool          // any message has arrived from it

	missing bool          // its log has a gap here
	owing   bool          // its last values are not acknowledged
	batchAt time.Duration // when those arrived
	tries   int           // requests without an answer
	due     time.Duration // time of the next request; never if no answer is due
}

// sending is unacknowledged news.
type sending struct {
	end   int
	at    time.Duration
	again bool // some of it was sent before
}

// unanswered is how many unacknowledged news are remembered. Chosen: more than are
// in flight at once, unless periods are much shorter than latencies.
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

// current returns the link to the hub that news go to: the deputy, if there is one.
// It is nil at the uppermost hub.
func (n *node) current() *uplink {
	if len(n.up) == 0 {
		return nil
	}
	return &n.up[len(n.up)-1]
}

// reportInStep sends news that should arrive margin before the hub's flush.
func (n *node) reportInStep(env broadcast.Env, u *uplink) {
	u.slotAt = never
	if u.sent < n.own.len() {
		n.report(env, u, News, max(u.phase.margin, 1))
	}
}

// report sends a hub the values of the journal that it has not been sent, and how
// long they should wait there, or 0 if unknown.
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

// hearBatch handles values from above. It accepts values of former hubs too.
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

// guess sets the phase by the hint until it is measured. It assumes that the
// uppermost hub flushed at the time flush.
func (n *node) guess(flush, margin time.Duration) {
	if n.hint == 0 || len(n.up) == 0 {
		return
	}
	depth := time.Duration(n.tree.depth())
	n.up[0].phase.guess(flush-depth*n.hint-(depth-1)*margin, margin)
}

// credit updates how much of the node's journal a hub has.
func (n *node) credit(now time.Duration, u *uplink, m *broadcast.Message) {
	place, known := n.own.place(mark(m.Ack))
	if place > u.acked {
		u.due = never // expect sets it again
	}
	// A node has restarted, or this is late.
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

// read updates how much of a hub's log the node has, and reports whether it must
// ask for the rest.
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
