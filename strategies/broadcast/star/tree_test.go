package star

import (
	"gossipbench/strategies/broadcast"
	"testing"

	"pgregory.net/rapid"
)

// TestTree tests that each node but the hub is below exactly one other, at the
// least depth, and that its deputies are all nodes above its hub and all before it
// below the same hub, each once. So no two nodes are deputies for each other.
func TestTree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes := rapid.IntRange(1, 200).Draw(t, "nodes")
		hub := rapid.IntRange(0, 300).Draw(t, "hub")
		width := rapid.IntRange(0, 20).Draw(t, "width")
		above := map[broadcast.NodeID]broadcast.NodeID{}
		below := map[broadcast.NodeID][]broadcast.NodeID{}
		for id := range broadcast.NodeID(nodes) {
			tr := newTree(id, nodes, hub, width)
			first, behind := tr.below()
			for place := first; place < behind; place++ {
				child := tr.node(place)
				if _, taken := above[child]; taken {
					t.Fatalf("n%d is below n%d and n%d", child, above[child], id)
				}
				above[child] = id
				below[id] = append(below[id], child)
			}
		}
		top := broadcast.NodeID(hub % nodes)
		if _, has := above[top]; has || len(above) != nodes-1 {
			t.Fatalf("%d of %d nodes are below another, the hub: %v", len(above), nodes, has)
		}
		for id, up := range above {
			tr := newTree(id, nodes, hub, width)
			if tr.node(tr.above(tr.place)) != up {
				t.Fatalf("n%d is below n%d, but believes it is below n%d", id, up, tr.node(tr.above(tr.place)))
			}
			var want []broadcast.NodeID
			depth := 1
			for a := up; a != top; depth++ {
				a = above[a]
				want = append(want, a)
			}
			for _, sibling := range below[up] {
				if sibling == id {
					break
				}
				want = append(want, sibling)
			}
			if tr.depth() != depth {
				t.Fatalf("n%d: depth %d, want %d", id, tr.depth(), depth)
			}
			for i := 0; i <= len(want); i++ {
				got, exists := tr.deputy(i)
				if exists != (i < len(want)) || exists && got != want[i] {
					t.Fatalf("n%d: deputy %d is n%d (%v), want %v", id, i, got, exists, want)
				}
			}
		}
	})
}
