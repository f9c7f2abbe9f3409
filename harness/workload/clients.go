// Package workload is what reaches a cluster from outside: the ops of its
// clients and its faults. All of it is fixed by the trial's seed, so that two
// strategies of one replicate, on whatever backend, meet the same.
//
// Sources: src/maelstrom/core.clj and workload/broadcast.clj in Maelstrom;
// generator.clj (stagger, mix, phases) and nemesis/combined.clj in Jepsen.
package workload

import (
	"math/rand/v2"
	"time"

	"gossipbench/harness/experiment"
)

// Ask is what a client asks of a node.
type Ask struct {
	F     string // broadcast or read
	Value any    // int64 for a broadcast, else nil
	Final bool   // one of the reads after the recovery
}

// Mix draws the next op that clients ask.
type Mix func(*rand.Rand) Ask

// Broadcasts is Maelstrom's broadcast workload: with equal chance a read, or
// a broadcast of the next of 0, 1, 2, ….
func Broadcasts() Mix {
	next := int64(0)
	return func(r *rand.Rand) Ask {
		if r.Uint64()&1 == 0 {
			return Ask{F: "read"}
		}
		next++
		return Ask{F: "broadcast", Value: next - 1}
	}
}

// FinalRead is what every thread asks once after the recovery.
var FinalRead = Ask{F: "read", Final: true}

// Clients yields the ops of a trial until its time limit. Threads are
// synchronous clients; thread i asks node i mod N.
//
// Ops start at intervals uniform in [0, 2/rate), each on a thread that is drawn
// from the free ones. An op that finds none waits for one, and the next
// interval starts when it starts.
type Clients struct {
	mix      Mix
	ops      *rand.Rand // intervals and the mix
	threads  *rand.Rand // reseeded for each op; see Start
	source   *rand.PCG
	seed     uint64
	count    uint64 // ops so far
	interval time.Duration
	limit    time.Duration
	next     time.Duration
	total    int
}

// NewClients returns the clients of a trial that has that many threads.
func NewClients(t experiment.Trial, threads int, mix Mix) *Clients {
	c := &Clients{mix: mix, ops: t.Rand("ops"), source: &rand.PCG{}, limit: t.TimeLimit, total: threads}
	c.threads = rand.New(c.source)
	c.seed = t.Rand("threads").Uint64()
	if t.Rate > 0 {
		c.interval = time.Duration(float64(2*time.Second) / t.Rate)
	} else {
		c.next = c.limit
	}
	return c
}

// Next returns the time before which the next op does not start, counted from
// the start of the load, and false where the time limit comes first.
func (c *Clients) Next() (time.Duration, bool) {
	return c.next, c.next < c.limit
}

// Start starts the next op at the time now, at or after Next, on a thread that
// is free. It draws threads until it meets a free one, from a stream of the
// op's own: the same op goes to the same thread whenever that thread is free.
func (c *Clients) Start(now time.Duration, free func(thread int) bool) (thread int, ask Ask) {
	if wait := time.Duration(c.ops.Float64() * float64(c.interval)); now > c.next {
		c.next = now + wait
	} else {
		c.next += wait
	}
	c.source.Seed(c.seed, c.count)
	c.count++
	for {
		if thread = c.threads.IntN(c.total); free(thread) {
			return thread, c.mix(c.ops)
		}
	}
}
