package network

import (
	"gossipbench/strategies/broadcast"
	"iter"
	"math/rand/v2"
)

// Grudge says who takes no messages from whom. Partitions are one-way drops, as
// in Maelstrom: a dropped message was still sent. A nil Grudge rejects nothing.
//
// Source: grudges in jepsen/src/jepsen/nemesis.clj.
type Grudge struct {
	side   []bool   // of a cut: who stands apart
	oneWay bool     // of a cut: only those apart reject the others
	linked []uint64 // of a ring: bit receiver·n+sender, does receiver accept sender?
	nodes  int
}

// Apart cuts off the nodes named from all others, in both directions.
func Apart(nodes int, apart []broadcast.NodeID) *Grudge {
	g := &Grudge{nodes: nodes, side: make([]bool, nodes)}
	for _, id := range apart {
		g.side[id] = true
	}
	return g
}

// Deaf makes the nodes named reject what the others send; the others still hear
// them. Maelstrom has no such fault.
func Deaf(nodes int, deaf []broadcast.NodeID) *Grudge {
	g := Apart(nodes, deaf)
	g.oneWay = true
	return g
}

// MaxRing is the largest cluster of which MajoritiesRing makes a grudge: its
// time grows with the cube of the nodes.
const MaxRing = 512

// MajoritiesRing lets every node hear a majority, itself included, and no two
// the same one. In up to five nodes the majorities are neighbors on a random
// ring; in more, links are drawn at random between nodes that have the fewest,
// until every node has a majority.
//
// Source: majorities-ring-perfect and majorities-ring-stochastic, ibid. Since
// links are drawn at random, "no two the same" holds but for rare chance, as
// in Jepsen.
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

// linkRing lets each node hear the majority of a random ring that it is the
// middle of.
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

// least returns the first of those in order whom keep keeps and whose degree is
// least.
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

// Rejects reports whether receiver drops what sender sends.
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
