package service

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"

	"gossipbench/node/wire"
	"gossipbench/strategies/gossip"
)

// values turns the JSON of what clients broadcast into a gossip.Value and back.
// An integer is its own Value. Anything else, integers included that do not
// fit, gets the next free Value of this node, from the lowest on, and leaves
// the node as its JSON again. Values are the same if their JSON is, but for
// space.
type values struct {
	ids   map[string]gossip.Value
	texts []string // by Value, less math.MinInt64
}

// lowest is where integers begin that stand for themselves. Below it there is
// room for 2³² others.
const lowest = math.MinInt64 + 1<<32

// read returns the Value of a text of JSON.
func (v *values) read(text []byte) gossip.Value {
	if n, ok := wire.Int(text); ok && n >= lowest {
		return gossip.Value(n)
	}
	var compact bytes.Buffer
	if json.Compact(&compact, text) == nil {
		text = compact.Bytes()
	}
	id, known := v.ids[string(text)]
	if !known {
		id = math.MinInt64 + gossip.Value(len(v.texts))
		if v.ids == nil {
			v.ids = map[string]gossip.Value{}
		}
		v.texts = append(v.texts, string(text))
		v.ids[string(text)] = id
	}
	return id
}

// readAll returns the Values of an array, and whether text is one.
func (v *values) readAll(text []byte) ([]gossip.Value, bool) {
	if len(text) == 0 || text[0] != '[' {
		return nil, false
	}
	all := make([]gossip.Value, 0, 1+bytes.Count(text, []byte{','}))
	all, integers := wire.Ints(all, text)
	for _, n := range all {
		integers = integers && n >= lowest
	}
	if integers {
		return all, true
	}
	all = all[:0]
	for element := range wire.Elements(text) {
		all = append(all, v.read(element))
	}
	return all, true
}

// appendAll appends an array of the JSON of all.
func (v *values) appendAll(to []byte, all []gossip.Value) []byte {
	if len(v.texts) == 0 {
		return wire.AppendInts(to, all)
	}
	to = append(to, '[')
	for i, value := range all {
		if i > 0 {
			to = append(to, ',')
		}
		if n := uint64(value - math.MinInt64); n < uint64(len(v.texts)) {
			to = append(to, v.texts[n]...)
		} else {
			to = strconv.AppendInt(to, int64(value), 10)
		}
	}
	return append(to, ']')
}
