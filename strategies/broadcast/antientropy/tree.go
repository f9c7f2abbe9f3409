package antientropy

import (
	"gossipbench/strategies/broadcast"
	"math/bits"
)

// tree stores the sums of ranges of values.
//
// A word is 64 values that differ only in the last six bits; the other bits are its
// number. Sixteen words that differ only in their last four bits are a range of
// level 1, sixteen such ranges a range of level 2, and so on up to level 15, which
// contains everything. A range is identified by its level and the common prefix of
// its words. Negative values come after all others.
//
// Only levels below the first one with a single range are stored, since higher
// levels add nothing.
type tree struct {
	words  map[uint64]uint64       // by number: the bits of its values
	levels []map[uint64]population // by range, from level 1 on
	top    uint64                  // the only range of the highest stored level, or the only word
	all    population
}

// population is the content of a range.
type population struct {
	sum   uint64 // of the hashes of its values
	words int    // number of non-empty words
}

// root is the level of the range that contains everything.
const root = 15

// span identifies a range.
type span struct {
	level  int
	prefix uint64
}

var everything = span{level: root}

// word returns the number of a value's word and the value's bit in it.
func word(v broadcast.Value) (number, bit uint64) {
	return uint64(v) >> 6, 1 << (uint64(v) & 63)
}

// add adds a value, which must be new.
func (t *tree) add(v broadcast.Value) {
	number, bit := word(v)
	before := t.words[number]
	t.words[number] = before | bit
	if t.all.words == 0 {
		t.top = number
	}
	for number>>(4*len(t.levels)) != t.top {
		t.top >>= 4
		t.levels = append(t.levels, map[uint64]population{t.top: t.all})
	}
	grow := func(p population) population {
		p.sum += hash(v)
		if before == 0 {
			p.words++
		}
		return p
	}
	t.all = grow(t.all)
	for i, level := range t.levels {
		prefix := number >> (4 * (i + 1))
		level[prefix] = grow(level[prefix])
	}
}

// in returns the content of a range.
func (t *tree) in(s span) population {
	switch {
	case s.level > len(t.levels):
		if t.top>>(4*(s.level-len(t.levels))) == s.prefix {
			return t.all
		}
		return population{}
	case s.level == 0:
		if t.words[s.prefix] != 0 {
			return population{words: 1}
		}
		return population{}
	}
	return t.levels[s.level-1][s.prefix]
}

// list appends the words of a range in ascending order.
func (t *tree) list(to []listed, s span) []listed {
	if t.in(s).words == 0 {
		return to
	}
	if s.level == 0 {
		return append(to, listed{s.prefix, t.words[s.prefix]})
	}
	for i := range children {
		to = t.list(to, s.child(i))
	}
	return to
}

// cover returns the smallest range that contains s and the whole tree.
func (t *tree) cover(s span) span {
	if t.all.words == 0 {
		return s
	}
	own := span{len(t.levels), t.top}
	for own.level < s.level {
		own = own.parent()
	}
	for s.level < own.level {
		s = s.parent()
	}
	for s != own {
		s, own = s.parent(), own.parent()
	}
	return s
}

// children is the number of parts of a range.
const children = 16

func (s span) child(i int) span { return span{s.level - 1, s.prefix<<4 | uint64(i)} }
func (s span) parent() span     { return span{s.level + 1, s.prefix >> 4} }

// listed is a word with its values.
type listed struct {
	number uint64
	bits   uint64
}

// appendValues appends the values of a word.
func appendValues(to []broadcast.Value, w listed) []broadcast.Value {
	for b := w.bits; b != 0; b &= b - 1 {
		to = append(to, broadcast.Value(w.number<<6|uint64(bits.TrailingZeros64(b))))
	}
	return to
}
