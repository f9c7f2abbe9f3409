package server

import (
	"bytes"
	"encoding/json"
	"hash/fnv"
	"math"
	"strconv"

	"gossipbench/node/wire"
	"gossipbench/strategies/broadcast"
)

// values turns the JSON of what clients broadcast into a broadcast.Value and back.
// An integer is its own Value. Anything else, integers included that do not
// fit, has a hash for its Value, which is the same at all nodes, and leaves the
// node as its JSON again. Values are the same if their JSON is, but for space.
type values struct {
	texts map[broadcast.Value]string // of those that are hashes
}

// lowest is where integers begin that stand for themselves. Below it there is
// room for 2⁶² hashes: among a million texts two collide once in ten million
// runs, and then that node takes the next free Value for the second.
const lowest = -1 << 62

// read returns the Value of a text of JSON.
func (v *values) read(text []byte) broadcast.Value {
	if n, ok := wire.Int(text); ok && n >= lowest {
		return broadcast.Value(n)
	}
	var compact bytes.Buffer
	if json.Compact(&compact, text) == nil {
		text = compact.Bytes()
	}
	h := fnv.New64a()
	h.Write(text)
	for id := h.Sum64() >> 2; ; id++ {
		value := math.MinInt64 + broadcast.Value(id&(1<<62-1))
		known, taken := v.texts[value]
		if !taken {
			if v.texts == nil {
				v.texts = map[broadcast.Value]string{}
			}
			v.texts[value] = string(text)
			return value
		}
		if known == string(text) {
			return value
		}
	}
}

// readAll returns the Values of an array, and whether text is one.
func (v *values) readAll(text []byte) ([]broadcast.Value, bool) {
	if len(text) == 0 || text[0] != '[' {
		return nil, false
	}
	all := make([]broadcast.Value, 0, 1+bytes.Count(text, []byte{','}))
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
func (v *values) appendAll(to []byte, all []broadcast.Value) []byte {
	if len(v.texts) == 0 {
		return wire.AppendInts(to, all)
	}
	to = append(to, '[')
	for i, value := range all {
		if i > 0 {
			to = append(to, ',')
		}
		if text, hashed := v.texts[value]; hashed {
			to = append(to, text...)
		} else {
			to = strconv.AppendInt(to, int64(value), 10)
		}
	}
	return append(to, ']')
}
