package native

import (
	"time"

	"gossipbench/node/wire"
)

// spread is when each node first had each value, as far as it can be seen from
// outside: a node has what a client or one of our own strategies has brought
// it. The values of a workload are 0, 1, 2, ….
type spread struct {
	nodes  int
	values []reach
	known  []int // of each node: how many values it has had
	all    int   // values that any node has had
}

// reach is how far a value has come.
type reach struct {
	has         []uint64 // bit n%64 of word n/64: has node n had it?
	count       int
	first, last time.Duration
}

// maxTracked bounds the values that are followed.
const maxTracked = 1 << 22

func newSpread(nodes int) *spread { return &spread{nodes: nodes, known: make([]int, nodes)} }

// arrive notes what a message brought a node, from a server or else a client.
func (s *spread) arrive(node int, server bool, body []byte, now time.Duration) {
	if server {
		s.message(node, body, now)
	} else if v, ok := wire.Int(wire.Field(body, "message")); ok {
		s.broadcast(node, v, now)
	}
}

// broadcast notes that a client brought a node a value.
func (s *spread) broadcast(node int, value int64, now time.Duration) {
	if value < 0 || value >= maxTracked {
		return
	}
	for int64(len(s.values)) <= value {
		s.values = append(s.values, reach{})
	}
	if v := &s.values[value]; v.has == nil {
		v.has = make([]uint64, (s.nodes+63)/64)
		v.first = now
		s.all++
	}
	s.reached(node, value, now)
}

// message notes what a server's message brought a node.
func (s *spread) message(node int, body []byte, now time.Duration) {
	if s.known[node] == s.all {
		return
	}
	for element := range wire.Elements(wire.Field(body, "values")) {
		if v, ok := wire.Int(element); ok && v >= 0 && v < int64(len(s.values)) {
			s.reached(node, v, now)
		}
	}
}

func (s *spread) reached(node int, value int64, now time.Duration) {
	v := &s.values[value]
	if v.has == nil || v.has[node/64]&(1<<(node%64)) != 0 {
		return
	}
	v.has[node/64] |= 1 << (node % 64)
	v.count++
	v.last = now
	s.known[node]++
}

// latencies returns how long each value took to reach all nodes, of those that
// did.
func (s *spread) latencies() []time.Duration {
	var all []time.Duration
	for i := range s.values {
		if v := &s.values[i]; v.count == s.nodes {
			all = append(all, v.last-v.first)
		}
	}
	return all
}
