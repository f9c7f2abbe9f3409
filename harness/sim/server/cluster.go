// Package server runs clusters of request/response nodes in virtual time. The nodes are
// the same server.Service values that real nodes run; network, clients and faults are
// those of the native backend. One seed gives one run, byte for byte. Nodes start some
// tenths of a second before the load: see workload.Starts.
//
// The processing times of nodes and clients are drawn from the seed: a node handles a
// message some time after its arrival, in order of arrival, and a client gets an answer
// some time after it was sent. Both times are exponential with a mean of 0.1 ms. So an op
// without messages between nodes takes 0.17 ms in the median and 0.47 ms in the .95
// quantile. On the native backend these are 0.10 and 0.16 on two idle cores, and 0.11 and
// 1.3 on busy ones; in Maelstrom 1.3 and 6. So ops overlap even at latency 0, and nodes
// that overwrite concurrent changes are detected. With jitter 0s both times are 0.
// Computing takes no time: any number of messages is handled in one instant.
//
// This is the simulator's engine for workloads whose nodes answer requests, for tens of
// nodes. Broadcast and dissemination use the engine of harness/sim, which has no JSON and
// simulates up to a million nodes.
//
// A killed node loses everything but its disk, which has everything that it put there: a
// message is handled in no time, so a kill never comes between a put and what follows it.
// The tests of node/durable cover that case.
package server

import (
	"container/heap"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"time"

	"gossipbench/harness/checker"
	"gossipbench/harness/history"
	"gossipbench/harness/network"
	"gossipbench/harness/trial"
	"gossipbench/harness/workload"
	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/server"
)

// Run runs a trial whose nodes are made by make, and returns its results and metrics. If
// ctx is done it returns early with the results so far. It writes the history to keep,
// unless that is nil. It returns an error if keep fails or a node violates the contract
// of package server.
func Run(ctx context.Context, t trial.Trial, make func() server.Service, keep io.Writer) (checker.Results, map[string]float64, error) {
	c := &cluster{trial: &t, make: make, protocol: workload.Protocols[t.Workload], own: own{t.Rand("own time"), t.Jitter > 0}, done: ctx.Done()}
	goal, err := checker.ParseGoal(t.Availability)
	if err != nil {
		return checker.Results{}, nil, err
	}
	c.checkers = checker.NewCheckers(c.protocol.Checker(t), goal).During(t.TimeLimit).Among(checker.CastOf(t))
	if keep != nil {
		c.keep = history.NewWriter(keep)
	}
	if c.router, err = network.New(t, workload.Protocols[t.Workload].Stores, func() time.Duration { return c.now }, c.deliver); err != nil {
		return checker.Results{}, nil, err
	}
	c.router.Shake(t.Jitter, t.Rand("jitter"))
	if err := c.play(); err != nil {
		return checker.Results{}, nil, err
	}
	if c.keep != nil {
		if err := c.keep.Flush(); err != nil {
			return checker.Results{}, nil, fmt.Errorf("history: %w", err)
		}
	}
	results := c.checkers.Results(c.router.Net(), nil)
	metrics := results.Metrics()
	disks := 0
	for _, n := range c.nodes {
		for key, value := range n.disk {
			disks += len(key) + len(value)
		}
	}
	c.router.AddMetrics(metrics, results.Stats.Ops(), disks)
	return results, metrics, nil
}

// cluster is a running trial.
type cluster struct {
	trial    *trial.Trial
	make     func() server.Service
	protocol workload.Protocol
	router   *network.Router
	nodes    []*node
	now      time.Duration
	events   events
	last     uint64            // number of the last event pushed
	arrived  []network.Message // messages that have arrived at nodes and are not handled yet
	own      own
	over     bool
	err      error
	done     <-chan struct{}

	struck   map[string][]broadcast.NodeID // by kind of the fault in progress
	clients  []*client
	threads  *workload.Threads
	ended    bool      // the load has ended
	faults   int       // starts and ends of faults to come
	clientOf []*client // the client of each thread
	then     func()    // called when no op is in progress
	checkers *checker.Checkers
	keep     *history.Writer
	recorded int
}

// own draws the processing times of nodes and clients.
type own struct {
	rand *rand.Rand
	some bool // false: all times are 0
}

// meanOwn is the mean processing time. See the package's documentation.
const meanOwn = 100 * time.Microsecond

func (o own) draw() time.Duration {
	if !o.some {
		return 0
	}
	return time.Duration(o.rand.ExpFloat64() * float64(meanOwn))
}

// event is a future event.
type event struct {
	at     time.Duration
	number uint64
	happen func()
}

// events is a heap, ordered by time and then by order of push.
type events []event

func (h events) Len() int { return len(h) }
func (h events) Less(i, j int) bool {
	return h[i].at < h[j].at || h[i].at == h[j].at && h[i].number < h[j].number
}
func (h events) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push implements heap.Interface.
func (h *events) Push(x any) { *h = append(*h, x.(event)) }

// Pop implements heap.Interface.
func (h *events) Pop() any {
	old := *h
	e := old[len(old)-1]
	old[len(old)-1] = event{}
	*h = old[:len(old)-1]
	return e
}

// at schedules happen at a time.
func (c *cluster) at(when time.Duration, happen func()) {
	c.last++
	heap.Push(&c.events, event{max(when, c.now), c.last, happen})
}

// play runs the trial through Maelstrom's phases: set-up, load, completion of ops in
// progress, recovery, final ops, and a while in which nodes continue to send.
func (c *cluster) play() error {
	c.struck = map[string][]broadcast.NodeID{}
	for id := range c.trial.Nodes {
		n := &node{cluster: c, id: broadcast.NodeID(id), name: c.router.Name(network.Endpoint(id)), disk: server.Memory{}}
		c.nodes = append(c.nodes, n)
	}
	c.boot()
	if err := c.open(); err != nil {
		return err
	}
	c.threads = workload.NewThreads(*c.trial, load{c})
	for _, f := range workload.Faults(*c.trial) {
		c.faults++
		c.at(f.At, func() { c.strike(f) })
	}
	for _, s := range workload.Stalls(*c.trial) {
		c.at(s.At, func() { c.router.Stall(s.Node, s.Until) })
	}
	c.at(c.trial.TimeLimit, c.endLoad)
	return c.run()
}

// boot starts the nodes, before the load if the network is Maelstrom's. All nodes start
// before anything else happens, since the starts are close together.
func (c *cluster) boot() {
	starts := workload.Starts(*c.trial)
	for i, n := range c.nodes {
		if starts != nil {
			c.now = starts[i]
		}
		n.boot()
	}
	if starts != nil {
		c.now = slices.Max(starts)
	}
}

// run handles all events in order of time.
func (c *cluster) run() error {
	for i := 0; !c.over && c.err == nil; i++ {
		if i%1024 == 0 {
			select {
			case <-c.done:
				return nil
			default:
			}
		}
		c.settle()
		if !c.ended && !c.threads.HasFinal() && c.faults == 0 && c.threads.Exhausted() {
			c.endLoad()
		}
		if then := c.then; then != nil && c.threads.Idle() {
			c.then = nil
			then()
		}
		next := c.ask()
		next = min(next, c.router.Next()) // after ask, since ops that begin send messages
		if len(c.events) > 0 && c.events[0].at <= next {
			e := heap.Pop(&c.events).(event)
			c.now = max(c.now, e.at) // an event may be due before the last node started
			e.happen()
			continue
		}
		if next == network.Never {
			return fmt.Errorf("nothing is left to happen at %v", c.now)
		}
		c.now = next
		c.router.Run()
	}
	return c.err
}

// settle lets nodes handle the messages that have arrived, and those that result at once.
func (c *cluster) settle() {
	for len(c.arrived) > 0 && c.err == nil {
		m := c.arrived[0]
		c.arrived = c.arrived[1:]
		c.nodes[m.Dest].take(m)
	}
}

// deliver queues a message at a node for settle. The router calls it, perhaps while a
// node is handling a message.
func (c *cluster) deliver(m network.Message) bool {
	if c.nodes[m.Dest].state == down {
		return false
	}
	c.arrived = append(c.arrived, m)
	return true
}

// strike starts or ends a fault. See workload.Faults.
func (c *cluster) strike(f workload.Fault) {
	c.faults--
	c.threads.Fault()
	c.record(f.Op())
	for _, id := range c.struck[f.Kind] {
		c.nodes[id].recover(f.Kind)
	}
	c.struck[f.Kind] = f.Nodes
	for _, id := range f.Nodes {
		c.nodes[id].fall(f.Kind)
	}
	switch f.Kind {
	case "slow":
		c.router.Slow(f.Starts)
	case "partition", "one-way":
		c.router.Cut(f.Kind, f.Cut)
	}
}
