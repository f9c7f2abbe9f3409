// Package workload is what reaches a cluster from outside: the ops of its
// clients and its faults. All of it is fixed by the trial's seed, so that two
// strategies of one replicate, on whatever backend, meet the same.
//
// Sources: src/maelstrom/core.clj and workload/broadcast.clj in Maelstrom;
// generator.clj (stagger, mix, phases) and nemesis/combined.clj in Jepsen.
package workload

import (
	"gossipbench/harness/trial"
	"math"
	"math/rand/v2"
	"time"
)

// How late Jepsen 0.3.7 starts the nth op of a test: warming / n^cooling, and at
// least leastLate, of which the next interval begins. It sleeps until an op is due, and
// then asks its generator again (run! in jepsen.generator.interpreter), which starts
// the interval anew at the time at which it is asked (Stagger in
// jepsen.generator). What that takes shrinks with the number of ops, not with
// time or with their rate, as code does that the JVM compiles the more it is run:
// of 55 recorded tests at 10 to 100 ops/s the first 100 ops lost 0.66 ms each,
// ops 200 to 500 0.27 ms, ops 1,000 to 2,000 0.13 ms; and at 1,000 ops/s, in 10 s,
// 0.09 to 0.12 ms on average. The least is what a timer of Linux is late by.
const (
	warming   = 2.5 * float64(time.Millisecond)
	cooling   = 0.4
	leastLate = 60 * time.Microsecond
)

// lateness is how late the nth op starts; n counts from 1.
func lateness(n int) time.Duration {
	return max(leastLate, time.Duration(warming*math.Pow(float64(n), -cooling)))
}

// tardy is from when on an op counts as one that had to wait, so that the next
// interval starts with it. An alarm that rings a little late delays its own op
// alone: else a busy machine would ask less than an idle one.
const tardy = time.Millisecond

// Aftermath is for how long the nodes go on after the last op. Maelstrom
// takes about a second to end a test, in which nodes that talk without having
// news still talk, and its journal counts it: strategies that send a known
// number of messages a second sent for 31.05 s on average in nine recorded tests
// of 20 s and 10 s of recovery. A tenth of the recovery is that second, and keeps
// short trials short.
func Aftermath(t trial.Trial) time.Duration { return t.Recovery / 10 }

// Clients yields the ops of a trial until its time limit. Threads are
// synchronous clients; thread i asks node i mod N.
//
// Ops start at intervals uniform in [0, 2/rate), and a little more (see
// lateness), each on the next free thread in turn. An op that finds none waits
// for one, and the next interval starts when it starts.
type Clients struct {
	ops      *Generator
	rand     *rand.Rand
	interval time.Duration
	limit    time.Duration
	next     time.Duration
	count    int // ops that were started
	threads  int
	turn     int // the thread to try first; one behind the last is the nemesis
}

// NewClients returns the clients of a trial that has that many threads.
func NewClients(t trial.Trial, threads int, ops *Generator) *Clients {
	c := &Clients{ops: ops, rand: t.Rand("ops"), limit: t.TimeLimit, threads: threads}
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

// exhausted reports whether there were ops and the next one comes too late.
func (c *Clients) exhausted() bool { return c.interval > 0 && c.next >= c.limit }

// Start starts the next op at the time now, at or after Next, on a thread that
// is free; one must be. It is the first free one at or after the turn, else the
// first of all, among the threads that the generator allows. The turn goes on by
// one with each op, whichever thread does it: the same op goes to the same thread
// whenever that thread is free.
//
// Jepsen calls its choice random, and it is none: histories of Maelstrom show
// the clients in turn, one of them twice in each round, where the turn is the
// nemesis's. So each node is read at even intervals, which shortens stable
// latencies. The turn is one for all threads, also where an op is restricted to
// some of them. Source: some-free-process and busy-thread in
// jepsen/src/jepsen/generator/context.clj.
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

// Fault tells that a fault begins or ends: that takes a turn, too.
func (c *Clients) Fault() { c.turn = (c.turn + 1) % (c.threads + 1) }
