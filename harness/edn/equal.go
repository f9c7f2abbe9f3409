package edn

import (
	"cmp"
	"crypto/sha256"
	"slices"
	"strconv"
	"strings"
)

// Equal reports whether two values are equal by Clojure's =: lists and vectors if their
// elements are, maps and sets in any order; 1 and 1.0 are not equal. Unlike in Clojure,
// ##NaN equals itself.
func Equal(a, b Value) bool {
	if a.kind == b.kind {
		switch a.kind {
		case Int:
			return a.num == b.num
		case String, Keyword, Symbol:
			return a.text == b.text
		}
	}
	return a.Key() == b.Key()
}

// Key returns a string that two values share if and only if they are Equal. It can stand
// for a value as a key of a Go map. Of a long value it is a digest.
func (v Value) Key() string { return brief(appendKey(nil, v)) }

func appendKey(dst []byte, v Value) []byte {
	switch v.kind {
	case Absent:
		return dst
	case Int:
		return strconv.AppendInt(dst, v.num, 10)
	case BigInt:
		return append(dst, v.text...)
	case Float:
		f, _ := v.Float()
		dst = append(dst, '^')                            // no symbol contains it
		return strconv.AppendFloat(dst, f+0, 'g', -1, 64) // + 0 turns −0.0 into 0.0
	case List, Vector:
		dst = append(dst, '[')
		for _, item := range v.items {
			dst = append(appendKey(dst, item), ' ')
		}
		return append(dst, ']')
	case Set, Map:
		step := 1
		if v.kind == Map {
			step = 2
		}
		keys := make([]string, 0, len(v.items)/step)
		for i := 0; i < len(v.items); i += step {
			key := appendKey(nil, v.items[i])
			if step == 2 {
				key = appendKey(append(key, ' '), v.items[i+1])
			}
			keys = append(keys, brief(key))
		}
		slices.Sort(keys)
		dst = append(append(dst, '{'), strconv.Itoa(step)...) // distinguishes maps from sets
		for _, key := range keys {
			dst = append(append(dst, ' '), key...)
		}
		return append(dst, '}')
	case Tagged:
		dst = append(append(append(dst, '#'), v.text...), ' ')
		return appendKey(dst, v.items[0])
	}
	return Append(dst, v)
}

// maxKey bounds a key, also of an entry of a map or set, since it is copied once for each
// enclosing map or set. Chosen.
const maxKey = 64

// brief returns a key, or its SHA-256 if it is long, so the key of a deeply nested value
// takes linear time.
func brief(key []byte) string {
	if len(key) <= maxKey {
		return string(key)
	}
	sum := sha256.Sum256(key)
	return "~" + string(sum[:])
}

// Compare orders values as Clojure's compare does if that is defined: numbers by size,
// text by bytes, vectors by length and then by elements. Other kinds are ordered by their
// constants.
func Compare(a, b Value) int {
	if c := cmp.Compare(a.rank(), b.rank()); c != 0 {
		return c
	}
	switch {
	case a.kind == Int && b.kind == Int:
		return cmp.Compare(a.num, b.num)
	case isInteger(a) && isInteger(b):
		x, _ := a.Integer()
		y, _ := b.Integer()
		return x.Compare(y)
	case a.rank() == Int:
		x, _ := a.Float()
		y, _ := b.Float()
		return cmp.Compare(x, y)
	case a.kind == Bool, a.kind == Char:
		return cmp.Compare(a.num, b.num)
	case a.rank() == List:
		if c := cmp.Compare(len(a.items), len(b.items)); c != 0 {
			return c
		}
		return slices.CompareFunc(a.items, b.items, Compare)
	case a.kind == Map, a.kind == Set, a.kind == Tagged:
		return strings.Compare(a.Key(), b.Key())
	}
	return strings.Compare(a.text, b.text)
}

func isInteger(v Value) bool { return v.kind == Int || v.kind == BigInt }

// rank returns the kind, or one kind for all kinds that compare with each other.
func (v Value) rank() Kind {
	switch v.kind {
	case BigInt, Float, Decimal, Ratio:
		return Int
	case Vector:
		return List
	}
	return v.kind
}
