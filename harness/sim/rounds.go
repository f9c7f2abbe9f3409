package sim

import (
	"gossipbench/strategies/broadcast"
	"time"
)

// rounds is the textbook's network: all nodes act at once, on the state at the
// start of the round, and what they send has arrived when the next round
// starts.
//
// Time stands still within a round. First the timers that are due expire, node
// by node. Messages that carry no value, questions and acknowledgements, arrive
// at once: they belong to the contact that causes them. Those that carry values
// arrive when all have acted, in the order in which they were sent; what a node
// sends because of them is on its way until the next round. So a node that
// learns a value tells of it a round later, and a pull is answered with what was
// known at the start of the round.
//
// Source: the cycles of Demers et al. 1987, section 1.4, in the reading that fits
// its tables.
type rounds struct {
	length  time.Duration
	values  []letter // that carry values
	control []letter // that carry none
	due     []letter // of the round that goes on
}

// letter is a message on its way.
type letter struct {
	to, from broadcast.NodeID
	ref      uint32
}

// post lets a message set out.
func (r *rounds) post(to, from broadcast.NodeID, ref uint32, carries bool) {
	if carries {
		r.values = append(r.values, letter{to, from, ref})
	} else {
		r.control = append(r.control, letter{to, from, ref})
	}
}

// next is the round at or after the time at, but not the one that goes on.
func (r *rounds) next(now, at time.Duration) time.Duration {
	at = max(at, now+1)
	return (at + r.length - 1) / r.length * r.length
}

// endRound delivers what has been on its way in this round. It reports whether
// more is to come.
func (c *cluster) endRound() bool {
	r := c.rounds
	c.settle() // what a value from outside, or a new node, has caused
	r.due, r.values = r.values, r.due[:0]
	for _, l := range r.due {
		c.hand(l)
		c.settle()
	}
	return len(r.values) > 0 || c.queue.Len() > 0
}

// settle delivers the messages that carry no value, and those that they cause.
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
