package native

import (
	"bytes"
	"time"

	"gossipbench/node/wire"
)

// spread is when each node first had each value, as far as it can be seen from
// outside: a node has what a client, or a message of one of our own strategies,
// has brought it. The values of a workload are 0, 1, 2, …. A node that was
// killed is taken to keep what it had.
type spread struct {
	values []reach
	nodes  []knowledge
	all    int // values that some node has had
}

// reach is how far a value has come.
type reach struct {
	nodes       int
	first, last time.Duration
}

// knowledge is what a node has had.
type knowledge struct {
	has   []uint64 // bit v%64 of word v/64: the value v
	count int
}

// maxTracked bounds the values that are followed. Chosen.
const maxTracked = 1 << 20

func newSpread(nodes int) *spread { return &spread{nodes: make([]knowledge, nodes)} }

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
	if v := &s.values[value]; v.nodes == 0 {
		v.first = now
		s.all++
	}
	s.reached(node, uint(value), now)
}

// valuesKey is how our strategies' messages hold values; see service.Broadcast.
var valuesKey = []byte(`"values":[`)

// message notes what a server's message brought a node. These messages are most
// of what the harness reads, so it looks for the values alone.
func (s *spread) message(node int, body []byte, now time.Duration) {
	if s.nodes[node].count == s.all {
		return
	}
	i := bytes.Index(body, valuesKey)
	if i < 0 {
		return
	}
	value, digits := uint(0), 0
	for _, c := range body[i+len(valuesKey):] {
		if d := uint(c - '0'); d <= 9 {
			value, digits = value*10+d, digits+1
			continue
		}
		if digits > 0 && digits < 10 && value < uint(len(s.values)) {
			s.reached(node, value, now)
		}
		value, digits = 0, 0
		if c == '-' {
			digits = 10 // no value of the workload is below zero
		} else if c == ']' {
			return
		}
	}
}

func (s *spread) reached(node int, value uint, now time.Duration) {
	k := &s.nodes[node]
	for uint(len(k.has)) <= value/64 {
		k.has = append(k.has, 0)
	}
	v := &s.values[value]
	if k.has[value/64]&(1<<(value%64)) != 0 {
		return
	}
	k.has[value/64] |= 1 << (value % 64)
	k.count++
	v.nodes++
	v.last = now
}

// latencies returns how long each value took to reach all nodes, of those that
// did.
func (s *spread) latencies() []time.Duration {
	var all []time.Duration
	for i := range s.values {
		if v := &s.values[i]; v.nodes == len(s.nodes) {
			all = append(all, v.last-v.first)
		}
	}
	return all
}
