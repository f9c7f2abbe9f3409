package network

import (
	"gossipbench/strategies/broadcast"
	"iter"
	"math/rand/v2"
)

// Grudge says which receivers drop messages of which senders. A partition drops messages
// at the receiver, as in Maelstrom: a dropped message counts as sent. A nil Grudge drops
// nothing.
//
// Source: grudges in jepsen/src/jepsen/nemesis.clj.
type Grudge struct {
	side   []bool   // of a cut: true for the nodes that are apart
	oneWay bool     // of a cut: only the nodes apart drop messages
	linked []uint64 // of a ring: bit receiver·n+sender is set if receiver accepts sender
	nodes  int
}

// Apart separates the nodes apart from all others, in both directions.
func Apart(nodes int, apart []broadcast.NodeID) *Grudge {
	g := &Grudge{nodes: nodes, side: make([]bool, nodes)}
	for _, id := range apart {
		g.side[id] = true
	}
	return g
}

// Deaf lets the nodes in deaf drop messages from the others, which still accept theirs.
// Maelstrom has no such fault.
func Deaf(nodes int, deaf []broadcast.NodeID) *Grudge {
	g := Apart(nodes, deaf)
	g.oneWay = true
	return g
}

// MaxRing bounds the cluster size for MajoritiesRing, whose time is cubic in the number
// of nodes.
const MaxRing = 512

// MajoritiesRing lets every node receive from a majority, itself included, and no two
// nodes from the same majority. With up to five nodes the majorities are neighbors on a
// random ring. With more, it adds random links between the nodes with the fewest, until
// every node has a majority.
//
// Source: majorities-ring-perfect and majorities-ring-stochastic, ibid. With random links
// two nodes may, rarely, have the same majority, as in Jepsen.
func MajoritiesRing(nodes int, r *rand.Rand) *Grudge {
	g := &Grudge{nodes: nodes, linked: make([]uint64, (nodes*nodes+63)/64)}
	for id := range nodes {
		g.link(id, id)
	}
	if majority := nodes/2 + 1; nodes <= 5 {
		g.linkRing(majority, r)
	} else {
		g.linkLeast(majority, r)
	}
	return g
}

// linkRing gives each node the majority around it on a random ring.
func (g *Grudge) linkRing(majority int, r *rand.Rand) {
	ring := r.Perm(g.nodes)
	for first := range ring {
		self := ring[(first+majority/2)%g.nodes]
		for i := range majority {
			g.link(self, ring[(first+i)%g.nodes])
		}
	}
}

// linkLeast links nodes of least degree until each has a majority.
func (g *Grudge) linkLeast(majority int, r *rand.Rand) {
	degree := make([]int, g.nodes)
	for i := range degree {
		degree[i] = 1
	}
	for {
		order := r.Perm(g.nodes)
		a := least(order, degree, func(int) bool { return true })
		if degree[a] >= majority {
			return
		}
		b := least(order, degree, func(id int) bool { return !g.accepts(a, id) })
		g.link(a, b)
		g.link(b, a)
		degree[a]++
		degree[b]++
	}
}

// least returns the first node in order with the least degree for which keep is true, or
// -1.
func least(order, degree []int, keep func(int) bool) int {
	best := -1
	for _, id := range order {
		if keep(id) && (best < 0 || degree[id] < degree[best]) {
			best = id
		}
	}
	return best
}

func (g *Grudge) link(receiver, sender int) {
	bit := receiver*g.nodes + sender
	g.linked[bit/64] |= 1 << (bit % 64)
}

func (g *Grudge) accepts(receiver, sender int) bool {
	bit := receiver*g.nodes + sender
	return g.linked[bit/64]&(1<<(bit%64)) != 0
}

// Rejects reports whether receiver drops messages of sender.
func (g *Grudge) Rejects(receiver, sender broadcast.NodeID) bool {
	switch {
	case g == nil:
		return false
	case g.linked != nil:
		return !g.accepts(int(receiver), int(sender))
	case g.oneWay:
		return g.side[receiver] && !g.side[sender]
	default:
		return g.side[receiver] != g.side[sender]
	}
}

// Rejected yields the nodes whose messages receiver drops, in ascending order.
func (g *Grudge) Rejected(receiver broadcast.NodeID) iter.Seq[broadcast.NodeID] {
	return func(yield func(broadcast.NodeID) bool) {
		for sender := range broadcast.NodeID(g.nodes) {
			if g.Rejects(receiver, sender) && !yield(sender) {
				return
			}
		}
	}
}
