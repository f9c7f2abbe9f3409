package raft

// log holds the entries after a snapshot. Entries are never overwritten in place,
// so slices that were handed out never change.
type log struct {
	base     uint64 // the last index of the snapshot
	baseTerm uint64
	entries  []Entry
}

func (l *log) last() uint64 { return l.base + uint64(len(l.entries)) }

func (l *log) lastTerm() uint64 {
	term, _ := l.term(l.last())
	return term
}

// term returns the term of an entry. Known is false if the log does not have it.
func (l *log) term(index uint64) (term uint64, known bool) {
	switch {
	case index == l.base:
		return l.baseTerm, true
	case index < l.base || index > l.last():
		return 0, false
	}
	return l.entries[index-l.base-1].Term, true
}

// between returns the entries from+1…to.
func (l *log) between(from, to uint64) []Entry {
	from, to = from-l.base, to-l.base
	return l.entries[from:to:to]
}

// append appends a command and returns its index.
func (l *log) append(term uint64, command []byte) uint64 {
	index := l.last() + 1
	l.entries = append(l.entries, Entry{Index: index, Term: term, Command: command})
	return index
}

// replace replaces all entries from the first one of entries on.
func (l *log) replace(entries []Entry) {
	keep := entries[0].Index - l.base - 1
	if keep < uint64(len(l.entries)) {
		l.entries = l.entries[:keep:keep] // the array after it is shared
	}
	l.entries = append(l.entries, entries...)
}

// compact removes the entries up to index.
func (l *log) compact(index uint64) {
	term, _ := l.term(index)
	rest := append([]Entry(nil), l.between(index, l.last())...)
	*l = log{base: index, baseTerm: term, entries: rest}
}

// upToDate reports whether a log that ends with index and term has every entry that
// may be committed (§5.4.1).
func (l *log) upToDate(index, term uint64) bool {
	last := l.lastTerm()
	return term > last || term == last && index >= l.last()
}

// conflict returns where a leader should continue if the entry at index does not
// match: the index to try, and the term of the conflicting entry, which may help
// the leader to skip more (end of §5.3).
func (l *log) conflict(index uint64) (try, term uint64) {
	if index > l.last() {
		return l.last() + 1, 0
	}
	term, _ = l.term(index)
	return l.first(index, term), term
}

// first returns the first index of the term at index.
func (l *log) first(index, term uint64) uint64 {
	for index > l.base+1 {
		if before, _ := l.term(index - 1); before != term {
			break
		}
		index--
	}
	return index
}

// lastOf returns the last index of a term below a bound, or 0.
func (l *log) lastOf(term, below uint64) uint64 {
	for index := min(below-1, l.last()); index > l.base; index-- {
		t, _ := l.term(index)
		if t == term {
			return index
		}
		if t < term {
			break
		}
	}
	return 0
}
