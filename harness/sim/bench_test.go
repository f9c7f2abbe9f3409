package sim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"gossipbench/harness/network"
	"gossipbench/harness/trial"
	"gossipbench/strategies"
	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/param"
)

// pushTrial is the usual benchmark of simulators: infect and die, 8 random peers, one
// rumor, latency uniform from 10 to 50 ms.
func pushTrial(nodes int) trial.Trial {
	t := trial.Default()
	t.Workload, t.Nodes, t.Topology, t.Network = "dissemination", nodes, "star", "ideal"
	t.Latency, t.LatencyMin, t.LatencyDist = 30*time.Millisecond, 10*time.Millisecond, "uniform"
	t.Params = params("gossip", map[string]string{
		"mode": "push", "interval": "0s", "peers": "random", "fanout": "8", "payload": "delta", "idle": "silent",
	})
	t.Seed = 1
	return t
}

func params(strategy string, raw map[string]string) param.Values {
	spec, err := strategies.FindBroadcast(strategy)
	if err != nil {
		panic(err)
	}
	p, errs := spec.Check(raw)
	if errs != nil {
		panic(errs[0])
	}
	return p
}

// BenchmarkPush measures the time from the entry of the rumor until no event is left.
// Beside it runs a bare loop of the same work on the same queue, without strategy and
// Env.
func BenchmarkPush(b *testing.B) {
	for _, nodes := range []int{1e4, 1e5, 1e6} {
		t := pushTrial(nodes)
		b.Run(fmt.Sprintf("by=strategy/nodes=%d", nodes), func(b *testing.B) {
			var deliveries, memory uint64
			b.ReportAllocs()
			for range b.N {
				b.StopTimer()
				before := heapInUse()
				c, err := newCluster(&t)
				if err != nil {
					b.Fatal(err)
				}
				c.plan()
				d := newDissemination(c)
				runtime.GC() // collect the garbage of newCluster before the trial
				b.StartTimer()
				d.play()
				b.StopTimer()
				deliveries += c.count.received
				memory = (heapInUse() - before) / uint64(nodes)
				if cover, _, _, _ := d.sum(); cover != trial.Valid {
					b.Fatal("not valid")
				}
				b.StartTimer()
			}
			b.ReportMetric(float64(deliveries)/b.Elapsed().Seconds()/1e6, "Mdeliveries/s")
			b.ReportMetric(float64(memory), "B/node")
		})
		b.Run(fmt.Sprintf("by=bare/nodes=%d", nodes), func(b *testing.B) {
			var deliveries uint64
			latency := network.Latency{Min: t.LatencyMin, Mean: t.Latency, Dist: network.Uniform}
			for range b.N {
				deliveries += bare(nodes, latency)
			}
			b.ReportMetric(float64(deliveries)/b.Elapsed().Seconds()/1e6, "Mdeliveries/s")
		})
	}
}

// bare spreads a rumor with the queue only.
func bare(nodes int, latency network.Latency) (deliveries uint64) {
	q, r := newQueue(), rand.New(rand.NewPCG(1, 2))
	known := make([]bool, nodes)
	tell := func(from broadcast.NodeID) {
		for range 8 {
			q.push(q.now+latency.Draw(r), deliver, event{to: broadcast.NodeID(r.IntN(nodes)), from: from})
		}
	}
	known[0] = true
	tell(0)
	for {
		e, ok := q.pop()
		if !ok {
			return deliveries
		}
		deliveries++
		if !known[e.to] {
			known[e.to] = true
			tell(e.to)
		}
	}
}

// BenchmarkTrial runs a trial of challenge 3d, from its settings to its metrics.
func BenchmarkTrial(b *testing.B) {
	for _, strategy := range []string{"flood", "gossip"} {
		b.Run(strategy, func(b *testing.B) {
			t := challenge()
			t.Strategy, t.Params = strategy, params(strategy, nil)
			b.ReportAllocs()
			for b.Loop() {
				if r, err := New(Options{}).Run(context.Background(), t); err != nil || r.Outcome != trial.Valid {
					b.Fatal(r.Outcome, err)
				}
			}
		})
	}
}

// challenge returns the setting of Gossip Glomers' challenge 3d, with flood on tree4.
func challenge() trial.Trial {
	t := trial.Default()
	t.Strategy, t.Params = "flood", params("flood", nil)
	t.Nodes, t.Topology, t.Latency = 25, "tree4", 100*time.Millisecond
	t.Rate, t.TimeLimit, t.Seed = 100, 20*time.Second, 1
	return t
}
