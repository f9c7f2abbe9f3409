package star

import "gossipbench/strategies/broadcast"

// tree is the tree of hubs. The place of a node is its number minus the hub's,
// modulo the number of nodes. Places form a heap: the hub is 0, and the nodes below
// place p begin at width·p + 1.
type tree struct {
	hub, nodes, width int64
	place             int64 // of this node
}

func newTree(self broadcast.NodeID, nodes, hub, width int) tree {
	t := tree{nodes: int64(nodes), hub: int64(hub) % int64(nodes), width: int64(width)}
	if t.width == 0 {
		t.width = t.nodes
	}
	t.place = (int64(self) - t.hub + t.nodes) % t.nodes
	return t
}

// node returns the node at a place.
func (t *tree) node(place int64) broadcast.NodeID {
	return broadcast.NodeID((place + t.hub) % t.nodes)
}

func (t *tree) above(place int64) int64 { return (place - 1) / t.width }

// depth returns the number of links between this node and the hub.
func (t *tree) depth() (depth int) {
	for p := t.place; p > 0; p = t.above(p) {
		depth++
	}
	return depth
}

// below returns the range of places below this node: from first to behind−1.
func (t *tree) below() (first, behind int64) {
	first = min(t.width*t.place+1, t.nodes)
	return first, min(first+t.width, t.nodes)
}

// deputy returns the i-th deputy of the node above: the nodes above it, up to the
// hub, then the nodes below it whose places are before this node's. So no two nodes
// are deputies for each other, and nodes that reach the same others choose the same
// deputy.
func (t *tree) deputy(i int) (broadcast.NodeID, bool) {
	if t.place == 0 {
		return 0, false
	}
	above := t.above(t.place)
	for p := above; p > 0; i-- {
		if p = t.above(p); i == 0 {
			return t.node(p), true
		}
	}
	if p := t.width*above + 1 + int64(i); p < t.place {
		return t.node(p), true
	}
	return 0, false
}
