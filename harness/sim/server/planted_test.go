package server_test

import (
	"context"
	"math"
	"slices"
	"testing"
	"time"

	simserver "gossipbench/harness/sim/server"
	"gossipbench/harness/trial"
	"gossipbench/harness/workload"
	"gossipbench/strategies/server"
)

// planted returns a trial for the faulty nodes of a test.
func planted(workload string, seed uint64) trial.Trial {
	t := trial.Default()
	t.Workload, t.Seed, t.Nodes, t.Concurrency = workload, seed, 3, "2n"
	t.Rate, t.TimeLimit, t.Recovery = 60, 4*time.Second, time.Second
	return t
}

// replicated are the workloads in which nodes must replicate data.
var replicated = []string{
	"broadcast", server.UniqueIDs, server.GSet, server.GCounter, server.PNCounter,
	server.LinKV, server.Kafka, server.RWRegister, server.ListAppend,
}

// found runs trials of faulty nodes and expects at least want of them to be invalid.
func found(t *testing.T, trials []trial.Trial, want int, node func() island) {
	t.Parallel()
	invalid := 0
	for _, tr := range trials {
		planted := node()
		results, _, err := simserver.Run(context.Background(), tr, func() server.Service { return planted }, nil)
		if err != nil {
			t.Fatal(err)
		}
		if results.Workload.Valid() == trial.Invalid {
			invalid++
		}
	}
	if invalid < want {
		t.Errorf("got %d of %d trials invalid, want %d", invalid, len(trials), want)
	}
}

// TestIslandsAreFound: checkers detect nodes that replicate nothing, in every workload.
func TestIslandsAreFound(t *testing.T) {
	for _, workload := range replicated {
		var trials []trial.Trial
		for seed := range uint64(40) {
			trials = append(trials, planted(workload, seed))
		}
		t.Run(workload, func(t *testing.T) { found(t, trials, 38, func() island { return island{} }) })
	}
}

// TestRacesAreFound: checkers detect nodes that overwrite concurrent changes, even at
// latency 0, because ops take time and overlap.
func TestRacesAreFound(t *testing.T) {
	for _, workload := range replicated {
		var trials []trial.Trial
		for seed := range uint64(8) {
			trial := planted(workload, seed)
			trial.Rate, trial.TimeLimit = 1000, 2*time.Second
			switch workload {
			case server.LinKV, server.RWRegister, server.GCounter, server.PNCounter:
				trial.TimeLimit = 4 * time.Second // most lost ops are reads, or of another key
			}
			trials = append(trials, trial)
		}
		t.Run(workload, func(t *testing.T) { found(t, trials, 7, func() island { return island{versions: &[]memory{}} }) })
	}
}

// TestEnd: a trial without final ops ends with its last op or a tenth of the recovery
// later; other trials have the recovery before their final ops. Each of three nodes sends
// a message every 10 ms, so the number of messages gives the duration.
func TestEnd(t *testing.T) {
	const tick = 10 * time.Millisecond
	for name, p := range workload.Protocols {
		trial := planted(name, 1)
		trial.Recovery = 2 * time.Second
		want := trial.TimeLimit + trial.Recovery/10 - slices.Max(workload.Starts(trial))
		if p.Generator(trial, 6).Final != nil {
			want += trial.Recovery
		}
		slack := 0.2 * float64(time.Second)
		if name == server.Kafka {
			want += 5 * time.Second // of final polls, which never see everything: 10 s at most
			slack = 5.2 * float64(time.Second)
		}
		results, _, err := simserver.Run(context.Background(), trial, func() server.Service { return island{tick: tick} }, nil)
		if err != nil {
			t.Fatal(err)
		}
		took := float64(results.Net.Servers.Send) / 3 * float64(tick)
		if math.Abs(took-float64(want)) > slack {
			t.Errorf("%s: got an end at %v, want %v", name, time.Duration(took), want)
		}
	}
}

// TestNoJitter: without jitter an op without messages between nodes ends in the instant
// in which it begins.
func TestNoJitter(t *testing.T) {
	for jitter, want := range map[time.Duration]bool{0: true, time.Microsecond: false} {
		trial := planted(server.Echo, 1)
		trial.Jitter = jitter
		_, metrics, err := simserver.Run(context.Background(), trial, func() server.Service { return island{} }, nil)
		if err != nil {
			t.Fatal(err)
		}
		if instant := metrics["op-latency.max"] == 0; instant != want || metrics["ops"] < 100 {
			t.Errorf("jitter %v: %v ops took up to %v ms, want 0: %v", jitter, metrics["ops"], metrics["op-latency.max"], want)
		}
	}
}
