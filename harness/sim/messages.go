package sim

import (
	"gossipbench/strategies/broadcast"
	"math/bits"
	"slices"
)

// messages holds the messages in flight. A message to eight peers is stored once, and so
// are equal messages with one value: a rumor has as many of these as hops, not nodes.
type messages struct {
	all    []stored
	free   uint32      // 1 + the first of a list of free entries
	last   uint32      // the last entry found
	recent [128]uint32 // entries of messages with at most one value, by hash
	spec   *broadcast.Spec
}

// stored is a message with a reference count.
type stored struct {
	broadcast.Message
	refs    uint32
	next    uint32 // next entry of the free list
	bytes   uint32 // on the wire, without the names of sender and receiver
	payload uint32 // number of values
}

// hold stores m, unless an equal message is stored, and adds a reference to it. release
// removes the reference.
func (s *messages) hold(m *broadcast.Message) uint32 {
	if int(s.last) < len(s.all) {
		if p := &s.all[s.last]; p.is(m) {
			p.refs++
			return s.last
		}
	}
	s.last = s.find(m)
	return s.last
}

// find is hold for a message other than the last one found.
func (s *messages) find(m *broadcast.Message) uint32 {
	if len(m.Values) > 1 {
		return s.add(m)
	}
	recent := &s.recent[hash(m)%uint64(len(s.recent))]
	if int(*recent) < len(s.all) {
		if p := &s.all[*recent]; p.is(m) {
			p.refs++
			return *recent
		}
	}
	*recent = s.add(m)
	return *recent
}

func (s *messages) add(m *broadcast.Message) uint32 {
	e := stored{Message: *m, refs: 1, bytes: measure(m, s.spec)}
	if !slices.Contains(s.spec.Numbers, m.Kind) {
		e.payload = uint32(len(m.Values))
	}
	if s.free == 0 {
		s.all = append(s.all, e)
		return uint32(len(s.all) - 1)
	}
	i := s.free - 1
	s.free = s.all[i].next
	s.all[i] = e
	return i
}

// release removes a reference to message i, and frees it with the last one.
func (s *messages) release(i uint32) {
	p := &s.all[i]
	if p.refs--; p.refs == 0 {
		p.Values = nil
		p.next = s.free
		s.free = i + 1
	}
}

// is reports whether the entry is in use and equals m. Slices of more than one value are
// compared by address and length only.
func (p *stored) is(m *broadcast.Message) bool {
	if p.Kind != m.Kind || p.Hops != m.Hops || p.Seq != m.Seq || p.Ack != m.Ack || p.Age != m.Age ||
		len(p.Values) != len(m.Values) || p.refs == 0 {
		return false
	}
	switch len(m.Values) {
	case 0:
		return true
	case 1:
		return p.Values[0] == m.Values[0]
	}
	return &p.Values[0] == &m.Values[0]
}

// hash hashes most fields of a message with at most one value.
func hash(m *broadcast.Message) uint64 {
	h := uint64(m.Kind) + uint64(m.Hops)<<8 + m.Seq<<16 + m.Ack<<20
	if len(m.Values) > 0 {
		h += uint64(m.Values[0]) << 24
	}
	return h * 0x9e3779b97f4a7c15 >> 40
}

// measure returns the length of m on the wire, without the names of sender and receiver:
// see server.Broadcast.
func measure(m *broadcast.Message, spec *broadcast.Spec) uint32 {
	size := envelope + uint32(len(spec.Kinds[m.Kind]))
	if len(m.Values) > 0 {
		key := `,"values":[]`
		if slices.Contains(spec.Numbers, m.Kind) {
			key = `,"numbers":[]`
		}
		size += uint32(len(key) + len(m.Values) - 1)
		for _, v := range m.Values {
			size += intLen(int64(v))
		}
	}
	if m.Seq > 0 {
		size += uint32(len(`,"seq":`)) + uintLen(m.Seq)
	}
	if m.Ack > 0 {
		size += uint32(len(`,"ack":`)) + uintLen(m.Ack)
	}
	if m.Age != 0 {
		size += uint32(len(`,"age":`)) + intLen(int64(m.Age))
	}
	if m.Hops != 0 {
		size += uint32(len(`,"hops":`)) + intLen(int64(m.Hops))
	}
	return size
}

// envelope is the length of a line without names, kind and fields.
const envelope = uint32(len(`{"src":"","dest":"","body":{"type":""}}` + "\n"))

// nameLen returns the length of a node's name on the wire.
func nameLen(id broadcast.NodeID) uint64 {
	return (uint64(id) + nameLens[bits.Len32(uint32(id))&31]) >> 32
}

// nameLens has a summand for IDs of n bits. The upper half of the sum is the length of
// the name: the sum carries if the ID has one digit more than the smallest ID of n bits.
// As in Lemire, "Computing the number of digits of an integer even faster", 2021.
var nameLens = func() (t [32]uint64) {
	for n := range t {
		low, high := uint64(1)<<n>>1, uint64(1)<<n-1
		t[n] = uint64(1+uintLen(low)) << 32
		if more := uintLen(high); more > uintLen(low) {
			t[n] = uint64(1+more)<<32 - tens[more-1]
		}
	}
	return t
}()

func intLen(v int64) uint32 {
	if v < 0 {
		return 1 + uintLen(uint64(-v))
	}
	return uintLen(uint64(v))
}

// uintLen returns the number of decimal digits of v. A number of n bits has n·log₁₀2
// digits, rounded up, or one less.
func uintLen(v uint64) uint32 {
	n := uint32(bits.Len64(v|1)) * 1233 >> 12
	if v >= tens[n] {
		n++
	}
	return n
}

// tens are the powers of ten, except that tens[0] is 0, since 0 has a digit.
var tens = func() (t [20]uint64) {
	for i, ten := 1, uint64(10); i < len(t); i, ten = i+1, ten*10 {
		t[i] = ten
	}
	return t
}()
