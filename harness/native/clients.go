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

// client asks nodes, one question at a time.
type client struct {
	self network.Endpoint
	node broadcast.NodeID // whom it asks
	last int64            // msg_id of its last request
	// answer is told what came of the last request: nil where nothing came in
	// time. It is nil while the client waits for nothing.
	answer   func(*wire.Message)
	deadline time.Duration
	arrived  time.Duration // when its last request came to its node
	listed   bool          // among those that wait
	mute     bool          // its thread's last request was not answered in time
}

// newClient makes a client of the node.
func (r *run) newClient(node broadcast.NodeID) *client {
	c := &client{self: r.router.Client(len(r.clients)), node: node}
	r.clients = append(r.clients, c)
	return c
}

// call has send send the client's node a request, and answer told what came of
// it.
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

// expire ends the requests that have waited too long, and returns when the
// next one will have.
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

// hear gives a client what a node sent it. What does not answer the request that
// the client waits for is skipped, as in Maelstrom: a second answer, a late one, or
// what answers nothing. Source: recv! in src/maelstrom/client.clj.
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

// load is the run as the threads of its load see it.
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

// ask starts the ops that are due, and returns when the next one is.
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

// kind says what a JSON value is that is no integer of 64 bits.
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
