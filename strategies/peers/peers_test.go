package peers

import (
	"fmt"
	"gossipbench/strategies/broadcast"
	"math"
	"slices"
	"testing"
)

// TestChoose counts how often each node is chosen. Of 11 nodes, n5 has the
// neighbors 4, 6, 7 and 8. In 10,000 draws, the frequency of a node with
// probability p has a standard deviation of at most .005. The test allows five.
func TestChoose(t *testing.T) {
	const draws = 10000
	all := func(p float64) []float64 {
		return []float64{p, p, p, p, p, 0, p, p, p, p, p}
	}
	for _, tt := range []struct {
		peers  string
		fanout int
		count  int
		want   []float64 // probability of each node
	}{
		{"neighbors", 0, 4, []float64{0, 0, 0, 0, 1, 0, 1, 1, 1, 0, 0}},
		{"neighbors", 9, 4, []float64{0, 0, 0, 0, 1, 0, 1, 1, 1, 0, 0}},
		{"neighbors", 1, 1, []float64{0, 0, 0, 0, .25, 0, .25, .25, .25, 0, 0}},
		{"neighbors", 3, 3, []float64{0, 0, 0, 0, .75, 0, .75, .75, .75, 0, 0}},
		{"random", 0, 10, all(1)},
		{"random", 99, 10, all(1)},
		{"random", 1, 1, all(.1)},
		{"random", 7, 7, all(.7)},
		{"mixed", 1, 1, all(.1)},
		// One of four neighbors, then one of the nine others: a neighbor with
		// 1/4 + 3/4·1/9 = 1/3, another node with 1/9.
		{"mixed", 2, 2, []float64{1. / 9, 1. / 9, 1. / 9, 1. / 9, 1. / 3, 0, 1. / 3, 1. / 3, 1. / 3, 1. / 9, 1. / 9}},
		{"mixed", 0, 5, []float64{1. / 6, 1. / 6, 1. / 6, 1. / 6, 1, 0, 1, 1, 1, 1. / 6, 1. / 6}},
	} {
		t.Run(fmt.Sprintf("%d of %s", tt.fanout, tt.peers), func(t *testing.T) {
			c := New(broadcast.Config{Self: 5, Nodes: 11, Neighbors: []broadcast.NodeID{4, 6, 7, 8}, Rand: broadcast.NewRand(1, 5)},
				broadcast.Params{"peers": tt.peers, "fanout": fmt.Sprint(tt.fanout)})
			var counts [11]int
			for range draws {
				chosen := c.Choose(nil)
				if len(chosen) != tt.count {
					t.Fatalf("got %v, want %d peers", chosen, tt.count)
				}
				for i, peer := range chosen {
					counts[peer]++
					if slices.Contains(chosen[:i], peer) {
						t.Fatalf("got %v, want no peer twice", chosen)
					}
				}
			}
			reach := 0
			for peer, p := range tt.want {
				if got := float64(counts[peer]) / draws; math.Abs(got-p) > .025 || p == 0 && got != 0 {
					t.Errorf("n%d: chosen in %.3f of the draws, want %.3f", peer, got, p)
				}
				if p > 0 {
					reach++
				}
				if peer != 5 && c.Reaches(broadcast.NodeID(peer)) != (p > 0) {
					t.Errorf("Reaches(%d): got %v, want %v", peer, p == 0, p > 0)
				}
			}
			if c.Reach() != reach {
				t.Errorf("Reach: got %d, want %d", c.Reach(), reach)
			}
		})
	}
}

// TestAlone tests that a single node chooses nobody.
func TestAlone(t *testing.T) {
	for _, from := range []string{"neighbors", "random", "mixed"} {
		for fanout := range 3 {
			c := New(broadcast.Config{Nodes: 1, Rand: broadcast.NewRand(1, 0)}, broadcast.Params{"peers": from, "fanout": fmt.Sprint(fanout)})
			if got := c.Choose(nil); len(got) > 0 || c.Reach() > 0 {
				t.Errorf("%d of %s: got %v of %d, want none", fanout, from, got, c.Reach())
			}
		}
	}
}
