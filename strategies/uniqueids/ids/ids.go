// Package ids makes unique ids without asking other nodes, in four ways:
//
//   - uuid: 122 random bits, a version 4 UUID (RFC 9562, section 5.4);
//   - flake: time, node and sequence number, after Boundary's Flake and
//     Twitter's Snowflake;
//   - counter: the node's name and the number of its ids so far;
//   - lamport: a Lamport clock and the node's name (Lamport, Time, Clocks, and
//     the Ordering of Events in a Distributed System, 1978).
//
// The last three continue from the node's Disk after a restart. To avoid a write
// for each id, the disk holds a bound above all ids given out, and a restarted node
// continues from the bound. A node that loses its disk may repeat ids. A uuid is
// unique only with high probability.
//
// A node has no wall clock. The time in a flake id is the node's run time over all
// its lives. So ids are ordered by time at each node, and roughly between nodes
// that started together.
package ids

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"gossipbench/node/wire"
	"gossipbench/strategies/param"
	"gossipbench/strategies/server"

	"github.com/google/uuid"
)

const available = "no id twice while nodes keep their disks; available at every node"

// UUID, Flake, Counter and Lamport are the strategies.
var (
	UUID = server.Spec{
		Workloads: []string{server.UniqueIDs}, Name: "uuid",
		Doc:     "an id is a random UUID",
		Source:  "RFC 9562, section 5.4",
		Promise: "no id twice, but for a chance of 1 in 2^122 for each two; available at every node",
		New:     made(newUUID),
	}
	Flake = server.Spec{
		Workloads: []string{server.UniqueIDs}, Name: "flake",
		Doc:     "an id is a time, a node and a sequence number",
		Source:  "Boundary, Flake: a decentralized, k-ordered id generation service; Twitter, Snowflake",
		Promise: available,
		New:     made(newFlake),
	}
	Counter = server.Spec{
		Workloads: []string{server.UniqueIDs}, Name: "counter",
		Doc:     "an id is a node and how many it has made",
		Source:  "Maelstrom, doc/workloads.md, unique-ids",
		Promise: available,
		New:     made(newCounter),
	}
	Lamport = server.Spec{
		Workloads: []string{server.UniqueIDs}, Name: "lamport",
		Doc:     "an id is a Lamport clock and a node; nodes tell each other their clocks",
		Source:  "Lamport, Time, Clocks, and the Ordering of Events in a Distributed System, 1978",
		Promise: available,
		Params: []param.Decl{{Name: "interval", Kind: param.Duration, Default: "1s", Min: .001, Max: 3600,
			Doc: "how often a node that has made ids tells another, drawn at random, its clock"}},
		New: func(p param.Values) server.Service { return lamport{p.Duration("interval")} },
	}
)

// maker is a service that answers generate with ids. The function returns the
// generator of a node.
type maker func(server.Env, server.Config) (func() string, error)

func made(m maker) func(param.Values) server.Service {
	return func(param.Values) server.Service { return m }
}

// Start implements server.Service.
func (make maker) Start(env server.Env, c server.Config) (server.Handlers, error) {
	next, err := make(env, c)
	if err != nil {
		return nil, err
	}
	return answer(env, next), nil
}

func answer(env server.Env, next func() string) server.Handlers {
	return server.Handlers{"generate": func(m server.Message) {
		env.Reply(m, "generate_ok", wire.Fields(nil).Text("id", next()))
	}}
}

// bits adapts a Rand to the io.Reader that package uuid needs.
type bits struct{ rand *rand.Rand }

// Read fills p.
func (b bits) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(b.rand.Uint32())
	}
	return len(p), nil
}

func newUUID(_ server.Env, c server.Config) (func() string, error) {
	source := bits{c.Rand}
	// Must panics only if source fails, and it never does.
	return func() string { return uuid.Must(uuid.NewRandomFromReader(source)).String() }, nil
}

// bound is a number on disk. All smaller ids may have been given out.
type bound struct {
	disk server.Disk
	step uint64 // how far the disk is ahead of the ids
	kept uint64
}

const boundKey = "bound"

func newBound(disk server.Disk, step uint64) (*bound, error) {
	b := &bound{disk: disk, step: step}
	if text, ok := disk.Get(boundKey); ok {
		kept, err := strconv.ParseUint(string(text), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("the disk's bound of ids: %w", err)
		}
		b.kept = kept
	}
	return b, nil
}

// reserve writes a bound above n to disk before n is given out, if necessary.
func (b *bound) reserve(n uint64) {
	if n < b.kept {
		return
	}
	b.kept = n + b.step
	b.disk.Put(boundKey, strconv.AppendUint(nil, b.kept, 10))
}

// ahead is how many ids, or milliseconds for flake, the disk is ahead. Chosen: one
// write in a thousand ids, or a second.
const ahead = 1000

func newFlake(env server.Env, c server.Config) (func() string, error) {
	b, err := newBound(c.Disk, ahead)
	if err != nil {
		return nil, err
	}
	self := slices.Index(c.Nodes, c.Self)
	start, last, sequence := b.kept, uint64(0), uint64(0)
	return func() string {
		// A full sequence continues in the next millisecond.
		now := max(last, start+uint64(env.Now()/time.Millisecond))
		switch {
		case now > last:
			sequence = 0
		case sequence == 1<<16-1:
			now, sequence = now+1, 0
		default:
			sequence++
		}
		last = now
		b.reserve(now)
		return fmt.Sprintf("%016x-%08x-%04x", now, self, sequence)
	}, nil
}

func newCounter(_ server.Env, c server.Config) (func() string, error) {
	b, err := newBound(c.Disk, ahead)
	if err != nil {
		return nil, err
	}
	n := b.kept
	return func() string {
		b.reserve(n)
		n++
		return fmt.Sprintf("%s-%d", c.Self, n-1)
	}, nil
}

type lamport struct{ interval time.Duration }

// Start implements server.Service.
func (l lamport) Start(env server.Env, c server.Config) (server.Handlers, error) {
	b, err := newBound(c.Disk, ahead)
	if err != nil {
		return nil, err
	}
	clock := b.kept
	peers := slices.DeleteFunc(slices.Clone(c.Nodes), func(name string) bool { return name == c.Self })
	waiting := false
	tell := func() {
		waiting = false
		env.Send(peers[c.Rand.IntN(len(peers))], "clock", wire.Fields(nil).Uint("clock", clock))
	}
	handlers := answer(env, func() string {
		if !waiting && len(peers) > 0 {
			waiting = true
			env.After(l.interval, tell)
		}
		b.reserve(clock)
		clock++
		return fmt.Sprintf("%d-%s", clock-1, c.Self)
	})
	handlers["clock"] = func(m server.Message) {
		// Ignore a clock that could overflow: no node of ours sends it.
		if told, ok := wire.Uint(wire.Field(m.Body, "clock")); ok && told < 1<<62 {
			clock = max(clock, told)
		}
	}
	return handlers, nil
}
