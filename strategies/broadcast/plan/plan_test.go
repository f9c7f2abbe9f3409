package plan

import (
	"fmt"
	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/broadcasttest"
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestScripts(t *testing.T) { broadcasttest.RunScripts(t, Spec) }

// TestTrees tests that for any origin each other node is the child of exactly one
// node, and the origin of none. No node is further from the origin than in the
// lowest tree with branching b: places up to b + b² + … + bʰ are within h links.
func TestTrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes := rapid.IntRange(1, 300).Draw(t, "nodes")
		branching := rapid.IntRange(0, 20).Draw(t, "branching")
		origin := broadcast.NodeID(rapid.IntRange(0, nodes-1).Draw(t, "origin"))
		params, _ := Spec.Check(map[string]string{"branching": fmt.Sprint(branching)})

		height, fit, row := 0, 1, 1
		for fit < nodes {
			if branching == 0 {
				row = nodes
			} else {
				row *= branching
			}
			fit += row
			height++
		}
		depth := map[broadcast.NodeID]int{origin: 0}
		for queue := []broadcast.NodeID{origin}; len(queue) > 0; queue = queue[1:] {
			node := newPlan(broadcast.Config{Self: queue[0], Nodes: nodes}, params).(*plan)
			for child := range node.children(origin) {
				if d, seen := depth[child]; seen {
					t.Fatalf("n%d is a child of n%d, but it was at depth %d before", child, queue[0], d)
				}
				depth[child] = depth[queue[0]] + 1
				if depth[child] > height {
					t.Fatalf("n%d is at depth %d, want at most %d", child, depth[child], height)
				}
				queue = append(queue, child)
			}
		}
		if len(depth) != nodes {
			t.Fatalf("the tree spans %d of %d nodes", len(depth), nodes)
		}
	})
}

// TestCost tests that without faults a value costs n−1 messages, and with ack-retry
// as many acknowledgements, if they arrive in time.
func TestCost(t *testing.T) {
	for seed := range uint64(200) {
		s := broadcasttest.Draw(Spec, broadcasttest.Lossless, seed)
		s.Duplicate, s.Patient, s.Params["retry"] = 0, true, "1s"
		o, err := s.Run()
		if err != nil {
			t.Error(err)
		}
		want := s.Values * (s.Nodes - 1)
		if s.Params["delivery"] == "ack-retry" {
			want *= 2
		}
		if o.Messages != want || !o.Complete() {
			t.Errorf("seed %d: %d messages, want %d; reached %v\n%v", seed, o.Messages, want, o.Reached, s)
		}
	}
}

// TestHugeNumbers tests that a place times the branching may exceed a NodeID.
func TestHugeNumbers(t *testing.T) {
	params, _ := Spec.Check(map[string]string{"branching": "1000000"})
	last := newPlan(broadcast.Config{Self: 9_999_999, Nodes: 10_000_000}, params).(*plan)
	for child := range last.children(0) {
		t.Fatalf("the last place has a child: n%d", child)
	}
	for range last.children(math.MaxInt32 % 10_000_000) {
		return
	}
}
