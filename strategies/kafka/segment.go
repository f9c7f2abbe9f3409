package kafka

import (
	"encoding/json"
	"strconv"

	"gossipbench/node/wire"
)

// segment is a piece of a log as it lies in lin-kv:
//
//	{"msgs": [message…], "by": [[node, name]…]}
//
// By has the name of the last write of each node that wrote to it. So a node that
// was not told how its write ended finds out by reading the segment, whoever has
// written there since. A segment only grows, so it is never twice the same, and a
// compare-and-set that comes late finds another one.
type segment struct {
	messages []json.RawMessage
	marks    []mark
	text     []byte // of all of it
}

type mark struct{ node, name string }

// readSegment reads the value of a key. Nothing is a segment without messages, and
// so is what no strategy of kafka has written.
func readSegment(text []byte) segment {
	s := segment{text: text}
	for message := range wire.Elements(wire.Field(text, "msgs")) {
		s.messages = append(s.messages, message)
	}
	for element := range wire.Elements(wire.Field(text, "by")) {
		var m mark
		for part := range wire.Elements(element) {
			m.node, m.name = m.name, string(part)
		}
		m.node, _ = wire.Text([]byte(m.node))
		m.name, _ = wire.Text([]byte(m.name))
		s.marks = append(s.marks, m)
	}
	return s
}

// with is the segment with more messages, which a node's write of that name
// brings.
func (s segment) with(messages []json.RawMessage, node, name string) segment {
	longer := segment{messages: append(s.messages[:len(s.messages):len(s.messages)], messages...)}
	for _, m := range s.marks {
		if m.node != node {
			longer.marks = append(longer.marks, m)
		}
	}
	longer.marks = append(longer.marks, mark{node, name})
	longer.encode()
	return longer
}

func (s *segment) encode() {
	text := []byte(`{"msgs":[`)
	for i, message := range s.messages {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(text, message...)
	}
	text = append(text, `],"by":[`...)
	for i, m := range s.marks {
		if i > 0 {
			text = append(text, ',')
		}
		text = wire.AppendText(append(text, '['), m.node)
		text = wire.AppendText(append(text, ','), m.name)
		text = append(text, ']')
	}
	s.text = append(text, "]}"...)
}

// wrote reports whether the last write of a node to the segment is that of a name.
func (s segment) wrote(node, name string) bool {
	for _, m := range s.marks {
		if m.node == node {
			return m.name == name
		}
	}
	return false
}

// segmentKey is where lin-kv has a segment of the log of a key.
func segmentKey(key string, number int64) string {
	return "log " + strconv.FormatInt(number, 10) + " " + key
}
