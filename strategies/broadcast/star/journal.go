package star

import "gossipbench/strategies/broadcast"

// journal is a list of values that only grows, each once, with a fingerprint of
// every beginning of it.
type journal struct {
	set    broadcast.Set
	prints []uint32 // of the list, after each value
}

func (j *journal) len() int { return j.set.Len() }

// add adds v and reports whether it was not there yet.
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

// from returns what follows so many values.
func (j *journal) from(length int) []broadcast.Value { return j.set.Log()[length:] }

// mark returns the mark of the beginning of that length.
func (j *journal) mark(length int) mark {
	if length == 0 {
		return 0
	}
	return newMark(length, j.prints[length-1])
}

// place returns the length that m marks, and false where m is no mark of this
// journal: then its owner or its reader has started again.
func (j *journal) place(m mark) (int, bool) {
	length := m.length()
	if length < 0 || length > j.len() || j.mark(length) != m {
		return 0, false
	}
	return length, true
}

// mark names a beginning of a journal, wherever that is: length · prints +
// fingerprint. So the same mark is the same values, whatever became of the nodes
// since, but for one chance in a million. The mark of nothing is 0.
type mark uint64

// prints is how many fingerprints there are. It is a power of ten so that a
// person can read the length of a mark.
const prints = 1_000_000

func newMark(length int, print uint32) mark { return mark(length)*prints + mark(print) }

func (m mark) length() int   { return int(m / prints) }
func (m mark) print() uint32 { return uint32(m % prints) }

// reading is how a stretch of a journal fits what its reader has of it.
type reading int

const (
	fits     reading = iota // to what is there, which now reaches to its end
	stale                   // it is there already
	gap                     // something before it is missing
	anew                    // it begins at the beginning, and is not what is there
	nonsense                // it contradicts itself
)

// follow returns how far a reader has a journal, which had it up to m, once it
// has read values that end at end.
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

// extend returns the mark of a journal marked m that has grown by values.
func (m mark) extend(values []broadcast.Value) mark {
	print := m.print()
	for _, v := range values {
		print = fingerprint(print, v)
	}
	return newMark(m.length()+len(values), print)
}

// fingerprint returns the fingerprint of a journal that has grown by v. It guards
// against journals of a node's former life, not against enemies. The constants
// are those of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
func fingerprint(last uint32, v broadcast.Value) uint32 {
	x := (uint64(last) + 1) * 0x9e3779b97f4a7c15
	x = (x ^ uint64(v)) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return uint32((x >> 32) % prints)
}
