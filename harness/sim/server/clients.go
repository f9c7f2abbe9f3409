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

// client asks a node, one question at a time.
type client struct {
	self   network.Endpoint
	node   broadcast.NodeID
	last   int64               // msg_id of its last request
	answer func(*wire.Message) // told what came of it: nil where nothing came in time; nil while it waits for nothing
}

func (c *cluster) newClient(node broadcast.NodeID) *client {
	cl := &client{self: c.router.Client(len(c.clients)), node: node}
	c.clients = append(c.clients, cl)
	return cl
}

// call sends the client's node a request, and tells answer what comes of it.
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

// hear gives a client what a node sent it, which takes it a time of its own. An
// answer that comes late, or twice, is dropped.
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

// open makes the clients of the threads, who set their nodes up.
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

// setUp has a client ask its node what the workload begins with.
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

// load is the cluster as the threads of its load see it.
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

// ask starts the ops that are due, and returns when the next one is.
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

// endLoad ends the load. Once its ops have ended the recovery begins, or, in a
// workload without final ops, the trial ends.
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

// readFinal has all threads do their final ops.
func (c *cluster) readFinal() {
	c.threads.Finish()
	c.then = c.leave
}

// leave ends the trial a while later.
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
