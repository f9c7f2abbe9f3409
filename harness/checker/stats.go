package checker

import (
	"maps"
	"slices"

	"gossipbench/harness/edn"
	"gossipbench/harness/history"
	"gossipbench/harness/trial"
)

// Tally counts the completions of ops.
type Tally struct{ OK, Fail, Info int }

// Count returns the number of completions.
func (t Tally) Count() int { return t.OK + t.Fail + t.Info }

// Stats counts the ops of clients by F. The zero Stats is ready to use.
//
// Source: stats in jepsen/src/jepsen/checker.clj.
type Stats struct {
	invoked map[string]int
	tallies map[string]*Tally
	errors  map[string]string // by F, the error of the first op that was not OK
}

// Add adds the next op of the history.
func (s *Stats) Add(op history.Op) {
	if !op.Client() {
		return
	}
	if s.tallies == nil {
		s.invoked, s.tallies = map[string]int{}, map[string]*Tally{}
	}
	if op.Type == history.Invoke {
		s.invoked[op.F]++
		return
	}
	t := s.tallies[op.F]
	if t == nil {
		t = &Tally{}
		s.tallies[op.F] = t
	}
	if s.errors[op.F] == "" && op.Error != "" {
		if s.errors == nil {
			s.errors = map[string]string{}
		}
		s.errors[op.F] = op.Error
	}
	switch op.Type {
	case history.OK:
		t.OK++
	case history.Fail:
		t.Fail++
	case history.Info:
		t.Info++
	}
}

// StatsResult is the result of Stats.
type StatsResult struct {
	Outcome trial.Outcome  // invalid if no op of some F was OK
	Invoked map[string]int // by F
	All     Tally
	ByF     map[string]Tally
	Errors  map[string]string // by F, the error of the first op that was not OK, if known
}

// mayFail are the ops of kafka's clients that need not succeed. A crash ends as if the
// client had crashed.
//
// Source: stats-checker in jepsen/src/jepsen/tests/kafka.clj.
var mayFail = []string{"crash", "debug-topic-partitions"}

// Result returns the counts of the ops so far.
func (s *Stats) Result() StatsResult {
	r := StatsResult{Outcome: trial.Valid, Invoked: maps.Clone(s.invoked), ByF: map[string]Tally{}, Errors: maps.Clone(s.errors)}
	for f, t := range s.tallies {
		r.ByF[f] = *t
		r.All.OK += t.OK
		r.All.Fail += t.Fail
		r.All.Info += t.Info
		if t.OK == 0 && !slices.Contains(mayFail, f) {
			r.Outcome = trial.Invalid
		}
	}
	return r
}

// Ops returns how many ops clients invoked.
func (r StatsResult) Ops() int {
	n := 0
	for _, invoked := range r.Invoked {
		n += invoked
	}
	return n
}

// EDN returns the counts in the form of Jepsen's :stats.
func (r StatsResult) EDN() edn.Value {
	var byF []edn.Value
	for _, f := range slices.Sorted(maps.Keys(r.ByF)) {
		t := r.ByF[f]
		byF = append(byF, history.Asked(f), mapOf(t.pairs(edn.NewBool(t.OK > 0))...))
	}
	return mapOf(append(r.All.pairs(validity(r.Outcome)), "by-f", edn.NewMap(byF...))...)
}

func (t Tally) pairs(valid edn.Value) []any {
	return []any{"valid?", valid, "count", t.Count(), "ok-count", t.OK, "fail-count", t.Fail, "info-count", t.Info}
}
