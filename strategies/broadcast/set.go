package broadcast

import (
	"iter"
	"math/bits"
	"slices"
)

// Set is a set of values that only grows. The zero Set is empty and ready to use.
// It must not be copied once it has a member.
//
// It is made for small dense values, as in a benchmark: a member costs eight bytes
// and a bit. A set with one value below 64 allocates nothing and fills half a cache
// line, since there may be a million such sets. Values that are negative or far
// above the others go into a map.
type Set struct {
	low   uint64 // bit v is set if v, from 0 to 63, is a member
	count int
	first [1]Value // the log if there is one member
	rest  *rest    // nil if not needed
}

// rest is the part of a set that most sets of a large cluster do not need.
type rest struct {
	log  []Value  // members in order of arrival if there are two or more; append only
	bits []uint64 // bit v%64 of word v/64 − 1 is set if v is a member
	far  map[Value]struct{}
}

// reach is how many words a new value may lie beyond the bits in use. Chosen: a
// lone value costs at most 32 KiB.
const reach = 4096

// Add adds v and reports whether it was new.
func (s *Set) Add(v Value) bool {
	if s.Has(v) {
		return false
	}
	s.add(v)
	return true
}

// add adds v, which is not a member.
func (s *Set) add(v Value) {
	if s.rest == nil && (s.count > 0 || uint64(v) >= 64) {
		s.rest = &rest{}
	}
	if uint64(v) < 64 {
		s.low |= 1 << uint64(v)
	} else {
		s.rest.add(v)
	}
	switch s.count {
	case 0:
		s.first[0] = v
	case 1:
		s.rest.log = append(s.rest.log, s.first[0], v)
	default:
		s.rest.log = append(s.rest.log, v)
	}
	s.count++
}

// Has reports whether v is a member.
func (s *Set) Has(v Value) bool {
	if uint64(v) < 64 {
		return s.low>>uint64(v)&1 != 0
	}
	return s.rest != nil && s.rest.has(v)
}

// Len returns the number of members.
func (s *Set) Len() int { return s.count }

// Log returns the members in order of arrival. The returned slice never changes, so
// it may be sent without a copy.
func (s *Set) Log() []Value {
	if s.count <= 1 {
		return s.first[:s.count:s.count]
	}
	return slices.Clip(s.rest.log)
}

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

// add adds v, which is not a member and not in 0…63.
func (r *rest) add(v Value) {
	word := int(uint64(v)/64) - 1
	if v < 0 || word > len(r.bits)+reach {
		if r.far == nil {
			r.far = map[Value]struct{}{}
		}
		r.far[v] = struct{}{}
		return
	}
	if word >= len(r.bits) {
		r.bits = append(r.bits, make([]uint64, word+1-len(r.bits))...)
	}
	r.bits[word] |= 1 << (uint64(v) % 64)
}

// has reports whether v, which is not in 0…63, is a member.
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
