package kv

import (
	"strconv"

	"gossipbench/node/wire"
)

// Marks are part of a state that several nodes write: the name of the last write
// of each of them. So a node that was not told how its write ended finds out by
// reading the state, whoever has written since. A node has one write to a key
// under way at a time.
type Marks []mark

type mark struct{ node, name string }

// ReadMarks reads what Append wrote: [[node, name]…].
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

// With returns the marks after one more write.
func (all Marks) With(node, name string) Marks {
	var next Marks
	for _, m := range all {
		if m.node != node {
			next = append(next, m)
		}
	}
	return append(next, mark{node, name})
}

// Wrote reports whether the last write of a node has that name.
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

// Names makes names that no other write of a node has, in any of its lives.
type Names struct {
	Life uint64 // as server.Life counts it
	last uint64
}

// Next returns a name.
func (n *Names) Next() string {
	n.last++
	return strconv.FormatUint(n.Life, 10) + "." + strconv.FormatUint(n.last, 10)
}
