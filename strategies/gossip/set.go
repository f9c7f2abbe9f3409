package gossip

import (
	"iter"
	"math/bits"
	"slices"
)

// Set is a set of values that only grows. The zero Set is empty and ready.
//
// It is made for values that are dense and small, as a benchmark's are: a
// member costs eight bytes and a bit. Values below zero or far above all
// others go into a map.
type Set struct {
	log  []Value  // members in order of arrival; never changed, only appended to
	bits []uint64 // bit v%64 of word v/64: is v a member?
	far  map[Value]struct{}
}

// reach is how far, in words, a new value may lie beyond the bits in use.
// Chosen: 32 KiB for one lone value.
const reach = 4096

// Add adds v and reports whether it was not there yet.
func (s *Set) Add(v Value) bool {
	if s.Has(v) {
		return false
	}
	word := int(uint64(v) / 64)
	switch {
	case v < 0 || word > len(s.bits)+reach:
		if s.far == nil {
			s.far = map[Value]struct{}{}
		}
		s.far[v] = struct{}{}
	default:
		if word >= len(s.bits) {
			s.bits = append(s.bits, make([]uint64, word+1-len(s.bits))...)
		}
		s.bits[word] |= 1 << (uint64(v) % 64)
	}
	s.log = append(s.log, v)
	return true
}

// Has reports whether v is a member.
func (s *Set) Has(v Value) bool {
	if word := uint64(v) / 64; word < uint64(len(s.bits)) && s.bits[word]&(1<<(uint64(v)%64)) != 0 {
		return true
	}
	if s.far == nil {
		return false
	}
	_, ok := s.far[v]
	return ok
}

// Len is the number of members.
func (s *Set) Len() int { return len(s.log) }

// Log returns the members in order of arrival. What it returned stays as it is
// when the set grows, so it may be sent as it is.
func (s *Set) Log() []Value { return slices.Clip(s.log) }

// All yields the members in ascending order.
func (s *Set) All() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		far := make([]Value, 0, len(s.far))
		for v := range s.far {
			far = append(far, v)
		}
		slices.Sort(far)
		next := 0 // in far
		for word, b := range s.bits {
			for ; b != 0; b &= b - 1 {
				v := Value(word*64 + bits.TrailingZeros64(b))
				for ; next < len(far) && far[next] < v; next++ {
					if !yield(far[next]) {
						return
					}
				}
				if !yield(v) {
					return
				}
			}
		}
		for _, v := range far[next:] {
			if !yield(v) {
				return
			}
		}
	}
}
