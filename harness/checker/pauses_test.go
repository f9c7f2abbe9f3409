package checker

import (
	"gossipbench/harness/history"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// TestPauses: at ten ops per second an op is due after 200 ms. There are two clients;
// times are in ms.
func TestPauses(t *testing.T) {
	type step struct {
		at   int
		kind history.Type
	}
	for _, tt := range []struct {
		name  string
		steps []step
		want  time.Duration
	}{
		{"steady", []step{{at: 0, kind: history.Invoke}, {at: 10, kind: history.OK}, {at: 150, kind: history.Invoke}, {at: 160, kind: history.OK}, {at: 350, kind: history.Invoke}}, 0},
		{"late start", []step{{at: 5000, kind: history.Invoke}, {at: 5001, kind: history.OK}}, 0},
		{"a pause", []step{{at: 0, kind: history.Invoke}, {at: 10, kind: history.OK}, {at: 1000, kind: history.Invoke}, {at: 1010, kind: history.OK}, {at: 1100, kind: history.Invoke}}, 800 * time.Millisecond},
		{"all busy", []step{{at: 0, kind: history.Invoke}, {at: 100, kind: history.Invoke}, {at: 1500, kind: history.OK}, {at: 1600, kind: history.Invoke}}, 0},
		{"busy, then a pause", []step{{at: 0, kind: history.Invoke}, {at: 100, kind: history.Invoke}, {at: 1000, kind: history.OK}, {at: 1500, kind: history.Invoke}}, 300 * time.Millisecond},
	} {
		p := Pauses{Rate: 10, Threads: 2}
		for i, s := range tt.steps {
			p.Add(history.Op{Index: i, Type: s.kind, Process: 0, F: "read", Time: time.Duration(s.at) * time.Millisecond})
		}
		if p.longest != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, p.longest, tt.want)
		}
	}
	p := Pauses{Rate: 10, Threads: 2, longest: 800 * time.Millisecond, at: 1012 * time.Millisecond}
	if got, want := p.Disturbance(50*time.Millisecond), "no op began for 800ms after one was due, until 1s into the load"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := p.Disturbance(800 * time.Millisecond); got != "" {
		t.Errorf("within bounds: %q", got)
	}
}

// TestDelayedOps: 100 ops per second for 20 s. Jepsen adds 0.19 ms per op on a quiet
// machine; on a busy one it added 1.3 ms without any long pause.
func TestDelayedOps(t *testing.T) {
	pauses := func(seed uint64, habit time.Duration) *Pauses {
		rng := rand.New(rand.NewPCG(seed, 0))
		p := &Pauses{Rate: 100, Threads: 25}
		for at := time.Duration(0); at < 20*time.Second; at += time.Duration(rng.Int64N(int64(20*time.Millisecond))) + habit {
			p.Add(history.Op{Type: history.Invoke, F: "read", Time: at})
			p.Add(history.Op{Type: history.OK, F: "read", Time: at + time.Millisecond})
		}
		return p
	}
	for seed := range uint64(20) {
		if told := pauses(seed, 190*time.Microsecond).Disturbance(100 * time.Millisecond); told != "" {
			t.Errorf("seed %d, quiet: %q", seed, told)
		}
		if told := pauses(seed, 1300*time.Microsecond).Disturbance(100 * time.Millisecond); !strings.Contains(told, "% fewer ops began than planned") {
			t.Errorf("seed %d, busy: %q", seed, told)
		}
	}
	// If all clients wait for answers, ops begin late for another reason.
	p := &Pauses{Rate: 100, Threads: 1}
	for at := time.Duration(0); at < 20*time.Second; at += 50 * time.Millisecond {
		p.Add(history.Op{Type: history.Invoke, F: "read", Time: at})
		p.Add(history.Op{Type: history.OK, F: "read", Time: at + 45*time.Millisecond})
	}
	if told := p.Disturbance(100 * time.Millisecond); told != "" {
		t.Errorf("all busy: %q", told)
	}
}
