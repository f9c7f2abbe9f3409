package topology

import (
	"fmt"
	"gossipbench/strategies/broadcast"
	"math/rand/v2"
	"slices"
)

// random builds a connected graph in which each node has degree neighbors, in
// ascending order.
//
// It pairs the ends of links at random (the configuration model of Bollobás, "A
// probabilistic proof of an asymptotic formula for the number of labelled regular
// graphs", 1980). Then it exchanges the ends of loops and double links with those
// of random links until none is left. It starts again if the graph is not
// connected. The exchanges make some graphs slightly likelier than others; the
// effect shrinks as the number of nodes grows.
//
// In two cases too few pairings would succeed. With degree 2, a connected graph is
// a ring, so random returns a ring in random order. If most pairs of nodes are
// linked, it draws the missing links instead.
func random(n, degree int, seed uint64) [][]broadcast.NodeID {
	r := rand.New(rand.NewPCG(seed, 0x746f706f6c6f6779)) // "topology", its own stream
	if degree == 2 {
		return ring(n, r)
	}
	if 2*degree > n {
		rows := regular(n, n-1-degree, r)
		return build(n, func(row []broadcast.NodeID, i, n int) []broadcast.NodeID {
			for j := range n {
				if _, missing := slices.BinarySearch(rows[i], broadcast.NodeID(j)); j != i && !missing {
					row = append(row, broadcast.NodeID(j))
				}
			}
			return row
		}) // connected: two nodes without a link have a common neighbor
	}
	for {
		if rows := regular(n, degree, r); connected(rows) {
			return rows
		}
	}
}

func checkRandom(n, degree int) error {
	if reason := refuse(n, degree); reason != "" {
		return fmt.Errorf("topology random: no connected graph of %d nodes with %d neighbors each: %s", n, degree, reason)
	}
	return nil
}

// refuse says why no such graph exists, and returns "" if one does.
func refuse(n, degree int) string {
	switch {
	case degree < 0:
		return "a degree is not below zero"
	case degree >= n:
		return "a degree is below the number of nodes"
	case n%2 == 1 && degree%2 == 1:
		return "nodes times degree must be even, as each link has two ends"
	case degree == 0 && n > 1, degree == 1 && n > 2:
		return "it takes two neighbors each to join more than two nodes"
	}
	return ""
}

// ring joins all nodes into one ring in random order.
func ring(n int, r *rand.Rand) [][]broadcast.NodeID {
	order := r.Perm(n)
	place := make([]int, n)
	for p, i := range order {
		place[i] = p
	}
	return build(n, func(row []broadcast.NodeID, i, n int) []broadcast.NodeID {
		a, b := order[(place[i]+1)%n], order[(place[i]+n-1)%n]
		return append(row, broadcast.NodeID(min(a, b)), broadcast.NodeID(max(a, b)))
	})
}

// regular builds a graph without loops and double links, connected or not.
func regular(n, degree int, r *rand.Rand) [][]broadcast.NodeID {
	for {
		g := pairing(n, degree, r)
		if g.mend(r) {
			rows := g.rows()
			for _, row := range rows {
				slices.Sort(row)
			}
			return rows
		}
	}
}

// A multigraph is regular. It may have loops and double links.
type multigraph struct {
	nodes  int
	degree int
	ends   []broadcast.NodeID // link l joins ends[2l] and ends[2l+1]
	flat   []broadcast.NodeID // node i's neighbors begin at i*degree
}

func pairing(n, degree int, r *rand.Rand) *multigraph {
	g := &multigraph{n, degree, make([]broadcast.NodeID, n*degree), make([]broadcast.NodeID, n*degree)}
	for i := range g.ends {
		g.ends[i] = broadcast.NodeID(i / degree)
	}
	r.Shuffle(len(g.ends), func(i, j int) { g.ends[i], g.ends[j] = g.ends[j], g.ends[i] })
	used := make([]int32, n)
	for e, i := range g.ends {
		g.flat[int(i)*degree+int(used[i])] = g.ends[e^1]
		used[i]++
	}
	return g
}

// mend exchanges the ends of bad links with those of random links. It returns false
// if it finds no partner for a link, which happens only in small dense graphs.
func (g *multigraph) mend(r *rand.Rand) bool {
	for l := 0; l < len(g.ends); l += 2 {
		for tries := 0; g.bad(l); tries++ {
			if tries > len(g.ends) {
				return false
			}
			g.exchange(l, 2*r.IntN(len(g.ends)/2), r.IntN(2))
		}
	}
	return true
}

// bad reports whether the link at end l is a loop or a double link.
func (g *multigraph) bad(l int) bool {
	return g.ends[l] == g.ends[l+1] || g.count(g.ends[l], g.ends[l+1]) > 1
}

// exchange replaces the links u–v at l and x–y at other by u–x and v–y. If side is
// 1, x and y are swapped. It does nothing if a new link would be a loop or a double
// link.
func (g *multigraph) exchange(l, other, side int) {
	u, v := g.ends[l], g.ends[l+1]
	x, y := g.ends[other+side], g.ends[other+1-side]
	if u == x || v == y || g.count(u, x) > 0 || g.count(v, y) > 0 {
		return
	}
	g.replace(u, v, x)
	g.replace(v, u, y)
	g.replace(x, y, u)
	g.replace(y, x, v)
	g.ends[l], g.ends[l+1] = u, x
	g.ends[other], g.ends[other+1] = v, y
}

func (g *multigraph) row(i broadcast.NodeID) []broadcast.NodeID {
	start := int(i) * g.degree
	return g.flat[start : start+g.degree : start+g.degree]
}

// count returns how often j is a neighbor of i.
func (g *multigraph) count(i, j broadcast.NodeID) int {
	count := 0
	for _, k := range g.row(i) {
		if k == j {
			count++
		}
	}
	return count
}

// replace replaces one neighbor of i by another.
func (g *multigraph) replace(i, before, after broadcast.NodeID) {
	row := g.row(i)
	row[slices.Index(row, before)] = after
}

func (g *multigraph) rows() [][]broadcast.NodeID {
	rows := make([][]broadcast.NodeID, g.nodes)
	for i := range rows {
		rows[i] = g.row(broadcast.NodeID(i))
	}
	return rows
}

// connected reports whether every node can be reached from node 0.
func connected(rows [][]broadcast.NodeID) bool {
	reached := make([]bool, len(rows))
	reached[0] = true
	queue := []broadcast.NodeID{0}
	for next := 0; next < len(queue); next++ {
		for _, j := range rows[queue[next]] {
			if !reached[j] {
				reached[j] = true
				queue = append(queue, j)
			}
		}
	}
	return len(queue) == len(rows)
}
