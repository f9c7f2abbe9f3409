// Package sim is the backend with virtual time: it runs the strategies' own code, one
// trial on one goroutine, as fast as the events can be computed. The same seed gives the
// same result, byte for byte.
//
// Like the native backend it follows Maelstrom, with harness/workload and harness/network
// in common: clients and their phases, time-outs, the head-of-line rule, partitions that
// are checked when a message is taken, faults, checkers. Nodes start some tenths of a
// second before the load (see workload.Starts), at negative times. The thread that
// delivers to a node needs some time to wake (see network.Jitter and the setting jitter),
// and sometimes stops, as during a JVM's garbage collection, if the setting stall says
// so.
//
// It leaves out what machines add. Computing takes no time, so a node answers in the
// instant in which a request arrives; a killed node is up in the instant in which its
// fault ends; clocks do not drift; and nothing is slow while a JVM is cold. The number of
// messages that leave together does not matter either, unless the setting message_time
// gives the time of each: see network.Machine. A trial in which that would matter has a
// warning.
//
// A node is live unless it was dead from the start. Faults end with the load, so a killed
// or paused node is back at the end, and lacks what it has forgotten and not received
// again. The metric undelivered counts that. A value that no node ever got, because its
// broadcast met a node that was down, does not count.
//
// Package sim/server runs the workloads other than broadcast and dissemination.
//
// The workload dissemination is ours: values spread without clients, to measure what
// papers measure. With rounds: synchronous all nodes act at once, as in textbooks; see
// rounds.
//
// Random numbers come from a stream for each purpose (trial.Trial.Rand) and one for each
// node (broadcast.NewRand), so two strategies of one replicate get the same ops and
// faults. Latencies are drawn in the order in which messages are sent, so they differ as
// soon as the strategies do.
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

// Options are options of New.
type Options struct {
	// Trace receives every event as a JSON line, if not nil. With it trials run one at a
	// time.
	Trace io.Writer
	// History receives the history of clients' ops, as history.edn, if not nil. With it
	// trials run one at a time.
	History io.Writer
	// Learn is called, if not nil, when a node learns a value for the first time, with
	// the time since the broadcast and the number of live nodes. It is for workloads that
	// gossip; with it trials run one at a time.
	Learn func(value int64, after time.Duration, live int)
	// Cost adds the cost of a trial to its metrics: seconds, deliveries-per-second and
	// memory-per-node, which differ when the trial is run again. With it trials run one
	// at a time.
	Cost bool
}

// Backend runs trials in virtual time.
type Backend struct{ options Options }

// New returns the backend.
func New(o Options) *Backend { return &Backend{o} }

// Parallel returns the number of cores: a trial needs one core and nothing else.
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

// playClients runs a trial with clients.
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

// manyInStep is the share of messages in step from which a trial has a warning. tooBusy
// is the delay of a machine from which measurements are pointless. Chosen: with 25 nodes
// the share is 95 % for a flood on a complete graph, 25 % for Plumtree at its start
// there, 3 % if each origin sends to all others, and 0 in other settings.
const (
	manyInStep = 0.1
	tooBusy    = time.Second
)

// crowded returns a warning if a real machine could not do what happened.
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

// busiest returns the busiest node's share of the messages between nodes, sent or
// received.
func (c *cluster) busiest() float64 {
	most := uint32(0)
	for i := range c.nodes {
		most = max(most, c.nodes[i].busy)
	}
	return float64(most) / float64(c.count.sent)
}

// cost measures the cost of a trial.
type cost struct {
	began time.Time
	heap  uint64
}

func (k *cost) start() {
	k.heap = heapInUse()
	k.began = time.Now()
}

// endServed adds the duration of a trial of sim/server.
func (k *cost) endServed(metrics map[string]float64) {
	metrics["seconds"] = time.Since(k.began).Seconds()
}

// end adds the cost to the metrics. It measures the heap while the cluster is alive but
// its garbage is collected. The queue keeps its blocks, so its peak is included.
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
