package broadcasttest

import (
	"container/heap"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/topology"
)

// patience is how long a strategy has after load and heal. Chosen: far more than
// random rounds of 200 ms need with a dozen nodes. A strategy that does not promise
// all values everywhere has haste.
const (
	patience = 10 * time.Minute
	haste    = 5 * time.Second
)

// Run runs the scenario until all nodes have all values, no event is left, or
// patience ends. The error is the rule of the contract that the strategy broke.
func (s Scenario) Run() (Outcome, error) {
	graph, err := topology.Build(s.Topology, s.Nodes, s.Degree, s.Seed)
	if err != nil {
		return Outcome{}, err
	}
	w := &world{Scenario: s, graph: graph, rand: rand.New(rand.NewPCG(s.Seed, 0x776f726c64))} // "world"
	w.nodes = make([]broadcast.Strategy, s.Nodes)
	w.lives = make([]life, s.Nodes)
	w.Origin = make([]broadcast.NodeID, s.Values)
	for v := range s.Values {
		w.Origin[v] = broadcast.NodeID(w.rand.IntN(s.Nodes))
		w.schedule(event{at: between(w.rand, 0, s.Load), what: brought, to: w.Origin[v], message: broadcast.Message{Seq: uint64(v)}})
	}
	w.inboxes = make([]inbox, s.Nodes)
	for _, r := range s.Restarts {
		w.schedule(event{at: r.At, what: restarted, to: r.Node})
	}
	for i := range w.nodes {
		w.start(broadcast.NodeID(i))
	}
	end := max(s.Load, s.calm()) + patience
	if s.Spec.Promise(s.Params) == broadcast.Probably || s.Restarts != nil {
		end += haste - patience
	}
	for w.broken == nil && len(w.queue) > 0 && w.queue[0].at <= end && (s.Patient || !w.complete()) {
		w.step(heap.Pop(&w.queue).(event))
	}
	return w.outcome(), w.broken
}

// world is a running scenario.
type world struct {
	Scenario
	Outcome
	graph [][]broadcast.NodeID
	rand  *rand.Rand
	nodes []broadcast.Strategy
	lives []life
	// inboxes are the messages in flight to each node, for network maelstrom.
	inboxes []inbox
	queue   events
	seq     int
	now     time.Duration
	given   int // values that clients have sent so far
	broken  error
}

// life is a node between two restarts.
type life struct {
	number  int
	started time.Duration
	size    int // number of its values
}

type event struct {
	at       time.Duration
	seq      int
	what     happening
	life     int // for expired
	from, to broadcast.NodeID
	message  broadcast.Message
	sent     []broadcast.Value // a copy of the message's values
	taken    bool              // the receiver, on network maelstrom, waits for it
	timer    broadcast.Timer
}

type happening uint8

const (
	brought   happening = iota // a client sends the value Seq
	delivered                  // a message arrives
	expired                    // a timer expires
	restarted                  // a node restarts
)

type events []event

func (q events) Len() int { return len(q) }
func (q events) Less(i, j int) bool {
	return q[i].at < q[j].at || q[i].at == q[j].at && q[i].seq < q[j].seq
}
func (q events) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *events) Push(e any)   { *q = append(*q, e.(event)) }
func (q *events) Pop() any {
	old := *q
	e := old[len(old)-1]
	*q = old[:len(old)-1]
	return e
}

// worldEnv is the Env of a node.
type worldEnv struct {
	*world
	self broadcast.NodeID
}

func (e worldEnv) Now() time.Duration { return e.now - e.lives[e.self].started }

func (e worldEnv) Send(to broadcast.NodeID, m broadcast.Message) {
	if to < 0 || int(to) >= e.Nodes || to == e.self {
		e.fail("n%d sent to n%d, want another node", e.self, to)
		return
	}
	if int(m.Kind) >= len(e.Spec.Kinds) {
		e.fail("n%d sent a message of kind %d, which has no name", e.self, m.Kind)
	}
	e.Messages++
	if e.now < e.Heal && e.rand.Float64() < e.Loss {
		return
	}
	copies := 1
	if e.rand.Float64() < e.Duplicate {
		copies = 2
	}
	sent := slices.Clone(m.Values)
	for range copies {
		e.carry(event{at: e.now + e.latency(), what: delivered, from: e.self, to: to, message: m, sent: sent})
	}
}

// latency draws the latency of a message.
func (w *world) latency() time.Duration {
	d := w.MinLatency
	switch mean := (w.MaxLatency - w.MinLatency) / 2; w.Spread {
	case "constant":
		d += mean
	case "exponential":
		d += time.Duration(w.rand.ExpFloat64() * float64(mean))
	default:
		d = between(w.rand, w.MinLatency, w.MaxLatency)
	}
	if slices.ContainsFunc(w.Slow, func(s Span) bool { return s.has(w.now) }) {
		d *= 10
	}
	return d
}

// inbox holds the messages in flight to a node on network maelstrom. As in
// harness/network, the receiver takes the message that is due first, and takes no
// other until it has arrived.
type inbox struct {
	waiting events
	busy    bool
}

// carry puts a message in flight.
func (w *world) carry(e event) {
	if w.Network != "maelstrom" {
		w.schedule(e)
		return
	}
	w.seq++
	e.seq = w.seq
	heap.Push(&w.inboxes[e.to].waiting, e)
	w.take(e.to)
}

// take lets a receiver take messages until it waits for one.
func (w *world) take(node broadcast.NodeID) {
	box := &w.inboxes[node]
	for !box.busy && len(box.waiting) > 0 {
		e := heap.Pop(&box.waiting).(event)
		if w.cut(e.from, e.to) {
			continue
		}
		box.busy, e.taken = true, true
		e.at = max(e.at, w.now)
		w.schedule(e)
	}
}

func (e worldEnv) After(d time.Duration, t broadcast.Timer) {
	if d < 0 {
		e.fail("n%d set a timer for %v", e.self, d)
	}
	e.schedule(event{at: e.now + d, what: expired, to: e.self, life: e.lives[e.self].number, timer: t})
}

func (w *world) fail(format string, args ...any) {
	if w.broken == nil {
		w.broken = fmt.Errorf("at %v: %w", w.now, fmt.Errorf(format, args...))
	}
}

func (w *world) schedule(e event) {
	w.seq++
	e.seq = w.seq
	heap.Push(&w.queue, e)
}

// start starts or restarts a node.
func (w *world) start(node broadcast.NodeID) {
	w.lives[node] = life{number: w.lives[node].number + 1, started: w.now}
	w.nodes[node] = w.Spec.New(broadcast.Config{
		Self: node, Nodes: w.Nodes, Neighbors: w.graph[node], Rand: broadcast.NewRand(w.Seed, node),
	}, w.Params)
	w.nodes[node].Start(worldEnv{w, node})
}

func (w *world) step(e event) {
	w.now = e.at
	if e.taken {
		w.inboxes[e.to].busy = false
		defer w.take(e.to)
	}
	if until, down := w.away(e.to); until > w.now && e.what != restarted {
		e.at, e.taken = until, false
		switch {
		case !down: // in its order
			heap.Push(&w.queue, e)
		case e.what == brought: // after the restart
			w.schedule(e)
		}
		return
	}
	node, env := w.nodes[e.to], worldEnv{w, e.to}
	switch e.what {
	case brought:
		w.given++
		node.Broadcast(env, broadcast.Value(e.message.Seq))
		if !node.Values().Has(broadcast.Value(e.message.Seq)) {
			w.fail("n%d does not have the value %d that a client brought, and was told is safe", e.to, e.message.Seq)
		}
	case delivered:
		if w.Network != "maelstrom" && w.cut(e.from, e.to) {
			return
		}
		if !slices.Equal(e.message.Values, e.sent) {
			w.fail("n%d changed values after it had sent them: %v became %v", e.from, e.sent, e.message.Values)
		}
		node.Receive(env, e.from, e.message)
	case expired:
		if e.life == w.lives[e.to].number {
			node.Expire(env, e.timer)
		}
	case restarted:
		w.start(e.to)
	}
	size := w.nodes[e.to].Values().Len()
	if size < w.lives[e.to].size {
		w.fail("n%d forgot values", e.to)
	}
	w.lives[e.to].size = size
}

// away returns when a paused or killed node continues, and whether it is down.
func (w *world) away(node broadcast.NodeID) (until time.Duration, down bool) {
	for _, r := range w.Restarts {
		if r.Node == node && r.At-r.Down <= w.now && w.now < r.At {
			until, down = max(until, r.At), true
		}
	}
	for _, p := range w.Pauses {
		if p.Node == node && p.has(w.now) && !down {
			until = max(until, p.To)
		}
	}
	return until, down
}

// cut reports whether a partition drops messages from one node to another.
func (w *world) cut(from, to broadcast.NodeID) bool {
	return slices.ContainsFunc(w.Partitions, func(p Partition) bool {
		return p.has(w.now) && p.Aside[from] != p.Aside[to] && (!p.OneWay || p.Aside[to])
	})
}

// complete reports whether all values are sent, all faults have ended, and every
// node has every value.
func (w *world) complete() bool {
	if w.given < w.Values || w.now < w.calm() {
		return false
	}
	return !slices.ContainsFunc(w.lives, func(l life) bool { return l.size < w.Values })
}

// outcome counts values, and looks for values that no client sent.
func (w *world) outcome() Outcome {
	w.Elapsed, w.Quiet = w.now, len(w.queue) == 0
	w.Reached = make([]int, w.Values)
	w.Log = make([][]broadcast.Value, len(w.nodes))
	for i, n := range w.nodes {
		w.Log[i] = n.Values().Log()
		for _, v := range w.Log[i] {
			if v < 0 || int(v) >= w.Values {
				w.broken = errors.Join(w.broken, fmt.Errorf("n%d has the value %d, which nobody brought", i, v))
				continue
			}
			w.Reached[v]++
		}
	}
	return w.Outcome
}
