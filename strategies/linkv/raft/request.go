package raft

import (
	"maps"
	"slices"

	"gossipbench/node/wire"
	"gossipbench/strategies/linkv"
	core "gossipbench/strategies/raft"
	"gossipbench/strategies/server"
)

// request is a request that this node accepted from a client, or that another node
// forwarded to it as the leader.
type request struct {
	command
	own     bool // accepted from a client
	answer  []func(outcome)
	term    uint64 // the term in which this node proposed or read it; 0 for none
	doubts  int    // attempts that may still succeed
	again   server.Handle
	call    server.Handle
	expires server.Handle
}

// client handles a client's request.
func (n *node) client(m server.Message) {
	op, ok := linkv.ReadRequest(n.env, m)
	if !ok {
		return
	}
	n.wake()
	if n.refuse && n.core.Role() != core.Leader {
		server.Fail(n.env, m, wire.TemporarilyUnavailable, "%s does not lead", n.config.Self)
		n.work()
		return
	}
	n.asked++
	r := n.take(command{name{int(n.self), n.life, n.asked}, op}, func(o outcome) { n.reply(m, m.Type+"_ok", o) })
	r.own = true
	n.try(r)
	n.work()
}

// forwarded handles a request that another node forwarded.
func (n *node) forwarded(m server.Message) {
	c, ok := parseForward(m.Body)
	c.origin = int(n.id(m.Src))
	if !ok || c.origin < 0 {
		server.Fail(n.env, m, wire.MalformedRequest, "forward: want a command of a node of the cluster")
		return
	}
	n.wake()
	answer := func(o outcome) { n.reply(m, "forward_ok", o) }
	switch r := n.open[c.name]; {
	case n.core.Role() != core.Leader:
		server.Fail(n.env, m, wire.TemporarilyUnavailable, "%s does not lead", n.config.Self)
	case r != nil: // a retry or a duplicate
		r.answer = append(r.answer, answer)
		n.propose(r)
	default:
		n.propose(n.take(c, answer))
	}
	n.work()
}

// reply answers a request by its outcome.
func (n *node) reply(m server.Message, typ string, o outcome) {
	switch {
	case o.code != 0:
		server.Fail(n.env, m, o.code, "%s", o.text)
	case o.failed:
		server.Fail(n.env, m, wire.Timeout, "%s", o.text)
	case o.value != nil:
		n.env.Reply(m, typ, wire.Fields(nil).Raw("value", o.value))
	default:
		n.env.Reply(m, typ, nil)
	}
}

// take stores a request until it is answered or expires.
func (n *node) take(c command, answer func(outcome)) *request {
	r := &request{command: c, answer: []func(outcome){answer}}
	n.open[c.name] = r
	r.expires = n.env.After(linkv.Patience, func() { n.expire(r) })
	return r
}

// try passes a request to the leader, if there is one, and schedules the next try.
func (n *node) try(r *request) {
	n.env.Cancel(r.again)
	r.again = n.env.After(n.election, func() {
		n.try(r)
		n.work()
	})
	switch n.core.Leader() {
	case n.self:
		n.propose(r)
	case core.None:
	default:
		n.forward(r, n.core.Leader())
	}
}

// tryAll passes all client requests to a new leader.
func (n *node) tryAll() {
	if n.leader == core.None {
		return
	}
	for _, name := range slices.SortedFunc(maps.Keys(n.open), name.compare) {
		if r := n.open[name]; r.own {
			n.try(r)
		}
	}
}

// propose executes a request on this node, which leads.
func (n *node) propose(r *request) {
	if r.term == n.core.Term() {
		return // it is in progress
	}
	r.term = n.core.Term()
	if r.Kind == linkv.Read && !n.logReads {
		n.readings++
		n.reading[n.readings] = r
		n.core.Read(n.env.Now(), n.readings)
		return
	}
	r.doubts++
	n.core.Propose(n.env.Now(), r.command.append(nil))
}

// forward sends a request to the leader, another node.
func (n *node) forward(r *request, leader core.NodeID) {
	n.env.Cancel(r.call) // the new call replaces the old one
	r.doubts++
	r.call = n.env.Call(n.config.Nodes[leader], "forward", r.forward(), n.election, func(m server.Message, err *wire.Error) {
		switch {
		case err == nil:
			n.finish(r, outcome{value: wire.Field(m.Body, "value")})
		case err.Code == wire.TemporarilyUnavailable:
			r.doubts-- // try will repeat it
		case err.Code == wire.KeyDoesNotExist || err.Code == wire.PreconditionFailed:
			n.finish(r, outcome{code: err.Code, text: err.Text})
		}
	})
}

// depose leaves a read that this node could not answer to the next leader.
func (n *node) depose(r *request) {
	r.term = 0
	if !r.own {
		n.finish(r, outcome{code: wire.TemporarilyUnavailable, text: n.config.Self + " does not lead any more"})
	}
}

// expire gives up a request. If an attempt may still succeed, the outcome is
// unknown; for a read that does not matter.
func (n *node) expire(r *request) {
	o := outcome{code: wire.TemporarilyUnavailable, text: "no leader has answered in time"}
	if r.Kind != linkv.Read && r.doubts > 0 {
		o = outcome{failed: true, text: "a leader may yet do it"}
	}
	n.finish(r, o)
}

// finish answers a request and removes it. A read without a value, or a change with
// one, is the answer of a lying node.
func (n *node) finish(r *request, o outcome) {
	if o.code == 0 && !o.failed && (r.Kind == linkv.Read) != (o.value != nil) {
		o = outcome{failed: true, text: "another answer came than was asked for"}
	}
	for _, h := range []server.Handle{r.again, r.call, r.expires} {
		n.env.Cancel(h)
	}
	delete(n.open, r.name)
	for _, answer := range r.answer {
		answer(o)
	}
}
