package workload

import (
	"gossipbench/harness/trial"
	"slices"
	"testing"
	"time"
)

// TestStarts: under Maelstrom's network nodes start .2 to .6 s before the load, at
// different times within 20 ms. The seed determines the times. With other networks nodes
// start with the load.
func TestStarts(t *testing.T) {
	tr := trial.Default()
	tr.Nodes = 25
	leads := map[time.Duration]bool{}
	for tr.Seed = range uint64(50) {
		starts := Starts(tr)
		first, last := slices.Min(starts), slices.Max(starts)
		if len(starts) != tr.Nodes || first < -600*time.Millisecond || last > -200*time.Millisecond || last-first > 20*time.Millisecond || first == last {
			t.Errorf("seed %d: got starts %v", tr.Seed, starts)
		}
		if !slices.Equal(starts, Starts(tr)) {
			t.Errorf("seed %d: got other starts the second time", tr.Seed)
		}
		leads[-last.Truncate(100*time.Millisecond)] = true
	}
	if len(leads) < 4 {
		t.Errorf("got leads of %v only", leads)
	}
	ideal, dissemination := tr, tr
	ideal.Network, dissemination.Workload = "ideal", "dissemination"
	for _, other := range []trial.Trial{ideal, dissemination} {
		if starts := Starts(other); starts != nil {
			t.Errorf("network %s, workload %s: got starts %v, want none", other.Network, other.Workload, starts)
		}
	}
}
