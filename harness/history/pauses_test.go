package history

import (
	"testing"
	"time"
)

// TestPauses: at ten ops a second one is due after 200 ms. Two clients; the times
// are ms.
func TestPauses(t *testing.T) {
	type step struct {
		at   int
		kind Type
	}
	for _, tt := range []struct {
		name  string
		steps []step
		want  time.Duration
	}{
		{"steady", []step{{0, Invoke}, {10, OK}, {150, Invoke}, {160, OK}, {350, Invoke}}, 0},
		{"late start", []step{{5000, Invoke}, {5001, OK}}, 0},
		{"a pause", []step{{0, Invoke}, {10, OK}, {1000, Invoke}, {1010, OK}, {1100, Invoke}}, 800 * time.Millisecond},
		{"all busy", []step{{0, Invoke}, {100, Invoke}, {1500, OK}, {1600, Invoke}}, 0},
		{"busy, then a pause", []step{{0, Invoke}, {100, Invoke}, {1000, OK}, {1500, Invoke}}, 300 * time.Millisecond},
	} {
		p := Pauses{Rate: 10, Threads: 2}
		for i, s := range tt.steps {
			p.Add(Op{Index: i, Type: s.kind, Process: 0, F: "read", Time: time.Duration(s.at) * time.Millisecond})
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
