package checker

import (
	"maps"
	"slices"
	"strings"

	"gossipbench/harness/checker/elle"
	"gossipbench/harness/edn"
	"gossipbench/harness/trial"
)

// fit says how much of what Jepsen says of transactions a verdict of ours says too.
type fit uint8

const (
	noFit       fit = iota
	verdictFits     // whether it is valid
	typesFit        // and which anomalies there are, as far as both have names for them
	allFits
)

// fitting judges by the model by which the verdict fits Jepsen's best, the
// strongest of those; by the strictest where there is none. A cycle that Jepsen
// shows and that we can see too is an anomaly, also where our search stopped at a
// worse one in the same component.
func (a txnAnalysis) fitting(jepsen edn.Value) TxnsVerdict {
	a.shown = shownCycles(jepsen)
	jepsen = withoutAnomalies(jepsen)
	best := a.under(strictest)
	for _, model := range slices.Backward(trial.ConsistencyModels) {
		v := a.under(model)
		if v.fit = v.fits(jepsen); v.fit > best.fit {
			best = v
		}
	}
	return best
}

// alone judges where there is no verdict of Jepsen's: by the models that were asked
// for, or, where nobody knows them, by the strictest. That some weaker one allows what
// that one forbids leaves open what the test came to.
func (a txnAnalysis) alone(models string) TxnsVerdict {
	if models != "" && !slices.ContainsFunc(strings.Split(models, "+"), func(m string) bool { return !slices.Contains(trial.ConsistencyModels, m) }) {
		return a.under(models)
	}
	v := a.under(strictest)
	v.guessed = true
	if v.Valid() != trial.Invalid {
		return v
	}
	for _, weaker := range slices.Backward(trial.ConsistencyModels) {
		if a.under(weaker).Valid() != trial.Invalid {
			v.allowed = weaker
			break
		}
	}
	return v
}

// fits compares a verdict with Jepsen's.
func (v TxnsVerdict) fits(jepsen edn.Value) fit {
	switch ours := v.summary(); {
	case jepsen.Kind() != edn.Map || outcome(jepsen.At("valid?")) != v.Valid():
		return noFit
	case edn.Equal(jepsen, ours):
		return allFits
	case sameTypes(names(jepsen.At("anomaly-types")), v.types):
		return typesFit
	}
	return verdictFits
}

func names(list edn.Value) []string {
	var all []string
	for _, item := range list.Items() {
		all = append(all, item.Text())
	}
	return all
}

// sameTypes reports whether two lists of anomalies say the same. Elle up to 0.1
// looks for each kind, also where a worse one that is a case of it has been found,
// and says nothing of items. That a search took too long, or that there is some
// cycle, is no anomaly.
func sameTypes(theirs, ours []string) bool {
	plain := func(names []string) map[string]bool {
		all := map[string]bool{}
		for _, name := range names {
			if name != timeout && !strings.HasSuffix(name, "-cycle-exists") {
				all[strings.Replace(name, "-item", "", 1)] = true
			}
		}
		return all
	}
	has, want := plain(ours), plain(theirs)
	implied := plain(slices.Collect(maps.Keys(elle.Implied(ours))))
	for name := range has {
		if !want[name] {
			return false
		}
	}
	for name := range want {
		if !implied[name] {
			return false
		}
	}
	return true
}

// timeout is what Elle says where it gave up a search.
const timeout = "cycle-search-timeout"

// gaveUp reports whether Elle gave up a search. Of registers Maelstrom hides it, but
// for the models that the anomalies it has seen rule out.
//
// Source: checker in src/maelstrom/workload/txn_rw_register.clj.
func gaveUp(jepsen edn.Value) bool {
	types := names(jepsen.At("anomaly-types"))
	return slices.Contains(types, timeout) || len(types) == 0 && jepsen.At("not").Present()
}

// maxShown bounds the steps of cycles that are looked at. Chosen: Elle shows one of
// each kind in each component, the shortest.
const maxShown = 10_000

// shownCycle is one that Jepsen shows: the indices of its ops, and by what each
// comes before the next.
type shownCycle struct {
	indices   []int
	relations []string
}

// shownCycles returns all that a verdict of Jepsen's shows.
func shownCycles(jepsen edn.Value) []shownCycle {
	var all []shownCycle
	steps := 0
	for _, cases := range jepsen.At("anomalies").Pairs() {
		for _, c := range cases.Items() {
			if steps += c.At("steps").Len(); steps > maxShown {
				return all
			}
			var s shownCycle
			for _, op := range c.At("cycle").Items() {
				index, _ := op.Untagged().At("index").Int()
				s.indices = append(s.indices, int(index))
			}
			for _, step := range c.At("steps").Items() {
				s.relations = append(s.relations, step.At("type").Text())
			}
			if n := len(s.indices); n > 0 && n == len(s.relations)+1 { // the first op is the last too
				s.indices = s.indices[:n-1]
				all = append(all, s)
			}
		}
	}
	return all
}

// confirmed returns an analysis with the cycles that were shown, of kinds that it
// has none of, and which kinds these are.
func (a txnAnalysis) confirmed(found elle.Analysis) (elle.Analysis, map[string]bool) {
	theirs := map[string]bool{}
	if len(a.shown) == 0 {
		return found, theirs
	}
	places := map[int]int{}
	for i, op := range a.ops {
		places[op.Index] = i
	}
	ours := found.Anomalies
	found.Anomalies = maps.Clone(ours)
	for _, s := range a.shown {
		txns := make([]int, len(s.indices))
		for i, index := range s.indices {
			place, ok := places[index]
			if txns[i] = place; !ok {
				txns[i] = -1
			}
		}
		if name, c, ok := found.Confirm(txns, s.relations); ok && ours[name] == nil {
			found.Anomalies[name] = append(found.Anomalies[name], c)
			theirs[name] = true
		}
	}
	return found, theirs
}

// withoutAnomalies returns a verdict without the cases of each anomaly: which
// cycle of many is shown is chance, and Elle says more of it.
func withoutAnomalies(v edn.Value) edn.Value { return without(v, "anomalies") }
