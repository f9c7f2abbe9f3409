package gossip

import (
	"iter"
	"math/bits"
	"slices"
)

// Set is a set of values that only grows. The zero Set is empty and ready; it
// must not be copied once it has a member.
//
// It is made for values that are dense and small, as a benchmark's are: a
// member costs eight bytes and a bit. A set of one value below 64 allocates
// nothing, for there may be a million such sets. Values below zero or far above
// all others go into a map.
type Set struct {
	low   uint64   // bit v: is v, from 0 to 63, a member?
	log   []Value  // members in order of arrival; never changed, only appended to
	first [1]Value // where log lies as long as it fits in
	rest  *rest    // members above 63 or below 0; nil where there are none
}

// rest is the part of a set that most sets of a large cluster do not need.
type rest struct {
	bits []uint64 // bit v%64 of word v/64 − 1: is v a member?
	far  map[Value]struct{}
}

// reach is how far, in words, a new value may lie beyond the bits in use.
// Chosen: 32 KiB for one lone value.
const reach = 4096

// Add adds v and reports whether it was not there yet.
func (s *Set) Add(v Value) bool {
	if uint64(v) < 64 {
		if s.low>>uint64(v)&1 != 0 {
			return false
		}
		s.low |= 1 << uint64(v)
	} else {
		if s.rest == nil {
			s.rest = &rest{}
		}
		if !s.rest.add(v) {
			return false
		}
	}
	if s.log == nil {
		s.log = s.first[:0]
	}
	s.log = append(s.log, v)
	return true
}

// Has reports whether v is a member.
func (s *Set) Has(v Value) bool {
	if uint64(v) < 64 {
		return s.low>>uint64(v)&1 != 0
	}
	return s.rest != nil && s.rest.has(v)
}

// Len is the number of members.
func (s *Set) Len() int { return len(s.log) }

// Log returns the members in order of arrival. What it returned stays as it is
// when the set grows, so it may be sent as it is.
func (s *Set) Log() []Value { return slices.Clip(s.log) }

// All yields the members in ascending order.
func (s *Set) All() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		var words []uint64
		var far []Value
		if s.rest != nil {
			words = s.rest.bits
			for v := range s.rest.far {
				far = append(far, v)
			}
			slices.Sort(far)
		}
		b := s.low
		for word := 0; ; word++ {
			for ; b != 0; b &= b - 1 {
				v := Value(word*64 + bits.TrailingZeros64(b))
				for ; len(far) > 0 && far[0] < v; far = far[1:] {
					if !yield(far[0]) {
						return
					}
				}
				if !yield(v) {
					return
				}
			}
			if word == len(words) {
				break
			}
			b = words[word]
		}
		for _, v := range far {
			if !yield(v) {
				return
			}
		}
	}
}

// add adds v, which is not from 0 to 63, and reports whether it was not there
// yet.
func (r *rest) add(v Value) bool {
	if r.has(v) {
		return false
	}
	word := int(uint64(v)/64) - 1
	switch {
	case v < 0 || word > len(r.bits)+reach:
		if r.far == nil {
			r.far = map[Value]struct{}{}
		}
		r.far[v] = struct{}{}
	default:
		if word >= len(r.bits) {
			r.bits = append(r.bits, make([]uint64, word+1-len(r.bits))...)
		}
		r.bits[word] |= 1 << (uint64(v) % 64)
	}
	return true
}

// has reports whether v, which is not from 0 to 63, is a member.
func (r *rest) has(v Value) bool {
	if word := uint64(v)/64 - 1; word < uint64(len(r.bits)) && r.bits[word]>>(uint64(v)%64)&1 != 0 {
		return true
	}
	if r.far == nil {
		return false
	}
	_, ok := r.far[v]
	return ok
}
