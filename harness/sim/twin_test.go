package sim

import (
	"bytes"
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gossipbench/harness/experiment"
	"gossipbench/harness/network"
	"gossipbench/strategies"
	"gossipbench/strategies/gossip"
	"gossipbench/strategies/topology"
)

// twin is the simulator as one would write it in ten minutes: all that is to
// come in one list, of which the earliest is searched each time.
type twin struct {
	now       time.Duration
	coming    []func() // by the same index as at
	at        []time.Duration
	nodes     []gossip.Strategy
	self      gossip.NodeID
	latency   network.Latency
	latencies *rand.Rand
	tracer    *tracer
}

func (w *twin) Now() time.Duration { return w.now }

func (w *twin) later(at time.Duration, f func()) {
	w.at, w.coming = append(w.at, at), append(w.coming, f)
}

func (w *twin) Send(to gossip.NodeID, m gossip.Message) {
	from := w.self
	w.tracer.message("send", w.now, from, to, &m)
	w.later(w.now+w.latency.Draw(w.latencies), func() {
		w.tracer.message("deliver", w.now, from, to, &m)
		w.self = to
		w.nodes[to].Receive(w, from, m)
	})
}

func (w *twin) After(d time.Duration, t gossip.Timer) {
	self := w.self
	w.later(w.now+d, func() {
		w.tracer.timer(w.now, self, t)
		w.self = self
		w.nodes[self].Expire(w, t)
	})
}

func (w *twin) run(limit time.Duration) {
	for len(w.at) > 0 {
		first := 0
		for i := range w.at {
			if w.at[i] < w.at[first] {
				first = i
			}
		}
		f := w.coming[first]
		if w.now = w.at[first]; w.now > limit {
			return
		}
		w.at = append(w.at[:first], w.at[first+1:]...)
		w.coming = append(w.coming[:first], w.coming[first+1:]...)
		f()
	}
}

// TestTwin: the same trial has the same trace, event by event.
func TestTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		trial, _ := randomTrial(rapid.Uint64().Draw(t, "trial"))
		trial.Workload, trial.Network, trial.Origins = "dissemination", "ideal", "first"
		trial.Nemesis, trial.Loss, trial.Duplicate = "none", 0, 0
		trial.TimeLimit = time.Second

		var got, want bytes.Buffer
		r, err := New(Options{Trace: &got}).Run(context.Background(), trial)
		if err != nil {
			t.Fatal(err)
		}
		sent := runTwin(t, trial, &want)
		if !bytes.Equal(got.Bytes(), want.Bytes()) || int(r.Metrics["msgs-per-broadcast"]) != sent {
			t.Fatalf("%s\ngot  %v messages\n%s\nwant %d\n%s", command(trial), r.Metrics["msgs-per-broadcast"], &got, sent, &want)
		}
	})
}

func runTwin(t *rapid.T, trial experiment.Trial, trace *bytes.Buffer) (sent int) {
	spec, err := strategies.FindBroadcast(trial.Strategy)
	if err != nil {
		t.Fatal(err)
	}
	graph, err := topology.Build(trial.Topology, trial.Nodes, trial.Degree, trial.Seed)
	if err != nil {
		t.Fatal(err)
	}
	dist, err := network.ParseDist(trial.LatencyDist)
	if err != nil {
		t.Fatal(err)
	}
	w := &twin{
		latency:   network.Latency{Min: trial.LatencyMin, Mean: trial.Latency, Dist: dist},
		latencies: trial.Rand("latency"),
		tracer:    newTracer(trace, spec.Kinds),
	}
	for id := range gossip.NodeID(trial.Nodes) {
		w.nodes = append(w.nodes, spec.New(gossip.Config{
			Self: id, Nodes: trial.Nodes, Neighbors: graph[id], Rand: gossip.NewRand(trial.Seed, id),
		}, trial.Params))
	}
	for id := range w.nodes {
		w.self = gossip.NodeID(id)
		w.nodes[id].Start(w)
	}
	w.tracer.value(0, 0, 0)
	w.self = 0
	w.nodes[0].Broadcast(w, 0)
	w.run(trial.TimeLimit)
	if err := w.tracer.flush(); err != nil {
		t.Fatal(err)
	}
	return bytes.Count(trace.Bytes(), []byte(`"event":"send"`))
}
