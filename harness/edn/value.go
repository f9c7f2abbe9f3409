package edn

import (
	"iter"
	"math"
	"strconv"
	"strings"
)

// Kind is the kind of a Value, or of a token of Scanner.
type Kind uint8

// The kinds of values. As a token, a collection is its opening bracket, and Tagged is the
// tag.
const (
	Absent Kind = iota // no value, such as at the end of a path that does not exist; as a token, the end of the input
	Nil
	Bool
	Int     // fits 64 bits
	BigInt  // does not fit, or was written with N
	Float   // also ##NaN, ##Inf, ##-Inf
	Decimal // was written with M
	Ratio
	String
	Char
	Symbol
	Keyword
	List
	Vector
	Map
	Set
	Tagged
)

// The kinds of tokens that are not values.
const (
	Discard    Kind = iota + Tagged + 1 // #_
	CloseRound                          // )
	CloseSquare
	CloseCurly
	short // the buffer ends within the token
)

var kindNames = [...]string{
	"nothing", "nil", "a boolean", "an integer", "a big integer", "a float", "a decimal", "a ratio", "a string",
	"a character", "a symbol", "a keyword", "a list", "a vector", "a map", "a set", "a tagged value", "#_", ")", "]", "}",
}

// String returns the kind as a noun, for errors.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "kind " + strconv.Itoa(int(k))
}

// Value is an EDN value. The zero Value is of kind Absent. Values are immutable: the
// slice that Items returns must not be changed.
type Value struct {
	kind  Kind
	num   int64   // of Int, Char and Bool
	text  string  // of other numbers, as written; of text; of a tag
	items []Value // elements; keys and values in turn; the tagged value
}

// NewNil returns nil, which is a value, unlike Absent.
func NewNil() Value { return Value{kind: Nil} }

// NewBool returns true or false.
func NewBool(b bool) Value {
	if b {
		return Value{kind: Bool, num: 1}
	}
	return Value{kind: Bool}
}

// NewInt returns an integer.
func NewInt(n int64) Value { return Value{kind: Int, num: n} }

// NewFloat returns a float in the form in which Java writes a double.
func NewFloat(f float64) Value { return Value{kind: Float, text: string(AppendFloat(nil, f, 64))} }

// NewFloat32 returns a float in the form in which Java writes a float, which has fewer
// digits.
func NewFloat32(f float32) Value {
	return Value{kind: Float, text: string(AppendFloat(nil, float64(f), 32))}
}

// NewString returns a string.
func NewString(s string) Value { return Value{kind: String, text: s} }

// NewKeyword returns the keyword of that name, without its colon.
func NewKeyword(name string) Value { return Value{kind: Keyword, text: name} }

// NewSymbol returns the symbol of that name.
func NewSymbol(name string) Value { return Value{kind: Symbol, text: name} }

// NewList returns a list. It keeps the slice.
func NewList(items ...Value) Value { return Value{kind: List, items: items} }

// NewVector returns a vector. It keeps the slice.
func NewVector(items ...Value) Value { return Value{kind: Vector, items: items} }

// NewMap returns a map of keys and values in turn. It keeps the slice. It panics if the
// last key has no value.
func NewMap(pairs ...Value) Value {
	if len(pairs)%2 != 0 {
		panic("edn: a map's last key has no value")
	}
	return Value{kind: Map, items: pairs}
}

// NewSet returns a set. It keeps the slice.
func NewSet(items ...Value) Value { return Value{kind: Set, items: items} }

// NewTagged returns v with a tag, without its #.
func NewTagged(tag string, v Value) Value {
	return Value{kind: Tagged, text: tag, items: []Value{v}}
}

// Kind returns the kind of the value.
func (v Value) Kind() Kind { return v.kind }

// Present reports whether there is a value; nil is one.
func (v Value) Present() bool { return v.kind != Absent }

// Bool returns a boolean, and whether v is one.
func (v Value) Bool() (b, ok bool) { return v.num != 0, v.kind == Bool }

// Int returns an integer, and whether v is one that fits 64 bits.
func (v Value) Int() (int64, bool) {
	if v.kind == BigInt {
		n, err := strconv.ParseInt(v.text, 10, 64)
		return n, err == nil
	}
	return v.num, v.kind == Int
}

// Float returns the nearest float64, and whether v is a number.
func (v Value) Float() (float64, bool) {
	switch v.kind {
	case Int:
		return float64(v.num), true
	case Ratio:
		over, under, _ := strings.Cut(v.text, "/")
		return parseFloat(over) / parseFloat(under), true
	case BigInt, Float, Decimal:
		return parseFloat(v.text), true
	}
	return 0, false
}

// parseFloat parses a number that the scanner has accepted. A number that is too large
// becomes infinite, as in Java.
func parseFloat(text string) float64 {
	f, err := strconv.ParseFloat(strings.TrimPrefix(text, "##"), 64)
	if err != nil && !math.IsInf(f, 0) {
		panic("edn: the scanner let pass " + strconv.Quote(text) + " as a number")
	}
	return f
}

// Text returns the text of a string, or the name of a keyword (without colon) or symbol;
// else "".
func (v Value) Text() string {
	switch v.kind {
	case String, Keyword, Symbol:
		return v.text
	}
	return ""
}

// Is reports whether v is the keyword of that name.
func (v Value) Is(keyword string) bool { return v.kind == Keyword && v.text == keyword }

// Untagged returns the tagged value, or v itself if it has no tag.
func (v Value) Untagged() Value {
	for v.kind == Tagged {
		v = v.items[0]
	}
	return v
}

// Items returns the elements of a list, vector or set, else nil.
func (v Value) Items() []Value {
	switch v.kind {
	case List, Vector, Set:
		return v.items
	}
	return nil
}

// Pairs yields the keys and values of a map, in order.
func (v Value) Pairs() iter.Seq2[Value, Value] {
	return func(yield func(key, value Value) bool) {
		if v.kind != Map {
			return
		}
		for i := 0; i < len(v.items); i += 2 {
			if !yield(v.items[i], v.items[i+1]) {
				return
			}
		}
	}
}

// Len returns the number of elements of a collection, or of pairs of a map.
func (v Value) Len() int {
	switch v.kind {
	case List, Vector, Set:
		return len(v.items)
	case Map:
		return len(v.items) / 2
	}
	return 0
}

// At follows keywords through maps, and through tags. Its time is linear in the sizes of
// the maps.
func (v Value) At(path ...string) Value {
	for _, name := range path {
		v = v.Untagged()
		next := Value{}
		for key, value := range v.Pairs() {
			if key.Is(name) {
				next = value
				break
			}
		}
		v = next
	}
	return v
}

// Get returns the value of the first key in a map that equals key.
func (v Value) Get(key Value) Value {
	for k, value := range v.Untagged().Pairs() {
		if Equal(k, key) {
			return value
		}
	}
	return Value{}
}

// String returns the value on one line.
func (v Value) String() string {
	if v.kind == Absent {
		return "absent"
	}
	return string(Append(nil, v))
}
