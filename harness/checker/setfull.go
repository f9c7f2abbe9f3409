package checker

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"gossipbench/harness/edn"
	"gossipbench/harness/history"
	"gossipbench/harness/trial"
)

// SetFull judges a broadcast or g-set history as Jepsen's set-full does: the last reads
// must show every value that was broadcast or added.
//
//   - A value enters at the invocation of its broadcast. It is known from the completion
//     of the broadcast or of the first read that shows it.
//   - Consider the reads that were OK and completed after the value entered. Its
//     last-present is the read with the value that began last, by index; its last-absent
//     the read without it that began last.
//   - The value is stable if last-absent began before last-present. It is lost if it is
//     known, and last-absent began after last-present and after it was known. Otherwise
//     it was never read.
//   - The latency of a stable value is from when it was known until just after
//     last-absent began; that of a lost value until just after last-present began. Both
//     are cut to whole milliseconds.
//
// The zero SetFull is ready to use. It keeps the Value of ops, so it knows which final
// reads miss a lost value.
//
// Source: set-full in jepsen/src/jepsen/checker.clj.
type SetFull struct {
	Cast     Cast // names the nodes that miss a lost value
	ids      numbering
	values   []edn.Value // by id
	elements []element   // by id
	pending  map[int]call
	calls    []call       // invocations of reads that were OK
	known    []history.Op // ops that made values known
	read     int32        // number of the latest read
	// latest are the reads that began after all reads that ended later, in order of their
	// numbers.
	latest []readCall

	readKnown int32 // 1 + index in known of the latest read; 0 while it made nothing known

	again      map[int32]int        // values that the latest read shows several times, and how often
	duplicated map[int32]int        // the greatest number of times in one read
	phantoms   map[string]edn.Value // values that a read showed before anyone broadcast them
	scalars    int                  // reads whose value is not a collection
	finals     map[int]finalRead    // the last one of each node, or of each process if the nodes are unknown
}

// finalRead is the last final read of a client.
type finalRead struct {
	who   string
	index int // of its invocation
	value any
}

// call is the invocation of a read.
type call struct {
	index, process int
	time           time.Duration
	final          bool
}

// element is the state of a value.
type element struct {
	seen    int32 // number of the latest read that showed it or that had ended when it entered
	known   int32 // 1 + index in SetFull.known; 0 while unknown
	present int   // 1 + index of last-present; 0 if there is none
	absent  int   // 1 + index of last-absent among reads up to number seen; 0 if there is none
}

// readCall is the number of a read and the index of its invocation.
type readCall struct {
	number int32
	index  int
}

// NewSetFull returns the checker of the workloads broadcast and g-set.
func NewSetFull(t trial.Trial) Checker { return &SetFull{Cast: CastOf(t)} }

// Add adds the next op of the history.
func (s *SetFull) Add(op history.Op) {
	switch {
	case !op.Client():
	case op.Adds() && op.Type == history.Invoke:
		s.enter(op.Value)
	case op.Adds() && op.Type == history.OK:
		if id := s.ids.of(op.Value); id >= 0 && s.elements[id].known == 0 {
			s.elements[id].known = s.knownBy(op)
		}
	case op.F == "read" && op.Type == history.Invoke:
		if s.pending == nil {
			s.pending = map[int]call{}
		}
		s.pending[op.Process] = call{op.Index, op.Process, op.Time, op.Final}
	case op.F == "read" && op.Type == history.OK:
		s.see(op)
	}
}

// enter starts the life of a value, or starts it again.
func (s *SetFull) enter(value any) {
	id := s.ids.of(value)
	if id < 0 {
		id = s.ids.add(value)
		s.values = append(s.values, history.ValueOf(value))
		s.elements = append(s.elements, element{})
	}
	s.elements[id] = element{seen: s.read}
}

// knownBy keeps an op that makes values known.
func (s *SetFull) knownBy(op history.Op) int32 {
	s.known = append(s.known, op)
	return int32(len(s.known))
}

// see handles a read that was OK.
func (s *SetFull) see(op history.Op) {
	began, ok := s.pending[op.Process]
	if !ok { // the history is cut off at its start
		began = call{op.Index, op.Process, op.Time, op.Final}
	}
	delete(s.pending, op.Process)
	s.calls = append(s.calls, began)
	if began.final {
		s.keepFinal(began, op)
	}
	s.read++
	s.readKnown = 0
	if ints, ok := op.Value.([]int64); ok {
		for _, n := range ints {
			if id := s.ids.ofInt(n); id >= 0 {
				s.show(id, began.index, &op)
			} else {
				s.phantom(edn.NewInt(n))
			}
		}
	} else {
		shown := history.ValueOf(op.Value)
		switch shown.Kind() {
		case edn.Nil, edn.List, edn.Vector, edn.Set: // nil is an empty collection in Clojure
		default:
			s.scalars++
		}
		for _, v := range shown.Items() {
			if id := s.ids.of(v); id >= 0 {
				s.show(id, began.index, &op)
			} else {
				s.phantom(v)
			}
		}
	}
	for n := len(s.latest); n > 0 && s.latest[n-1].index <= began.index; n-- {
		s.latest = s.latest[:n-1]
	}
	s.latest = append(s.latest, readCall{s.read, began.index})
	for id, times := range s.again {
		if s.duplicated == nil {
			s.duplicated = map[int32]int{}
		}
		s.duplicated[id] = max(times, s.duplicated[id])
	}
	clear(s.again)
}

// keepFinal keeps the final read of each node that began last.
func (s *SetFull) keepFinal(began call, op history.Op) {
	key, known := s.Cast.node(op.Process)
	if !known {
		key = op.Process
	}
	if s.finals == nil {
		s.finals = map[int]finalRead{}
	}
	if before, has := s.finals[key]; !has || before.index < began.index {
		s.finals[key] = finalRead{s.Cast.name(op.Process), began.index, op.Value}
	}
}

// show handles one value of a read; began is the index of the read's invocation.
func (s *SetFull) show(id int32, began int, op *history.Op) {
	e := &s.elements[id]
	if e.seen == s.read {
		if s.again == nil {
			s.again = map[int32]int{}
		}
		s.again[id] = max(2, s.again[id]+1)
		return
	}
	e.absent = max(e.absent, s.missed(e.seen))
	e.seen = s.read
	e.present = max(e.present, began+1)
	if e.known == 0 {
		if s.readKnown == 0 {
			s.readKnown = s.knownBy(*op)
		}
		e.known = s.readKnown
	}
}

// missed returns 1 + the greatest invocation index among the completed reads with a
// number above after, or 0 if there is none.
func (s *SetFull) missed(after int32) int {
	n := len(s.latest)
	if n == 0 || s.latest[n-1].number <= after {
		return 0
	}
	i, _ := slices.BinarySearchFunc(s.latest, after+1, func(c readCall, number int32) int { return cmp.Compare(c.number, number) })
	return s.latest[i].index + 1
}

func (s *SetFull) phantom(v edn.Value) {
	if s.phantoms == nil {
		s.phantoms = map[string]edn.Value{}
	}
	if key := v.Key(); len(s.phantoms) < maxPhantoms {
		s.phantoms[key] = history.Abridged(v)
	}
}

// maxPhantoms bounds the phantoms that are kept: a node may show new ones without end.
// Chosen.
const maxPhantoms = 100_000

// SetFullResult is the verdict of SetFull.
type SetFullResult struct {
	Outcome   trial.Outcome // invalid if a value is lost, unknown if none is stable
	Attempts  int           // values that were broadcast
	Stable    int
	Lost      []edn.Value // in order, like the following lists
	NeverRead []edn.Value
	Stale     []edn.Value // stable values with a latency of 1 ms or more
	// WorstStale are the eight values with the greatest latencies, the greatest first.
	WorstStale      []StaleValue
	StableLatencies []float64 // ms, ascending
	LostLatencies   []float64

	// Not in Jepsen: Duplicated are values that one read shows several times, with the
	// greatest number; Phantoms are values that nobody had broadcast.
	Duplicated []Duplicate
	Phantoms   []edn.Value

	finals []finalRead // in order of nodes
}

// StaleValue is a value that reads missed after it was known.
type StaleValue struct {
	Value      edn.Value
	LatencyMS  int64
	Known      history.Op
	LastAbsent history.Op
}

// Duplicate is a value that occurs Times times.
type Duplicate struct {
	Value edn.Value
	Times int
}

// Result returns the verdict on the ops so far.
func (s *SetFull) Result() SetFullResult {
	slices.SortFunc(s.calls, func(a, b call) int { return cmp.Compare(a.index, b.index) })
	r := SetFullResult{Outcome: trial.Valid, Attempts: len(s.elements)}
	for _, key := range slices.Sorted(maps.Keys(s.finals)) {
		r.finals = append(r.finals, s.finals[key])
	}
	order := make([]int32, len(s.elements))
	for id := range order {
		order[id] = int32(id)
	}
	slices.SortFunc(order, func(a, b int32) int { return edn.Compare(s.values[a], s.values[b]) })
	var stale []lag
	for at, id := range order {
		e, value := s.elements[id], s.values[id]
		e.absent = max(e.absent, s.missed(e.seen))
		switch {
		case e.present > e.absent:
			r.Stable++
			latency := s.latency(e, e.absent)
			r.StableLatencies = append(r.StableLatencies, float64(latency))
			if latency > 0 {
				r.Stale = append(r.Stale, value)
				stale = append(stale, lag{latency, at})
			}
		case e.known > 0 && e.absent > e.present && e.absent > s.known[e.known-1].Index+1:
			r.Lost = append(r.Lost, value)
			r.LostLatencies = append(r.LostLatencies, float64(s.latency(e, e.present)))
		default:
			r.NeverRead = append(r.NeverRead, value)
		}
		if times := s.duplicated[id]; times > 0 {
			r.Duplicated = append(r.Duplicated, Duplicate{value, times})
		}
	}
	slices.SortFunc(stale, func(a, b lag) int { return cmp.Or(cmp.Compare(b.ms, a.ms), cmp.Compare(b.at, a.at)) })
	for _, l := range stale[:min(8, len(stale))] {
		e := s.elements[order[l.at]]
		e.absent = max(e.absent, s.missed(e.seen))
		r.WorstStale = append(r.WorstStale, StaleValue{s.values[order[l.at]], l.ms, s.known[e.known-1], s.call(e.absent).op()})
	}
	slices.Sort(r.StableLatencies)
	slices.Sort(r.LostLatencies)
	switch {
	case len(r.Lost) > 0:
		r.Outcome = trial.Invalid
	case r.Stable == 0:
		r.Outcome = trial.Unknown
	}
	for _, v := range s.phantoms {
		if s.ids.of(v) < 0 {
			r.Phantoms = append(r.Phantoms, v)
		}
	}
	slices.SortFunc(r.Phantoms, edn.Compare)
	return r
}

// lag is the latency of a stale value; at is its place in order. Among equal latencies
// Jepsen lists the last value first.
type lag struct {
	ms int64
	at int
}

// latency returns the time from when an element was known until a nanosecond after the
// read of index last-1 began, in whole milliseconds; 0 if last is 0.
func (s *SetFull) latency(e element, last int) int64 {
	if last == 0 {
		return 0
	}
	latency := s.call(last).time + 1 - s.known[e.known-1].Time
	return max(0, int64(latency/time.Millisecond))
}

// call returns the read of index last-1. The calls are sorted.
func (s *SetFull) call(last int) call {
	i, _ := slices.BinarySearchFunc(s.calls, last-1, func(c call, index int) int { return cmp.Compare(c.index, index) })
	return s.calls[i]
}

func (c call) op() history.Op {
	return history.Op{Index: c.index, Time: c.time, Type: history.Invoke, Process: c.process, F: "read", Final: c.final}
}

// Verdict returns Result.
func (s *SetFull) Verdict() Verdict { return s.Result() }

// Valid returns the outcome.
func (r SetFullResult) Valid() trial.Outcome { return r.Outcome }

// AddMetrics implements Verdict.
func (r SetFullResult) AddMetrics(metrics map[string]float64) {
	metrics["stable"] = float64(r.Stable)
	metrics["lost"] = float64(len(r.Lost))
	metrics["never-read"] = float64(len(r.NeverRead))
	metrics["stale"] = float64(len(r.Stale))
	metrics["duplicated"] = float64(len(r.Duplicated))
	addQuantiles(metrics, "stable-latency", r.StableLatencies)
}

// EDN returns the verdict in the form of Jepsen's :workload, with the keys in the order
// of Clojure's hash map. :duplicated-in-reads and :phantoms are ours; they are present
// only if not empty.
func (r SetFullResult) EDN() edn.Value {
	worst := make([]edn.Value, len(r.WorstStale))
	for i, s := range r.WorstStale {
		s.Known.F = "add"
		worst[i] = mapOf("element", s.Value, "outcome", edn.NewKeyword("stable"), "stable-latency", s.LatencyMS,
			"lost-latency", nil, "known", s.Known.Record(), "last-absent", s.LastAbsent.Record())
	}
	pairs := []any{
		"worst-stale", edn.NewList(worst...),
		"duplicated-count", 0, // always 0, by an error of Jepsen's
		"valid?", validity(r.Outcome),
		"lost-count", len(r.Lost),
		"lost", edn.NewList(r.Lost...),
		"stable-count", r.Stable,
		"stale-count", len(r.Stale),
		"stale", edn.NewList(r.Stale...),
		"never-read-count", len(r.NeverRead),
	}
	if len(r.StableLatencies) > 0 {
		pairs = append(pairs, "stable-latencies", quantiles(r.StableLatencies))
	}
	pairs = append(pairs, "attempt-count", r.Attempts)
	if len(r.LostLatencies) > 0 {
		pairs = append(pairs, "lost-latencies", quantiles(r.LostLatencies))
	}
	pairs = append(pairs, "never-read", edn.NewList(r.NeverRead...), "duplicated", edn.NewMap())
	if len(r.Duplicated) > 0 {
		var times []edn.Value
		for _, d := range r.Duplicated {
			times = append(times, d.Value, edn.NewInt(int64(d.Times)))
		}
		pairs = append(pairs, "duplicated-in-reads", edn.NewMap(times...))
	}
	if len(r.Phantoms) > 0 {
		pairs = append(pairs, "phantoms", edn.NewList(r.Phantoms...))
	}
	return mapOf(pairs...)
}

// Findings returns what Jepsen does not report.
func (r SetFullResult) Findings() []string {
	var all []string
	if len(r.Duplicated) > 0 {
		values := make([]edn.Value, len(r.Duplicated))
		most := 0
		for i, d := range r.Duplicated {
			values[i] = d.Value
			most = max(most, d.Times)
		}
		all = append(all, fmt.Sprintf("values shown more than once by one read: %d, up to %d times: %s", len(values), most, list(values)))
	}
	if len(r.Phantoms) > 0 {
		all = append(all, fmt.Sprintf("values shown that nobody had broadcast: %d: %s", len(r.Phantoms), list(r.Phantoms)))
	}
	return all
}
