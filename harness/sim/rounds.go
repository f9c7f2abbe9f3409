package sim

import (
	"gossipbench/strategies/broadcast"
	"time"
)

// rounds is the network of textbooks: all nodes act at once on the state at the start of
// the round, and what they send arrives before the next round.
//
// Time stands still within a round. First the timers that are due expire, node by node.
// Messages without values, requests and acknowledgements, arrive at once: they belong to
// the contact that causes them. Messages with values arrive after all nodes have acted,
// in the order in which they were sent; what a node sends because of them arrives in the
// next round. So a node that learns a value sends it a round later, and a pull is
// answered with the state at the start of the round.
//
// Source: the cycles of Demers et al. 1987, section 1.4, in the reading that fits its
// tables.
type rounds struct {
	length  time.Duration
	values  []letter // messages with values
	control []letter // messages without values
	due     []letter // messages of the current round
}

// letter is a message in the network.
type letter struct {
	to, from broadcast.NodeID
	ref      uint32
}

// post puts a message into the network.
func (r *rounds) post(to, from broadcast.NodeID, ref uint32, carries bool) {
	if carries {
		r.values = append(r.values, letter{to, from, ref})
	} else {
		r.control = append(r.control, letter{to, from, ref})
	}
}

// next returns the first round at or after at, but later than the current one.
func (r *rounds) next(now, at time.Duration) time.Duration {
	at = max(at, now+1)
	return (at + r.length - 1) / r.length * r.length
}

// endRound delivers the messages of this round. It reports whether more is to come.
func (c *cluster) endRound() bool {
	r := c.rounds
	c.settle() // messages caused by new values or new nodes
	r.due, r.values = r.values, r.due[:0]
	for _, l := range r.due {
		c.hand(l)
		c.settle()
	}
	return len(r.values) > 0 || c.queue.Len() > 0
}

// settle delivers messages without values, and those that they cause.
func (c *cluster) settle() {
	r := c.rounds
	for i := 0; i < len(r.control); i++ {
		c.hand(r.control[i])
	}
	r.control = r.control[:0]
}

func (c *cluster) hand(l letter) {
	if c.cuts != nil && c.rejects(l.to, l.from) {
		c.messages.release(l.ref)
		return
	}
	c.arrive(l.to, l.from, l.ref)
}
