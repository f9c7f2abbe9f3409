package kafka

import (
	"encoding/json"
	"strconv"

	"gossipbench/node/wire"
	"gossipbench/strategies/kv"
)

// segment is a piece of a log as it lies in lin-kv:
//
//	{"msgs": [message…], "by": [[node, name]…]}
//
// By are its marks. A segment only grows, so it is never twice the same, and a
// compare-and-set that comes late finds another one.
type segment struct {
	messages []json.RawMessage
	marks    kv.Marks
	text     []byte // of all of it
}

// readSegment reads the value of a key. Nothing is a segment without messages, and
// so is what no strategy of kafka has written.
func readSegment(text []byte) segment {
	s := segment{text: text}
	for message := range wire.Elements(wire.Field(text, "msgs")) {
		s.messages = append(s.messages, message)
	}
	s.marks = kv.ReadMarks(wire.Field(text, "by"))
	return s
}

// with is the segment with more messages, which a node's write of that name
// brings.
func (s segment) with(messages []json.RawMessage, node, name string) segment {
	longer := segment{messages: append(s.messages[:len(s.messages):len(s.messages)], messages...), marks: s.marks.With(node, name)}
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
	text = s.marks.Append(append(text, `],"by":`...))
	s.text = append(text, '}')
}

// segmentKey is where lin-kv has a segment of the log of a key.
func segmentKey(key string, number int64) string {
	return "log " + strconv.FormatInt(number, 10) + " " + key
}
