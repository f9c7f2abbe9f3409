package workload

import (
	"slices"
	"testing"
	"time"

	"gossipbench/harness/experiment"
)

// TestStarts: under Maelstrom's network nodes start .2 to .6 s before the load, 20 ms apart
// at most, but not at once; that follows from the seed. In others they start with it.
func TestStarts(t *testing.T) {
	trial := experiment.Default()
	trial.Nodes = 25
	leads := map[time.Duration]bool{}
	for trial.Seed = range uint64(50) {
		starts := Starts(trial)
		first, last := slices.Min(starts), slices.Max(starts)
		if len(starts) != trial.Nodes || first < -600*time.Millisecond || last > -200*time.Millisecond || last-first > 20*time.Millisecond || first == last {
			t.Errorf("seed %d: got starts %v", trial.Seed, starts)
		}
		if !slices.Equal(starts, Starts(trial)) {
			t.Errorf("seed %d: got other starts for the second time", trial.Seed)
		}
		leads[-last.Truncate(100*time.Millisecond)] = true
	}
	if len(leads) < 4 {
		t.Errorf("got leads of %v only", leads)
	}
	ideal, dissemination := trial, trial
	ideal.Network, dissemination.Workload = "ideal", "dissemination"
	for _, other := range []experiment.Trial{ideal, dissemination} {
		if starts := Starts(other); starts != nil {
			t.Errorf("network %s, workload %s: got starts %v, want none", other.Network, other.Workload, starts)
		}
	}
}
