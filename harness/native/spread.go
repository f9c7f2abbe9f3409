package native

import (
	"bytes"
	"time"

	"gossipbench/harness/checker"
	"gossipbench/node/wire"
)

// spread records when each node first had each value, as far as messages show it: a node
// has the values that a client, or a message of one of our own strategies, brought to it.
// The values of a workload are 0, 1, 2, …. A node that is killed has no values.
type spread struct {
	values []reach
	nodes  []knowledge
	all    int // number of values that some node has had
}

// reach is the progress of a value.
type reach struct {
	nodes       int // number of nodes that have had it
	first, last time.Duration
}

// knowledge is the set of values that a node has had.
type knowledge struct {
	has   bits // since it was last started
	had   bits // in earlier lives
	count int  // size of has
}

// bits is a set of values: bit v%64 of word v/64 stands for v.
type bits []uint64

func (b bits) has(value uint) bool {
	return value/64 < uint(len(b)) && b[value/64]&(1<<(value%64)) != 0
}

func (b *bits) add(value uint) {
	for uint(len(*b)) <= value/64 {
		*b = append(*b, 0)
	}
	(*b)[value/64] |= 1 << (value % 64)
}

// maxTracked bounds the values that are tracked. Chosen.
const maxTracked = 1 << 20

func newSpread(nodes int) *spread { return &spread{nodes: make([]knowledge, nodes)} }

// arrive records the values in a message to a node. server says whether its sender is a
// server; otherwise it is a client.
func (s *spread) arrive(node int, server bool, body []byte, now time.Duration) {
	if server {
		s.message(node, body, now)
	} else if v, ok := wire.Int(wire.Field(body, "message")); ok {
		s.broadcast(node, v, now)
	}
}

// broadcast records that a client brought a value to a node.
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

// valuesKey is the field with the values in messages of our strategies; see
// server.Broadcast.
var valuesKey = []byte(`"values":[`)

// message records the values in a server's message. Most of what the harness reads are
// such messages, so it parses nothing but the values.
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
			digits = 10 // values of the workload are never negative
		} else if c == ']' {
			return
		}
	}
}

func (s *spread) reached(node int, value uint, now time.Duration) {
	k := &s.nodes[node]
	if k.has.has(value) {
		return
	}
	k.has.add(value)
	k.count++
	if k.had.has(value) {
		return
	}
	v := &s.values[value]
	v.nodes++
	v.last = now
}

// forget records that a node was killed.
func (s *spread) forget(node int) {
	k := &s.nodes[node]
	for value := range s.values {
		if k.has.has(uint(value)) {
			k.had.add(uint(value))
		}
	}
	k.has, k.count = nil, 0
}

// deliveries returns how long each value took to reach all nodes. For a value that some
// node lacks at the end it is the time until end.
func (s *spread) deliveries(end time.Duration) *checker.Deliveries {
	d := &checker.Deliveries{}
	for value := range s.values {
		v := &s.values[value]
		if v.nodes == 0 {
			continue
		}
		u := checker.Undelivered{Value: int64(value)}
		for node := range s.nodes {
			if s.nodes[node].has.has(uint(value)) {
				continue
			}
			if u.Lacking++; len(u.Nodes) < checker.ToldNodes {
				u.Nodes = append(u.Nodes, node)
			}
		}
		if u.Lacking == 0 {
			d.Took = append(d.Took, v.last-v.first)
			continue
		}
		d.Took = append(d.Took, end-v.first)
		d.Undelivered = append(d.Undelivered, u)
	}
	return d
}
