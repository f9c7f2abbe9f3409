package gossip

import (
	"gossipbench/strategies/broadcast"
	"slices"
)

// choice is whom peers are chosen from.
type choice uint8

const (
	onlyNeighbors choice = iota
	anybody
	mixed // one of anybody, the rest neighbors
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

// reach is the number of peers that choose may ever return.
func (n *node) reach() int32 {
	if n.peers == onlyNeighbors {
		return int32(len(n.neighbors))
	}
	return int32(n.nodes - 1)
}

// choose appends fanout distinct peers to chosen, or all that there are. A
// neighbor that news came from is not chosen as a neighbor.
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

// chooseNeighbors chooses count neighbors but one, or all where count is below 1.
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

// chooseOthers chooses count nodes but oneself, or all where count is 0.
//
// Like chooseNeighbors it draws as Floyd does (Bentley, "A sample of
// brilliance", CACM 30(9), 1987): each candidate in turn stands for itself only
// if what was drawn among those up to it has been chosen already.
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

// other returns the i-th of the other nodes.
func (n *node) other(i int) broadcast.NodeID {
	if i < int(n.self) {
		return broadcast.NodeID(i)
	}
	return broadcast.NodeID(i + 1)
}
