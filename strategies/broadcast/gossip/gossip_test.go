package gossip

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"
	"unsafe"

	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/broadcasttest"
	"gossipbench/strategies/topology"
)

func checked(t testing.TB, raw map[string]string) broadcast.Params {
	t.Helper()
	params, errs := Spec.Check(raw)
	if errs != nil {
		t.Fatal(errs)
	}
	return params
}

func TestPromise(t *testing.T) {
	for _, tt := range []struct {
		params map[string]string
		want   broadcast.Promise
	}{
		{nil, broadcast.IfHealed}, // idle=always repeats everything
		{map[string]string{"payload": "delta"}, broadcast.IfHealed},
		{map[string]string{"idle": "silent"}, broadcast.IfLossless},
		{map[string]string{"idle": "silent", "delivery": "ack-retry"}, broadcast.IfHealed},
		{map[string]string{"mode": "pull", "idle": "silent"}, broadcast.IfHealed},
		{map[string]string{"mode": "push-pull", "idle": "silent", "payload": "delta"}, broadcast.IfHealed},
		{map[string]string{"interval": "0", "fanout": "0"}, broadcast.IfLossless},
		{map[string]string{"interval": "0", "fanout": "0", "delivery": "ack-retry"}, broadcast.IfHealed},
		{map[string]string{"interval": "0"}, broadcast.Probably},
		{map[string]string{"interval": "0", "delivery": "ack-retry"}, broadcast.Probably},
	} {
		t.Run(fmt.Sprint(tt.params), func(t *testing.T) {
			if got := Spec.Promise(checked(t, tt.params)); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// TestForgottenIsLearntAgain tests a promise beyond Spec.Promise: with pull, or
// with idle=always, a node that restarts without its values recovers all that any
// node has. Rounds are short, so that one random peer a round is enough to reach
// all peers in 5 s.
func TestForgottenIsLearntAgain(t *testing.T) {
	ran := 0
	for seed := range uint64(200) {
		s := broadcasttest.Draw(Spec, broadcasttest.Forgetful, seed)
		if s.Params.Text("mode") == "push" && s.Params.Text("idle") == "silent" {
			continue
		}
		s.Params["interval"] = "20ms"
		ran++
		o, err := s.Run()
		if err != nil {
			t.Error(err)
		}
		for v, reached := range o.Reached {
			if reached > 0 && reached < s.Nodes {
				t.Errorf("seed %d: only %d of %d nodes have %d in the end\n%v", seed, reached, s.Nodes, v, s)
			}
		}
	}
	if ran < 50 {
		t.Errorf("only %d of the scenarios were of this kind", ran)
	}
}

// TestSilence tests that with idle=silent, push sends nothing and sets no timer
// after all nodes have everything.
func TestSilence(t *testing.T) {
	for seed := range uint64(200) {
		s := broadcasttest.Draw(Spec, broadcasttest.Lossless, seed)
		s.Params["mode"], s.Params["idle"] = "push", "silent"
		s.Patient = true
		o, err := s.Run()
		if err != nil {
			t.Error(err)
		}
		if !o.Quiet {
			t.Errorf("seed %d: still not quiet after %v\n%v", seed, o.Elapsed, s)
		}
	}
}

// TestChoose counts how often each node is chosen. Of 11 nodes, n5 has the
// neighbors 4, 6, 7 and 8. In 10,000 draws, the frequency of a node with
// probability p has a standard deviation below .005. The test allows five.
func TestChoose(t *testing.T) {
	const draws = 10000
	neighbors := []broadcast.NodeID{4, 6, 7, 8}
	all := func(p float64) []float64 {
		return []float64{p, p, p, p, p, 0, p, p, p, p, p}
	}
	for _, tt := range []struct {
		peers  string
		fanout string
		from   broadcast.NodeID
		count  int
		want   []float64 // probability of each node
	}{
		{"neighbors", "0", 5, 4, []float64{0, 0, 0, 0, 1, 0, 1, 1, 1, 0, 0}},
		{"neighbors", "9", 5, 4, []float64{0, 0, 0, 0, 1, 0, 1, 1, 1, 0, 0}},
		{"neighbors", "1", 5, 1, []float64{0, 0, 0, 0, .25, 0, .25, .25, .25, 0, 0}},
		{"neighbors", "3", 5, 3, []float64{0, 0, 0, 0, .75, 0, .75, .75, .75, 0, 0}},
		{"neighbors", "0", 6, 3, []float64{0, 0, 0, 0, 1, 0, 0, 1, 1, 0, 0}},
		{"neighbors", "1", 4, 1, []float64{0, 0, 0, 0, 0, 0, 1. / 3, 1. / 3, 1. / 3, 0, 0}},
		{"neighbors", "2", 3, 2, []float64{0, 0, 0, 0, .5, 0, .5, .5, .5, 0, 0}}, // n3 is not a neighbor
		{"random", "0", 5, 10, all(1)},
		{"random", "99", 5, 10, all(1)},
		{"random", "1", 5, 1, all(.1)},
		{"random", "7", 5, 7, all(.7)},
		{"random", "1", 6, 1, all(.1)}, // the sender counts as any other node
		{"mixed", "1", 5, 1, all(.1)},
		// One of four neighbors, then one of the nine others: a neighbor with
		// 1/4 + 3/4·1/9 = 1/3, another node with 1/9.
		{"mixed", "2", 5, 2, []float64{1. / 9, 1. / 9, 1. / 9, 1. / 9, 1. / 3, 0, 1. / 3, 1. / 3, 1. / 3, 1. / 9, 1. / 9}},
		{"mixed", "0", 5, 5, []float64{1. / 6, 1. / 6, 1. / 6, 1. / 6, 1, 0, 1, 1, 1, 1. / 6, 1. / 6}},
	} {
		t.Run(fmt.Sprintf("%s of %s from n%d", tt.fanout, tt.peers, tt.from), func(t *testing.T) {
			n := newNode(broadcast.Config{Self: 5, Nodes: 11, Neighbors: neighbors, Rand: broadcast.NewRand(1, 5)},
				checked(t, map[string]string{"peers": tt.peers, "fanout": tt.fanout})).(*node)
			var counts [11]int
			for range draws {
				chosen := n.choose(nil, tt.from)
				if len(chosen) != tt.count {
					t.Fatalf("got %v, want %d peers", chosen, tt.count)
				}
				for i, peer := range chosen {
					counts[peer]++
					if slices.Contains(chosen[:i], peer) {
						t.Fatalf("got %v, want no peer twice", chosen)
					}
				}
			}
			for peer, p := range tt.want {
				if got := float64(counts[peer]) / draws; math.Abs(got-p) > .025 || p == 0 && got != 0 {
					t.Errorf("n%d: chosen in %.3f of the draws, want %.3f", peer, got, p)
				}
			}
		})
	}
}

// cluster delivers messages at once in order of sending, and ignores timers.
type cluster struct {
	nodes []broadcast.Strategy
	queue []sent
	env   clusterEnv
}

type sent struct {
	from, to broadcast.NodeID
	message  broadcast.Message
}

type clusterEnv struct {
	*cluster
	self broadcast.NodeID
}

func (e *clusterEnv) Now() time.Duration { return 0 }
func (e *clusterEnv) Send(to broadcast.NodeID, m broadcast.Message) {
	e.queue = append(e.queue, sent{e.self, to, m})
}
func (e *clusterEnv) After(time.Duration, broadcast.Timer) {}

func newCluster(t testing.TB, size int, seed uint64, raw map[string]string) *cluster {
	c := &cluster{nodes: make([]broadcast.Strategy, size)}
	params := checked(t, raw)
	graph, err := topology.Build("line", size, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i := range c.nodes {
		id := broadcast.NodeID(i)
		c.nodes[i] = newNode(broadcast.Config{Self: id, Nodes: size, Neighbors: graph[i], Rand: broadcast.NewRand(seed, id)}, params)
	}
	c.env.cluster = c
	return c
}

// as returns the Env of a node, valid until the next call.
func (c *cluster) as(node broadcast.NodeID) broadcast.Env {
	c.env.self = node
	return &c.env
}

// run delivers messages until none is left, and returns their number.
func (c *cluster) run() int {
	delivered := 0
	for ; delivered < len(c.queue); delivered++ {
		s := c.queue[delivered]
		c.nodes[s.to].Receive(c.as(s.to), s.from, s.message)
	}
	c.queue = c.queue[:0]
	return delivered
}

// TestInfectAndDie compares push on arrival with the fixed point c = 1 − e^(−fc) of
// the share of nodes that receive a rumor: .796812 for a fanout of 2, .980173 for 4
// (Eugster et al. 2004). Each of these nodes sends to f others, once. Runs in which
// the rumor dies out at once do not count; with a fanout of 2 their probability is
// 1/n.
func TestInfectAndDie(t *testing.T) {
	const nodes, runs = 2000, 40
	for fanout, want := range map[int]float64{2: .796812, 4: .980173} {
		var sum float64
		for seed := range uint64(runs) {
			c := newCluster(t, nodes, seed, map[string]string{
				"interval": "0", "peers": "random", "fanout": fmt.Sprint(fanout), "idle": "silent", "payload": "delta"})
			c.nodes[0].Broadcast(c.as(0), 7)
			messages, reached := c.run(), 0
			for _, n := range c.nodes {
				reached += n.Values().Len()
			}
			if messages != fanout*reached {
				t.Fatalf("fanout %d: %d messages for %d nodes reached", fanout, messages, reached)
			}
			sum += float64(reached) / nodes
		}
		// For a fanout of 2 the share has a standard deviation of about .012 in one run.
		if got := sum / runs; math.Abs(got-want) > .01 {
			t.Errorf("fanout %d: %.4f of the nodes reached, want %.4f ± .01", fanout, got, want)
		}
	}
}

// TestCheap tests what the simulator needs for a million nodes: two cache lines a
// node, and no allocation when a node receives known values or runs a round.
func TestCheap(t *testing.T) {
	if size := unsafe.Sizeof(node{}); size > 128 {
		t.Errorf("a node has %d bytes, want at most 128", size)
	}
	for _, raw := range []map[string]string{
		nil,
		{"fanout": "0", "peers": "neighbors", "payload": "delta", "delivery": "ack-retry"},
		{"mode": "push-pull", "payload": "delta", "idle": "silent"},
		{"mode": "pull"},
	} {
		c := newCluster(t, 10, 1, raw)
		work := func() {
			for i, n := range c.nodes {
				n.Expire(c.as(broadcast.NodeID(i)), broadcast.Timer{Kind: Round})
			}
			c.run()
		}
		for i, n := range c.nodes {
			n.Start(c.as(broadcast.NodeID(i)))
			n.Broadcast(c.as(broadcast.NodeID(i)), broadcast.Value(i))
		}
		for range 100 { // until all pairs have had contact
			work()
		}
		if got := testing.AllocsPerRun(10, work); got != 0 {
			t.Errorf("%v: a round of ten nodes and its messages allocate %v times, want 0", raw, got)
		}
	}
}

// BenchmarkArrival measures the cost of a delivery in push on arrival, without a
// network.
func BenchmarkArrival(b *testing.B) {
	for _, size := range []int{1e4, 1e6} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			delivered := 0
			for range b.N {
				b.StopTimer()
				c := newCluster(b, size, 1, map[string]string{
					"interval": "0", "peers": "random", "fanout": "8", "idle": "silent", "payload": "delta"})
				c.queue = make([]sent, 0, 9*size)
				b.StartTimer()
				c.nodes[0].Broadcast(c.as(0), 7)
				delivered += c.run()
			}
			b.ReportMetric(float64(delivered)/b.Elapsed().Seconds()/1e6, "Mdeliveries/s")
		})
	}
}
