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

// Txns judges a history of transactions, of txn-list-append or txn-rw-register: it may
// not have an anomaly that its consistency models forbid. The writes decide which of the
// two it is. Failed transactions did not happen; unknown ones may have.
//
// It finds what package elle finds. The zero Txns requires strict serializability, which
// is Maelstrom's default.
//
// Source: src/maelstrom/workload/txn_list_append.clj and txn_rw_register.clj; result-map
// in elle/src/elle/txn.clj.
type Txns struct {
	Models []string // names as in trial.ConsistencyModels
	asked  map[int]history.Op
	txns   []elle.Txn
	ops    []history.Op // the completion of each of txns
	lists  bool
	unread []history.Op // ops whose micro-ops cannot be read

	registers bool // reads return no lists, whatever they look like
	strangers strangers
}

// NewRegisterTxns returns the checker of the workload txn-rw-register.
func NewRegisterTxns(t trial.Trial) Checker {
	checker := newTxns(t)
	checker.registers = true
	return checker
}

// NewListTxns returns the checker of the workload txn-list-append.
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

// Add adds the next op of the history.
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
		asked = op // the history is cut off at its start
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

// ending returns a transaction from the start and the end of an op, and false if the
// values are not those of a transaction. Only an OK transaction has read anything.
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

// Verdict returns the verdict on the ops so far. Transactions without an answer may have
// happened.
func (x *Txns) Verdict() Verdict {
	return x.analyse().under(cmp.Or(strings.Join(x.Models, "+"), strictest))
}

const strictest = "strict-serializable"

// txnAnalysis holds the anomalies of a history, whatever its consistency models.
type txnAnalysis struct {
	ops     []history.Op
	lists   bool
	timed   elle.Analysis        // with the order of real time
	untimed func() elle.Analysis // without the order of real time
	shown   []shownCycle         // cycles that Jepsen reports
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

// under judges the anomalies by models, joined by +.
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
			// Maelstrom ignores timeouts of the search in registers.
			v.types = append(v.types, name)
			v.bad = v.bad || !a.lists
		}
	}
	return v
}

// TxnsVerdict is the result of Txns.
type TxnsVerdict struct {
	models   string
	ops      []history.Op
	lists    bool
	analysis elle.Analysis
	theirs   map[string]bool // anomalies that only Jepsen's results show
	types    []string        // names of the reported anomalies, sorted
	bad      bool            // one of types is forbidden
	fit      fit             // how well it fits Jepsen's verdict, if compared
	guessed  bool            // the models are unknown
	allowed  string          // if guessed: the strongest model that allows the anomalies
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

// EDN implements Verdict. A case has its ops and an explanation; Elle writes a map of its
// own for each anomaly.
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

// summary returns EDN without the cases.
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

// show formats a transaction.
func (v TxnsVerdict) show(i int) string {
	return fmt.Sprintf("%d %.120s", v.ops[i].Index, history.ValueOf(v.ops[i].Value))
}

// anomaly returns how often an anomaly occurs, and its shortest case.
func (v TxnsVerdict) anomaly(name string) string {
	cases := v.analysis.Anomalies[name]
	shortest := slices.MinFunc(cases, func(a, b elle.Case) int { return cmp.Compare(len(a.Txns), len(b.Txns)) })
	how := times(len(cases))
	if v.theirs[name] {
		how = "which Jepsen shows, and which is there"
	}
	return fmt.Sprintf("%s, %s: %s", name, how, v.names.name(shortest.Explain(v.show)))
}

// Findings implements Verdict. It returns searches that took too long, and reads of
// values that nobody wrote, where Elle ignores them.
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

// strange describes the reads of values that nobody wrote.
func (v TxnsVerdict) strange() string {
	all := v.analysis.Strange
	return fmt.Sprintf("%s of what nobody wrote: %s", many(len(all), "read"), v.names.name(all[0].Explain(v.show)))
}
