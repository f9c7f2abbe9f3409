package checker

import (
	"slices"
	"time"

	"gossipbench/harness/edn"
	"gossipbench/harness/history"
	"gossipbench/harness/trial"
)

// Linearizable judges a history of lin-kv: the ops of each key must be linearizable
// (Herlihy and Wing, TOPLAS 1990) as those of a register with read, write and
// compare-and-set. Failed ops did not happen; unknown ones may happen at any time after
// their invocation. The order of time is the order of the history. Keys and values may be
// anything. Ops without a key, as in the file that Jepsen writes for each key, belong to
// one register.
//
// The verdict is unknown if the search exceeds Limit, for all keys together, or its
// memory bound. The zero Linearizable is ready to use.
//
// Source: src/maelstrom/workload/lin_kv.clj; cas-register in knossos.model.
type Linearizable struct {
	Limit     time.Duration // 0 means a minute
	registers map[string]*registered
	order     []*registered
	asked     map[int]waiting // op in progress, by process
	events    int             // number of events so far

	keyed, unkeyed bool         // some op has a key; some op has none
	unread         []history.Op // ops whose key or value cannot be read
}

// registered is a register and the accesses to it.
type registered struct {
	key      edn.Value // absent for the register without a key
	accesses []access
	values   map[string]int32 // numbers from 1 on, by edn.Value.Key; 0 is nothing
}

// waiting is an access whose op has not ended.
type waiting struct {
	of *registered
	access
	keyed bool
	f     string
}

// NewLinearizable returns the checker of the workload lin-kv.
func NewLinearizable(trial.Trial) Checker { return &Linearizable{} }

// Add adds the next op of the history.
func (l *Linearizable) Add(op history.Op) {
	if !op.Client() || op.F != "read" && op.F != "write" && op.F != "cas" {
		return
	}
	if l.asked == nil {
		l.asked, l.registers = map[int]waiting{}, map[string]*registered{}
	}
	l.events++
	if op.Type == history.Invoke {
		if w, ok := l.begin(op); ok {
			l.asked[op.Process] = w
		} else {
			l.unread = append(l.unread, op)
		}
		return
	}
	w, ok := l.asked[op.Process]
	delete(l.asked, op.Process)
	if ok && w.f == op.F {
		l.end(w, op)
	}
}

// begin parses the invocation of an op. It returns false if the value cannot be read.
func (l *Linearizable) begin(op history.Op) (waiting, bool) {
	w := waiting{f: op.F, access: access{began: l.events, ended: never}}
	key, value := edn.Value{}, history.ValueOf(op.Value).Untagged()
	if w.keyed = hasKey(op.F, value); w.keyed {
		key, value = value.Items()[0], value.Items()[1].Untagged()
	}
	l.keyed, l.unkeyed = l.keyed || w.keyed, l.unkeyed || !w.keyed
	w.of = l.register(key)
	switch op.F {
	case "read":
		w.kind = reads
	case "write":
		w.kind, w.to = writes, w.of.number(value)
	default:
		pair := value.Items()
		if len(pair) != 2 {
			return waiting{}, false
		}
		w.kind, w.from, w.to = swaps, w.of.number(pair[0]), w.of.number(pair[1])
	}
	return w, true
}

// hasKey reports whether a value is [key value]. The value of a compare-and-set is itself
// a pair, and a read without a key has no value yet.
func hasKey(f string, value edn.Value) bool {
	items := value.Items()
	if f == "cas" {
		return len(items) == 2 && len(items[1].Untagged().Items()) == 2
	}
	return value.Kind() != edn.Set && len(items) == 2
}

// register returns the register of a key.
func (l *Linearizable) register(key edn.Value) *registered {
	name := key.Key()
	if l.registers[name] == nil {
		r := &registered{key: key, values: map[string]int32{}}
		l.registers[name], l.order = r, append(l.order, r)
	}
	return l.registers[name]
}

// number returns the number of a value.
func (r *registered) number(v edn.Value) int32 {
	if v.Kind() == edn.Nil {
		return 0
	}
	name := v.Key()
	n, known := r.values[name]
	if !known {
		n = int32(len(r.values) + 1)
		r.values[name] = n
	}
	return n
}

// end records an op that has ended. A read that shows nil is ignored.
func (l *Linearizable) end(w waiting, ended history.Op) {
	a := w.access
	switch {
	case ended.Type == history.Fail, ended.Type == history.Info && a.kind == reads:
		return
	case ended.Type == history.OK:
		a.ended = l.events
	}
	if a.kind == reads {
		shown := history.ValueOf(ended.Value).Untagged()
		if w.keyed {
			if !hasKey(ended.F, shown) {
				l.unread = append(l.unread, ended)
				return
			}
			shown = shown.Items()[1]
		}
		if shown.Kind() == edn.Nil {
			return
		}
		a.to = w.of.number(shown)
	}
	w.of.accesses = append(w.of.accesses, a)
}

// Verdict returns the verdict on the ops so far. Ops without an answer are unknown.
func (l *Linearizable) Verdict() Verdict {
	limit := l.Limit
	if limit == 0 {
		limit = time.Minute
	}
	pending := map[*registered][]access{}
	for _, w := range l.asked {
		if w.kind != reads {
			pending[w.of] = append(pending[w.of], w.access)
		}
	}
	v := LinearizableVerdict{unread: l.unread, mixed: l.keyed && l.unkeyed}
	deadline := time.Now().Add(limit)
	for _, r := range l.order {
		accesses := slices.Concat(r.accesses, pending[r])
		v.results = append(v.results, keyResult{r.key, linearize(accesses, deadline)})
	}
	slices.SortFunc(v.results, func(a, b keyResult) int { return edn.Compare(a.key, b.key) })
	return v
}

// keyResult is the verdict on one key.
type keyResult struct {
	key     edn.Value // absent if there are no keys
	outcome trial.Outcome
}

// LinearizableVerdict is the result of Linearizable, in order of keys.
type LinearizableVerdict struct {
	results []keyResult
	unread  []history.Op // see Linearizable
	mixed   bool         // some ops have a key and some have none
}

// keys returns the keys with an outcome, in order.
func (v LinearizableVerdict) keys(outcome trial.Outcome) []edn.Value {
	var keys []edn.Value
	for _, r := range v.results {
		if r.outcome == outcome {
			keys = append(keys, r.key)
		}
	}
	return keys
}

// Valid implements Verdict. The outcome is unknown if some ops cannot be read, since the
// others may have seen their effect.
func (v LinearizableVerdict) Valid() trial.Outcome {
	if len(v.unread) > 0 || v.mixed {
		return trial.Unknown
	}
	var all []trial.Outcome
	for _, r := range v.results {
		all = append(all, r.outcome)
	}
	return Worst(all...)
}

// AddMetrics implements Verdict.
func (v LinearizableVerdict) AddMetrics(metrics map[string]float64) {
	metrics["wrong-keys"] = float64(len(v.keys(trial.Invalid)))
}

// EDN implements Verdict. It lacks Knossos' configurations and paths. Without keys it is
// the verdict alone.
func (v LinearizableVerdict) EDN() edn.Value {
	if len(v.results) == 1 && !v.results[0].key.Present() {
		return mapOf("valid?", validity(v.Valid()))
	}
	var results []edn.Value
	for _, r := range v.results {
		key, valid := r.key, validity(r.outcome)
		if !key.Present() {
			key = edn.NewNil()
		}
		results = append(results, key, mapOf("linearizable", mapOf("valid?", valid), "timeline", mapOf("valid?", true), "valid?", valid))
	}
	return mapOf("valid?", validity(v.Valid()), "results", edn.NewMap(results...), "failures", edn.NewVector(v.keys(trial.Invalid)...))
}

// Findings implements Verdict. There are none.
func (v LinearizableVerdict) Findings() []string { return nil }
