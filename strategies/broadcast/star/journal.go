package star

import "gossipbench/strategies/broadcast"

// journal is a list of distinct values that only grows, with a fingerprint of every
// prefix.
type journal struct {
	set    broadcast.Set
	prints []uint32 // fingerprint of the list after each value
}

func (j *journal) len() int { return j.set.Len() }

// add adds v and reports whether it was new.
func (j *journal) add(v broadcast.Value) bool {
	if !j.set.Add(v) {
		return false
	}
	var last uint32
	if len(j.prints) > 0 {
		last = j.prints[len(j.prints)-1]
	}
	j.prints = append(j.prints, fingerprint(last, v))
	return true
}

// from returns the values after the first length ones.
func (j *journal) from(length int) []broadcast.Value { return j.set.Log()[length:] }

// mark returns the mark of the prefix of that length.
func (j *journal) mark(length int) mark {
	if length == 0 {
		return 0
	}
	return newMark(length, j.prints[length-1])
}

// place returns the length of the prefix with mark m. It returns false if m is no
// mark of this journal: then its owner or its reader has restarted.
func (j *journal) place(m mark) (int, bool) {
	length := m.length()
	if length < 0 || length > j.len() || j.mark(length) != m {
		return 0, false
	}
	return length, true
}

// mark identifies a prefix of a journal at any node: length · prints + fingerprint.
// Equal marks mean equal values, even after restarts, with an error of one in a
// million. The mark of the empty prefix is 0.
type mark uint64

// prints is the number of fingerprints. It is a power of ten so that a person can
// read the length in a mark.
const prints = 1_000_000

func newMark(length int, print uint32) mark { return mark(length)*prints + mark(print) }

func (m mark) length() int   { return int(m / prints) }
func (m mark) print() uint32 { return uint32(m % prints) }

// reading is the result of comparing a part of a journal with what its reader has.
type reading int

const (
	fits     reading = iota // it continues what the reader has
	stale                   // the reader has it already
	gap                     // values before it are missing
	anew                    // it starts at the beginning and differs from what the reader has
	nonsense                // it is inconsistent
)

// follow returns how much of a journal a reader has after reading values that end
// at end. Before, it had the journal up to m.
func (m mark) follow(end mark, values []broadcast.Value) (mark, reading) {
	start := end.length() - len(values)
	switch {
	case start < 0:
		return m, nonsense
	case start <= m.length() && m.length() <= end.length() && m.extend(values[m.length()-start:]) == end:
		return end, fits
	case start == 0 && mark(0).extend(values) == end:
		return end, anew
	case start == 0:
		return m, nonsense
	case end.length() < m.length():
		return m, stale
	default:
		return m, gap
	}
}

// extend returns the mark after values are added to a journal with mark m.
func (m mark) extend(values []broadcast.Value) mark {
	print := m.print()
	for _, v := range values {
		print = fingerprint(print, v)
	}
	return newMark(m.length()+len(values), print)
}

// fingerprint returns the fingerprint of a journal after v is added. It
// distinguishes the journals of a node's lives; it does not resist attacks. The
// constants are those of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
func fingerprint(last uint32, v broadcast.Value) uint32 {
	x := (uint64(last) + 1) * 0x9e3779b97f4a7c15
	x = (x ^ uint64(v)) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return uint32((x >> 32) % prints)
}
