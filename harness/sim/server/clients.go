package server

import (
	"fmt"
	"time"

	"gossipbench/harness/history"
	"gossipbench/harness/network"
	"gossipbench/harness/workload"
	"gossipbench/node/wire"
	"gossipbench/strategies/broadcast"
)

// client sends requests to a node, one at a time.
type client struct {
	self   network.Endpoint
	node   broadcast.NodeID
	last   int64               // msg_id of its last request
	answer func(*wire.Message) // called with the answer, or nil after a time-out; nil if the client waits for nothing
}

func (c *cluster) newClient(node broadcast.NodeID) *client {
	cl := &client{self: c.router.Client(len(c.clients)), node: node}
	c.clients = append(c.clients, cl)
	return cl
}

// call sends a request to the client's node and passes the answer to answer.
func (c *cluster) call(cl *client, r workload.Request, answer func(*wire.Message)) {
	cl.last++
	cl.answer = answer
	id := cl.last
	body := bodyOf(c.router.Name(cl.self), c.nodes[cl.node].name, r.Type, wire.IDs{MsgID: id, Request: true}, r.Fields)
	c.at(c.now+c.trial.RPCTimeout, func() {
		if cl.last == id && cl.answer != nil {
			cl.hear(nil)
		}
	})
	c.router.Send(cl.self, network.Endpoint(cl.node), body)
}

func (cl *client) hear(m *wire.Message) {
	answer := cl.answer
	cl.answer = nil
	answer(m)
}

// hear gives a client an answer, after a processing time. It drops late and duplicated
// answers.
func (c *cluster) hear(dest network.Endpoint, body []byte) {
	var m wire.Message
	number := c.router.Number(dest)
	if err := m.ParseBody(body); err != nil || number >= len(c.clients) {
		c.err = fmt.Errorf("client c%d was sent what nobody can read: %s", number, body)
		return
	}
	if cl := c.clients[number]; m.Reply && m.InReplyTo == cl.last && cl.answer != nil {
		answer := cl.answer
		cl.answer = nil
		c.at(c.now+c.own.draw(), func() { answer(&m) })
	}
}

// open creates the clients of the threads, which set up their nodes.
func (c *cluster) open() error {
	c.clientOf = make([]*client, c.trial.Threads())
	for i := range c.clientOf {
		c.clientOf[i] = c.newClient(broadcast.NodeID(i % len(c.nodes)))
		if err := c.setUp(c.clientOf[i]); err != nil {
			return err
		}
	}
	return nil
}

// setUp sends the client's first request of the workload.
func (c *cluster) setUp(cl *client) error {
	r, err := c.protocol.Setup(*c.trial)
	if err != nil || r.Type == "" {
		return err
	}
	c.call(cl, r, func(m *wire.Message) {
		if (m == nil || string(m.Type) != r.Type+"_ok") && c.nodes[cl.node].state == up {
			c.nodes[cl.node].fail("did not answer %s as it should", r.Type)
		}
	})
	return nil
}

// load implements workload.Backend for the cluster.
type load struct{ *cluster }

// Now implements workload.Backend.
func (l load) Now() time.Duration { return l.now }

// Call implements workload.Backend.
func (l load) Call(thread int, r workload.Request, answer func(*wire.Message)) {
	l.call(l.clientOf[thread], r, answer)
}

// Renew implements workload.Backend.
func (l load) Renew(thread int) { l.clientOf[thread] = l.newClient(l.clientOf[thread].node) }

// Record implements workload.Backend.
func (l load) Record(op history.Op) { l.record(op) }

// ask starts the ops that are due, and returns the time of the next one.
func (c *cluster) ask() time.Duration {
	for {
		at, more := c.threads.Next()
		if !more {
			return network.Never
		}
		if at > c.now {
			return at
		}
		c.threads.Begin(c.now)
		c.settle()
	}
}

// endLoad ends the load. When its ops have completed, the recovery begins; in a workload
// without final ops the trial ends.
func (c *cluster) endLoad() {
	if c.ended {
		return
	}
	c.ended = true
	c.threads.EndLoad()
	if c.threads.HasFinal() {
		c.then = func() { c.at(c.now+c.trial.Recovery, c.readFinal) }
	} else {
		c.then = c.leave
	}
}

// readFinal starts the final ops of all threads.
func (c *cluster) readFinal() {
	c.threads.Finish()
	c.then = c.leave
}

// leave ends the trial after a while.
func (c *cluster) leave() {
	c.at(c.now+workload.Aftermath(*c.trial), func() { c.over = true })
}

// record adds an op to the history.
func (c *cluster) record(op history.Op) {
	op.Index, op.Time = c.recorded, c.now
	c.recorded++
	c.checkers.Add(op)
	if c.keep != nil && c.err == nil {
		if err := c.keep.Write(op); err != nil {
			c.err = fmt.Errorf("history: %w", err)
		}
	}
}
