// Package peers is shared by strategies that compare the states of two nodes. It
// decides when a node has a round, which peers it chooses, and when it may rest.
//
// Its parameters mean the same as in package gossip, so that one experiment can set
// them for both.
package peers

import (
	"math/rand/v2"
	"slices"

	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/param"
)

// Params declares the parameters that New and NewRounds read.
func Params() []broadcast.Param {
	return []broadcast.Param{
		{Name: "interval", Kind: param.Duration, Default: "200ms", Min: 0.001, Max: 3600,
			Doc: "time between the rounds of a node"},
		{Name: "fanout", Kind: param.Int, Default: "1", Max: 1e6, Unit: "peers",
			Doc: "how many peers a node begins to compare with in a round; 0 is all that peers allows"},
		{Name: "peers", Kind: param.Choice, Default: "random", Choices: []string{"neighbors", "random", "mixed"},
			Doc: "whom to choose from: neighbors, all other nodes, or one of all others and the rest of fanout from the neighbors"},
		{Name: "idle", Kind: param.Choice, Default: "always", Choices: []string{"silent", "always"},
			Doc: "whether to compare in a round with a peer that is known to lack nothing"},
	}
}

// Chooser chooses peers for one node.
type Chooser struct {
	self      int
	nodes     int
	neighbors []broadcast.NodeID
	fanout    int
	local     bool // choose from the neighbors
	global    bool // choose from all other nodes
	rand      *rand.Rand
}

// New returns the chooser of a node.
func New(c broadcast.Config, p broadcast.Params) Chooser {
	from := p.Text("peers")
	return Chooser{
		self: int(c.Self), nodes: c.Nodes, neighbors: c.Neighbors, fanout: p.Int("fanout"),
		local: from != "random", global: from != "neighbors", rand: c.Rand,
	}
}

// Reach returns the number of peers that Choose can return.
func (c *Chooser) Reach() int {
	if !c.global {
		return len(c.neighbors)
	}
	return c.nodes - 1
}

// Reaches reports whether Choose can return peer.
func (c *Chooser) Reaches(peer broadcast.NodeID) bool {
	return c.global || slices.Contains(c.neighbors, peer)
}

// Choose appends fanout distinct peers to chosen, or all if there are fewer. Chosen
// must be empty.
func (c *Chooser) Choose(chosen []broadcast.NodeID) []broadcast.NodeID {
	neighbor := func(i int) broadcast.NodeID { return c.neighbors[i] }
	switch {
	case !c.global:
		return c.some(chosen, c.fanout, len(c.neighbors), neighbor)
	case !c.local:
		return c.some(chosen, c.fanout, c.nodes-1, c.other)
	}
	if c.fanout != 1 {
		chosen = c.some(chosen, max(c.fanout-1, 0), len(c.neighbors), neighbor)
	}
	if len(chosen) == c.nodes-1 {
		return chosen
	}
	for {
		if peer := c.other(c.rand.IntN(c.nodes - 1)); !slices.Contains(chosen, peer) {
			return append(chosen, peer)
		}
	}
}

// some appends count of size candidates, or all if count is 0.
//
// It uses Floyd's algorithm (Bentley, "A sample of brilliance", CACM 30(9), 1987):
// for each last from size−count on, it draws a candidate from 0…last, and takes
// last itself if the draw was chosen before.
func (c *Chooser) some(chosen []broadcast.NodeID, count, size int, at func(int) broadcast.NodeID) []broadcast.NodeID {
	if count == 0 || count >= size {
		for i := range size {
			chosen = append(chosen, at(i))
		}
		return chosen
	}
	for last := size - count; last < size; last++ {
		peer := at(c.rand.IntN(last + 1))
		if slices.Contains(chosen, peer) {
			peer = at(last)
		}
		chosen = append(chosen, peer)
	}
	return chosen
}

// other returns the i-th node other than self.
func (c *Chooser) other(i int) broadcast.NodeID {
	if i < c.self {
		return broadcast.NodeID(i)
	}
	return broadcast.NodeID(i + 1)
}
