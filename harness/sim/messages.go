package sim

import (
	"gossipbench/strategies/broadcast"
	"math/bits"
	"slices"
)

// messages holds the messages on their way. A message to eight peers is stored
// once, and so are messages of equal content that carry one value: in a rumor's
// spread these are as many as the hops it has made, not as the nodes.
type messages struct {
	all    []stored
	free   uint32      // 1 + the first of a list of free entries, linked by refs
	last   uint32      // the entry found last
	recent [128]uint32 // entries of messages of at most one value, by their hash
	spec   *broadcast.Spec
}

// stored is a message and the number of those who still need it.
type stored struct {
	broadcast.Message
	refs    uint32
	next    uint32 // of a free entry, the next one
	bytes   uint32 // on the wire, but for the names of sender and receiver
	payload uint32 // values that it brings
}

// hold stores m, unless it is there already, and takes hold of it: release ends
// that.
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

// find is hold for a message that is not the one found last.
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

// release lets go of message i, which is forgotten when all have.
func (s *messages) release(i uint32) {
	p := &s.all[i]
	if p.refs--; p.refs == 0 {
		p.Values = nil
		p.next = s.free
		s.free = i + 1
	}
}

// is reports whether somebody holds the entry and it equals m. Of more than one
// value it is not compared what they are, only where they lie.
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

// hash mixes most of what is compares in a message of at most one value.
func hash(m *broadcast.Message) uint64 {
	h := uint64(m.Kind) + uint64(m.Hops)<<8 + m.Seq<<16 + m.Ack<<20
	if len(m.Values) > 0 {
		h += uint64(m.Values[0]) << 24
	}
	return h * 0x9e3779b97f4a7c15 >> 40
}

// measure returns the length of m on the wire, but for the names of its sender
// and its receiver: see server.Broadcast.
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

// envelope is what surrounds the names, the kind and the fields.
const envelope = uint32(len(`{"src":"","dest":"","body":{"type":""}}` + "\n"))

// nameLen is the length of a node's name on the wire.
func nameLen(id broadcast.NodeID) uint64 {
	return (uint64(id) + nameLens[bits.Len32(uint32(id))&31]) >> 32
}

// nameLens has, for IDs of n bits, what makes the sum's upper half the length of
// the name: the sum carries over where the ID has a digit more than others of n
// bits. As in Lemire, "Computing the number of digits of an integer even
// faster", 2021.
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

// uintLen is the number of decimal digits of v. A number of n bits has n·log₁₀2
// digits, rounded up, or one less.
func uintLen(v uint64) uint32 {
	n := uint32(bits.Len64(v|1)) * 1233 >> 12
	if v >= tens[n] {
		n++
	}
	return n
}

// tens are the powers of ten, but that 0 has a digit.
var tens = func() (t [20]uint64) {
	for i, ten := 1, uint64(10); i < len(t); i, ten = i+1, ten*10 {
		t[i] = ten
	}
	return t
}()
