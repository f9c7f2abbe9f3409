package gossip

import (
	"gossipbench/strategies/broadcast"
	"slices"
)

// choice is the set from which peers are chosen.
type choice uint8

const (
	onlyNeighbors choice = iota
	anybody
	mixed // one of all others, the rest neighbors
)

func chosenFrom(peers string) choice {
	switch peers {
	case "neighbors":
		return onlyNeighbors
	case "random":
		return anybody
	default:
		return mixed
	}
}

// reach returns the number of peers that choose can return.
func (n *node) reach() int32 {
	if n.peers == onlyNeighbors {
		return int32(len(n.neighbors))
	}
	return int32(n.nodes - 1)
}

// choose appends fanout distinct peers to chosen, or all if there are fewer. It
// does not choose from as a neighbor.
func (n *node) choose(chosen []broadcast.NodeID, from broadcast.NodeID) []broadcast.NodeID {
	count := int(n.fanout)
	switch n.peers {
	case onlyNeighbors:
		return n.chooseNeighbors(chosen, count, from)
	case anybody:
		return n.chooseOthers(chosen, count)
	}
	if count != 1 {
		chosen = n.chooseNeighbors(chosen, count-1, from)
	}
	if len(chosen) == int(n.nodes)-1 {
		return chosen
	}
	for {
		if peer := n.other(n.rand.IntN(int(n.nodes) - 1)); !slices.Contains(chosen, peer) {
			return append(chosen, peer)
		}
	}
}

// chooseNeighbors appends count neighbors other than but, or all if count is below
// 1.
func (n *node) chooseNeighbors(chosen []broadcast.NodeID, count int, but broadcast.NodeID) []broadcast.NodeID {
	size := len(n.neighbors)
	skip := -1
	if but != n.self {
		skip = slices.Index(n.neighbors, but)
	}
	if skip >= 0 {
		size--
	}
	at := func(i int) broadcast.NodeID {
		if skip >= 0 && i >= skip {
			i++
		}
		return n.neighbors[i]
	}
	if count < 1 || count >= size {
		for i := range size {
			chosen = append(chosen, at(i))
		}
		return chosen
	}
	for last := size - count; last < size; last++ {
		peer := at(n.rand.IntN(last + 1))
		if slices.Contains(chosen, peer) {
			peer = at(last)
		}
		chosen = append(chosen, peer)
	}
	return chosen
}

// chooseOthers appends count nodes other than self, or all if count is 0.
//
// Like chooseNeighbors it uses Floyd's algorithm (Bentley, "A sample of
// brilliance", CACM 30(9), 1987): for each last from size−count on, it draws a
// candidate from 0…last, and takes last itself if the draw was chosen before.
func (n *node) chooseOthers(chosen []broadcast.NodeID, count int) []broadcast.NodeID {
	size := int(n.nodes) - 1
	if count == 0 || count >= size {
		for i := range size {
			chosen = append(chosen, n.other(i))
		}
		return chosen
	}
	for last := size - count; last < size; last++ {
		peer := n.other(n.rand.IntN(last + 1))
		if slices.Contains(chosen, peer) {
			peer = n.other(last)
		}
		chosen = append(chosen, peer)
	}
	return chosen
}

// other returns the i-th node other than self.
func (n *node) other(i int) broadcast.NodeID {
	if i < int(n.self) {
		return broadcast.NodeID(i)
	}
	return broadcast.NodeID(i + 1)
}
