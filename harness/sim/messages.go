package sim

import (
	"math/bits"
	"slices"

	"gossipbench/strategies/gossip"
)

// messages holds the messages on their way. A message to eight peers is stored
// once, and so are messages of equal content that carry one value: in a rumor's
// spread these are as many as the hops it has made, not as the nodes.
type messages struct {
	all    []stored
	free   uint32      // 1 + the first of a list of free entries, linked by refs
	last   uint32      // the entry found last
	recent [128]uint32 // entries of messages of at most one value, by their hash
}

// stored is a message and the number of those who still need it.
type stored struct {
	gossip.Message
	refs uint32
	size uint32 // bytes on the wire but for the names of sender and receiver; 0 before it is asked for; of a free entry, the next one
}

// hold stores m, unless it is there already, and takes hold of it: release ends
// that.
func (s *messages) hold(m *gossip.Message) uint32 {
	if int(s.last) < len(s.all) {
		if p := &s.all[s.last]; p.is(m) {
			p.refs++
			return s.last
		}
	}
	if len(m.Values) > 1 {
		s.last = s.add(m)
		return s.last
	}
	recent := &s.recent[hash(m)%uint64(len(s.recent))]
	if int(*recent) < len(s.all) {
		if p := &s.all[*recent]; p.is(m) {
			p.refs++
			s.last = *recent
			return s.last
		}
	}
	s.last = s.add(m)
	*recent = s.last
	return s.last
}

func (s *messages) add(m *gossip.Message) uint32 {
	if s.free == 0 {
		s.all = append(s.all, stored{Message: *m, refs: 1})
		return uint32(len(s.all) - 1)
	}
	i := s.free - 1
	s.free = s.all[i].size
	s.all[i] = stored{Message: *m, refs: 1}
	return i
}

// release lets go of message i, which is forgotten when all have.
func (s *messages) release(i uint32) {
	p := &s.all[i]
	if p.refs--; p.refs == 0 {
		p.Values = nil
		p.size = s.free
		s.free = i + 1
	}
}

// is reports whether somebody holds the entry and it equals m. Of more than one
// value it is not compared what they are, only where they lie.
func (p *stored) is(m *gossip.Message) bool {
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
func hash(m *gossip.Message) uint64 {
	h := uint64(m.Kind) + uint64(m.Hops)<<8 + m.Seq<<16 + m.Ack<<20
	if len(m.Values) > 0 {
		h += uint64(m.Values[0]) << 24
	}
	return h * 0x9e3779b97f4a7c15 >> 40
}

// bytes is the length of message i on the wire, but for the names of its sender
// and its receiver: see service.Broadcast.
func (s *messages) bytes(i uint32, spec *gossip.Spec) uint64 {
	if p := &s.all[i]; p.size > 0 {
		return uint64(p.size)
	}
	return s.measure(i, spec)
}

func (s *messages) measure(i uint32, spec *gossip.Spec) uint64 {
	p := &s.all[i]
	size := envelope + uint32(len(spec.Kinds[p.Kind]))
	if len(p.Values) > 0 {
		key := `,"values":[]`
		if slices.Contains(spec.Numbers, p.Kind) {
			key = `,"numbers":[]`
		}
		size += uint32(len(key) + len(p.Values) - 1)
		for _, v := range p.Values {
			size += intLen(int64(v))
		}
	}
	if p.Seq > 0 {
		size += uint32(len(`,"seq":`)) + uintLen(p.Seq)
	}
	if p.Ack > 0 {
		size += uint32(len(`,"ack":`)) + uintLen(p.Ack)
	}
	if p.Age != 0 {
		size += uint32(len(`,"age":`)) + intLen(int64(p.Age))
	}
	if p.Hops != 0 {
		size += uint32(len(`,"hops":`)) + intLen(int64(p.Hops))
	}
	p.size = size
	return uint64(size)
}

// envelope is what surrounds the names, the kind and the fields.
const envelope = uint32(len(`{"src":"","dest":"","body":{"type":""}}` + "\n"))

// nameLen is the length of a node's name on the wire.
func nameLen(id gossip.NodeID) uint64 { return uint64(1 + uintLen(uint64(id))) }

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
