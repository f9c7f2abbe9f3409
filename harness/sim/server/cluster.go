// Package server runs the services of a cluster in virtual time: the nodes are
// the very server.Service of the real ones, the network, the clients and the
// faults those of the native backend. One seed gives one run, byte for byte. Nodes start
// some tenths of a second before the load: see workload.Starts.
//
// What real nodes and clients take for themselves is drawn from the seed: a node
// handles a message some time after it has arrived, in order, and a client has an
// answer some time after it was sent. Both times are exponential, of 0.1 ms in the
// mean, so that an op without any message between nodes takes 0.17 ms in half the
// cases and 0.47 in 19 of 20. On the native backend it takes 0.10 and 0.16 where two
// cores have nothing else to do, and 0.11 and 1.3 where they have; in Maelstrom 1.3 and
// 6. So ops overlap also where the latency is 0, and nodes that let them undo each
// other are found out. With jitter 0s neither takes any. Computing itself takes no
// time: any number of messages is handled in one instant.
//
// It is the simulator's engine for the workloads whose nodes answer requests. For
// broadcast and dissemination harness/sim has one of its own, which has no JSON
// in it and goes up to a million nodes; this one is for tens.
//
// A killed node loses all but its disk, on which everything is that it put there:
// a message is handled in no time, so a kill never comes between a put and what
// follows it. That is what tests of node/durable are for.
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

// Run runs a trial, whose nodes make makes, and returns the verdict on it and its
// numbers. Where ctx is done it returns at once, with what there is. The history
// of the clients' ops is written to keep, unless that is nil. An error is one of
// keep, or of a node that broke the contract of package server.
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

// cluster is a trial on its way.
type cluster struct {
	trial    *trial.Trial
	make     func() server.Service
	protocol workload.Protocol
	router   *network.Router
	nodes    []*node
	now      time.Duration
	events   events
	last     uint64            // number of the event pushed last
	arrived  []network.Message // at nodes, not yet handled
	own      own
	over     bool
	err      error
	done     <-chan struct{}

	struck   map[string][]broadcast.NodeID // by the kind of fault that goes on
	clients  []*client
	threads  *workload.Threads
	ended    bool      // the load has
	faults   int       // starts and ends that are to come
	clientOf []*client // of each thread
	then     func()    // once no op is under way
	checkers *checker.Checkers
	keep     *history.Writer
	recorded int
}

// own draws what nodes and clients take for themselves.
type own struct {
	rand *rand.Rand
	some bool // else nothing takes any time
}

// meanOwn is what they take in the mean. See the package's documentation.
const meanOwn = 100 * time.Microsecond

func (o own) draw() time.Duration {
	if !o.some {
		return 0
	}
	return time.Duration(o.rand.ExpFloat64() * float64(meanOwn))
}

// event is something that is to happen.
type event struct {
	at     time.Duration
	number uint64
	happen func()
}

// events is a heap; of those at one time the one pushed first comes first.
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

// at has something happen at a time.
func (c *cluster) at(when time.Duration, happen func()) {
	c.last++
	heap.Push(&c.events, event{max(when, c.now), c.last, happen})
}

// play runs the trial through Maelstrom's phases: set-up, load, the end of the
// ops that go on, recovery, final ops, and a while in which nodes talk on.
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

// boot starts the nodes, before the load if the network is Maelstrom's. They start so
// soon after each other that all do before anything else happens.
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

// run lets everything happen, in order of time.
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
		next = min(next, c.router.Next()) // after what the ops that begin here send
		if len(c.events) > 0 && c.events[0].at <= next {
			e := heap.Pop(&c.events).(event)
			c.now = max(c.now, e.at) // due before the last node had started
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

// settle has nodes handle what has arrived, and what that causes at once.
func (c *cluster) settle() {
	for len(c.arrived) > 0 && c.err == nil {
		m := c.arrived[0]
		c.arrived = c.arrived[1:]
		c.nodes[m.Dest].take(m)
	}
}

// deliver is told by the router what arrives at a node, perhaps while a node is
// at work: so it waits for settle.
func (c *cluster) deliver(m network.Message) bool {
	if c.nodes[m.Dest].state == down {
		return false
	}
	c.arrived = append(c.arrived, m)
	return true
}

// strike has a fault begin or end. See workload.Faults.
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
