// Package topology builds graphs of neighbors.
//
// A topology is a hint: any node may message any other. Line, grid, the trees and
// total equal Maelstrom's, node for node (src/maelstrom/workload/broadcast.clj);
// the order in a grid is up, down, left, right. Star, random and hypercube are
// ours. Maelstrom cannot offer them, so each node builds its own copy; all copies
// are equal, since they depend on name, size, degree and seed only.
//
// Every graph is symmetric and connected, without loops and double links.
package topology

import (
	"fmt"
	"math"
	"slices"

	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/param"
)

// Names are the topologies that Build knows, Maelstrom's first. As in Maelstrom,
// tree is another name of tree2.
var Names = []string{
	"line", "grid", "tree", "tree2", "tree3", "tree4", "total",
	"star", "random", "hypercube",
}

// Offered reports whether Maelstrom has the topology.
func Offered(name string) bool {
	return slices.Contains(Names[:7], name)
}

// Check returns an error if the topology cannot be built.
func Check(name string, nodes, degree int) error {
	if nodes < 1 || nodes > math.MaxInt32 {
		return fmt.Errorf("topology %s: want from 1 to %d nodes, got %d", name, math.MaxInt32, nodes)
	}
	if !slices.Contains(Names, name) {
		return fmt.Errorf("no such topology: %q, %s", name, param.Hint(name, Names))
	}
	if name == "random" {
		return checkRandom(nodes, degree)
	}
	return nil
}

// Build returns the neighbors of each node, or the error of Check. Only random uses
// degree, the number of neighbors of each node, and seed.
//
// The lists are parts of one array, and those of total overlap. They are shared and
// read only.
func Build(name string, nodes, degree int, seed uint64) ([][]broadcast.NodeID, error) {
	if err := Check(name, nodes, degree); err != nil {
		return nil, err
	}
	switch name {
	case "line":
		return build(nodes, line), nil
	case "grid":
		return build(nodes, grid(nodes)), nil
	case "tree", "tree2":
		return build(nodes, tree(2)), nil
	case "tree3":
		return build(nodes, tree(3)), nil
	case "tree4":
		return build(nodes, tree(4)), nil
	case "total":
		return total(nodes), nil
	case "star":
		return build(nodes, star), nil
	case "random":
		return random(nodes, degree, seed), nil
	case "hypercube":
		return build(nodes, hypercube), nil
	}
	panic("topology: " + name + " has a name and no rule")
}

// A rule appends the neighbors of node i of n nodes to row.
type rule func(row []broadcast.NodeID, i, n int) []broadcast.NodeID

// build applies a rule to all nodes and stores the rows in one array.
func build(n int, neighbors rule) [][]broadcast.NodeID {
	var row []broadcast.NodeID
	size := 0
	for i := range n {
		row = neighbors(row[:0], i, n)
		size += len(row)
	}
	flat := make([]broadcast.NodeID, 0, size)
	rows := make([][]broadcast.NodeID, n)
	for i := range n {
		start := len(flat)
		flat = neighbors(flat, i, n)
		rows[i] = slices.Clip(flat[start:])
	}
	return rows
}

// line returns the previous node, then the next node.
func line(row []broadcast.NodeID, i, n int) []broadcast.NodeID {
	return appendExisting(row, n, i-1, i+1)
}

// grid is a square of side ⌈√n⌉, filled row by row; its last rows may be short or
// missing. The order is up, down, left, right.
func grid(n int) rule {
	side := int(math.Ceil(math.Sqrt(float64(n))))
	return func(row []broadcast.NodeID, i, n int) []broadcast.NodeID {
		row = appendExisting(row, n, i-side, i+side)
		if i%side > 0 {
			row = append(row, broadcast.NodeID(i-1))
		}
		if i%side < side-1 {
			row = appendExisting(row, n, i+1)
		}
		return row
	}
}

// tree is the complete tree in breadth-first order with its root at node 0. The
// order is parent, then children.
func tree(branching int) rule {
	return func(row []broadcast.NodeID, i, n int) []broadcast.NodeID {
		if i > 0 {
			row = append(row, broadcast.NodeID((i-1)/branching))
		}
		for child := 1; child <= branching; child++ {
			row = appendExisting(row, n, branching*i+child)
		}
		return row
	}
}

// star joins all nodes to node 0.
func star(row []broadcast.NodeID, i, n int) []broadcast.NodeID {
	if i > 0 {
		return append(row, 0)
	}
	for leaf := 1; leaf < n; leaf++ {
		row = append(row, broadcast.NodeID(leaf))
	}
	return row
}

// hypercube joins nodes whose numbers differ in one bit, the lowest bit first. If n
// is not a power of two, nodes from n on are left out. The rest is connected, since
// clearing bits leads from any node to node 0 through smaller numbers.
func hypercube(row []broadcast.NodeID, i, n int) []broadcast.NodeID {
	for bit := 1; bit < n; bit <<= 1 {
		row = appendExisting(row, n, i^bit)
	}
	return row
}

// total joins each node to all others: first the nodes after it, then those from
// node 0 on. So each list is a slice of the numbers written twice, and a million
// nodes take 8 MB instead of 4 TB.
func total(n int) [][]broadcast.NodeID {
	twice := make([]broadcast.NodeID, 2*n)
	for i := range twice {
		twice[i] = broadcast.NodeID(i % n)
	}
	rows := make([][]broadcast.NodeID, n)
	for i := range rows {
		rows[i] = twice[i+1 : i+n : i+n]
	}
	return rows
}

// appendExisting appends the candidates that are nodes to row.
func appendExisting(row []broadcast.NodeID, n int, candidates ...int) []broadcast.NodeID {
	for _, c := range candidates {
		if c >= 0 && c < n {
			row = append(row, broadcast.NodeID(c))
		}
	}
	return row
}
