package raft

import (
	"flag"
	"fmt"
	"math"
	"strconv"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"gossipbench/node/wire"
	"gossipbench/strategies/linkv"
	"gossipbench/strategies/server"
)

var (
	clusters = flag.Int("clusters", 20, "number of random clusters")
	only     = flag.Int64("seed", -1, "the only random cluster to run, as a failure names it")
)

// asked and answered are a client's op for porcupine. A missing key has the value
// −1.
type asked struct {
	kind        string
	key         int
	from, value int
}

type answered struct {
	unknown, mismatch bool // mismatch: error 22
	value             int  // of a read, −1 for error 20
	missing           bool // of a cas
}

// register is the model of one key of Maelstrom's lin-kv.
var register = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		byKey := map[int][]porcupine.Operation{}
		for _, op := range history {
			key := op.Input.(asked).key
			byKey[key] = append(byKey[key], op)
		}
		var parts [][]porcupine.Operation
		for key := range keys {
			parts = append(parts, byKey[key])
		}
		return parts
	},
	Init: func() any { return -1 },
	Step: func(state, input, output any) (bool, any) {
		value, in, out := state.(int), input.(asked), output.(answered)
		switch {
		case in.kind == linkv.Write:
			return true, in.value
		case in.kind == linkv.Read:
			return value == out.value, value
		case out.unknown && value == in.from:
			return true, in.value
		case out.unknown:
			return true, value
		case out.missing:
			return value == -1, value
		case out.mismatch:
			return value != -1 && value != in.from, value
		}
		return value == in.from, in.value
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v %+v", input, output) },
}

const keys = 2

// client sends one request after another to one node.
type client struct {
	*cluster
	host   *host
	name   string
	number int64
	thread int
}

// next sends a random request, or stops.
func (c *client) next() {
	if c.now >= c.load {
		return
	}
	in := asked{kind: []string{linkv.Read, linkv.Write, linkv.CAS}[c.rand.IntN(3)], key: c.rand.IntN(keys), from: c.rand.IntN(5), value: c.rand.IntN(5)}
	c.ask(in, 5*time.Second, func(out answered, definite bool) {
		c.after(c.between(0, 20*time.Millisecond), c.next)
	})
}

// ask sends a request and records its op at the end. Definite failures are not
// recorded.
func (c *client) ask(in asked, timeout time.Duration, over func(out answered, definite bool)) {
	c.number++
	number, begun, done := c.number, c.now, false
	fields := wire.Fields(nil).Int("key", int64(in.key))
	switch in.kind {
	case linkv.Write:
		fields = fields.Int("value", int64(in.value))
	case linkv.CAS:
		fields = fields.Int("from", int64(in.from)).Int("to", int64(in.value))
	}
	end := func(out answered, definite bool) {
		if done {
			return
		}
		done = true
		ended := int64(c.now)
		if out.unknown {
			ended = math.MaxInt64
			c.unknown++
		}
		if !definite && !(out.unknown && in.kind == linkv.Read) {
			c.history = append(c.history, porcupine.Operation{ClientId: c.thread, Input: in, Output: out, Call: int64(begun), Return: ended})
		}
		if !definite && !out.unknown {
			c.ok++
		}
		over(out, definite)
	}
	c.waiting[c.name] = func(m server.Message) {
		if !m.Reply || m.InReplyTo != number {
			return
		}
		end(c.read(in, m))
	}
	c.after(timeout, func() { end(answered{unknown: true}, false) })
	c.deliver(wire.AppendMessage(nil, c.name, c.host.names[c.host.id], in.kind, wire.IDs{MsgID: number, Request: true}, fields), c.host)
}

// read interprets a reply.
func (c *client) read(in asked, m server.Message) (out answered, definite bool) {
	if m.Type == in.kind+"_ok" {
		if in.kind == linkv.Read {
			n, ok := wire.Int(wire.Field(m.Body, "value"))
			if !ok {
				panic(fmt.Sprintf("%s: want a value", m.Body))
			}
			out.value = int(n)
		}
		return out, false
	}
	switch err := wire.ReadError(m.Body); {
	case m.Type != "error":
		panic("a reply of type " + m.Type)
	case err.Code == wire.KeyDoesNotExist:
		return answered{value: -1, missing: true}, false
	case err.Code == wire.PreconditionFailed:
		return answered{mismatch: true}, false
	case err.Code.Definite():
		return answered{}, true
	}
	return answered{unknown: true}, false
}

// storm draws a cluster and its faults.
func storm(seed uint64) *cluster {
	r := newCluster(seed, 1, nil).rand // with the same seed
	c := newCluster(seed, []int{1, 3, 3, 5}[r.IntN(4)], map[string]string{
		"election": []string{"100ms", "300ms"}[r.IntN(2)], "heartbeat": []string{"20ms", "50ms"}[r.IntN(2)], "prevote": strconv.FormatBool(r.IntN(2) == 0),
		"reads": []string{"readindex", "log"}[r.IntN(2)], "followers": []string{"forward", "forward", "refuse"}[r.IntN(3)],
		"snapshot-after": []string{"1", "10", "1000"}[r.IntN(3)],
	})
	c.load = 10 * time.Second
	c.loss, c.doubled = 0.1*r.Float64()*float64(r.IntN(2)), 0.3*r.Float64()*float64(r.IntN(2))
	c.slowest = time.Duration(1+r.IntN(30)) * time.Millisecond
	for i := range 2 * len(c.hosts) {
		cl := &client{cluster: c, host: c.hosts[i%len(c.hosts)], name: fmt.Sprintf("c%d", i), thread: i}
		c.after(0, cl.next)
	}
	c.often(time.Duration(1+r.IntN(4))*time.Second, func() {
		h := c.hosts[c.rand.IntN(len(c.hosts))]
		if h.node != nil && h.left < 0 {
			h.left = 1 + c.rand.IntN(4) // killed at one of its next disk changes
		}
	})
	c.often(time.Duration(1+r.IntN(3))*time.Second, func() {
		for _, h := range c.hosts {
			h.aside = c.rand.IntN(3) == 0
		}
	})
	return c
}

func (c *cluster) often(mean time.Duration, what func()) {
	var again func()
	again = func() {
		if c.now < c.load {
			what()
			c.after(c.between(0, 2*mean), again)
		}
	}
	c.after(c.between(0, 2*mean), again)
}

// run runs a cluster, heals it, and sends every node one more request.
func (c *cluster) run() {
	c.until(c.load)
	c.loss, c.doubled = 0, 0
	for _, h := range c.hosts {
		h.aside, h.left = false, -1
	}
	c.until(c.load + 15*time.Second)
	for i, h := range c.hosts {
		cl := &client{cluster: c, host: h, name: fmt.Sprintf("c%d", 100+i), thread: 100 + i}
		cl.ask(asked{kind: linkv.Write, value: i}, 5*time.Second, func(out answered, definite bool) {
			if leads := h.node != nil && h.node.core.Leader() == h.node.self; out.unknown || definite && (!h.node.refuse || leads) {
				c.late++
			}
		})
	}
	c.until(c.now + 10*time.Second)
}

// TestLinearizable tests that random clusters are linearizable and make progress.
func TestLinearizable(t *testing.T) {
	seeds := make([]uint64, *clusters)
	for i := range seeds {
		seeds[i] = uint64(i)
	}
	if *only >= 0 {
		seeds = []uint64{uint64(*only)}
	}
	ok, unknown := 0, 0
	for _, seed := range seeds {
		c := storm(seed)
		c.run()
		if got := porcupine.CheckOperationsTimeout(register, c.history, time.Minute); got != porcupine.Ok {
			t.Errorf("seed %d: %v, want linearizable: %d nodes, %v\nrerun: go test ./strategies/linkv/raft -run '^TestLinearizable$' -seed %d", seed, got, len(c.hosts), c.params, seed)
		}
		if c.late > 0 {
			t.Errorf("seed %d: %d of %d nodes do not answer after the heal: %v", seed, c.late, len(c.hosts), c.params)
		}
		ok, unknown = ok+c.ok, unknown+c.unknown
	}
	t.Logf("%d ops with a known outcome, %d without", ok, unknown)
	if ok < 100*len(seeds) {
		t.Errorf("got %d ops in %d clusters, want at least a hundred each: too little happens to prove anything", ok, len(seeds))
	}
}

// TestPlantedBugs tests that the clusters find planted bugs.
func TestPlantedBugs(t *testing.T) {
	for _, tt := range []struct {
		name string
		bug  bug
	}{{"a request done twice", forgetNames}, {"a disk forgotten", forgetDisk}, {"a stale read", staleRead}} {
		t.Run(tt.name, func(t *testing.T) {
			const enough = 200
			for seed := range uint64(enough) {
				c := storm(seed)
				c.bug = tt.bug
				if why := c.wrong(); why != "" {
					t.Logf("seed %d: %s", seed, why)
					return
				}
			}
			t.Errorf("not found in %d clusters", enough)
		})
	}
}

// wrong runs a cluster and returns what is wrong with it. A node may also report
// that others have forgotten.
func (c *cluster) wrong() (why string) {
	defer func() {
		if p := recover(); p != nil {
			why = fmt.Sprint(p)
		}
	}()
	c.run()
	if porcupine.CheckOperationsTimeout(register, c.history, time.Minute) == porcupine.Illegal {
		return "not linearizable"
	}
	return ""
}
