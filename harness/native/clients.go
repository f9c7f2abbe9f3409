package native

import (
	"strings"
	"time"

	"gossipbench/harness/history"
	"gossipbench/harness/network"
	"gossipbench/harness/workload"
	"gossipbench/node/wire"
	"gossipbench/strategies/broadcast"
)

// client sends requests to a node, one at a time.
type client struct {
	self network.Endpoint
	node broadcast.NodeID // the node that it uses
	last int64            // msg_id of its last request
	// answer is called with the answer to the last request, or nil after a time-out. It
	// is nil if the client waits for nothing.
	answer   func(*wire.Message)
	deadline time.Duration
	arrived  time.Duration // when its last request arrived at its node
	listed   bool          // in the list of waiting clients
	mute     bool          // its thread's last request was not answered in time
}

// newClient creates a client of a node.
func (r *run) newClient(node broadcast.NodeID) *client {
	c := &client{self: r.router.Client(len(r.clients)), node: node}
	r.clients = append(r.clients, c)
	return c
}

// call sends a request to the client's node, by send, and passes the answer to answer.
func (r *run) call(c *client, typ string, fields wire.Fields, timeout time.Duration,
	send func(src, dest network.Endpoint, body []byte), answer func(*wire.Message),
) {
	c.last++
	c.answer = answer
	c.deadline = r.now() + timeout
	r.soonest = min(r.soonest, c.deadline)
	if !c.listed {
		c.listed = true
		r.waiting = append(r.waiting, c)
	}
	name, peer := r.router.Name(c.self), r.nodes[c.node].name
	line := wire.AppendMessage(nil, name, peer, typ, wire.IDs{MsgID: c.last, Request: true}, fields)
	body := line[network.Envelope-len("}\n")+len(name)+len(peer) : len(line)-len("}\n")]
	send(c.self, network.Endpoint(c.node), body)
}

// expire ends the requests that have timed out, and returns the time of the next
// time-out.
func (r *run) expire(now time.Duration) time.Duration {
	if now < r.soonest {
		return r.soonest
	}
	waiting := r.waiting
	r.waiting, r.soonest = nil, network.Never
	var expired []*client
	for _, c := range waiting {
		switch {
		case c.answer == nil:
			c.listed = false
		case c.deadline <= now:
			c.listed = false
			expired = append(expired, c)
		default:
			r.waiting = append(r.waiting, c)
			r.soonest = min(r.soonest, c.deadline)
		}
	}
	for _, c := range expired {
		r.nodes[c.node].unanswered = true
		answer := c.answer
		c.answer = nil
		answer(nil)
	}
	return r.soonest
}

// hear gives a client a message of a node. As in Maelstrom, it skips a message that does
// not answer the pending request: a duplicate, a late answer, or a message that is no
// answer. Source: recv! in src/maelstrom/client.clj.
func (r *run) hear(from *process, dest network.Endpoint, m *wire.Message) {
	number := r.router.Number(dest)
	c := r.clients[number]
	if m.Reply && m.OtherReply == "" && m.InReplyTo == c.last && c.answer != nil {
		answer := c.answer
		c.answer = nil
		answer(m)
		return
	}
	switch {
	case !m.Reply:
		from.skip(noReply, "sent c%d a message without in_reply_to, which answers nothing: %s", number, clip(m.Body))
	case m.OtherReply != "":
		from.skip(oddReply, "answered c%d with in_reply_to %s, %s, where msg_id is a number such as %d: %s", number, clip([]byte(m.OtherReply)), kind(m.OtherReply), c.last, clip(m.Body))
	case m.InReplyTo < 1 || m.InReplyTo > c.last:
		from.skip(unasked, "answered message %d of c%d, which was never sent: %s", m.InReplyTo, number, clip(m.Body))
	}
}

// load implements workload.Backend for the run.
type load struct{ *run }

// Now implements workload.Backend.
func (l load) Now() time.Duration { return l.now() - l.start }

// Call implements workload.Backend.
func (l load) Call(thread int, request workload.Request, answer func(*wire.Message)) {
	c := l.clientOf[thread]
	l.call(c, request.Type, request.Fields, l.trial.RPCTimeout, l.router.Send, func(m *wire.Message) {
		c.mute = m == nil
		l.talks[c.node].note(m)
		answer(m)
	})
}

// Renew implements workload.Backend.
func (l load) Renew(thread int) {
	before := l.clientOf[thread]
	l.clientOf[thread] = l.newClient(before.node)
	l.clientOf[thread].mute = before.mute
}

// Record implements workload.Backend.
func (l load) Record(op history.Op) { l.record(op) }

// ask starts the ops that are due, and returns the time of the next one.
func (r *run) ask(now time.Duration) time.Duration {
	for r.threads != nil {
		at, more := r.threads.Next()
		if !more {
			break
		}
		if at += r.start; at > now {
			return at
		}
		r.threads.Begin(now - r.start)
	}
	return network.Never
}

// kind describes a JSON value that is not an integer of 64 bits.
func kind(text string) string {
	switch {
	case text[0] == '"':
		return "a string"
	case text[0] == '[' || text[0] == '{':
		return "no number"
	case strings.ContainsAny(text, ".eE"):
		return "a fraction"
	}
	return "another value"
}
