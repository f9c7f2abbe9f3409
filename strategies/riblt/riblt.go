// Package riblt finds the difference of two sets of 64-bit items, at a cost that
// depends only on the difference: rateless invertible Bloom lookup tables.
//
// Source: Yang, Gilad and Alizadeh, "Practical Rateless Set Reconciliation",
// SIGCOMM 2024 (arXiv 2402.02668). The implementation is our own. A set is encoded
// into an endless stream of coded symbols; each symbol sums some of the set's
// items. Subtracting two sets' symbols of one index leaves the items that only one
// set has. If that is a single item, it can be read, and is removed from its other
// symbols, which may leave single items there. For a difference of d items, about
// 1.35 d symbols are enough if d is large, as in the paper, and about 1.8 d if it
// is small. Nobody needs to know d: the receiver takes symbols until all are empty.
//
// An item is in the symbol of index i with probability 1/(1+αi). The paper chooses
// α = 0.5. So each item is in the first symbol.
//
// The result depends only on the items and the key, not on chance or map order.
// Whoever knows the key can construct sets that cannot be told apart.
package riblt

import "math"

// Symbol is a coded symbol: a sum of items, or what remains of one.
type Symbol struct {
	Sum   uint64 // exclusive or of the items
	Check uint32 // exclusive or of their checksums
	Count int64  // number of items; subtracted items count −1
}

// empty reports whether no item is in the symbol.
func (s Symbol) empty() bool { return s == Symbol{} }

// Minus returns s minus other.
func (s Symbol) Minus(other Symbol) Symbol {
	return Symbol{s.Sum ^ other.Sum, s.Check ^ other.Check, s.Count - other.Count}
}

// source is an item and its position in the stream.
type source struct {
	item  uint64
	check uint32
	state uint64 // of the random numbers that give the next index
	next  uint64 // index of the next symbol that the item is in
}

// source returns an item before its first symbol.
func (k Key) source(item uint64) source {
	h := k.hash(item)
	return source{item: item, check: uint32(h), state: h}
}

// advance moves to the next symbol.
//
// After index i the next index is above j with probability
//
//	∏ (1 − 2/(m+2)) for m from i+1 to j  =  (i+1)(i+2) / ((j+1)(j+2)).
//
// So with u uniform in (0, 1] it is the least j with (j+1)(j+2) > (i+1)(i+2)/u. The
// code adds no product of floating-point numbers to another, since some machines
// would fuse the two roundings. So all machines agree.
func (s *source) advance() {
	s.state += 0x9e3779b97f4a7c15 // SplitMix64 (Steele, Lea, Flood, OOPSLA 2014)
	x := s.state
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	x ^= x >> 31
	u := float64(x>>11+1) / (1 << 53)
	i := float64(s.next)
	j := math.Floor(math.Sqrt((i+1)*(i+2)/u+.25)-1.5) + 1
	if j >= endless {
		s.next = endless
		return
	}
	s.next = max(s.next+1, uint64(j))
}

// endless is an index that no stream reaches.
const endless = 1 << 48

// apply adds the source to the symbol, or removes it if sign is −1.
func (s *Symbol) apply(of *source, sign int64) {
	s.Sum ^= of.item
	s.Check ^= of.check
	s.Count += sign
}

// Remove removes an item from symbols. The first symbol has index first.
func (k Key) Remove(symbols []Symbol, first int, item uint64) {
	s := k.source(item)
	for end := uint64(first + len(symbols)); s.next < end; s.advance() {
		if s.next >= uint64(first) {
			symbols[s.next-uint64(first)].apply(&s, -1)
		}
	}
}
