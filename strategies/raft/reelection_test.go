package raft

import (
	"flag"
	"slices"
	"testing"
	"time"
)

var losses = flag.Int("losses", 100, "number of leaders to lose in TestReelection")

// TestReelection kills leaders of separate clusters at random times between
// heartbeats, and measures how long each cluster is without a leader. If the
// election timeout is twenty heartbeats, 95 of 100 leaders must be replaced within
// three election timeouts: the first of four waits ends a fifth of a timeout after
// the minimum on average, so only split votes take longer.
func TestReelection(t *testing.T) {
	for _, tt := range []struct {
		name    string
		nodes   int
		prevote bool
	}{{"three nodes", 3, false}, {"five nodes", 5, false}, {"five nodes, PreVote", 5, true}} {
		t.Run(tt.name, func(t *testing.T) {
			var times []float64 // in election timeouts
			for s := range uint64(*losses) {
				w := newWorld(faults{
					seed: s, nodes: tt.nodes, prevote: tt.prevote, heartbeat: 50 * time.Millisecond, election: time.Second,
					minimum: time.Millisecond, maximum: 20 * time.Millisecond,
				}, none)
				times = append(times, w.lose(t).Seconds()/w.election.Seconds())
			}
			slices.Sort(times)
			within, _ := slices.BinarySearch(times, 3)
			at := func(q float64) float64 { return times[min(len(times)-1, int(q*float64(len(times))))] }
			t.Logf("%d losses: %.1f %% replaced within 3 election timeouts; median %.2f, 0.95 %.2f, 0.99 %.2f, most %.2f",
				len(times), 100*float64(within)/float64(len(times)), at(0.5), at(0.95), at(0.99), at(1))
			if 100*within < 95*len(times) {
				t.Errorf("got %d of %d within 3 election timeouts, want 95 of 100", within, len(times))
			}
		})
	}
}

// lose elects a leader, kills it, and returns the time until the next leader.
func (w *world) lose(t *testing.T) time.Duration {
	w.until(10*w.election + between(w.rand, 0, w.heartbeat))
	for _, m := range w.members {
		if m.node.role == Leader {
			m.node = nil
			m.life++
		}
	}
	lost, elections := w.now, w.elections
	for w.broken == nil && w.elections == elections && w.now < lost+100*w.election {
		w.until(w.now + time.Millisecond)
	}
	if w.broken != nil || elections == 0 {
		t.Fatalf("seed %d: %v, %d elections", w.seed, w.broken, elections)
	}
	return w.now - lost
}
