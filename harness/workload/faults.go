package workload

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"gossipbench/harness/edn"
	"gossipbench/harness/history"
	"gossipbench/harness/network"
	"gossipbench/harness/trial"
	"gossipbench/strategies/broadcast"
)

// Fault is the start or the end of a fault.
type Fault struct {
	At     time.Duration // since the start of the load
	Kind   string        // one of trial.Faults
	Starts bool          // false: it ends, and only At and Kind are set
	Target string        // one, majority, minority-third or majorities-ring
	// Cut is the grudge of a partition or one-way fault. Nodes are the nodes of a kill or
	// pause. The fault slow concerns the whole network.
	Cut   *network.Grudge
	Nodes []broadcast.NodeID
}

// Op returns the fault's line in the history, in virtual time, where faults take effect
// at once.
func (f Fault) Op() history.Op {
	name, value := "stop-"+f.Kind, "healed"
	if f.Starts {
		name, value = "start-"+f.Kind, cmp.Or(f.Target, "all")
	}
	return history.Op{Type: history.Info, Process: history.Nemesis, F: name, Value: edn.NewKeyword(value)}
}

// Faults returns the trial's faults in order of time. Each kind alternates between start
// and end. The first start is at 0; waits are uniform in [0, 2·interval). The kinds are
// independent. All faults end at the time limit, unless the workload has no final ops.
//
// partition and its targets are Jepsen's. The other faults are ours: one-way makes the
// targets drop messages of the other nodes, slow multiplies latencies by
// network.SlowFactor, kill is SIGKILL and ends with a restart without memory, pause is
// SIGSTOP and ends with SIGCONT. They strike one node or fewer than a third.
func Faults(t trial.Trial) []Fault {
	var faults []Fault
	final := HasFinal(t)
	for _, kind := range strings.Split(t.Nemesis, "+") {
		if kind == "none" {
			continue
		}
		r := t.Rand("nemesis " + kind)
		starts := true
		for at := time.Duration(0); at < t.TimeLimit; at += time.Duration(r.Float64() * float64(2*t.NemesisInterval)) {
			f := Fault{At: at, Kind: kind, Starts: starts}
			if starts {
				f.aim(t.Nodes, r)
			}
			faults = append(faults, f)
			starts = !starts
		}
		if final {
			faults = append(faults, Fault{At: t.TimeLimit, Kind: kind})
		}
	}
	slices.SortStableFunc(faults, func(a, b Fault) int { return int(a.At - b.At) })
	return faults
}

// aim draws the nodes that a fault strikes.
func (f *Fault) aim(nodes int, r *rand.Rand) {
	targets := []string{"one", "minority-third"}
	if f.Kind == "partition" {
		targets = append(targets, "majority")
		if nodes <= network.MaxRing {
			targets = append(targets, "majorities-ring")
		}
	}
	if f.Kind == "slow" {
		return
	}
	f.Target = targets[r.IntN(len(targets))]
	order := r.Perm(nodes)
	var size int
	switch f.Target {
	case "one":
		size = 1
	case "minority-third":
		size = (nodes - 1) / 3
	case "majority":
		size = nodes / 2
	case "majorities-ring":
		f.Cut = network.MajoritiesRing(nodes, r)
		return
	}
	struck := make([]broadcast.NodeID, size)
	for i := range struck {
		struck[i] = broadcast.NodeID(order[i])
	}
	slices.Sort(struck)
	switch f.Kind {
	case "partition":
		f.Cut = network.Apart(nodes, struck)
	case "one-way":
		f.Cut = network.Deaf(nodes, struck)
	default:
		f.Nodes = struck
	}
}
