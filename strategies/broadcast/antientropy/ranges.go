package antientropy

import (
	"gossipbench/strategies/broadcast"
	"math/bits"
)

// The numbers of Ranges are a level, and for each range of that level its prefix
// and
//   - a mask of its non-empty parts and the sum of each, or
//   - minus the number of its non-empty words, and for each word its number and
//     its bits: the range is listed.
//
// The numbers of Want are words, each with the bits of the wanted values.

// few is the most words that a listed range has. Chosen: a list is then no longer
// than sums.
const few = children

// openRanges opens a comparison with the smallest range that contains everything.
func (n *node) openRanges(env broadcast.Env, peer broadcast.NodeID) {
	s := everything
	if n.tree.all.words > few {
		s = span{len(n.tree.levels), n.tree.top}
	}
	numbers := n.show([]broadcast.Value{broadcast.Value(s.level)}, s)
	env.Send(peer, broadcast.Message{Kind: Ranges, Values: numbers, Seq: n.sum})
}

// show appends the content of a range.
func (n *node) show(to []broadcast.Value, s span) []broadcast.Value {
	to = append(to, broadcast.Value(s.prefix))
	if n.tree.in(s).words <= few {
		words := n.tree.list(nil, s)
		to = append(to, broadcast.Value(-len(words)))
		for _, w := range words {
			to = append(to, broadcast.Value(w.number), broadcast.Value(w.bits))
		}
		return to
	}
	at := len(to)
	to = append(to, 0)
	for i := range children {
		if p := n.tree.in(s.child(i)); p.words > 0 {
			to[at] |= 1 << i
			to = append(to, broadcast.Value(p.sum))
		}
	}
	return to
}

// descend handles a peer's Ranges or Want.
func (n *node) descend(env broadcast.Env, from broadcast.NodeID, m broadcast.Message) {
	d := descent{n: n, gives: n.gives(m.Ack%2 == 1), takes: n.gives(m.Ack%2 == 0)}
	switch {
	case m.Kind == Want:
		for words := m.Values; len(words) >= 2; words = words[2:] {
			d.offer(listed{uint64(words[0]), uint64(words[1])})
		}
	case m.Ack == 0 && m.Seq == n.sum:
		n.confirm(env, from, m.Seq)
		return
	case len(m.Values) == 0:
		return
	default:
		if level := m.Values[0]; level >= 0 && level <= root {
			d.compare(int(level), m)
		}
	}
	if m.Ack == 0 {
		n.doubt(env, from)
	}
	if len(d.deeper) > 0 {
		env.Send(from, broadcast.Message{Kind: Ranges, Values: d.deeper, Ack: m.Ack + 1})
	}
	n.give(env, from, d.given, 0)
	if len(d.wanted) > 0 {
		env.Send(from, broadcast.Message{Kind: Want, Values: d.wanted, Ack: m.Ack + 1})
	}
}

// descent collects the answers to one message.
type descent struct {
	n      *node
	gives  bool
	takes  bool
	deeper []broadcast.Value // numbers of the next Ranges
	given  []broadcast.Value
	wanted []broadcast.Value // numbers of the next Want
}

// offer gives the wanted values of a word that the node has.
func (d *descent) offer(w listed) {
	if d.gives {
		w.bits &= d.n.tree.words[w.number]
		d.given = appendValues(d.given, w)
	}
}

// compare handles each range of a message.
func (d *descent) compare(level int, m broadcast.Message) {
	for numbers := m.Values[1:]; len(numbers) >= 2; {
		s := span{level, uint64(numbers[0])}
		count := -numbers[1]
		mask := uint16(numbers[1])
		numbers = numbers[2:]
		if count >= 0 {
			size := 2 * min(int(min(count, 1<<32)), len(numbers)/2)
			d.listed(s, numbers[:size])
			numbers = numbers[size:]
			continue
		}
		parts := min(bits.OnesCount16(mask), len(numbers))
		sums := numbers[:parts]
		numbers = numbers[parts:]
		if wide := d.n.tree.cover(s); m.Ack == 0 && wide != s && d.gives {
			// Only the opener can compare values outside the range.
			d.deeper = d.n.show([]broadcast.Value{broadcast.Value(wide.level)}, wide)
			return
		}
		if level > 1 {
			d.parts(s, mask, sums)
		}
	}
}

// parts compares the parts of a range with the peer's sums, and shows those that
// differ.
func (d *descent) parts(s span, mask uint16, sums []broadcast.Value) {
	for i := range children {
		var theirs uint64
		if mask>>i&1 != 0 && len(sums) > 0 {
			theirs = uint64(sums[0])
			sums = sums[1:]
		}
		part := s.child(i)
		mine := d.n.tree.in(part)
		switch {
		case mine.sum == theirs:
		case theirs == 0:
			d.listed(part, nil)
		default:
			if len(d.deeper) == 0 {
				d.deeper = append(d.deeper, broadcast.Value(part.level))
			}
			d.deeper = d.n.show(d.deeper, part)
		}
	}
}

// listed compares a range with the peer's words in it.
func (d *descent) listed(s span, words []broadcast.Value) {
	theirs := make(map[uint64]uint64, len(words)/2)
	for ; len(words) >= 2; words = words[2:] {
		number, present := uint64(words[0]), uint64(words[1])
		theirs[number] |= present
		if lacking := present &^ d.n.tree.words[number]; lacking != 0 && d.takes {
			d.wanted = append(d.wanted, broadcast.Value(number), broadcast.Value(lacking))
		}
	}
	if !d.gives {
		return
	}
	for _, w := range d.n.tree.list(nil, s) {
		w.bits &^= theirs[w.number]
		d.given = appendValues(d.given, w)
	}
}
