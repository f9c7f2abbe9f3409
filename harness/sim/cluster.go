package sim

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"gossipbench/harness/checker"
	"gossipbench/harness/network"
	"gossipbench/harness/trial"
	"gossipbench/harness/workload"
	"gossipbench/strategies"
	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/topology"
)

// The kinds of events.
const (
	deliver kind = iota // a message arrives; ref is its entry
	wake                // a receiver under Maelstrom's rule delivers what it took
	expire              // a timer expires; ref is its entry
	enter               // a value, or the next op, enters
	timeout             // thread to has waited too long for its op ref
	strike              // the next fault begins or ends, or a receiver stalls
	proceed             // the trial's next phase begins
	renew               // churn replaces a node
)

// cluster is the nodes of a trial and the network between them. It is also the Env of the
// node self, which is being called, so no call allocates.
type cluster struct {
	queue    *queue
	trial    *trial.Trial
	spec     broadcast.Spec
	nodes    []node
	graph    [][]broadcast.NodeID
	self     broadcast.NodeID // the node that is being called
	messages messages
	timers   timers

	latency   network.Latency
	factor    time.Duration // of latencies; network.SlowFactor during the fault slow
	receivers []receiver    // under Maelstrom's rule, else nil
	machine   network.Machine
	rounds    *rounds // for synchronous rounds, else nil
	plain     bool    // a message always arrives after its latency; nothing else can happen to it
	cuts      []cut
	nemesis   nemesis
	held      map[broadcast.NodeID][]held // what waits for paused nodes
	began     []time.Duration             // last start of each node; nil if all started at 0

	jitter                        network.Jitter // of receivers
	latencies, losses, duplicates *rand.Rand

	count  count
	spread spread
	tracer *tracer

	delivered *checker.Deliveries // set at the end of the trial

	over    bool            // the trial is over
	ended   time.Duration   // when the trial ended, or would have ended
	limit   time.Duration   // events after this time are not handled
	done    <-chan struct{} // closed when the result is no longer wanted
	fetched uint32

	answer func(thread int32, op uint32) // a node handles a client's request
}

// node holds what every message needs of a node, and its random source, in one cache
// line, so that one fetch gets it.
type node struct {
	strategy broadcast.Strategy
	values   *broadcast.Set // of the strategy
	rand     rand.Rand
	pcg      rand.PCG
	busy     uint32 // messages sent and received
	life     uint16 // number of times it was killed
	state    state
}

// state says whether a node can act.
type state uint8

const (
	up state = iota
	down
	paused
	buried // down forever
)

// count counts messages between nodes.
type count struct {
	sent, received uint64
	bringing       uint64 // messages sent with values
	payload        uint64 // copies of values in messages sent
	bytes          uint64
}

// add counts a message that is sent.
func (c *count) add(m *stored) {
	c.sent++
	if m.payload > 0 {
		c.bringing++
	}
	c.payload += uint64(m.payload)
	c.bytes += uint64(m.bytes)
}

// cut is a grudge of a kind of fault.
type cut struct {
	kind   string
	grudge *network.Grudge
}

// newCluster creates the nodes of a trial. They do not act before start.
func newCluster(t *trial.Trial) (*cluster, error) {
	spec, err := strategies.FindBroadcast(t.Strategy)
	if err != nil {
		return nil, err
	}
	graph, err := topology.Build(t.Topology, t.Nodes, t.Degree, t.Seed)
	if err != nil {
		return nil, err
	}
	dist, err := network.ParseDist(t.LatencyDist)
	if err != nil {
		return nil, err
	}
	c := &cluster{
		queue: newQueue(), trial: t, spec: spec, graph: graph,
		nodes:      make([]node, t.Nodes),
		latency:    network.Latency{Min: t.LatencyMin, Mean: t.Latency, Dist: dist},
		factor:     1,
		limit:      math.MaxInt64,
		held:       map[broadcast.NodeID][]held{},
		began:      workload.Starts(*t),
		latencies:  t.Rand("latency"),
		losses:     t.Rand("loss"),
		duplicates: t.Rand("duplicate"),
		spread: spread{
			nodes: t.Nodes, live: t.Nodes,
			forgets: t.Churn > 0 || slices.Contains(t.Faults(), "kill"),
		},
	}
	if c.began != nil {
		c.queue.begin(slices.Min(c.began))
	}
	c.messages.spec = &c.spec
	if t.Network == "maelstrom" && t.Rounds == "asynchronous" {
		c.receivers = make([]receiver, len(c.nodes))
		for i := range c.receivers {
			c.receivers[i].stalled = c.queue.now
		}
		c.machine = network.NewMachine(t.MessageTime, c.queue.now)
		c.jitter = network.NewJitter(t.Jitter, t.Rand("jitter"))
	}
	for id := range c.nodes {
		c.nodes[id].rand = *rand.New(&c.nodes[id].pcg)
		c.make(broadcast.NodeID(id))
	}
	return c, nil
}

// make creates a node as at the start of its process. After a restart it draws the same
// random numbers again.
func (c *cluster) make(id broadcast.NodeID) {
	n := &c.nodes[id]
	n.pcg.Seed(broadcast.RandState(c.trial.Seed, id))
	n.strategy = c.spec.New(broadcast.Config{
		Self: id, Nodes: len(c.nodes), Neighbors: c.graph[id], Rand: &n.rand,
	}, c.trial.Params)
	n.values = n.strategy.Values()
}

// start starts the nodes that are up. All start before anything else happens, since the
// starts are close together.
func (c *cluster) start() {
	c.plain = c.rounds == nil && c.receivers == nil && c.tracer == nil && c.trial.Loss == 0 && c.trial.Duplicate == 0
	for id := range c.nodes {
		if c.nodes[id].state == up {
			if c.began != nil {
				c.queue.now = c.began[id]
			}
			c.self = broadcast.NodeID(id)
			c.nodes[id].strategy.Start(c)
		}
	}
}

// Now implements broadcast.Env. It is 0 if a node gets a message before its own start.
func (c *cluster) Now() time.Duration {
	if c.began != nil {
		return max(0, c.queue.now-c.began[c.self])
	}
	return c.queue.now
}

// Send implements broadcast.Env. Loss and duplication are decided here, partitions when
// the message is taken.
func (c *cluster) Send(to broadcast.NodeID, m broadcast.Message) {
	ref := c.messages.hold(&m)
	c.nodes[c.self].busy++
	c.count.add(&c.messages.all[ref])
	c.count.bytes += nameLen(c.self) + nameLen(to)
	if c.plain {
		c.queue.push(c.due(), deliver, event{to: to, from: c.self, ref: ref})
		return
	}
	if c.tracer != nil {
		c.tracer.message("send", c.queue.now, c.self, to, &m)
	}
	if c.trial.Loss > 0 && c.losses.Float64() < c.trial.Loss {
		c.messages.release(ref)
		return
	}
	if c.trial.Duplicate > 0 && c.duplicates.Float64() < c.trial.Duplicate {
		c.messages.all[ref].refs++ // before the first copy can be released
		c.post(to, c.self, ref)
	}
	c.post(to, c.self, ref)
}

// post puts a message into the network.
func (c *cluster) post(to, from broadcast.NodeID, ref uint32) {
	switch {
	case c.rounds != nil:
		c.rounds.post(to, from, ref, c.messages.all[ref].payload > 0)
	case c.receivers != nil:
		c.push(to, parcel{from, ref}, c.due()+c.machine.Send(c.queue.now)-c.queue.now)
	default:
		c.queue.push(c.due(), deliver, event{to: to, from: from, ref: ref})
	}
}

// due draws the arrival time of a message.
func (c *cluster) due() time.Duration {
	return c.queue.now + c.latency.Draw(c.latencies)*c.factor
}

// After implements broadcast.Env.
func (c *cluster) After(d time.Duration, t broadcast.Timer) {
	ref := c.timers.hold(t)
	e := event{to: c.self, from: broadcast.NodeID(c.nodes[c.self].life), ref: ref}
	at := c.queue.now + max(d, 0)
	if c.rounds != nil {
		at = c.rounds.next(c.queue.now, at)
	}
	c.queue.push(at, expire, e)
}

// rejects reports whether a partition drops messages of from to to.
func (c *cluster) rejects(to, from broadcast.NodeID) bool {
	for _, cut := range c.cuts {
		if cut.grudge.Rejects(to, from) {
			return true
		}
	}
	return false
}

// broadcast gives a node a value from a client.
func (c *cluster) broadcast(id broadcast.NodeID, v broadcast.Value) {
	c.spread.enter(v, c.queue.now)
	if c.tracer != nil {
		c.tracer.value(c.queue.now, id, v)
	}
	c.self = id
	n := &c.nodes[id]
	before := n.values.Len()
	n.strategy.Broadcast(c, v)
	c.note(n, id, before, 0)
}

// arrive handles the arrival of a message at a node. A paused node counts it as received
// but handles it later.
func (c *cluster) arrive(to, from broadcast.NodeID, ref uint32) {
	n := &c.nodes[to]
	if n.state == down || n.state == buried {
		c.messages.release(ref)
		return
	}
	n.busy++
	c.count.received++
	if n.state == paused {
		c.held[to] = append(c.held[to], held{from: from, ref: ref, kind: deliver})
		return
	}
	c.receive(n, to, from, ref)
}

// receive calls a node's strategy with a message.
func (c *cluster) receive(n *node, to, from broadcast.NodeID, ref uint32) {
	c.self = to
	m := &c.messages.all[ref].Message
	if c.tracer != nil {
		c.tracer.message("deliver", c.queue.now, from, to, m)
	}
	hops, before := m.Hops, n.values.Len()
	n.strategy.Receive(c, from, *m)
	c.messages.release(ref)
	c.note(n, to, before, hops)
}

// ring calls a node's strategy with its timer, unless an earlier life set the timer.
func (c *cluster) ring(to broadcast.NodeID, life broadcast.NodeID, ref uint32) {
	n := &c.nodes[to]
	if n.state == paused {
		c.held[to] = append(c.held[to], held{from: life, ref: ref, kind: expire})
		return
	}
	t := c.timers.take(ref)
	if n.state == down || broadcast.NodeID(n.life) != life {
		return
	}
	if c.tracer != nil {
		c.tracer.timer(c.queue.now, to, t)
	}
	c.self = to
	before := n.values.Len()
	n.strategy.Expire(c, t)
	c.note(n, to, before, 0)
}

// note records what a node has learned; before is the number of values that it had.
func (c *cluster) note(n *node, id broadcast.NodeID, before int, hops int32) {
	if n.values.Len() == before {
		return
	}
	for _, v := range n.values.Log()[before:] {
		c.spread.learn(id, v, c.queue.now, hops)
	}
}

// lookahead is the number of events whose nodes are fetched ahead. Chosen; see
// BenchmarkPush.
const lookahead = 64

// fetch reads the nodes of the next events. In a large cluster each is a cache miss; read
// together, they are fetched in parallel.
func (c *cluster) fetch() {
	sum := c.fetched // kept in c, so that the compiler does not drop the reads
	batch := c.queue.ahead(lookahead)
	for i := range batch {
		if batch[i].kind() <= expire {
			sum += uint32(c.nodes[batch[i].to].state)
		}
	}
	for i := range batch {
		if batch[i].kind() <= expire {
			sum += uint32(c.nodes[batch[i].to].values.Len())
		}
	}
	c.fetched = sum
}

// large is the number of nodes from which fetch is worthwhile. Chosen; see BenchmarkPush.
const large = 2_000

// patience is the number of events between checks of the context.
const patience = 1 << 16

func (c *cluster) cancelled() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// run handles events until the trial is over, none is left, or the limit is reached. It
// passes events that are not the network's to step.
func (c *cluster) run(step func(event)) {
	for i := 0; ; i++ {
		if i%lookahead == 0 {
			if len(c.nodes) >= large {
				c.fetch()
			}
			if i%patience == 0 && c.cancelled() {
				return
			}
		}
		e, ok := c.queue.pop()
		if !ok || c.queue.now > c.limit {
			return
		}
		switch e.kind() {
		case deliver:
			if c.cuts != nil && c.rejects(e.to, e.from) {
				c.messages.release(e.ref)
				continue
			}
			c.arrive(e.to, e.from, e.ref)
		case wake:
			c.wake(e.to)
		case expire:
			c.ring(e.to, e.from, e.ref)
			if c.rounds != nil {
				c.settle()
			}
		case strike:
			c.strike(int(e.ref))
		default:
			step(e)
		}
		if c.over || c.spread.done {
			return
		}
	}
}
