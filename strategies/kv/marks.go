package kv

import (
	"strconv"

	"gossipbench/node/wire"
)

// Marks are the part of a shared state that names the last write of each node. A
// node that does not know the outcome of its write reads the state and finds out,
// even if others have written since. A node has at most one write to a key in
// flight.
type Marks []mark

type mark struct{ node, name string }

// ReadMarks parses what Append wrote: [[node, name]…].
func ReadMarks(text []byte) Marks {
	var all Marks
	for element := range wire.Elements(text) {
		var m mark
		for part := range wire.Elements(element) {
			m.node, m.name = m.name, string(part)
		}
		m.node, _ = wire.Text([]byte(m.node))
		m.name, _ = wire.Text([]byte(m.name))
		all = append(all, m)
	}
	return all
}

// With returns the marks after another write.
func (all Marks) With(node, name string) Marks {
	var next Marks
	for _, m := range all {
		if m.node != node {
			next = append(next, m)
		}
	}
	return append(next, mark{node, name})
}

// Wrote reports whether name is the last write of node.
func (all Marks) Wrote(node, name string) bool {
	for _, m := range all {
		if m.node == node {
			return m.name == name
		}
	}
	return false
}

// Append appends the marks as JSON.
func (all Marks) Append(text []byte) []byte {
	text = append(text, '[')
	for i, m := range all {
		if i > 0 {
			text = append(text, ',')
		}
		text = wire.AppendText(append(text, '['), m.node)
		text = wire.AppendText(append(text, ','), m.name)
		text = append(text, ']')
	}
	return append(text, ']')
}

// Names makes unique names for the writes of a node, over all its lives.
type Names struct {
	Life uint64 // the result of server.Life
	last uint64
}

// Next returns a name.
func (n *Names) Next() string {
	n.last++
	return strconv.FormatUint(n.Life, 10) + "." + strconv.FormatUint(n.last, 10)
}
