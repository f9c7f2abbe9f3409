package kafka

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"time"

	"gossipbench/node/wire"
	"gossipbench/strategies/kv"
	"gossipbench/strategies/param"
	"gossipbench/strategies/server"
)

// Segment and Batch are parameters of the strategies that keep logs in lin-kv.
var (
	Segment = param.Decl{Name: "segment", Kind: param.Int, Default: "100", Min: 1, Max: 1e6, Unit: "messages",
		Doc: "how many messages of a log lie under one key of lin-kv"}
	Batch = param.Decl{Name: "batch", Kind: param.Int, Default: "100", Min: 1, Max: 1e6, Unit: "messages",
		Doc: "how many messages go together at most, in one write or from one node to another, where they have to wait anyway"}
)

// Options configure the Logs of a node.
type Options struct {
	Segment int // messages in a segment; equal at all nodes
	Batch   int // most messages in one write
	// Sole reports whether only this node appends to the log of a key, so that its
	// knowledge of the end stays valid.
	Sole func(key string) bool
	// Look means to read the end of a log that is not Sole before each write.
	Look bool
	// Backoff is the mean wait after losing a write to another node for the second
	// time. It doubles each time, up to 64 times.
	Backoff time.Duration
}

// doublings bounds the back-off. Chosen: with 25 nodes at once, some node succeeds.
const doublings = 6

// Logs are the logs of all keys in lin-kv, as one node knows them. It keeps
// everything that it has read or written, since that never changes.
type Logs struct {
	Options
	env   server.Env
	self  string
	rand  *rand.Rand
	names kv.Names // of the node's writes
	logs  map[string]*log
}

// NewLogs returns the logs of a node. Life is the result of server.Life.
func NewLogs(env server.Env, c server.Config, life uint64, o Options) *Logs {
	return &Logs{Options: o, env: env, self: c.Self, rand: c.Rand, names: kv.Names{Life: life}, logs: map[string]*log{}}
}

// log is what a node knows about one log.
type log struct {
	key      string
	segments map[int64]segment // by number; as last read or written
	// tail is the number of the last segment, as far as the node knows. All
	// segments before it are full.
	tail    int64
	found   bool // tail was read or written in this life, and no write is in flight
	fresh   bool // tail was just read or written
	busy    bool // a write is in flight or about to start
	lost    int  // writes lost to other nodes in a row
	waiting []pending
}

// pending is a message to append.
type pending struct {
	message json.RawMessage
	until   time.Duration
	answer  func(offset int64, err *wire.Error)
}

func (l *Logs) log(key string) *log {
	if l.logs[key] == nil {
		l.logs[key] = &log{key: key, segments: map[int64]segment{}}
	}
	return l.logs[key]
}

func (l *Logs) full(s segment) bool { return len(s.messages) >= l.Segment }

// learn stores a segment that was read or written.
func (g *log) learn(number int64, s segment) {
	if len(s.messages) > len(g.segments[number].messages) {
		g.segments[number] = s
		g.tail = max(g.tail, number)
	}
}

// Append appends a message to the log of a key, and passes its offset to answer. It
// gives up at until. A definite error means that the message is not in the log and
// never will be.
func (l *Logs) Append(key string, message json.RawMessage, until time.Duration, answer func(offset int64, err *wire.Error)) {
	g := l.log(key)
	g.waiting = append(g.waiting, pending{message, until, answer})
	l.next(g)
}

// next starts the next write to a log. There is one at a time, for all messages
// that arrived during the previous write.
func (l *Logs) next(g *log) {
	if g.busy {
		return
	}
	for len(g.waiting) > 0 && l.env.Now() >= g.waiting[0].until {
		late := g.waiting[0]
		g.waiting = g.waiting[1:]
		late.answer(0, &wire.Error{Code: wire.TemporarilyUnavailable, Text: "the log could not be written in time"})
	}
	if len(g.waiting) == 0 {
		return
	}
	g.busy = true
	if l.Look && !g.fresh && !l.Sole(g.key) {
		l.lookAgain(g)
		return
	}
	l.write(g)
}

// lookAgain finds the end of a log before its next write.
func (l *Logs) lookAgain(g *log) {
	l.locate(g, g.waiting[0].until, func(err *wire.Error) {
		g.fresh, g.busy = err == nil, false
		l.next(g)
	})
}

// write is a compare-and-set of a segment.
type write struct {
	*log
	number   int64 // of the segment
	from, to segment
	self     string // the writer
	name     string
	batch    []pending
}

// write appends the waiting messages that fit into one segment. If the node knows
// nothing about a log, it assumes that the log is new; otherwise the
// compare-and-set fails.
func (l *Logs) write(g *log) {
	g.fresh = false
	if l.full(g.segments[g.tail]) {
		g.tail++
	}
	from := g.segments[g.tail]
	n := min(len(g.waiting), l.Batch, l.Segment-len(from.messages))
	w := &write{log: g, number: g.tail, from: from, self: l.self, name: l.names.Next(), batch: g.waiting[:n:n]}
	g.waiting = g.waiting[n:]
	var messages []json.RawMessage
	for _, p := range w.batch {
		messages = append(messages, p.message)
	}
	w.to = from.with(messages, l.self, w.name)
	l.try(w)
}

func (l *Logs) try(w *write) {
	until := w.batch[0].until
	store(l.env).Try(kv.Attempt{Key: segmentKey(w.key, w.number), From: w.from.text, To: w.to.text, Fate: w.fate, Until: until}, func(fate kv.Fate, now []byte) {
		switch fate {
		case kv.Done:
			l.settle(w, w.seen(now))
		case kv.Dead:
			w.learn(w.number, w.seen(now))
			w.waiting = append(w.batch, w.waiting...)
			w.lost++
			l.again(w.log)
		default:
			w.found, w.busy = false, false
			for _, p := range w.batch {
				p.answer(0, &wire.Error{Code: wire.Timeout, Text: "nobody knows whether the log was written"})
			}
			l.next(w.log)
		}
	})
}

// seen returns the segment with that text.
func (w *write) seen(text []byte) segment {
	if bytes.Equal(text, w.to.text) {
		return w.to
	}
	return readSegment(text)
}

// fate returns the outcome of the write, if the segment is now text.
func (w *write) fate(text []byte) kv.Fate {
	switch now := readSegment(text); {
	case now.marks.Wrote(w.self, w.name):
		return kv.Done
	case len(now.messages) > len(w.from.messages):
		// Another write came first, so this one can no longer succeed.
		return kv.Dead
	}
	return kv.Open
}

// settle answers the messages of a successful write.
func (l *Logs) settle(w *write, now segment) {
	w.learn(w.number, now)
	w.found, w.fresh, w.busy, w.lost = true, true, false, 0
	first := w.number*int64(l.Segment) + int64(len(w.from.messages))
	for i, p := range w.batch {
		p.answer(first+int64(i), nil)
	}
	l.next(w.log)
	w.fresh = false // only for the messages that waited
}

// again continues after a lost write: from the segment that was seen, or after a
// wait if the node loses repeatedly.
func (l *Logs) again(g *log) {
	switch {
	case g.lost > 1 && !l.Sole(g.key):
		mean := l.Backoff << min(g.lost-2, doublings)
		l.env.After(time.Duration(l.rand.Int64N(int64(2*mean))), func() { l.lookAgain(g) })
	case l.full(g.segments[g.tail]):
		l.lookAgain(g)
	default:
		g.fresh, g.busy = true, false
		l.next(g)
	}
}

// locate finds the last segment of a log: from the last known one in steps that
// double, and then by bisection. Segments are filled in order, so after a missing
// one there are none.
func (l *Logs) locate(g *log, until time.Duration, then func(*wire.Error)) {
	full, missing := int64(-1), int64(-1) // the last full one, the first one not full
	step := int64(1)
	var look func(number int64)
	look = func(number int64) {
		store(l.env).Get(segmentKey(g.key, number), until, func(text []byte, err *wire.Error) {
			if err != nil {
				then(err)
				return
			}
			s := readSegment(text)
			if l.full(s) {
				full = number
			} else if missing = number; len(s.messages) > 0 || full < 0 {
				full = number - 1
			}
			g.learn(number, s)
			switch {
			case missing == full+1:
				g.tail = max(g.tail, missing)
				g.found = true
				then(nil)
			case missing < 0:
				next := full + step
				step *= 2
				look(next)
			default:
				look(full + (missing-full)/2)
			}
		})
	}
	look(g.tail)
}

// Poll reads each log from a position on.
func (l *Logs) Poll(positions []Position, until time.Duration, then func([]Run, *wire.Error)) {
	runs := make([]Run, len(positions))
	one := all(len(positions), func(err *wire.Error) { then(runs, err) })
	for i, p := range positions {
		runs[i] = Run{Key: p.Key, First: max(0, p.Offset)}
		g := l.log(p.Key)
		if l.Sole(p.Key) && !g.found {
			l.locate(g, until, func(err *wire.Error) {
				if err != nil {
					one(err)
					return
				}
				l.read(g, &runs[i], until, one)
			})
			continue
		}
		l.read(g, &runs[i], until, one)
	}
}

// read appends to a run the messages that follow it, until it is long enough or the
// log ends. Full segments never change, and neither does the last segment of a log
// that only this node writes. Any other segment is read from lin-kv.
func (l *Logs) read(g *log, r *Run, until time.Duration, then func(*wire.Error)) {
	size := int64(l.Segment)
	for {
		next := r.First + int64(len(r.Messages))
		number := next / size
		s := g.segments[number]
		known := l.full(s) || l.Sole(g.key) && g.found && number >= g.tail
		if !known {
			store(l.env).Get(segmentKey(g.key, number), until, func(text []byte, err *wire.Error) {
				if err != nil {
					then(err)
					return
				}
				s := readSegment(text)
				g.learn(number, s)
				r.take(s, next%size)
				if l.full(s) && len(r.Messages) < MostPolled {
					l.read(g, r, until, then)
					return
				}
				then(nil)
			})
			return
		}
		r.take(s, next%size)
		if !l.full(s) || len(r.Messages) >= MostPolled {
			then(nil)
			return
		}
	}
}

// take appends the messages of a segment from an index on.
func (r *Run) take(s segment, place int64) {
	if place < int64(len(s.messages)) {
		rest := s.messages[place:]
		r.Messages = append(r.Messages, rest[:min(len(rest), MostPolled-len(r.Messages))]...)
	}
}
