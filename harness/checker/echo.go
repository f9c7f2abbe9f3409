package checker

import (
	"gossipbench/harness/edn"
	"gossipbench/harness/history"
	"gossipbench/harness/trial"
)

// Echo judges an echo history: each answer must equal its request. A failed op is an
// error, too; an op with an unknown outcome is not. The zero Echo is ready to use.
//
// Source: src/maelstrom/workload/echo.clj.
type Echo struct {
	asked  map[int]any // the request, by process
	errors []edn.Value
	why    []string // Op.Error of each
}

// NewEcho returns the checker of the workload echo.
func NewEcho(trial.Trial) Checker { return &Echo{} }

// Add adds the next op of the history.
func (e *Echo) Add(op history.Op) {
	if op.F != "echo" || !op.Client() {
		return
	}
	if e.asked == nil {
		e.asked = map[int]any{}
	}
	if op.Type == history.Invoke {
		e.asked[op.Process] = op.Value
		return
	}
	want, got := history.ValueOf(e.asked[op.Process]), history.ValueOf(op.Value)
	if op.Type != history.Info && !edn.Equal(want, got.At("echo")) {
		e.errors = append(e.errors, edn.NewVector(
			edn.NewString("Expected a message with :echo"), want, edn.NewString("But received"), history.Abridged(got)))
		e.why = append(e.why, op.Error)
	}
}

// Verdict returns the verdict on the ops so far.
func (e *Echo) Verdict() Verdict { return EchoVerdict{e.errors, e.why} }

// EchoVerdict is the result of Echo: the ops with a wrong answer.
type EchoVerdict struct {
	errors []edn.Value
	why    []string // the error of each op, if known
}

// Valid implements Verdict.
func (v EchoVerdict) Valid() trial.Outcome {
	if len(v.errors) > 0 {
		return trial.Invalid
	}
	return trial.Valid
}

// AddMetrics implements Verdict. There are no metrics.
func (v EchoVerdict) AddMetrics(map[string]float64) {}

// EDN implements Verdict.
func (v EchoVerdict) EDN() edn.Value {
	return mapOf("valid?", validity(v.Valid()), "errors", edn.NewList(v.errors...))
}

// Findings implements Verdict. There are none.
func (v EchoVerdict) Findings() []string { return nil }
