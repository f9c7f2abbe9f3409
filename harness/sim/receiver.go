package sim

import (
	"time"

	"gossipbench/harness/network"
	"gossipbench/harness/workload"
	"gossipbench/strategies/broadcast"
)

// receiver is the receiving thread of a node under Maelstrom's rule.
type receiver struct {
	inbox   network.Inbox[parcel]
	taken   parcel
	busy    bool          // a wake event is pending
	holds   bool          // taken is delivered with that event
	stalled time.Duration // it does nothing before this time
}

// parcel is what a receiver takes: a message from a node, or op number ref of client
// thread −1−from.
type parcel struct {
	from broadcast.NodeID
	ref  uint32
}

// held is a parcel or timer that waits for a paused node.
type held struct {
	from broadcast.NodeID // of a timer: the life that set it
	ref  uint32
	kind kind // deliver, expire, or enter for a client's request
}

// push queues a parcel that arrives at the deadline or later.
func (c *cluster) push(to broadcast.NodeID, p parcel, deadline time.Duration) {
	c.receivers[to].inbox.Push(deadline, p)
	c.take(to, false)
}

// take lets a receiver take its next parcel. awake is true if it has just delivered one.
func (c *cluster) take(to broadcast.NodeID, awake bool) {
	r := &c.receivers[to]
	for !r.busy && r.inbox.Len() > 0 {
		if r.stalled > c.queue.now {
			c.wakeAt(to, r.stalled)
			return
		}
		p, due := r.inbox.Take(c.queue.now, &c.jitter, awake)
		awake = true
		if p.from >= 0 && c.cuts != nil && c.rejects(to, p.from) {
			c.messages.release(p.ref)
			continue
		}
		r.taken, r.holds = p, true
		c.wakeAt(to, due)
	}
}

// wakeAt makes a receiver busy until a time.
func (c *cluster) wakeAt(to broadcast.NodeID, at time.Duration) {
	c.receivers[to].busy = true
	c.queue.push(at, wake, event{to: to})
}

// wake delivers what a receiver took, unless it is stalled.
func (c *cluster) wake(to broadcast.NodeID) {
	r := &c.receivers[to]
	if r.stalled > c.queue.now {
		c.wakeAt(to, r.stalled)
		return
	}
	delivers := r.holds
	r.busy, r.holds = false, false
	if p := r.taken; delivers {
		if p.from >= 0 {
			c.arrive(to, p.from, p.ref)
		} else {
			c.request(to, -1-int32(p.from), p.ref)
		}
	}
	c.take(to, delivers)
}

// stall stops the thread of a receiver.
func (c *cluster) stall(s workload.Stall) {
	r := &c.receivers[s.Node]
	r.stalled = max(r.stalled, s.Until)
}

// ask sends a client's request to a node. It arrives at once, except that under
// Maelstrom's rule it waits for a message in flight.
func (c *cluster) ask(to broadcast.NodeID, thread int32, op uint32) {
	if c.receivers == nil {
		c.request(to, thread, op)
		return
	}
	c.push(to, parcel{broadcast.NodeID(-1 - thread), op}, c.queue.now)
}

// request handles a client's request that has arrived at a node.
func (c *cluster) request(to broadcast.NodeID, thread int32, op uint32) {
	switch c.nodes[to].state {
	case up:
		c.answer(thread, op)
	case paused:
		c.held[to] = append(c.held[to], held{broadcast.NodeID(thread), op, enter})
	}
}
