// Package proxy stores registers in Maelstrom's service lin-kv. It is the baseline
// for other strategies of lin-kv: as consistent and as available as that service.
//
// A read is one request to the service. A change is two, a read and a
// compare-and-set, since the network may duplicate a request. The second copy of a
// plain write would overwrite later ones. A compare-and-set that was done could be
// answered by the refusal of its second copy. So a register is stored in a cell,
// which counts its changes and names their writers. Requests for a register that
// arrive during a change of it are executed together afterwards.
//
// It is ours, after the proxy in Maelstrom's documentation of its services.
package proxy

import (
	"time"

	"gossipbench/node/wire"
	"gossipbench/strategies/kv"
	"gossipbench/strategies/linkv"
	"gossipbench/strategies/param"
	"gossipbench/strategies/server"
)

// wait is the timeout of one request to the service. Chosen: a change needs two
// answers, and has time for a lost one.
const wait = 1500 * time.Millisecond

// Spec is the strategy.
var Spec = server.Spec{
	Workloads: []string{server.LinKV},
	Name:      "proxy",
	Doc:       "each register lies in the service lin-kv, and nowhere else",
	Source:    "Maelstrom, doc/services.md",
	Promise:   "linearizable; available to those who reach the service",
	New:       func(param.Values) server.Service { return proxy{} },
}

type proxy struct{}

// Start implements server.Service.
func (proxy) Start(env server.Env, c server.Config) (server.Handlers, error) {
	n := &node{
		env: env, self: c.Self, store: kv.Store{Env: env, Name: "lin-kv", Wait: wait},
		names: kv.Names{Life: server.Life(c.Disk)}, registers: map[string]*register{},
	}
	return server.Handlers{linkv.Read: n.client, linkv.Write: n.client, linkv.CAS: n.client}, nil
}

type node struct {
	env       server.Env
	self      string
	store     kv.Store
	names     kv.Names             // of the node's changes
	registers map[string]*register // registers that are being changed
}

// register holds the waiting changes of a register.
type register struct {
	key     string
	waiting []request
	busy    bool
}

type request struct {
	server.Message
	linkv.Operation
	until time.Duration // the time to give up
}

// cell is the form of a register in lin-kv: {"n": changes, "value": …, "by":
// marks}. The number of changes only grows, so no state recurs.
type cell struct {
	changes uint64
	value   []byte // nil if the register does not exist
	by      kv.Marks
	text    []byte
}

func readCell(text []byte) cell {
	c := cell{value: wire.Field(text, "value"), by: kv.ReadMarks(wire.Field(text, "by")), text: text}
	c.changes, _ = wire.Uint(wire.Field(text, "n"))
	return c
}

// with returns the cell after another change.
func (c cell) with(value []byte, node, name string) cell {
	next := cell{changes: c.changes + 1, value: value, by: c.by.With(node, name)}
	next.text = append(wire.Fields(nil).Uint("n", next.changes).Raw("value", value).Key("by"), next.by.Append(nil)...)
	next.text[0] = '{'
	next.text = append(next.text, '}')
	return next
}

func (n *node) client(m server.Message) {
	op, ok := linkv.ReadRequest(n.env, m)
	if !ok {
		return
	}
	r := request{m, op, n.env.Now() + linkv.Patience}
	if op.Kind == linkv.Read {
		n.store.Get(op.Key, r.until, func(text []byte, err *wire.Error) {
			value := readCell(text).value
			if err == nil {
				_, err = op.Do(value)
			}
			n.answer(r, value, err)
		})
		return
	}
	g := n.registers[op.Key]
	if g == nil {
		g = &register{key: op.Key}
		n.registers[op.Key] = g
	}
	g.waiting = append(g.waiting, r)
	n.next(g)
}

func (n *node) answer(r request, value []byte, err *wire.Error) {
	switch {
	case err != nil:
		server.Fail(n.env, r.Message, err.Code, "%s", err.Text)
	case r.Kind == linkv.Read:
		n.env.Reply(r.Message, "read_ok", wire.Fields(nil).Raw("value", value))
	default:
		n.env.Reply(r.Message, r.Kind+"_ok", nil)
	}
}

// next executes the waiting changes of a register on its current state.
func (n *node) next(g *register) {
	if g.busy {
		return
	}
	for len(g.waiting) > 0 && n.env.Now() >= g.waiting[0].until {
		late := g.waiting[0]
		g.waiting = g.waiting[1:]
		n.answer(late, nil, &wire.Error{Code: wire.TemporarilyUnavailable, Text: "no change of the register in time"})
	}
	if len(g.waiting) == 0 {
		delete(n.registers, g.key)
		return
	}
	g.busy = true
	batch := g.waiting // later requests need a later read
	g.waiting = nil
	n.store.Get(g.key, batch[0].until, func(text []byte, err *wire.Error) {
		if err != nil {
			n.end(g, batch, make([]*wire.Error, len(batch)), err)
			return
		}
		n.change(g, batch, readCell(text))
	})
}

// change executes a batch as one change of a register.
func (n *node) change(g *register, batch []request, from cell) {
	value, changes := from.value, false
	failed := make([]*wire.Error, len(batch))
	for i, r := range batch {
		if value, failed[i] = r.Do(value); failed[i] == nil {
			changes = true
		}
	}
	if !changes {
		n.end(g, batch, failed, nil)
		return
	}
	name := n.names.Next()
	to := from.with(value, n.self, name)
	n.store.Try(kv.Attempt{
		Key: g.key, From: from.text, To: to.text, Until: batch[0].until,
		Fate: func(now []byte) kv.Fate { return fate(from, readCell(now), n.self, name) },
	}, func(fate kv.Fate, _ []byte) {
		switch fate {
		case kv.Done:
			n.end(g, batch, failed, nil)
		case kv.Dead:
			g.waiting = append(batch, g.waiting...)
			g.busy = false
			n.next(g)
		default:
			n.end(g, batch, failed, &wire.Error{Code: wire.Timeout, Text: "nobody knows whether the register was changed"})
		}
	})
}

// fate returns the outcome of a node's change of from, if the cell is now.
func fate(from, now cell, node, name string) kv.Fate {
	switch {
	case now.by.Wrote(node, name):
		return kv.Done
	case now.changes > from.changes:
		return kv.Dead
	}
	return kv.Open
}

// end answers a batch: each request by its own error, or all by err.
func (n *node) end(g *register, batch []request, failed []*wire.Error, err *wire.Error) {
	for i, r := range batch {
		if err != nil {
			failed[i] = err
		}
		n.answer(r, nil, failed[i])
	}
	g.busy = false
	n.next(g)
}
