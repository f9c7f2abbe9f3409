package server

import (
	"fmt"
	"time"

	"gossipbench/harness/network"
	"gossipbench/node/wire"
	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/server"
)

// node is a node of the cluster and the server.Env of its service.
type node struct {
	*cluster
	id       broadcast.NodeID
	name     string
	disk     server.Memory
	handlers server.Handlers
	state    state
	life     uint64 // number of times it was killed
	began    time.Duration
	pending  map[server.Handle]*pending
	last     server.Handle // last handle that was returned
	held     []func()      // functions that wait while it is paused
	busy     time.Duration // time at which it handles the message that arrived last
}

// state says whether a node can act.
type state uint8

const (
	up state = iota
	down
	paused
)

// pending is a timer or a call in progress.
type pending struct {
	expire func()                            // of a timer
	answer func(server.Message, *wire.Error) // of a call
}

// boot starts the node's process. It takes no time, but init and its answer count as
// messages.
func (n *node) boot() {
	n.state, n.began, n.busy, n.pending = up, n.now, n.now, map[server.Handle]*pending{}
	client := n.newClient(n.id)
	n.router.Pass(network.Message{Src: client.self, Dest: network.Endpoint(n.id)})
	n.router.Pass(network.Message{Src: network.Endpoint(n.id), Dest: client.self})
	names := make([]string, len(n.nodes))
	for i := range n.nodes {
		names[i] = n.router.Name(network.Endpoint(i))
	}
	var err error
	n.handlers, err = n.make().Start(n, server.Config{
		Self: n.name, Nodes: names, Disk: n.disk,
		// As with the node's flag --life: each life has other random numbers.
		Rand: broadcast.NewRand(n.trial.Seed+n.life<<32, n.id),
	})
	if err != nil {
		n.fail("could not start: %v", err)
	}
}

// fall applies a fault to the node.
func (n *node) fall(kind string) {
	switch {
	case kind == "kill":
		n.state, n.handlers, n.pending, n.held = down, nil, nil, nil
		n.life++
	case kind == "pause" && n.state == up:
		n.state = paused
	}
}

// recover ends a fault of the node.
func (n *node) recover(kind string) {
	switch {
	case kind == "kill" && n.state == down:
		n.boot()
		if err := n.setUp(n.newClient(n.id)); err != nil {
			n.fail("%v", err)
		}
	case kind == "pause" && n.state == paused:
		n.state = up
		held := n.held
		n.held = nil
		for _, f := range held {
			f()
		}
	}
}

// act calls f, at once or when the node is no longer paused.
func (n *node) act(f func()) {
	if n.state == paused {
		n.held = append(n.held, f)
		return
	}
	f()
}

// take handles a message after a processing time, and after messages that arrived
// earlier.
func (n *node) take(m network.Message) {
	life := n.life
	n.busy = max(n.busy, n.now+n.own.draw())
	n.at(n.busy, func() {
		n.act(func() {
			if n.state != down && n.life == life {
				n.handle(m)
			}
		})
	})
}

// handle passes a message to the service.
func (n *node) handle(m network.Message) {
	var w wire.Message
	if err := w.ParseBody(m.Body); err != nil {
		panic(fmt.Sprintf("virtual: %s was sent what is no message: %v: %s", n.name, err, m.Body))
	}
	in := server.Message{Src: n.router.Name(m.Src), Type: string(w.Type), Body: w.Body, IDs: w.IDs}
	if !in.Reply {
		n.handlers.Handle(n, in)
		return
	}
	p := n.pending[server.Handle(in.InReplyTo)]
	switch {
	case p == nil || p.answer == nil: // late, duplicated, or without a request
		return
	case in.Type == "error":
		delete(n.pending, server.Handle(in.InReplyTo))
		p.answer(server.Message{}, wire.ReadError(in.Body))
	default:
		delete(n.pending, server.Handle(in.InReplyTo))
		p.answer(in, nil)
	}
}

// Now implements server.Env.
func (n *node) Now() time.Duration { return n.now - n.began }

// Send implements server.Env.
func (n *node) Send(to, typ string, fields wire.Fields) { n.send(to, typ, wire.IDs{}, fields) }

// Reply implements server.Env.
func (n *node) Reply(request server.Message, typ string, fields wire.Fields) {
	if request.Request {
		n.send(request.Src, typ, request.Answer(), fields)
	}
}

// Call implements server.Env.
func (n *node) Call(to, typ string, fields wire.Fields, timeout time.Duration, done func(server.Message, *wire.Error)) server.Handle {
	h := n.wait(timeout, pending{answer: done})
	n.send(to, typ, wire.IDs{MsgID: int64(h), Request: true}, fields)
	return h
}

// After implements server.Env.
func (n *node) After(d time.Duration, f func()) server.Handle { return n.wait(d, pending{expire: f}) }

// Cancel implements server.Env.
func (n *node) Cancel(h server.Handle) { delete(n.pending, h) }

// wait schedules a timer or the time-out of a call after d. Handles continue to count
// after a restart, so an answer to an earlier life is never taken for one of this life.
func (n *node) wait(d time.Duration, p pending) server.Handle {
	n.last++
	h, life := n.last, n.life
	n.pending[h] = &p
	n.at(n.now+max(d, 0), func() {
		n.act(func() {
			if n.life != life || n.pending[h] == nil {
				return
			}
			delete(n.pending, h)
			if p.expire != nil {
				p.expire()
			} else {
				p.answer(server.Message{}, &wire.Error{Code: wire.Timeout, Text: "no reply in time"})
			}
		})
	})
	return h
}

// send sends a message to a node, a service or a client.
func (n *node) send(to, typ string, ids wire.IDs, fields wire.Fields) {
	dest, ok := n.router.Find([]byte(to))
	if !ok {
		n.fail("sent %s to %q, which does not exist", typ, to)
		return
	}
	body := bodyOf(n.name, to, typ, ids, fields)
	if n.router.Number(dest) >= 0 {
		n.router.Pass(network.Message{Src: network.Endpoint(n.id), Dest: dest, Body: body})
		n.hear(dest, body)
		return
	}
	n.router.Send(network.Endpoint(n.id), dest, body)
}

// bodyOf returns the body of a message as on the wire.
func bodyOf(from, to, typ string, ids wire.IDs, fields wire.Fields) []byte {
	line := wire.AppendMessage(nil, from, to, typ, ids, fields)
	return line[network.Envelope-len("}\n")+len(from)+len(to) : len(line)-len("}\n")]
}

// fail ends the trial because the node violated the contract.
func (n *node) fail(format string, args ...any) {
	if n.err == nil {
		n.err = fmt.Errorf("%s: %s", n.name, fmt.Sprintf(format, args...))
	}
}
