package native

import (
	"fmt"
	"time"

	"gossipbench/harness/history"
	"gossipbench/harness/router"
	"gossipbench/harness/workload"
	"gossipbench/node/wire"
	"gossipbench/strategies/gossip"
)

// client asks nodes, one question at a time.
type client struct {
	self router.Endpoint
	node gossip.NodeID // whom it asks
	last int64         // msg_id of its last request
	// answer is told what came of the last request: nil where nothing came in
	// time. It is nil while the client waits for nothing.
	answer   func(*wire.Message)
	deadline time.Duration
	arrived  time.Duration  // when its last request came to its node
	listed   bool           // among those that wait
	late     map[int64]bool // requests without an answer in time: one may still come
}

// newClient makes a client of the node.
func (r *run) newClient(node gossip.NodeID) *client {
	c := &client{self: r.router.Client(len(r.clients)), node: node}
	r.clients = append(r.clients, c)
	return c
}

// call has send send the client's node a request, and answer told what came of
// it.
func (r *run) call(c *client, typ string, fields wire.Fields, timeout time.Duration,
	send func(src, dest router.Endpoint, body []byte), answer func(*wire.Message),
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
	body := line[router.Envelope-len("}\n")+len(name)+len(peer) : len(line)-len("}\n")]
	send(c.self, router.Endpoint(c.node), body)
}

// expire ends the requests that have waited too long, and returns when the
// next one will have.
func (r *run) expire(now time.Duration) time.Duration {
	if now < r.soonest {
		return r.soonest
	}
	waiting := r.waiting
	r.waiting, r.soonest = nil, router.Never
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
		if c.late == nil {
			c.late = map[int64]bool{}
		}
		c.late[c.last] = true
		answer := c.answer
		c.answer = nil
		answer(nil)
	}
	return r.soonest
}

// hear gives a client what a node sent it, and returns what the node did wrong
// by it, or "".
func (r *run) hear(dest router.Endpoint, m *wire.Message) (wrong string) {
	number := r.router.Number(dest)
	if number >= len(r.clients) {
		return fmt.Sprintf("sent a message to c%d, which does not exist: %s", number, clip(m.Body))
	}
	c := r.clients[number]
	switch {
	case !m.Reply:
		return fmt.Sprintf("sent c%d a message that answers nothing, since it has no in_reply_to: %s", number, clip(m.Body))
	case m.InReplyTo == c.last && c.answer != nil:
		answer := c.answer
		c.answer = nil
		answer(m)
	case c.late[m.InReplyTo]:
		delete(c.late, m.InReplyTo)
	case m.InReplyTo < 1 || m.InReplyTo > c.last:
		return fmt.Sprintf("answered message %d of c%d, which was never sent: %s", m.InReplyTo, number, clip(m.Body))
	case r.trial.Duplicate > 0: // it may have been asked twice, by way of another node
	default:
		return fmt.Sprintf("answered message %d of c%d twice: %s", m.InReplyTo, number, clip(m.Body))
	}
	return ""
}

// thread is one of the load's synchronous clients.
type thread struct {
	client  *client
	session workload.Session
	process int // as histories number it: another one after each op that ended as info
	busy    bool
	mute    bool // its last op was not answered in time
}

// ask starts the ops that are due, and returns when the next one is.
func (r *run) ask(now time.Duration) time.Duration {
	for r.load != nil && r.free > 0 {
		at, more := r.load.Next()
		if !more {
			return router.Never
		}
		if at += r.start; at > now {
			return at
		}
		i, ask := r.load.Start(now-r.start, func(i int) bool { return !r.threads[i].busy })
		r.invoke(i, ask, func(op history.Op) {
			if r.asking.Completed != nil {
				r.asking.Completed(op)
			}
		})
	}
	return router.Never
}

// askFinal has thread i do what it is to do after the recovery, of which last
// was done before.
func (r *run) askFinal(i int, last *history.Op) {
	if r.asking.Final == nil {
		return
	}
	if ask, more := r.asking.Final(i, last); more {
		r.invoke(i, ask, func(op history.Op) { r.askFinal(i, &op) })
	}
}

// invoke has thread i do an op, and tells completed how it ended.
func (r *run) invoke(i int, ask workload.Ask, completed func(history.Op)) {
	th := &r.threads[i]
	th.busy = true
	r.free--
	op := history.Op{Process: th.process, F: ask.F, Value: ask.Value, Final: ask.Final, Extra: ask.Extra}
	r.record(op)
	x := r.protocol.Begin(th.session, ask)
	if x.Request.Type == "" {
		r.complete(i, x.Crash(), completed)
		return
	}
	r.exchange(i, &x, completed)
}

// exchange makes the requests of an op.
func (r *run) exchange(i int, x *workload.Exchange, completed func(history.Op)) {
	r.call(r.threads[i].client, x.Request.Type, x.Request.Fields, r.trial.RPCTimeout, r.router.Send, func(m *wire.Message) {
		end, ended := x.Heard(m)
		if !ended {
			r.exchange(i, x, completed)
			return
		}
		r.threads[i].mute = m == nil
		r.complete(i, end, completed)
	})
}

// complete ends the op of thread i. Where nobody knows what became of it a new
// client takes the thread.
func (r *run) complete(i int, end history.Op, completed func(history.Op)) {
	th := &r.threads[i]
	end.Process = th.process
	th.busy = false
	r.free++
	r.record(end)
	if end.Type == history.Info {
		th.process += len(r.threads)
		th.client, th.session = r.newClient(th.client.node), r.protocol.Session()
	}
	completed(end)
}
