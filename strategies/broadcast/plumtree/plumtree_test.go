package plumtree

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/broadcasttest"
	"gossipbench/strategies/topology"
)

// cluster is a network in virtual time with uniform latencies. It loses only
// messages to dead nodes.
type cluster struct {
	params      broadcast.Params
	graph       [][]broadcast.NodeID
	nodes       []broadcast.Strategy
	lives       []int // of each node; negative if it is dead
	least, most time.Duration
	rand        *rand.Rand
	now         time.Duration
	queue       events
	seq         int
	self        broadcast.NodeID
	sent        [Welcome + 1]int
}

type event struct {
	at       time.Duration
	seq      int
	life     int // of the node that set a timer; −1 for messages
	from, to broadcast.NodeID
	message  broadcast.Message
	timer    broadcast.Timer
}

type events []event

func (q events) Len() int { return len(q) }
func (q events) Less(i, j int) bool {
	return q[i].at < q[j].at || q[i].at == q[j].at && q[i].seq < q[j].seq
}
func (q events) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *events) Push(e any)   { *q = append(*q, e.(event)) }
func (q *events) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

// tester is a testing.T or a rapid.T.
type tester interface {
	Helper()
	Fatal(...any)
}

func newCluster(t tester, name string, nodes int, least, most time.Duration, raw map[string]string) *cluster {
	t.Helper()
	graph, err := topology.Build(name, nodes, 5, 1)
	if err != nil {
		t.Fatal(err)
	}
	params, errs := Spec.Check(raw)
	if errs != nil {
		t.Fatal(errs)
	}
	c := &cluster{
		params: params, graph: graph, least: least, most: most, rand: rand.New(rand.NewPCG(1, 2)),
		nodes: make([]broadcast.Strategy, nodes), lives: make([]int, nodes),
	}
	for i := range c.nodes {
		c.start(broadcast.NodeID(i))
	}
	return c
}

// start starts or restarts a node.
func (c *cluster) start(id broadcast.NodeID) {
	c.lives[id]++
	c.nodes[id] = Spec.New(broadcast.Config{Self: id, Nodes: len(c.nodes), Neighbors: c.graph[id], Rand: broadcast.NewRand(1, id)}, c.params)
	c.self = id
	c.nodes[id].Start(c)
}

func (c *cluster) Now() time.Duration { return c.now }

func (c *cluster) Send(to broadcast.NodeID, m broadcast.Message) {
	c.sent[m.Kind]++
	latency := c.least + time.Duration(c.rand.Int64N(int64(c.most-c.least)+1))
	c.push(event{at: c.now + latency, life: -1, from: c.self, to: to, message: m})
}

func (c *cluster) After(d time.Duration, t broadcast.Timer) {
	c.push(event{at: c.now + d, life: c.lives[c.self], to: c.self, timer: t})
}

func (c *cluster) push(e event) {
	c.seq++
	e.seq = c.seq
	heap.Push(&c.queue, e)
}

func (c *cluster) broadcast(id broadcast.NodeID, v broadcast.Value) {
	c.self = id
	c.nodes[id].Broadcast(c, v)
}

// run advances the time by d.
func (c *cluster) run(length time.Duration) {
	end := c.now + length
	for len(c.queue) > 0 && c.queue[0].at <= end {
		e := heap.Pop(&c.queue).(event)
		c.now, c.self = e.at, e.to
		switch {
		case c.lives[e.to] < 0:
		case e.life < 0:
			c.nodes[e.to].Receive(c, e.from, e.message)
		case e.life == c.lives[e.to]:
			c.nodes[e.to].Expire(c, e.timer)
		}
	}
	c.now = end
}

// kill kills a share of the nodes, but not n0.
func (c *cluster) kill(share float64) {
	others := c.rand.Perm(len(c.nodes) - 1)
	for _, i := range others[:int(share*float64(len(c.nodes)))] {
		c.lives[i+1] = -1
	}
}

// connected returns which nodes are connected with n0 through live nodes.
func (c *cluster) connected() []bool {
	reached := make([]bool, len(c.nodes))
	reached[0] = true
	queue := []broadcast.NodeID{0}
	for len(queue) > 0 {
		for _, peer := range c.graph[queue[0]] {
			if !reached[peer] && c.lives[peer] >= 0 {
				reached[peer] = true
				queue = append(queue, peer)
			}
		}
		queue = queue[1:]
	}
	return reached
}

// TestSteadyState counts messages when the tree is stable. The graph has 1,000
// nodes and 2,500 links, of which 999 are in the tree: a value is pushed 999 times,
// and announced both ways on the 1,501 others. With ack-retry each node but the
// origin sends an ihave to the node that pushed the value.
func TestSteadyState(t *testing.T) {
	for delivery, ihaves := range map[string]int{"fire-and-forget": 3002, "ack-retry": 4001} {
		t.Run(delivery, func(t *testing.T) {
			c := newCluster(t, "random", 1000, 10*time.Millisecond, 30*time.Millisecond, map[string]string{"delivery": delivery})
			c.broadcast(0, 0)
			c.run(5 * time.Second)
			for v := range broadcast.Value(3) {
				c.sent = [Welcome + 1]int{}
				c.broadcast(0, v+1)
				c.run(5 * time.Second)
				if want := [Welcome + 1]int{Gossip: 999, Ihave: ihaves}; c.sent != want {
					t.Errorf("value %d: got %v messages of each kind, want %v", v+1, c.sent, want)
				}
			}
			if len(c.queue) > 0 {
				t.Errorf("%d events are pending, want none", len(c.queue))
			}
		})
	}
}

// TestOverlap tests that with trees=origin, values of all origins may be in flight
// at once. The first of each is pushed on all links. After that each is pushed 24
// times among 25 nodes, and nothing is pruned or grafted.
func TestOverlap(t *testing.T) {
	c := newCluster(t, "grid", 25, 20*time.Millisecond, 20*time.Millisecond, map[string]string{"trees": "origin"})
	next := broadcast.Value(0)
	bring := func(rounds int) {
		for range rounds * 25 {
			c.broadcast(broadcast.NodeID(next%25), next)
			next++
			c.run(time.Millisecond)
		}
		c.run(5 * time.Second)
	}
	bring(1)
	c.sent = [Welcome + 1]int{}
	bring(10)
	if want := 24 * 250; c.sent[Gossip] != want || c.sent[Prune] > 0 || c.sent[Graft] > 0 {
		t.Errorf("got %d pushed, %d prunes and %d grafts, want %d, 0 and 0", c.sent[Gossip], c.sent[Prune], c.sent[Graft], want)
	}
}

// TestBurst tests that all values within half of retry cost one acknowledging
// message on each link. Three nodes in a line have two links, and values from one
// end go one way.
func TestBurst(t *testing.T) {
	c := newCluster(t, "line", 3, 10*time.Millisecond, 10*time.Millisecond, map[string]string{"delivery": "ack-retry"})
	for v := range broadcast.Value(100) {
		c.broadcast(0, v)
		c.run(time.Millisecond)
	}
	c.run(5 * time.Second)
	if want := [Welcome + 1]int{Gossip: 200, Ihave: 2}; c.sent != want {
		t.Errorf("got %v messages of each kind, want %v", c.sent, want)
	}
}

// TestHalfFailed kills half of 10,000 nodes at once, when the tree is stable and
// again while a value spreads. Every live node that is still connected with the
// origin gets the value, and no other. A link leads to a small component with
// probability q = .5 + .5·q⁴ = .544, so q⁵ = 4.8 % of the live nodes are cut off.
func TestHalfFailed(t *testing.T) {
	for _, delivery := range []string{"fire-and-forget", "ack-retry"} {
		for _, spreading := range []time.Duration{0, 150 * time.Millisecond} {
			t.Run(fmt.Sprint(delivery, " ", spreading), func(t *testing.T) {
				c := newCluster(t, "random", 10_000, 10*time.Millisecond, 50*time.Millisecond, map[string]string{"delivery": delivery})
				for v := range broadcast.Value(2) {
					c.broadcast(0, v)
					c.run(3 * time.Second)
				}
				if spreading > 0 {
					c.broadcast(0, 2)
					c.run(spreading)
				}
				c.kill(0.5)
				if spreading == 0 {
					c.broadcast(0, 2)
				}
				c.run(10 * time.Second)
				connected, count := c.connected(), 0
				for id, node := range c.nodes {
					if connected[id] {
						count++
						if !node.Values().Has(2) {
							t.Fatalf("n%d lives and is connected, and does not have the value", id)
						}
					} else if spreading == 0 && node.Values().Has(2) {
						t.Fatalf("n%d is dead or cut off, and has the value", id)
					}
				}
				if count < 4700 || count > 4820 {
					t.Errorf("%d nodes are connected, want some 4762", count)
				}
			})
		}
	}
}

// TestRestarts tests that with ack-retry a node that restarts without its values
// recovers all, in a quiet cluster, or when another node gets a new value.
func TestRestarts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes := rapid.IntRange(2, 12).Draw(t, "nodes")
		node := rapid.Map(rapid.IntRange(0, nodes-1), func(i int) broadcast.NodeID { return broadcast.NodeID(i) })
		name := rapid.SampledFrom([]string{"line", "grid", "tree2", "total", "star"}).Draw(t, "topology")
		c := newCluster(t, name, nodes, time.Millisecond, 40*time.Millisecond, map[string]string{"delivery": "ack-retry"})
		values := broadcast.Value(0)
		bring := func() {
			c.broadcast(node.Draw(t, "origin"), values)
			values++
		}
		for range rapid.IntRange(1, 10).Draw(t, "values") {
			bring()
		}
		c.run(20 * time.Second)
		for range rapid.IntRange(1, 3).Draw(t, "restarts") {
			c.start(node.Draw(t, "restarted"))
			if rapid.Bool().Draw(t, "busy") {
				bring()
			}
			c.run(20 * time.Second)
			for id, n := range c.nodes {
				if n.Values().Len() != int(values) {
					t.Fatalf("n%d has %v of %d values", id, n.Values().Log(), values)
				}
			}
		}
	})
}

// TestSilence tests that nothing happens when all nodes have all values and know
// it.
func TestSilence(t *testing.T) {
	for seed := range uint64(200) {
		s := broadcasttest.Draw(Spec, broadcasttest.Healing, seed)
		s.Params["peers"], s.Params["delivery"], s.Patient = "neighbors", "ack-retry", true
		o, err := s.Run()
		if err != nil {
			t.Error(err)
		}
		if !o.Quiet || !o.Complete() {
			t.Errorf("seed %d: after %v quiet is %v, %d nodes, of whom %v have the values\n%v", seed, o.Elapsed, o.Quiet, s.Nodes, o.Reached, s)
		}
	}
}

// TestRandomView tests that nodes that draw five peers each are connected, and that
// drawn links are symmetric. Of 1,000 nodes about e^−5 = .7 % are drawn by nobody.
func TestRandomView(t *testing.T) {
	c := newCluster(t, "line", 1000, 10*time.Millisecond, 50*time.Millisecond, map[string]string{"peers": "random"})
	c.run(time.Second)
	c.broadcast(0, 7)
	c.run(5 * time.Second)
	ends := 0
	for id, s := range c.nodes {
		n := s.(*node)
		ends += len(n.links)
		if !n.values.Has(7) {
			t.Errorf("n%d does not have the value", id)
		}
		for _, l := range n.links {
			if _, known := c.nodes[l.peer].(*node).find(broadcast.NodeID(id)); !known {
				t.Errorf("n%d has a link to n%d, which has none to it", id, l.peer)
			}
		}
	}
	// 5,000 draws, of which about 5·5/2 draw a linked pair.
	if ends > 10_000 || ends < 9_900 {
		t.Errorf("got %d ends of links, want a little less than 10000", ends)
	}
}
