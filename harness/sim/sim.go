// Package sim is the backend of virtual time: it runs the strategies' own code,
// one trial on one goroutine, as fast as the events can be computed, and the
// same seed gives the same result, byte for byte.
//
// It follows Maelstrom as the native backend does (harness/workload and
// harness/network are shared): the clients and their phases, the time-outs, the
// head-of-line rule, partitions decided when a message is taken, the faults, the
// checkers. Nodes start some tenths of a second before the load, see workload.Starts, so
// times before 0 are theirs. The thread that delivers to a node takes some time to wake, see
// network.Jitter, which the setting jitter takes away; the setting stall stops it now
// and then, as a JVM that collects garbage does. What is left out is what machines
// add besides: computing takes no time, so a node answers in the instant in which it
// is asked, a killed node is back in the instant in which its fault ends, and the
// clocks of nodes never drift. In Maelstrom everything takes longer while its JVM is
// cold. Nor does it matter how many messages leave at once, unless the setting
// message_time says what each takes: see network.Machine. A trial where that would
// matter warns.
//
// A node is live unless it was dead from the start: faults end with the load, so whoever
// was killed or paused is back in the end, and lacks what it has forgotten and nobody
// has told it again. That is what the metric undelivered means. A value that no node
// ever got, since its broadcast met a node that was down, does not count.
//
// Workloads other than these two are run by package sim/server, on the services that
// real nodes are.
//
// The workload dissemination is ours: values spread without readers, which
// measures what papers measure. With rounds: synchronous all nodes act at once,
// as in textbooks; see rounds.
//
// Chance comes from a stream for each purpose (trial.Trial.Rand), and for
// each node from its own (broadcast.NewRand), so two strategies of one replicate
// meet the same ops and faults. Latencies are drawn in the order in which
// messages are sent, so those differ as soon as the strategies do.
package sim

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"time"

	"gossipbench/harness/checker"
	"gossipbench/harness/history"
	"gossipbench/harness/network"
	"gossipbench/harness/trial"
	"gossipbench/strategies"
	"gossipbench/strategies/topology"
)

// Options say what New is to run, and what is kept of it.
type Options struct {
	// Trace is where every event is written, as JSON lines; nil for nowhere. It
	// is for one trial at a time.
	Trace io.Writer
	// History is where the history of clients' ops is written, as history.edn;
	// nil for nowhere. It is for one trial at a time.
	History io.Writer
	// Learn is told of each node that learns a value for the first time: how long
	// after the value came from outside, and how many live nodes can learn it; nil
	// for nobody. It is for one trial at a time, of a workload that gossips.
	Learn func(value int64, after time.Duration, live int)
	// Cost has each result tell what the trial cost: the metrics seconds,
	// deliveries-per-second and memory-per-node, which are not the same bytes
	// when it is run again. Trials then run one at a time.
	Cost bool
}

// Backend runs trials in virtual time.
type Backend struct{ options Options }

// New returns the backend.
func New(o Options) *Backend { return &Backend{o} }

// Parallel is the number of cores: a trial needs one, and nothing else.
func (b *Backend) Parallel() int {
	if b.options.Cost || b.options.Trace != nil || b.options.History != nil || b.options.Learn != nil {
		return 1
	}
	return runtime.GOMAXPROCS(0)
}

// Check implements runner.Backend.
func (b *Backend) Check(t trial.Trial) error {
	if t.Strategy == trial.External {
		return fmt.Errorf("backend sim: bin: a program cannot run in virtual time; take backend native, got %s", t.Bin)
	}
	if !gossips(t.Workload) {
		return checkServed(t)
	}
	if _, err := strategies.FindBroadcast(t.Strategy); err != nil {
		return fmt.Errorf("backend sim: %w", err)
	}
	if err := topology.Check(t.Topology, t.Nodes, t.Degree); err != nil {
		return fmt.Errorf("backend sim: %w", err)
	}
	switch {
	case t.Workload == "broadcast" && t.Rounds == "synchronous":
		return fmt.Errorf("backend sim: rounds: want asynchronous for workload broadcast, got synchronous")
	case t.Rounds == "synchronous" && t.Latency == 0:
		return fmt.Errorf("backend sim: latency: synchronous rounds are as long as the latency, want one above 0s")
	case t.Rounds == "synchronous" && t.Stall > 0:
		return fmt.Errorf("backend sim: stall: in synchronous rounds no thread delivers, want 0, got %v", t.Stall)
	case t.Workload == "dissemination" && int(t.Dead*float64(t.Nodes)) >= t.Nodes:
		return fmt.Errorf("backend sim: dead: no node is left of %d, got %v", t.Nodes, t.Dead)
	}
	return nil
}

// Run implements runner.Backend.
func (b *Backend) Run(ctx context.Context, t trial.Trial) (trial.Result, error) {
	result := trial.Result{Schema: trial.Schema, ID: t.ID(), Trial: t, Made: trial.Provenance{Backend: "sim"}}
	if !gossips(t.Workload) {
		return b.serve(ctx, t, result)
	}
	var cost cost
	if b.options.Cost {
		cost.start()
	}
	c, err := newCluster(&t)
	if err != nil {
		return result, err
	}
	c.done = ctx.Done()
	if b.options.Trace != nil {
		c.tracer = newTracer(b.options.Trace, c.spec.Kinds)
	}
	c.spread.tell = b.options.Learn
	c.plan()
	if t.Workload == "dissemination" {
		d := newDissemination(c)
		d.play()
		result.Outcome, result.Reasons, result.Metrics, result.Warnings = d.sum()
	} else if err := b.playClients(c, &result); err != nil {
		return result, err
	}
	if took, known := c.healToLast(); known {
		result.Metrics["heal-to-last"] = ms(took)
	}
	if c.tracer != nil {
		if err := c.tracer.flush(); err != nil {
			return result, fmt.Errorf("trace: %w", err)
		}
	}
	if b.options.Cost {
		cost.end(c, result.Metrics)
	}
	return result, context.Cause(ctx)
}

// playClients runs a trial that clients judge.
func (b *Backend) playClients(c *cluster, result *trial.Result) error {
	goal, err := checker.ParseGoal(c.trial.Availability)
	if err != nil {
		return err
	}
	s := newClients(c, checker.NewCheckers(checker.NewSetFull(*c.trial), goal).Among(checker.CastOf(*c.trial)))
	if b.options.History != nil {
		s.keep = history.NewWriter(b.options.History)
	}
	s.play()
	if s.keep != nil && s.err == nil {
		s.err = s.keep.Flush()
	}
	if s.err != nil {
		return fmt.Errorf("history: %w", s.err)
	}
	c.delivered, c.ended = c.deliveries(c.queue.now), c.queue.now
	results := s.checkers.Results(s.net(), c.delivered)
	result.Outcome, result.Reasons, result.Metrics, result.Warnings = results.Outcome(), results.Reasons(), results.Metrics(), results.Warnings()
	result.Warnings = append(result.Warnings, crowded(&c.machine)...)
	if ops := results.Stats.Ops(); ops > 0 {
		result.Metrics["bytes-per-op"] = float64(c.count.bytes) / float64(ops)
	}
	if c.count.sent > 0 {
		result.Metrics["busiest-node-share"] = c.busiest()
	}
	return nil
}

// manyInStep is the share of messages in step from which on a trial warns, and tooBusy
// how far behind a machine is with which nobody would measure anything. Chosen: with
// 25 nodes the share is 95 % where they flood a complete graph, 25 % where Plumtree
// does so first, 3 % where each origin tells all others, and nothing in other settings.
const (
	manyInStep = 0.1
	tooBusy    = time.Second
)

// crowded warns where a real machine could not do what happened.
func crowded(m *network.Machine) []string {
	switch share := m.InStep(); {
	case share > manyInStep:
		return []string{fmt.Sprintf("messages in step: %.0f %% of the messages leave in the same instant as more than a hundred others, which a real machine spreads: "+
			"latencies of ops and the longest latencies are not those of one; see the setting message_time", 100*share)}
	case m.Behind() > tooBusy:
		return []string{fmt.Sprintf("a machine that takes %v a message falls up to %v behind", m.Each, m.Behind().Round(time.Millisecond))}
	}
	return nil
}

// busiest is the share of the messages between nodes that the busiest node sent
// or received.
func (c *cluster) busiest() float64 {
	most := uint32(0)
	for i := range c.nodes {
		most = max(most, c.nodes[i].busy)
	}
	return float64(most) / float64(c.count.sent)
}

// cost measures what a trial takes.
type cost struct {
	began time.Time
	heap  uint64
}

func (k *cost) start() {
	k.heap = heapInUse()
	k.began = time.Now()
}

// endServed adds the time that a trial of services took.
func (k *cost) endServed(metrics map[string]float64) {
	metrics["seconds"] = time.Since(k.began).Seconds()
}

// end adds the cost to the metrics. The heap is measured while the cluster is
// still alive, after all that it does not need is gone; what a trial needs at
// its busiest is that of the queue besides, which keeps its blocks.
func (k *cost) end(c *cluster, metrics map[string]float64) {
	metrics["seconds"] = time.Since(k.began).Seconds()
	metrics["deliveries-per-second"] = float64(c.count.received) / metrics["seconds"]
	metrics["memory-per-node"] = float64(heapInUse()-k.heap) / float64(len(c.nodes))
	runtime.KeepAlive(c)
}

func heapInUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
