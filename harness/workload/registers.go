package workload

import (
	"math/rand/v2"
	"time"

	"gossipbench/harness/checker"
	"gossipbench/harness/history"
	"gossipbench/harness/trial"
	"gossipbench/node/wire"
)

// registers is Maelstrom's workload lin-kv: registers with read, write and
// compare-and-set, and values from 0 to 4.
//
// Threads form groups of two per node, each group with its own register. Of all threads
// the first ones, one per node, read; the others write, or, twice as often, compare and
// set. So registers of later groups are never read, as in Jepsen and its recorded
// histories. A register is replaced by a new one when more than 20 clients could have
// used it: those of the group, and their replacements.
//
// Source: jepsen.tests.linearizable-register, process-limit in jepsen.generator;
// workload/lin_kv.clj in Maelstrom.
var registers = Protocol{
	Setup: noSetup, Idempotent: isRead, Reusable: true,
	Generator: registerOps,
	Session:   func() Session { return &once{request: registerRequest, value: registerValue} },
	Checker:   checker.NewLinearizable,
	Stores:    true,
}

// maxClients bounds the clients of a register. Source: process-limit in
// jepsen.tests.linearizable-register.
const maxClients = 20

// group is a set of threads that share a register.
type group struct {
	first, readers, end int // threads first to readers-1 read, readers to end-1 write
	key                 int64
	renewed             int // clients of the group that were replaced while key was in use
}

func registerOps(t trial.Trial, threads int) *Generator {
	size := min(2*t.Nodes, threads)
	var groups []*group
	for first := 0; first < threads; first += size {
		g := &group{first: first, readers: first, end: min(first+size, threads), key: int64(len(groups))}
		if first == 0 {
			g.readers = (size + 1) / 2
		}
		groups = append(groups, g)
	}
	last := int64(len(groups) - 1)
	return &Generator{
		Among: func(r *rand.Rand, free func(int) bool) (first, end int) { return among(groups, r, free) },
		Mix: func(r *rand.Rand, _ time.Duration, thread int) Ask {
			g := groups[thread/size]
			if clients := g.end - g.first; clients+g.renewed > max(maxClients, clients) {
				last++
				g.key, g.renewed = last, 0
			}
			if thread < g.readers {
				return Ask{F: "read", Value: history.Keyed{Key: g.key}}
			}
			if r.IntN(3) == 0 {
				return Ask{F: "write", Value: history.Keyed{Key: g.key, Value: r.Int64N(5)}}
			}
			return Ask{F: "cas", Value: history.Keyed{Key: g.key, Value: history.Swap{From: r.Int64N(5), To: r.Int64N(5)}}}
		},
		Completed: func(op history.Op) {
			if op.Type == history.Info {
				groups[op.Process%threads/size].renewed++
			}
		},
	}
}

// among draws a group with a free thread, all with equal probability, and then its
// readers or its writers, likewise. It draws two numbers from r in any case.
//
// Source: ConcurrentGenerator in jepsen.independent, Reserve and soonest-op-map in
// jepsen.generator.
func among(groups []*group, r *rand.Rand, free func(int) bool) (first, end int) {
	isFree := func(first, end int) bool {
		for thread := first; thread < end; thread++ {
			if free(thread) {
				return true
			}
		}
		return false
	}
	ready := make([]*group, 0, 8)
	for _, g := range groups {
		if isFree(g.first, g.end) {
			ready = append(ready, g)
		}
	}
	g, reads := ready[int(r.Float64()*float64(len(ready)))], r.Float64() < 0.5
	switch {
	case !isFree(g.first, g.readers):
		reads = false
	case !isFree(g.readers, g.end):
		reads = true
	}
	if reads {
		return g.first, g.readers
	}
	return g.readers, g.end
}

func registerRequest(a Ask) Request {
	op := a.Value.(history.Keyed)
	fields := wire.Fields(nil).Int("key", op.Key)
	switch value := op.Value.(type) {
	case int64:
		return Request{Type: "write", Fields: fields.Int("value", value)}
	case history.Swap:
		return Request{Type: "cas", Fields: fields.Int("from", value.From).Int("to", value.To)}
	}
	return Request{Type: "read", Fields: fields, Keys: []string{"value"}}
}

// registerValue parses the value of a register, which may be anything, as in Maelstrom.
// The checker finds values that nobody wrote.
func registerValue(a Ask, body []byte) (any, error) {
	op := a.Value.(history.Keyed)
	if a.F != "read" {
		return op, nil
	}
	text := wire.Field(body, "value")
	if n, ok := wire.Int(text); ok {
		op.Value = n
	} else if string(text) != "null" {
		op.Value = fromJSON(text)
	}
	return op, nil
}
