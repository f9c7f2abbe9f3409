package virtual_test

import (
	"context"
	"math"
	"testing"
	"time"

	"gossipbench/harness/experiment"
	"gossipbench/harness/virtual"
	"gossipbench/harness/workload"
	"gossipbench/strategies/service"
)

// planted returns a trial of nodes that are planted by a test.
func planted(workload string, seed uint64) experiment.Trial {
	t := experiment.Default()
	t.Workload, t.Seed, t.Nodes, t.Concurrency = workload, seed, 3, "2n"
	t.Rate, t.TimeLimit, t.Recovery = 60, 4*time.Second, time.Second
	return t
}

// TestIslandsAreFound: nodes that replicate nothing are found out, whatever is asked
// of them, in at least 38 of 40 trials.
func TestIslandsAreFound(t *testing.T) {
	for _, workload := range []string{
		"broadcast", service.UniqueIDs, service.GSet, service.GCounter, service.PNCounter,
		service.LinKV, service.Kafka, service.RWRegister, service.ListAppend,
	} {
		t.Run(workload, func(t *testing.T) {
			t.Parallel()
			found := 0
			for seed := range uint64(40) {
				results, _, err := virtual.Run(context.Background(), planted(workload, seed), func() service.Service { return island{} }, nil)
				if err != nil {
					t.Fatal(err)
				}
				if results.Workload.Valid() == experiment.Invalid {
					found++
				}
			}
			if found < 38 {
				t.Errorf("got %d of 40 trials invalid, want at least 38", found)
			}
		})
	}
}

// TestEnd: a trial whose workload has no final ops ends with its last op, or a tenth
// of the recovery later; others have the recovery before their final ops. Each of
// three nodes sends a message every 10 ms, so they tell how long it took.
func TestEnd(t *testing.T) {
	const tick = 10 * time.Millisecond
	for name, p := range workload.Protocols {
		trial := planted(name, 1)
		trial.Recovery = 2 * time.Second
		want := trial.TimeLimit + trial.Recovery/10
		if p.Generator(trial, 6).Final != nil {
			want += trial.Recovery
		}
		slack := 0.2 * float64(time.Second)
		if name == service.Kafka {
			want += 5 * time.Second // of final polls, which never see all: 10 s at most
			slack = 5.2 * float64(time.Second)
		}
		results, _, err := virtual.Run(context.Background(), trial, func() service.Service { return island{tick} }, nil)
		if err != nil {
			t.Fatal(err)
		}
		took := float64(results.Net.Servers.Send) / 3 * float64(tick)
		if math.Abs(took-float64(want)) > slack {
			t.Errorf("%s: got an end at %v, want %v", name, time.Duration(took), want)
		}
	}
}
