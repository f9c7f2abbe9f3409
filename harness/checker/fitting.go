package checker

import (
	"maps"
	"slices"
	"strings"

	"gossipbench/harness/checker/elle"
	"gossipbench/harness/edn"
	"gossipbench/harness/trial"
)

// fit says how much of Jepsen's verdict on transactions ours reproduces.
type fit uint8

const (
	noFit       fit = iota
	verdictFits     // the same :valid?
	typesFit        // and the same anomalies, as far as both have names for them
	allFits
)

// fitting judges by the strongest model whose verdict fits Jepsen's best, or by the
// strictest if none fits. A cycle that Jepsen shows and that is in our graph counts as an
// anomaly, even if our search stopped at a worse one in the same component.
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

// alone judges without a verdict of Jepsen's: by models, or by the strictest model if
// models is unknown. If a weaker model allows what the strictest one forbids, the verdict
// is unknown.
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

// fits returns how well a verdict fits Jepsen's.
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

// sameTypes reports whether two lists name the same anomalies. Elle up to 0.1 also
// reports kinds that a worse anomaly implies, and its names lack "-item". A search that
// took too long, and "-cycle-exists", are not anomalies.
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

// timeout is Elle's name for a search that it gave up.
const timeout = "cycle-search-timeout"

// gaveUp reports whether Elle gave up a search. In registers Maelstrom hides it, except
// for the models that the anomalies rule out.
//
// Source: checker in src/maelstrom/workload/txn_rw_register.clj.
func gaveUp(jepsen edn.Value) bool {
	types := names(jepsen.At("anomaly-types"))
	return slices.Contains(types, timeout) || len(types) == 0 && jepsen.At("not").Present()
}

// maxShown bounds the steps of all cycles that are read. Chosen: Elle shows the shortest
// cycle of each kind in each component.
const maxShown = 10_000

// shownCycle is a cycle that Jepsen shows: the indices of its ops, and the relation of
// each op to the next.
type shownCycle struct {
	indices   []int
	relations []string
}

// shownCycles returns the cycles in Jepsen's verdict.
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
			if n := len(s.indices); n > 0 && n == len(s.relations)+1 { // the first op is also the last
				s.indices = s.indices[:n-1]
				all = append(all, s)
			}
		}
	}
	return all
}

// confirmed returns an analysis that also has the shown cycles of kinds that found lacks,
// and the names of these kinds.
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

// withoutAnomalies returns a verdict without the cases of anomalies: which of many cycles
// is shown is chance, and Elle writes more about each.
func withoutAnomalies(v edn.Value) edn.Value { return without(v, "anomalies") }
