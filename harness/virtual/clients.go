package virtual

import (
	"cmp"
	"fmt"
	"time"

	"gossipbench/harness/edn"
	"gossipbench/harness/history"
	"gossipbench/harness/router"
	"gossipbench/harness/workload"
	"gossipbench/node/wire"
	"gossipbench/strategies/gossip"
)

// client asks a node, one question at a time.
type client struct {
	self   router.Endpoint
	node   gossip.NodeID
	last   int64               // msg_id of its last request
	answer func(*wire.Message) // told what came of it: nil where nothing came in time; nil while it waits for nothing
}

// thread is one of the load's synchronous clients.
type thread struct {
	client  *client
	session workload.Session
	process int // as histories number it: another one after each op that ended as info
	busy    bool
}

func (c *cluster) newClient(node gossip.NodeID) *client {
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
	c.router.Send(cl.self, router.Endpoint(cl.node), body)
}

func (cl *client) hear(m *wire.Message) {
	answer := cl.answer
	cl.answer = nil
	answer(m)
}

// hear gives a client what a node sent it. An answer that comes late, or twice,
// is dropped.
func (c *cluster) hear(dest router.Endpoint, body []byte) {
	var m wire.Message
	number := c.router.Number(dest)
	if err := m.ParseBody(body); err != nil || number >= len(c.clients) {
		c.err = fmt.Errorf("client c%d was sent what nobody can read: %s", number, body)
		return
	}
	if cl := c.clients[number]; m.Reply && m.InReplyTo == cl.last && cl.answer != nil {
		cl.hear(&m)
	}
}

// open makes the threads, whose clients set their nodes up.
func (c *cluster) open() error {
	c.threads = make([]thread, c.trial.Threads())
	c.free = len(c.threads)
	c.asking = c.protocol.Generator(*c.trial, len(c.threads))
	for i := range c.threads {
		cl := c.newClient(gossip.NodeID(i % len(c.nodes)))
		c.threads[i] = thread{client: cl, session: c.protocol.Session(), process: i}
		if err := c.setUp(cl); err != nil {
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

// ask starts the ops that are due, and returns when the next one is.
func (c *cluster) ask() time.Duration {
	for c.load != nil && c.free > 0 {
		at, more := c.load.Next()
		if !more {
			return router.Never
		}
		if at > c.now {
			return at
		}
		i, ask := c.load.Start(c.now, func(i int) bool { return !c.threads[i].busy })
		c.invoke(i, ask, func(op history.Op) {
			if c.asking.Completed != nil {
				c.asking.Completed(op)
			}
		})
		c.settle()
	}
	return router.Never
}

// invoke has thread i do an op, and tells completed how it ended.
func (c *cluster) invoke(i int, ask workload.Ask, completed func(history.Op)) {
	th := &c.threads[i]
	th.busy = true
	c.free--
	c.record(history.Op{Process: th.process, F: ask.F, Value: ask.Value, Final: ask.Final, Extra: ask.Extra})
	x := c.protocol.Begin(th.session, ask)
	if x.Request.Type == "" {
		c.complete(i, x.Crash(), completed)
		return
	}
	c.exchange(i, &x, completed)
}

// exchange makes the requests of an op.
func (c *cluster) exchange(i int, x *workload.Exchange, completed func(history.Op)) {
	c.call(c.threads[i].client, x.Request, func(m *wire.Message) {
		if end, ended := x.Heard(m); ended {
			c.complete(i, end, completed)
		} else {
			c.exchange(i, x, completed)
		}
	})
}

// complete ends the op of thread i. Where nobody knows what became of it a new
// client takes the thread.
func (c *cluster) complete(i int, end history.Op, completed func(history.Op)) {
	th := &c.threads[i]
	end.Process = th.process
	th.busy = false
	c.free++
	c.record(end)
	if end.Type == history.Info {
		th.process += len(c.threads)
		th.client, th.session = c.newClient(th.client.node), c.protocol.Session()
	}
	completed(end)
	if c.free == len(c.threads) && c.then != nil {
		then := c.then
		c.then = nil
		then()
	}
}

// endLoad ends the load, and once its ops have ended the recovery begins.
func (c *cluster) endLoad() {
	c.load = nil
	recovery := func() { c.at(c.now+c.trial.Recovery, c.readFinal) }
	if c.free == len(c.threads) {
		recovery()
	} else {
		c.then = recovery
	}
}

// readFinal has all threads do their final ops, and ends the trial a while
// after.
func (c *cluster) readFinal() {
	end := func() { c.at(c.now+workload.Aftermath(*c.trial), func() { c.over = true }) }
	asked := false
	if c.asking.Final != nil {
		for i := range c.threads {
			asked = c.askFinal(i, nil) || asked
		}
	}
	if c.free == len(c.threads) || !asked {
		end()
	} else {
		c.then = end
	}
}

// askFinal has thread i do what it is to do after the recovery, of which last
// was done before, and reports whether there is any.
func (c *cluster) askFinal(i int, last *history.Op) bool {
	ask, more := c.asking.Final(i, last)
	if more {
		c.invoke(i, ask, func(op history.Op) { c.askFinal(i, &op) })
	}
	return more
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

// recordFault tells the history that a fault begins or ends.
func (c *cluster) recordFault(f workload.Fault) {
	name, value := "stop-"+f.Kind, "healed"
	if f.Starts {
		name, value = "start-"+f.Kind, cmp.Or(f.Target, "all")
	}
	c.record(history.Op{Type: history.Info, Process: history.Nemesis, F: name, Value: edn.NewKeyword(value)})
}
