package checker

import (
	"gossipbench/harness/edn"
	"gossipbench/harness/history"
	"gossipbench/harness/trial"
)

// Echo judges an echo history: each reply must have what was asked. An op that
// definitely failed is an error, too; one of which nobody knows what became is
// none. The zero Echo is ready.
//
// Source: src/maelstrom/workload/echo.clj.
type Echo struct {
	asked  map[int]any // by process
	errors []edn.Value
	why    []string // the Error of each
}

// NewEcho returns the checker of workload echo.
func NewEcho(trial.Trial) Checker { return &Echo{} }

// Add takes the next op of the history.
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

// EchoVerdict is what Echo has found: the ops that did not echo.
type EchoVerdict struct {
	errors []edn.Value
	why    []string // the error by which each op failed, where that is known
}

// Valid implements Verdict.
func (v EchoVerdict) Valid() trial.Outcome {
	if len(v.errors) > 0 {
		return trial.Invalid
	}
	return trial.Valid
}

// AddMetrics implements Verdict: there are none.
func (v EchoVerdict) AddMetrics(map[string]float64) {}

// EDN implements Verdict.
func (v EchoVerdict) EDN() edn.Value {
	return mapOf("valid?", validity(v.Valid()), "errors", edn.NewList(v.errors...))
}

// Findings implements Verdict: there is nothing that Jepsen does not say.
func (v EchoVerdict) Findings() []string { return nil }
