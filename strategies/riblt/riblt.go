// Package riblt finds the difference between two sets of 64-bit items, at a cost
// that depends on the difference alone: rateless invertible Bloom lookup tables.
//
// They are those of Yang, Gilad and Alizadeh, "Practical Rateless Set
// Reconciliation", SIGCOMM 2024 (arXiv 2402.02668); the implementation is our own.
// A set is encoded into an endless stream of coded symbols, each of which sums up
// some of its items. The difference of two sets' symbols of one index sums up
// those items that only one of the sets has. Where that is a single item it shows
// itself, is taken out of all other symbols that it is in, and so lets others show
// themselves. The first about 1.35 d symbols are enough for a difference of d
// items where d is large, as the paper finds, and about 1.8 d where it is small.
// Nobody needs to know d: one takes symbols until nothing is left in them.
//
// An item is in the symbol of index i with probability 1/(1+αi), for which the
// paper chooses α = 0.5, and therefore in the first one always.
//
// Everything follows from the items and the key: there is no chance and no order
// of maps in it. Whoever knows the key can make up sets that are never told apart.
package riblt

import "math"

// Symbol is a coded symbol: a sum of items, or what is left of one.
type Symbol struct {
	Sum   uint64 // exclusive or of the items
	Check uint32 // exclusive or of their checksums
	Count int64  // items; those of a set that was subtracted count below zero
}

// empty reports whether no item is in the symbol.
func (s Symbol) empty() bool { return s == Symbol{} }

// Minus returns s without the items of other.
func (s Symbol) Minus(other Symbol) Symbol {
	return Symbol{s.Sum ^ other.Sum, s.Check ^ other.Check, s.Count - other.Count}
}

// source is an item, and where in the stream it stands.
type source struct {
	item  uint64
	check uint32
	state uint64 // of the chance that leads to the next index
	next  uint64 // index of the next symbol that the item is in
}

// source returns an item before its first symbol.
func (k Key) source(item uint64) source {
	h := k.hash(item)
	return source{item: item, check: uint32(h), state: h}
}

// advance goes on to the next symbol.
//
// After index i the next is above j with probability
//
//	∏ (1 − 2/(m+2)) for m from i+1 to j  =  (i+1)(i+2) / ((j+1)(j+2)).
//
// So with u uniform in (0, 1] it is the least j with (j+1)(j+2) > (i+1)(i+2)/u.
// No product of floating-point numbers is added to another, which some machines
// would round only once; so all machines agree.
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

// endless is an index that no stream comes to.
const endless = 1 << 48

// apply adds the source to the symbol, or takes it out where sign is −1.
func (s *Symbol) apply(of *source, sign int64) {
	s.Sum ^= of.item
	s.Check ^= of.check
	s.Count += sign
}

// Remove takes an item out of symbols, the first of which has that index.
func (k Key) Remove(symbols []Symbol, first int, item uint64) {
	s := k.source(item)
	for end := uint64(first + len(symbols)); s.next < end; s.advance() {
		if s.next >= uint64(first) {
			symbols[s.next-uint64(first)].apply(&s, -1)
		}
	}
}
