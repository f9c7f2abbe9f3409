// Package workload makes what reaches a cluster from outside: the ops of its clients and
// its faults. The trial's seed determines all of it, so two strategies of one replicate
// get the same on any backend.
//
// Sources: src/maelstrom/core.clj and workload/broadcast.clj in Maelstrom; generator.clj
// (stagger, mix, phases) and nemesis/combined.clj in Jepsen.
package workload

import (
	"gossipbench/harness/trial"
	"math"
	"math/rand/v2"
	"time"
)

// How late Jepsen 0.3.7 starts the nth op of a test: warming / n^cooling, but at least
// leastLate. The next interval begins late, too: Jepsen sleeps until an op is due, then
// calls its generator again (run! in jepsen.generator.interpreter), which starts the
// interval at the time of the call (Stagger in jepsen.generator). The delay shrinks with
// the number of ops, not with time or rate, as if the JVM compiled the code while it
// runs. In 55 recorded tests at 10 to 100 ops/s the first 100 ops lost 0.66 ms each, ops
// 200 to 500 0.27 ms, ops 1,000 to 2,000 0.13 ms; at 1,000 ops/s for 10 s the mean was
// 0.09 to 0.12 ms. leastLate is the delay of a Linux timer.
const (
	warming   = 2.5 * float64(time.Millisecond)
	cooling   = 0.4
	leastLate = 60 * time.Microsecond
)

// lateness returns how late the nth op starts; n counts from 1.
func lateness(n int) time.Duration {
	return max(leastLate, time.Duration(warming*math.Pow(float64(n), -cooling)))
}

// tardy is the delay from which an op counts as one that had to wait, so that the next
// interval starts with it. An alarm that is a little late delays only its own op;
// otherwise a busy machine would get fewer ops than an idle one.
const tardy = time.Millisecond

// Aftermath returns how long the nodes continue after the last op. Maelstrom needs about
// a second to end a test. Nodes that send periodically still send then, and its journal
// counts their messages: strategies with a known rate of messages sent for 31.05 s on
// average in nine recorded tests of 20 s and 10 s of recovery. A tenth of the recovery
// equals that second, and keeps short trials short.
func Aftermath(t trial.Trial) time.Duration { return t.Recovery / 10 }

// Clients makes the ops of a trial until its time limit. Threads are synchronous clients;
// thread i uses node i mod N.
//
// Intervals between ops are uniform in [0, 2/rate), plus a little (see lateness). Each op
// uses the next free thread in turn. If none is free, the op waits, and the next interval
// begins when the op starts.
type Clients struct {
	ops      *Generator
	rand     *rand.Rand
	interval time.Duration
	limit    time.Duration
	next     time.Duration
	count    int // number of ops started
	threads  int
	turn     int // the thread to try first; after the last thread comes the nemesis
}

// NewClients returns the clients of a trial with that many threads.
func NewClients(t trial.Trial, threads int, ops *Generator) *Clients {
	c := &Clients{ops: ops, rand: t.Rand("ops"), limit: t.TimeLimit, threads: threads}
	if t.Rate > 0 {
		c.interval = time.Duration(float64(2*time.Second) / t.Rate)
	} else {
		c.next = c.limit
	}
	return c
}

// Next returns the earliest time of the next op, from the start of the load, and false if
// the time limit comes first.
func (c *Clients) Next() (time.Duration, bool) {
	return c.next, c.next < c.limit
}

// exhausted reports whether there are ops and the next one is after the time limit.
func (c *Clients) exhausted() bool { return c.interval > 0 && c.next >= c.limit }

// Start starts the next op at the time now, which must not be before Next, on a free
// thread; one must be free. Among the threads that the generator allows, it takes the
// first free one from the turn on, else the first free one. The turn advances by one with
// each op, whichever thread does it. So an op uses the same thread whenever that thread
// is free.
//
// Jepsen calls its choice random, but it is not: in Maelstrom's histories the clients
// take turns, and one of them comes twice in each round, where the turn is the nemesis's.
// So each node is read at even intervals, which shortens stable latencies. There is one
// turn for all threads, even if an op is restricted to some of them. Source:
// some-free-process and busy-thread in jepsen/src/jepsen/generator/context.clj.
func (c *Clients) Start(now time.Duration, free func(thread int) bool) (thread int, ask Ask) {
	c.count++
	wait := lateness(c.count) + time.Duration(c.rand.Float64()*float64(c.interval))
	if now-c.next > tardy {
		c.next = now
	}
	c.next += wait
	first, end := 0, c.threads
	if c.ops.Among != nil {
		first, end = c.ops.Among(c.rand, free)
	}
	thread = max(c.turn, first)
	for thread < end && !free(thread) {
		thread++
	}
	if thread >= end {
		for thread = first; !free(thread); thread++ {
		}
	}
	c.turn = (c.turn + 1) % (c.threads + 1)
	return thread, c.ops.Mix(c.rand, now, thread)
}

// Fault records that a fault begins or ends, which takes a turn, too.
func (c *Clients) Fault() { c.turn = (c.turn + 1) % (c.threads + 1) }
