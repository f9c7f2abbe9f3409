package kafka

import (
	"encoding/json"
	"strconv"

	"gossipbench/node/wire"
	"gossipbench/strategies/kv"
)

// segment is a part of a log in lin-kv:
//
//	{"msgs": [message…], "by": [[node, name]…]}
//
// By are its kv.Marks. A segment only grows, so no state recurs, and a late
// compare-and-set fails.
type segment struct {
	messages []json.RawMessage
	marks    kv.Marks
	text     []byte // the JSON
}

// readSegment parses the value of a key. A missing or foreign value is an empty
// segment.
func readSegment(text []byte) segment {
	s := segment{text: text}
	for message := range wire.Elements(wire.Field(text, "msgs")) {
		s.messages = append(s.messages, message)
	}
	s.marks = kv.ReadMarks(wire.Field(text, "by"))
	return s
}

// with returns the segment after node's write name has appended messages.
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

// segmentKey returns the key of a segment in lin-kv.
func segmentKey(key string, number int64) string {
	return "log " + strconv.FormatInt(number, 10) + " " + key
}
