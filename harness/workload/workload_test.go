package workload

import (
	"gossipbench/harness/trial"
	"gossipbench/strategies/broadcast"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func newTrial() trial.Trial {
	return trial.Trial{
		Nodes: 5, Rate: 100, TimeLimit: 20 * time.Second, Seed: 1,
		Nemesis: "none", NemesisInterval: 4 * time.Second,
	}
}

type start struct {
	at     time.Duration
	thread int
	ask    Ask
}

// starts runs clients. busy says which threads are busy when an op starts.
func starts(t trial.Trial, threads int, busy func(op, thread int) bool) []start {
	c := NewClients(t, threads, broadcasts.Generator(t, threads))
	var all []start
	for {
		at, ok := c.Next()
		if !ok {
			return all
		}
		op := len(all)
		thread, ask := c.Start(at, func(i int) bool { return busy == nil || !busy(op, i) })
		all = append(all, start{at, thread, ask})
	}
}

// TestRate: 20 s at 100 ops/s give 1,961 ops: the first n ops are late by 2.5/0.6 n^0.6
// ms in total, 394 ms for so many. Intervals uniform in [0, 20 ms) have a standard
// deviation of 5.8 ms, so that of the count is 25.
func TestRate(t *testing.T) {
	all := starts(newTrial(), 5, nil)
	if n := len(all); math.Abs(float64(n)-1961) > 125 {
		t.Errorf("got %d ops, want 1961 ± 125", n)
	}
	broadcasts := int64(0)
	for i, s := range all {
		if i > 0 && s.at-all[i-1].at >= 20*time.Millisecond+lateness(i) {
			t.Errorf("op %d: interval %v, want less than 20ms and %v", i, s.at-all[i-1].at, lateness(i))
		}
		if s.ask.F == "broadcast" {
			if s.ask.Value != broadcasts {
				t.Fatalf("broadcast %v, want %d", s.ask.Value, broadcasts)
			}
			broadcasts++
		}
	}
	if share := float64(broadcasts) / float64(len(all)); math.Abs(share-0.5) > 0.056 { // five standard errors
		t.Errorf("share of broadcasts: got %.3f, want a half", share)
	}
}

// TestSameOps makes strategies comparable: busy threads change only which thread does an
// op.
func TestSameOps(t *testing.T) {
	idle := starts(newTrial(), 5, nil)
	busy := starts(newTrial(), 5, func(op, thread int) bool { return op%2 == 0 && thread == 3 })
	for i := range idle {
		a, b := idle[i], busy[i]
		moved := i%2 == 0 && a.thread == 3
		if a.at != b.at || a.ask.F != b.ask.F || a.ask.Value != b.ask.Value || moved == (a.thread == b.thread) {
			t.Fatalf("op %d: got %v and %v", i, a, b)
		}
	}
}

// TestLateOp: the interval after an op that had to wait begins when the op starts.
func TestLateOp(t *testing.T) {
	c := NewClients(newTrial(), 1, broadcasts.Generator(newTrial(), 1))
	c.Start(time.Second, func(int) bool { return true })
	if at, _ := c.Next(); at < time.Second || at >= time.Second+20*time.Millisecond+lateness(1) {
		t.Errorf("next op: got %v, want within 20ms of 1s", at)
	}
}

func TestNoRate(t *testing.T) {
	tr := newTrial()
	tr.Rate = 0
	if n := len(starts(tr, 5, nil)); n != 0 {
		t.Errorf("rate 0: got %d ops", n)
	}
}

func TestFaults(t *testing.T) {
	tr := newTrial()
	tr.Nemesis = "partition+kill"
	for tr.Seed = range 200 {
		active := map[string]bool{}
		faults := Faults(tr)
		if !slices.IsSortedFunc(faults, func(a, b Fault) int { return int(a.At - b.At) }) {
			t.Fatalf("seed %d: faults out of order", tr.Seed)
		}
		for i, f := range faults {
			last := f.At == tr.TimeLimit
			if (f.Starts == active[f.Kind]) && !last || f.At > tr.TimeLimit || last && f.Starts {
				t.Fatalf("seed %d: fault %d, %+v, is out of turn", tr.Seed, i, f)
			}
			active[f.Kind] = f.Starts
			if f.Starts && (f.Cut != nil) != (f.Kind == "partition") {
				t.Fatalf("seed %d: %+v", tr.Seed, f)
			}
			if len(f.Nodes) > 1 { // (5−1)/3: fewer than a third is one node
				t.Fatalf("seed %d: %+v strikes too many", tr.Seed, f)
			}
		}
		if first := faults[0]; first.At != 0 || !first.Starts {
			t.Fatalf("seed %d: the first fault is %+v, want a start at 0", tr.Seed, first)
		}
	}
}

// TestStalls: stalls are within the time limit, at the requested rate, 50 to 300 ms long,
// at every node, and do not depend on other settings. Five standard errors of the count
// of 10,000 stalls are 5·100/√3 = 290.
func TestStalls(t *testing.T) {
	trial := trial.Default()
	trial.Nodes, trial.Stall, trial.TimeLimit, trial.Seed = 5, 2, 5000*time.Second, 3
	stalls := Stalls(trial)
	if n := len(stalls); n < 9_710 || n > 10_290 {
		t.Errorf("got %d stalls in 5,000 s at a rate of 2, want some 10,000", n)
	}
	struck := map[broadcast.NodeID]int{}
	before := time.Duration(0)
	for _, s := range stalls {
		if length := s.Until - s.At; s.At < before || s.At >= trial.TimeLimit || length < 50*time.Millisecond || length > 300*time.Millisecond {
			t.Fatalf("got a stall from %v to %v, after one at %v", s.At, s.Until, before)
		}
		before = s.At
		struck[s.Node]++
	}
	for id := range broadcast.NodeID(5) { // five standard errors: 200
		if struck[id] < 1_800 || struck[id] > 2_200 {
			t.Errorf("n%d was struck %d times, want some 2,000", id, struck[id])
		}
	}
	trial.Strategy, trial.Nemesis = "flood", "kill"
	if !slices.Equal(Stalls(trial), stalls) {
		t.Error("another strategy and a nemesis: other stalls")
	}
	if trial.Stall = 0; len(Stalls(trial)) > 0 {
		t.Error("stalls at a rate of 0")
	}
}

// TestFaultsAreIndependent: the faults of one kind do not depend on the kinds that it is joined to.
func TestFaultsAreIndependent(t *testing.T) {
	tr := newTrial()
	tr.Nemesis = "partition"
	alone := Faults(tr)
	tr.Nemesis = "kill+partition"
	joined := slices.DeleteFunc(Faults(tr), func(f Fault) bool { return f.Kind == "kill" })
	if !slices.EqualFunc(alone, joined, func(a, b Fault) bool { return a.At == b.At && a.Target == b.Target }) {
		t.Errorf("got %v, want %v", joined, alone)
	}
}

func TestBroadcastsMix(t *testing.T) {
	ops, r := broadcasts.Generator(newTrial(), 5), rand.New(rand.NewPCG(1, 1))
	seen := map[string]bool{}
	for range 64 {
		seen[ops.Mix(r, 0, 0).F] = true
	}
	if !seen["read"] || !seen["broadcast"] || len(seen) != 2 {
		t.Errorf("got %v, want reads and broadcasts", seen)
	}
}
