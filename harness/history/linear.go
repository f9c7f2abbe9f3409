package history

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/anishathalye/porcupine"

	"gossipbench/harness/edn"
	"gossipbench/harness/experiment"
)

// Linearizable judges a history of lin-kv: the ops of each key must be
// linearizable (Herlihy and Wing, TOPLAS 1990), as those of one register that is
// read, written, and compared and set. Ops that failed did not happen; those of
// which nobody knows what became may happen at any time after they were asked.
//
// Porcupine decides it, by the algorithm of Wing and Gong with Lowe's memory
// ("Testing for linearizability", 2017). Where it does not within Limit, for all
// keys together, the verdict is unknown. The zero Linearizable is ready.
//
// Source: src/maelstrom/workload/lin_kv.clj; cas-register in knossos.model.
type Linearizable struct {
	Limit time.Duration // 0 means a minute
	keys  map[int64][]porcupine.Operation
	asked map[int]Op // by process
}

// NewLinearizable returns the checker of workload lin-kv.
func NewLinearizable(experiment.Trial) Checker { return &Linearizable{} }

// Add takes the next op of the history.
func (l *Linearizable) Add(op Op) {
	if !op.client() {
		return
	}
	if l.asked == nil {
		l.asked, l.keys = map[int]Op{}, map[int64][]porcupine.Operation{}
	}
	if op.Type == Invoke {
		l.asked[op.Process] = op
		return
	}
	asked, ok := l.asked[op.Process]
	delete(l.asked, op.Process)
	if ok {
		l.end(asked, op)
	}
}

// end takes an op that has ended.
func (l *Linearizable) end(asked, ended Op) {
	in, isKeyed := ReadKeyed(asked.Value)
	if !isKeyed {
		return
	}
	if _, known := l.keys[in.Key]; !known {
		l.keys[in.Key] = nil
	}
	o := porcupine.Operation{ClientId: asked.Process, Input: access{f: asked.F, value: in.Value}, Call: int64(asked.Time), Return: int64(ended.Time)}
	switch {
	case ended.Type == Fail, ended.Type == Info && asked.F == "read":
		return
	case ended.Type == Info:
		o.Return = math.MaxInt64
		o.Input = access{f: asked.F, value: in.Value, unknown: true}
	case asked.F == "read":
		out, _ := ReadKeyed(ended.Value)
		o.Output = out.Value
	}
	l.keys[in.Key] = append(l.keys[in.Key], o)
}

// access is an op on a register.
type access struct {
	f       string
	value   any // int64 or Swap
	unknown bool
}

// register is one that is read, written, and compared and set. Its state is nil
// before the first write.
var register = porcupine.Model{
	Init: func() any { return nil },
	Step: func(state, input, output any) (bool, any) {
		a := input.(access)
		switch a.f {
		case "read":
			return output == nil || output == state, state
		case "write":
			return true, a.value
		}
		swap := a.value.(Swap)
		if state == any(swap.From) {
			return true, swap.To
		}
		return a.unknown, state
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprint(input, output) },
}

// Verdict returns the verdict on the ops so far; those that were not answered
// yet count as unknown.
func (l *Linearizable) Verdict() Verdict {
	limit := l.Limit
	if limit == 0 {
		limit = time.Minute
	}
	v := LinearizableVerdict{results: map[int64]experiment.Outcome{}}
	pending := map[int64][]porcupine.Operation{}
	for _, asked := range l.asked {
		if in, ok := ReadKeyed(asked.Value); ok && asked.F != "read" {
			pending[in.Key] = append(pending[in.Key], porcupine.Operation{
				ClientId: asked.Process, Input: access{asked.F, in.Value, true}, Call: int64(asked.Time), Return: math.MaxInt64,
			})
		}
	}
	began := time.Now()
	for _, key := range slices.Sorted(maps.Keys(l.keys)) {
		ops := slices.Concat(l.keys[key], pending[key])
		v.ops += len(ops)
		rest := limit - time.Since(began)
		if rest <= 0 {
			v.results[key] = experiment.Unknown
			continue
		}
		switch porcupine.CheckOperationsTimeout(register, ops, rest) {
		case porcupine.Ok:
			v.results[key] = experiment.Valid
		case porcupine.Illegal:
			v.results[key] = experiment.Invalid
		default:
			v.results[key] = experiment.Unknown
		}
	}
	return v
}

// LinearizableVerdict is what Linearizable has found, key by key.
type LinearizableVerdict struct {
	results map[int64]experiment.Outcome
	ops     int
}

// keys are those of an outcome, in order.
func (v LinearizableVerdict) keys(outcome experiment.Outcome) []int64 {
	var keys []int64
	for _, key := range slices.Sorted(maps.Keys(v.results)) {
		if v.results[key] == outcome {
			keys = append(keys, key)
		}
	}
	return keys
}

// Valid implements Verdict.
func (v LinearizableVerdict) Valid() experiment.Outcome {
	var all []experiment.Outcome
	for _, outcome := range v.results {
		all = append(all, outcome)
	}
	return Worst(all...)
}

// AddMetrics implements Verdict.
func (v LinearizableVerdict) AddMetrics(metrics map[string]float64) {
	metrics["wrong-keys"] = float64(len(v.keys(experiment.Invalid)))
}

// EDN implements Verdict. What Knossos has besides, its configurations and
// paths, porcupine does not.
func (v LinearizableVerdict) EDN() edn.Value {
	var results, failures []edn.Value
	for _, key := range slices.Sorted(maps.Keys(v.results)) {
		valid := validity(v.results[key])
		results = append(results, edn.NewInt(key), mapOf("linearizable", mapOf("valid?", valid), "timeline", mapOf("valid?", true), "valid?", valid))
	}
	for _, key := range v.keys(experiment.Invalid) {
		failures = append(failures, edn.NewInt(key))
	}
	return mapOf("valid?", validity(v.Valid()), "results", edn.NewMap(results...), "failures", edn.NewVector(failures...))
}

// Findings implements Verdict: there is nothing that Reasons does not say.
func (v LinearizableVerdict) Findings() []string { return nil }
