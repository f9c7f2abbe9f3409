package sim

import (
	"time"

	"gossipbench/harness/network"
	"gossipbench/strategies/gossip"
)

// receiver is a node's end of the network under Maelstrom's rule.
type receiver struct {
	inbox network.Inbox[parcel]
	taken parcel
	busy  bool // taken is on its way, and a wake event stands for its arrival
}

// parcel is what a receiver takes: a message from a node, or from client thread
// −1−from its op of number ref.
type parcel struct {
	from gossip.NodeID
	ref  uint32
}

// held is a parcel or a timer that a paused node has not seen yet.
type held struct {
	from gossip.NodeID // of a timer: the life that set it
	ref  uint32
	kind kind // deliver, expire, or enter for what a client asks
}

// push lets a parcel set out to arrive at the deadline, or later.
func (c *cluster) push(to gossip.NodeID, p parcel, deadline time.Duration) {
	c.receivers[to].inbox.Push(deadline, p)
	c.take(to)
}

// take has an idle receiver take what is next.
func (c *cluster) take(to gossip.NodeID) {
	r := &c.receivers[to]
	for !r.busy && r.inbox.Len() > 0 {
		p, due := r.inbox.Take(c.queue.now)
		if p.from >= 0 && c.cuts != nil && c.rejects(to, p.from) {
			c.messages.release(p.ref)
			continue
		}
		r.taken, r.busy = p, true
		c.queue.push(due, wake, event{to: to})
	}
}

// wake delivers what a receiver took.
func (c *cluster) wake(to gossip.NodeID) {
	r := &c.receivers[to]
	r.busy = false
	if p := r.taken; p.from >= 0 {
		c.arrive(to, p.from, p.ref)
	} else {
		c.request(to, -1-int32(p.from), p.ref)
	}
	c.take(to)
}

// ask sends a client's request to a node: at once, but under Maelstrom's rule
// not past what is on its way.
func (c *cluster) ask(to gossip.NodeID, thread int32, op uint32) {
	if c.receivers == nil {
		c.request(to, thread, op)
		return
	}
	c.push(to, parcel{gossip.NodeID(-1 - thread), op}, c.queue.now)
}

// request hands a node a client's request that is at its door.
func (c *cluster) request(to gossip.NodeID, thread int32, op uint32) {
	switch c.nodes[to].state {
	case up:
		c.answer(thread, op)
	case paused:
		c.held[to] = append(c.held[to], held{gossip.NodeID(thread), op, enter})
	}
}
