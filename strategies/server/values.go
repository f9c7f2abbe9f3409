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

// values converts between JSON and broadcast.Value. An integer above lowest is its
// own Value. Any other JSON has a hash as its Value, the same at all nodes, and is
// sent as the original JSON. Two Values are equal if their JSON is, ignoring space.
type values struct {
	texts map[broadcast.Value]string // of those that are hashes
}

// lowest is the least integer that is its own Value. Below it is room for 2⁶²
// hashes. Among a million texts two collide once in ten million runs; then the
// second gets the next free Value at that node.
const lowest = -1 << 62

// read returns the Value of JSON text.
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

// readAll returns the Values of a JSON array. It returns false if text is no array.
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

// appendAll appends all as a JSON array.
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
