package checker

import (
	"cmp"
	"time"

	"gossipbench/harness/edn"
	"gossipbench/harness/history"
)

// behind is how far a poll was behind its log: lag is the time since the next offset
// exists.
type behind struct {
	time, lag time.Duration
	process   int
	key       string
	poll      int // index in acts
}

// worse reports whether b replaces other: its lag is longer, or at equal lag it is
// earlier, or at equal time its key is less.
func (b behind) worse(other behind) bool {
	return other.key == "" || cmp.Or(cmp.Compare(other.lag, b.lag), cmp.Compare(b.poll, other.poll), cmp.Compare(b.key, other.key)) < 0
}

// reader is a client that polls.
type reader struct {
	offsets map[string]stay // by key
	last    int             // its latest poll, as an index in acts
	asked   time.Duration   // when that poll began
}

// stay is the next offset that a client reads of a log, and the act since which it is
// there.
type stay struct {
	offset edn.Integer
	since  int
}

// worstLag returns the longest lag, the first one among equals. If a log has nothing
// after what its client has seen, the lag is 0. While a client stays at an offset, its
// latest poll has the longest lag.
func (l *logged) worstLag() behind {
	var worst behind
	readers := map[int]*reader{}
	leave := func(process int, r *reader, key string) {
		if s := r.offsets[key]; r.last >= s.since {
			if b := l.lagOf(process, r, key, s.offset); b.lag > 0 && b.worse(worst) {
				worst = b
			}
		}
	}
	for i, a := range l.acts {
		if a.op.Type != history.OK || a.op.F == "send" {
			continue
		}
		r := readers[a.op.Process]
		if r == nil {
			r = &reader{offsets: map[string]stay{}, last: -1}
			readers[a.op.Process] = r
		}
		if a.assigns != nil {
			r.assign(a.assigns, i, func(key string) { leave(a.op.Process, r, key) })
			continue
		}
		r.advance(a, i, func(key string) { leave(a.op.Process, r, key) })
		if r.last, r.asked = i, a.asked; worst.key == "" {
			for key, s := range r.offsets { // for the first poll of all, whose lag may be 0
				if b := l.lagOf(a.op.Process, r, key, s.offset); b.worse(worst) {
					worst = b
				}
			}
		}
	}
	for process, r := range readers {
		for key := range r.offsets {
			leave(process, r, key)
		}
	}
	return worst
}

// assign sets the keys that a client reads, and calls leave for each key that it no
// longer reads. A key that was assigned before keeps its offset.
func (r *reader) assign(keys []string, at int, leave func(key string)) {
	next := make(map[string]stay, len(keys))
	for _, key := range keys {
		s, kept := r.offsets[key]
		if !kept {
			s = stay{since: at}
		}
		next[key] = s
	}
	for key := range r.offsets {
		if _, kept := next[key]; !kept {
			leave(key)
		}
	}
	r.offsets = next
}

// advance moves the client past what an op showed, and calls leave for each key before it
// moves.
func (r *reader) advance(a act, at int, leave func(key string)) {
	reach := func(key string, offset edn.Integer) {
		s, known := r.offsets[key]
		if s.offset.Compare(offset) > 0 {
			return
		}
		if known && s.since < at {
			leave(key)
		}
		r.offsets[key] = stay{offset.Plus(edn.NewInteger(1)), at}
	}
	for _, s := range a.sends {
		if s.Placed {
			reach(s.Key, s.Offset)
		}
	}
	for _, log := range a.polled {
		if _, known := r.offsets[log.Key]; !known {
			r.offsets[log.Key] = stay{since: at}
		}
		for _, e := range log.Entries {
			reach(log.Key, e.Offset)
		}
	}
}

// lagOf returns how far the client's latest poll was behind an offset of a log.
func (l *logged) lagOf(process int, r *reader, key string, offset edn.Integer) behind {
	b := behind{time: r.asked, process: process, key: key, poll: r.last}
	if log := l.logs[key]; log != nil {
		if since, ok := log.since(offset); ok {
			b.lag = max(0, r.asked-since)
		}
	}
	return b
}
