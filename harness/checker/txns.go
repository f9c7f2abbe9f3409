package checker

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"gossipbench/harness/checker/elle"
	"gossipbench/harness/edn"
	"gossipbench/harness/history"
	"gossipbench/harness/trial"
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
	Models []string // by their names in trial.ConsistencyModels
	asked  map[int]history.Op
	txns   []elle.Txn
	ops    []history.Op // of txns, as they ended
	lists  bool
	unread []history.Op // of which nobody can tell what they did

	registers bool // what is read is no list, whatever it looks like
	strangers strangers
}

// NewRegisterTxns returns the checker of workload txn-rw-register.
func NewRegisterTxns(t trial.Trial) Checker {
	checker := newTxns(t)
	checker.registers = true
	return checker
}

// NewListTxns returns the checker of workload txn-list-append.
func NewListTxns(t trial.Trial) Checker {
	checker := newTxns(t)
	checker.lists = true
	return checker
}

func newTxns(t trial.Trial) *Txns {
	if t.ConsistencyModels == "" {
		return &Txns{}
	}
	return &Txns{Models: strings.Split(t.ConsistencyModels, "+")}
}

// Add takes the next op of the history.
func (x *Txns) Add(op history.Op) {
	if !op.Client() || op.F != "txn" {
		return
	}
	if op.Type == history.Invoke {
		if x.asked == nil {
			x.asked = map[int]history.Op{}
		}
		x.asked[op.Process] = op
		return
	}
	asked, ok := x.asked[op.Process]
	if !ok {
		asked = op // its beginning is cut off
	}
	delete(x.asked, op.Process)
	txn, ended, ok := x.ending(asked, op)
	if !ok {
		x.unread = append(x.unread, op)
		return
	}
	x.txns, x.ops = append(x.txns, txn), append(x.ops, ended)
	x.lists = x.lists || slices.ContainsFunc(txn.Mops, func(m history.Mop) bool {
		_, isList := m.Value.([]int64)
		return isList || m.F == "append"
	})
}

// ending returns a transaction that has ended so, and false where the values are
// none of a transaction. Only what is OK has read anything.
func (x *Txns) ending(asked, ended history.Op) (elle.Txn, history.Op, bool) {
	txn := elle.Txn{Began: asked.Index, Ended: ended.Index, Outcome: elle.Unknown}
	value := ended.Value
	switch ended.Type {
	case history.OK:
		txn.Outcome = elle.Committed
	case history.Fail:
		txn.Outcome = elle.Aborted
		value = asked.Value
	default:
		value = asked.Value
	}
	mops, ok := x.strangers.mops(value, x.registers)
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
	ops     []history.Op
	lists   bool
	timed   elle.Analysis        // with the order of time
	untimed func() elle.Analysis // without it
	shown   []shownCycle         // by somebody else
	unread  []history.Op
	names   *strangers
}

func (x *Txns) analyse() txnAnalysis {
	txns, ops := slices.Clone(x.txns), slices.Clone(x.ops)
	for _, process := range slices.Sorted(maps.Keys(x.asked)) {
		asked := x.asked[process]
		if txn, op, ok := x.ending(asked, history.Op{Index: asked.Index, Type: history.Info, Process: process, F: asked.F, Value: asked.Value}); ok {
			txns, ops = append(txns, txn), append(ops, op)
		}
	}
	find := elle.Registers
	if x.lists {
		find = elle.Lists
	}
	return txnAnalysis{
		ops: ops, lists: x.lists, unread: x.unread, names: &x.strangers, timed: find(txns, true),
		untimed: sync.OnceValue(func() elle.Analysis { return find(txns, false) }),
	}
}

// under judges what was found by the models that are joined by +.
func (a txnAnalysis) under(models string) TxnsVerdict {
	forbidden := elle.Forbidden(strings.Split(models, "+"))
	v := TxnsVerdict{models: models, ops: a.ops, lists: a.lists, unread: a.unread, names: a.names}
	if v.analysis = a.timed; !forbidden["G1c-realtime"] && !forbidden["G0-realtime"] {
		v.analysis = a.untimed()
	}
	v.analysis, v.theirs = a.confirmed(v.analysis)
	for _, name := range v.analysis.Names() {
		switch {
		case forbidden[name]:
			v.types, v.bad = append(v.types, name), true
		case name == empty, name == timeout && a.lists:
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
	ops      []history.Op
	lists    bool
	analysis elle.Analysis
	theirs   map[string]bool // anomalies that only somebody else showed
	types    []string        // of the anomalies to be reported, sorted
	bad      bool            // one of them is forbidden
	fit      fit             // to Jepsen's, where that was asked for
	guessed  bool            // nobody knows the models
	allowed  string          // the strongest model that allows what is bad, where the models are guessed
	unread   []history.Op    // see Txns
	names    *strangers
}

// Valid implements Verdict.
func (v TxnsVerdict) Valid() trial.Outcome {
	switch {
	case v.analysis.Broken, len(v.unread) > 0 && slices.Equal(v.types, []string{empty}):
		return trial.Unknown
	case v.bad && v.allowed == "":
		return trial.Invalid
	case len(v.types)+len(v.unread) > 0 || v.analysis.Cut:
		return trial.Unknown
	}
	return trial.Valid
}

// AddMetrics implements Verdict.
func (v TxnsVerdict) AddMetrics(metrics map[string]float64) {
	metrics["anomalies"] = float64(len(v.types))
	metrics["unwritten-reads"] = float64(len(v.analysis.Strange))
}

// EDN implements Verdict. Elle tells of each anomaly in maps of its own; here it
// is the ops and why, in words.
func (v TxnsVerdict) EDN() edn.Value {
	var anomalies []any
	for _, name := range v.types {
		if name == empty {
			anomalies = append(anomalies, name, true)
			continue
		}
		var cases []edn.Value
		for _, c := range v.analysis.Anomalies[name] {
			var ops []edn.Value
			for _, i := range c.Txns {
				ops = append(ops, v.ops[i].Record())
			}
			cases = append(cases, mapOf("ops", edn.NewVector(ops...), "why", v.names.name(c.Why)))
		}
		anomalies = append(anomalies, name, edn.NewVector(cases...))
	}
	var pairs []edn.Value
	for key, value := range v.summary().Pairs() {
		pairs = append(pairs, key, value)
		if key.Is("anomaly-types") && len(anomalies) > 0 {
			pairs = append(pairs, edn.NewKeyword("anomalies"), mapOf(anomalies...))
		} else if key.Is("anomaly-types") {
			pairs = append(pairs, edn.NewKeyword("anomalies"), edn.NewNil())
		}
	}
	return edn.NewMap(pairs...)
}

// summary is what EDN returns without the cases.
func (v TxnsVerdict) summary() edn.Value {
	pairs := []any{"valid?", validity(v.Valid())}
	if len(v.types) == 0 {
		if !v.lists {
			pairs = append(pairs, "anomaly-types", edn.NewList())
		}
		return mapOf(pairs...)
	}
	not, alsoNot := elle.Broken(v.analysis.Names())
	return mapOf(append(pairs, "anomaly-types", keywords(v.types), "not", setOf(not), "also-not", setOf(alsoNot))...)
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
	return fmt.Sprintf("%d %.120s", v.ops[i].Index, history.ValueOf(v.ops[i].Value))
}

// anomaly says how often an anomaly is there, and tells the shortest case.
func (v TxnsVerdict) anomaly(name string) string {
	cases := v.analysis.Anomalies[name]
	shortest := slices.MinFunc(cases, func(a, b elle.Case) int { return cmp.Compare(len(a.Txns), len(b.Txns)) })
	how := times(len(cases))
	if v.theirs[name] {
		how = "which Jepsen shows, and which is there"
	}
	return fmt.Sprintf("%s, %s: %s", name, how, v.names.name(shortest.Explain(v.show)))
}

// Findings implements Verdict: a search that took too long, and what was read that
// nobody wrote where Elle takes no notice of it.
func (v TxnsVerdict) Findings() []string {
	var found []string
	if timeouts := v.analysis.Anomalies[timeout]; !v.lists && len(timeouts) > 0 {
		found = append(found, "what is not found may be there: "+timeouts[0].Why)
	}
	if len(v.analysis.Strange) > 0 && !v.analysis.Broken {
		found = append(found, v.strange())
	}
	return found
}

// strange tells of the reads of what nobody wrote.
func (v TxnsVerdict) strange() string {
	all := v.analysis.Strange
	return fmt.Sprintf("%s of what nobody wrote: %s", many(len(all), "read"), v.names.name(all[0].Explain(v.show)))
}
