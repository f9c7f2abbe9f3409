package checker

import (
	"cmp"
	"slices"

	"gossipbench/harness/edn"
	"gossipbench/harness/history"
	"gossipbench/harness/trial"
)

// UniqueIDs judges a unique-ids history: no id may be returned twice. The zero UniqueIDs
// is ready to use.
//
// Source: unique-ids in jepsen/src/jepsen/checker.clj.
type UniqueIDs struct {
	attempted, acknowledged int
	times                   map[string]int // by edn.Value.Key
	low, high               edn.Value
	twice                   []twice
}

// twice is an id that was returned more than once.
type twice struct {
	id  edn.Value // cut if large
	key string
}

// Add adds the next op of the history.
func (u *UniqueIDs) Add(op history.Op) {
	switch {
	case op.F != "generate":
	case op.Type == history.Invoke:
		u.attempted++
	case op.Type == history.OK:
		if u.times == nil {
			u.times = map[string]int{}
		}
		id := history.ValueOf(op.Value)
		if u.acknowledged == 0 {
			u.low, u.high = id, id
		}
		u.acknowledged++
		if edn.Compare(id, u.low) < 0 {
			u.low = id
		}
		if edn.Compare(id, u.high) > 0 {
			u.high = id
		}
		key := id.Key()
		if u.times[key]++; u.times[key] == 2 {
			u.twice = append(u.twice, twice{history.Abridged(id), key})
		}
	}
}

// UniqueIDsResult is the verdict of UniqueIDs.
type UniqueIDsResult struct {
	Outcome                 trial.Outcome
	Attempted, Acknowledged int
	Duplicated              []Duplicate  // in order of the ids
	Range                   [2]edn.Value // the least and the greatest id; absent if there is none
}

// Result returns the verdict on the ops so far.
func (u *UniqueIDs) Result() UniqueIDsResult {
	r := UniqueIDsResult{trial.Valid, u.attempted, u.acknowledged, nil, [2]edn.Value{history.Abridged(u.low), history.Abridged(u.high)}}
	for _, t := range slices.SortedFunc(slices.Values(u.twice), func(a, b twice) int { return edn.Compare(a.id, b.id) }) {
		r.Outcome = trial.Invalid
		r.Duplicated = append(r.Duplicated, Duplicate{t.id, u.times[t.key]})
	}
	return r
}

// Verdict returns Result.
func (u *UniqueIDs) Verdict() Verdict { return u.Result() }

// Valid returns the outcome.
func (r UniqueIDsResult) Valid() trial.Outcome { return r.Outcome }

// AddMetrics implements Verdict.
func (r UniqueIDsResult) AddMetrics(metrics map[string]float64) {
	metrics["duplicated"] = float64(len(r.Duplicated))
}

// shownDuplicates is the number of ids that Jepsen lists under :duplicated.
const shownDuplicates = 48

// EDN returns the verdict in the form of Jepsen's :workload.
func (r UniqueIDsResult) EDN() edn.Value {
	shown := slices.Clone(r.Duplicated)
	slices.SortStableFunc(shown, func(a, b Duplicate) int { return cmp.Compare(a.Times, b.Times) })
	slices.Reverse(shown) // of equally frequent ids the last comes first, as in Jepsen
	shown = shown[:min(shownDuplicates, len(shown))]
	slices.SortFunc(shown, func(a, b Duplicate) int { return edn.Compare(a.Value, b.Value) })
	var pairs []edn.Value
	for _, d := range shown {
		pairs = append(pairs, d.Value, edn.NewInt(int64(d.Times)))
	}
	ends := []edn.Value{edn.NewNil(), edn.NewNil()}
	if r.Acknowledged > 0 {
		ends = r.Range[:]
	}
	return mapOf("valid?", validity(r.Outcome), "attempted-count", r.Attempted, "acknowledged-count", r.Acknowledged,
		"duplicated-count", len(r.Duplicated), "duplicated", edn.NewMap(pairs...), "range", edn.NewVector(ends...))
}

// Findings returns nil: Jepsen's verdict is complete.
func (r UniqueIDsResult) Findings() []string { return nil }
