package history

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"gossipbench/harness/edn"
	"gossipbench/harness/elle"
	"gossipbench/harness/experiment"
)

// Txns judges a history of transactions, those of txn-list-append or of
// txn-rw-register as their writes say: none of the anomalies may be there that
// its consistency models forbid. Those that failed did not happen; those of which
// nobody knows what became may have.
//
// It is as sharp as package elle is. The zero Txns asks for strict
// serializability, as Maelstrom does where nobody says otherwise.
//
// Source: src/maelstrom/workload/txn_list_append.clj and txn_rw_register.clj;
// result-map in elle/src/elle/txn.clj.
type Txns struct {
	Models []string // by their names in experiment.ConsistencyModels
	asked  map[int]Op
	txns   []elle.Txn
	ops    []Op // of txns, as they ended
	lists  bool
}

// NewRegisterTxns returns the checker of workload txn-rw-register.
func NewRegisterTxns(t experiment.Trial) Checker { return newTxns(t) }

// NewListTxns returns the checker of workload txn-list-append.
func NewListTxns(t experiment.Trial) Checker {
	checker := newTxns(t)
	checker.lists = true
	return checker
}

func newTxns(t experiment.Trial) *Txns {
	if t.ConsistencyModels == "" {
		return &Txns{}
	}
	return &Txns{Models: strings.Split(t.ConsistencyModels, "+")}
}

// Add takes the next op of the history.
func (x *Txns) Add(op Op) {
	if !op.client() || op.F != "txn" {
		return
	}
	if op.Type == Invoke {
		if x.asked == nil {
			x.asked = map[int]Op{}
		}
		x.asked[op.Process] = op
		return
	}
	asked, ok := x.asked[op.Process]
	if !ok {
		asked = op // its beginning is cut off
	}
	delete(x.asked, op.Process)
	txn, ended, ok := ending(asked, op)
	if !ok {
		return
	}
	x.txns, x.ops = append(x.txns, txn), append(x.ops, ended)
	x.lists = x.lists || slices.ContainsFunc(txn.Mops, func(m Mop) bool {
		_, isList := m.Value.([]int64)
		return isList || m.F == "append"
	})
}

// ending returns a transaction that has ended so, and false where the values are
// none of a transaction. Only what is OK has read anything.
func ending(asked, ended Op) (elle.Txn, Op, bool) {
	txn := elle.Txn{Began: asked.Index, Ended: ended.Index, Outcome: elle.Unknown}
	value := ended.Value
	switch ended.Type {
	case OK:
		txn.Outcome = elle.Committed
	case Fail:
		txn.Outcome = elle.Aborted
		value = asked.Value
	default:
		value = asked.Value
	}
	mops, ok := ReadTxn(value)
	for _, m := range mops {
		if _, isInt := m.Value.(int64); m.F != "r" && !isInt {
			return elle.Txn{}, Op{}, false
		}
	}
	txn.Mops = mops
	return txn, ended, ok
}

// Verdict returns the verdict on the ops so far; transactions that were not
// answered yet may have happened.
func (x *Txns) Verdict() Verdict {
	return x.analyse().under(cmp.Or(strings.Join(x.Models, "+"), strictest))
}

const strictest = "strict-serializable"

// txnAnalysis is what is in a history of transactions, whatever was promised.
type txnAnalysis struct {
	ops     []Op
	lists   bool
	timed   elle.Analysis        // with the order of time
	untimed func() elle.Analysis // without it
	shown   []shownCycle         // by somebody else
}

func (x *Txns) analyse() txnAnalysis {
	txns, ops := slices.Clone(x.txns), slices.Clone(x.ops)
	for _, process := range slices.Sorted(maps.Keys(x.asked)) {
		asked := x.asked[process]
		if txn, op, ok := ending(asked, Op{Index: asked.Index, Type: Info, Process: process, F: asked.F, Value: asked.Value}); ok {
			txns, ops = append(txns, txn), append(ops, op)
		}
	}
	find := elle.Registers
	if x.lists {
		find = elle.Lists
	}
	return txnAnalysis{
		ops: ops, lists: x.lists, timed: find(txns, true),
		untimed: sync.OnceValue(func() elle.Analysis { return find(txns, false) }),
	}
}

// fitting judges by the strongest model by which the verdict is Jepsen's, as far
// as both have the same words for it; by the strictest where there is none. A cycle
// that Jepsen shows and that we can see too is an anomaly, also where our search
// stopped at a worse one in the same component.
func (a txnAnalysis) fitting(jepsen edn.Value) TxnsVerdict {
	a.shown = shownCycles(jepsen)
	jepsen = withoutAnomalies(jepsen)
	for _, model := range slices.Backward(experiment.ConsistencyModels) {
		if v := a.under(model); jepsen.Present() && edn.Equal(withoutAnomalies(v.EDN()), jepsen) {
			return v
		}
	}
	return a.under(strictest)
}

// shownCycle is one that Jepsen shows: the indices of its ops, and by what each
// comes before the next.
type shownCycle struct {
	indices   []int
	relations []string
}

// shownCycles returns all that a verdict of Jepsen's shows.
func shownCycles(jepsen edn.Value) []shownCycle {
	var all []shownCycle
	for _, cases := range jepsen.At("anomalies").Pairs() {
		for _, c := range cases.Items() {
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

// under judges what was found by the models that are joined by +.
func (a txnAnalysis) under(models string) TxnsVerdict {
	forbidden := elle.Forbidden(strings.Split(models, "+"))
	v := TxnsVerdict{models: models, ops: a.ops, lists: a.lists}
	if v.analysis = a.timed; !forbidden["G1c-realtime"] && !forbidden["G0-realtime"] {
		v.analysis = a.untimed()
	}
	v.analysis, v.theirs = a.confirmed(v.analysis)
	for _, name := range v.analysis.Names() {
		switch {
		case forbidden[name]:
			v.types, v.bad = append(v.types, name), true
		case name == "empty-transaction-graph", name == "cycle-search-timeout" && a.lists:
			// Maelstrom takes no notice of the latter with registers.
			v.types = append(v.types, name)
			v.bad = v.bad || !a.lists
		}
	}
	return v
}

// TxnsVerdict is what Txns has found.
type TxnsVerdict struct {
	models   string
	ops      []Op
	lists    bool
	analysis elle.Analysis
	theirs   map[string]bool // anomalies that only somebody else showed
	types    []string        // of the anomalies to be reported, sorted
	bad      bool            // one of them is forbidden
}

// Valid implements Verdict.
func (v TxnsVerdict) Valid() experiment.Outcome {
	switch {
	case v.bad:
		return experiment.Invalid
	case len(v.types) > 0:
		return experiment.Unknown
	}
	return experiment.Valid
}

// AddMetrics implements Verdict.
func (v TxnsVerdict) AddMetrics(metrics map[string]float64) {
	metrics["anomalies"] = float64(len(v.types))
}

// EDN implements Verdict. Elle tells of each anomaly in maps of its own; here it
// is the ops and why, in words.
func (v TxnsVerdict) EDN() edn.Value {
	pairs := []any{"valid?", validity(v.Valid())}
	if len(v.types) == 0 {
		if !v.lists {
			pairs = append(pairs, "anomaly-types", edn.NewList(), "anomalies", nil)
		}
		return mapOf(pairs...)
	}
	var types []edn.Value
	var anomalies []any
	for _, name := range v.types {
		types = append(types, edn.NewKeyword(name))
		if name == "empty-transaction-graph" {
			anomalies = append(anomalies, name, true)
			continue
		}
		var cases []edn.Value
		for _, c := range v.analysis.Anomalies[name] {
			var ops []edn.Value
			for _, i := range c.Txns {
				ops = append(ops, v.ops[i].record())
			}
			cases = append(cases, mapOf("ops", edn.NewVector(ops...), "why", c.Why))
		}
		anomalies = append(anomalies, name, edn.NewVector(cases...))
	}
	not, alsoNot := elle.Broken(v.analysis.Names())
	return mapOf(append(pairs, "anomaly-types", edn.NewList(types...), "anomalies", mapOf(anomalies...),
		"not", setOf(not), "also-not", setOf(alsoNot))...)
}

func setOf(names []string) edn.Value {
	all := make([]edn.Value, len(names))
	for i, name := range names {
		all[i] = edn.NewKeyword(name)
	}
	return edn.NewSet(all...)
}

// show tells of a transaction.
func (v TxnsVerdict) show(i int) string {
	return fmt.Sprintf("%d %.120s", v.ops[i].Index, valueOf(v.ops[i].Value))
}

// anomaly says how often an anomaly is there, and tells the shortest case.
func (v TxnsVerdict) anomaly(name string) string {
	cases := v.analysis.Anomalies[name]
	shortest := slices.MinFunc(cases, func(a, b elle.Case) int { return cmp.Compare(len(a.Txns), len(b.Txns)) })
	how := times(len(cases))
	if v.theirs[name] {
		how = "which Jepsen shows, and which is there"
	}
	return fmt.Sprintf("%s, %s: %s", name, how, shortest.Explain(v.show))
}

// Findings implements Verdict: a search that took too long, and what was read that
// nobody wrote, of which Elle takes no notice.
func (v TxnsVerdict) Findings() []string {
	var found []string
	if timeouts := v.analysis.Anomalies["cycle-search-timeout"]; !v.lists && len(timeouts) > 0 {
		found = append(found, "what is not found may be there: "+timeouts[0].Why)
	}
	if strange := v.analysis.Strange; len(strange) > 0 {
		found = append(found, fmt.Sprintf("%d reads of what nobody wrote: %s", len(strange), strange[0].Explain(v.show)))
	}
	return found
}
