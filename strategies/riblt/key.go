package riblt

import "math/bits"

// Key is the key of the hash that checks items and places them in symbols. Both
// sides need the same key.
type Key struct{ K0, K1 uint64 }

// hash is SipHash-2-4 of the item's eight bytes, lowest first (Aumasson and
// Bernstein, "SipHash: a fast short-input PRF", INDOCRYPT 2012).
func (k Key) hash(item uint64) uint64 {
	s := sip{k.K0 ^ 0x736f6d6570736575, k.K1 ^ 0x646f72616e646f6d, k.K0 ^ 0x6c7967656e657261, k.K1 ^ 0x7465646279746573}
	for _, word := range [2]uint64{item, 8 << 56} { // the second word holds the length
		s.v3 ^= word
		s.round()
		s.round()
		s.v0 ^= word
	}
	s.v2 ^= 0xff
	for range 4 {
		s.round()
	}
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3
}

type sip struct{ v0, v1, v2, v3 uint64 }

func (s *sip) round() {
	s.v0 += s.v1
	s.v1 = bits.RotateLeft64(s.v1, 13) ^ s.v0
	s.v0 = bits.RotateLeft64(s.v0, 32)
	s.v2 += s.v3
	s.v3 = bits.RotateLeft64(s.v3, 16) ^ s.v2
	s.v0 += s.v3
	s.v3 = bits.RotateLeft64(s.v3, 21) ^ s.v0
	s.v2 += s.v1
	s.v1 = bits.RotateLeft64(s.v1, 17) ^ s.v2
	s.v2 = bits.RotateLeft64(s.v2, 32)
}
