package history

import (
	"gossipbench/harness/edn"
	"gossipbench/harness/experiment"
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
func NewEcho(experiment.Trial) Checker { return &Echo{} }

// Add takes the next op of the history.
func (e *Echo) Add(op Op) {
	if op.F != "echo" || !op.Client() {
		return
	}
	if e.asked == nil {
		e.asked = map[int]any{}
	}
	if op.Type == Invoke {
		e.asked[op.Process] = op.Value
		return
	}
	want, got := valueOf(e.asked[op.Process]), valueOf(op.Value)
	if op.Type != Info && !edn.Equal(want, got.At("echo")) {
		e.errors = append(e.errors, edn.NewVector(
			edn.NewString("Expected a message with :echo"), want, edn.NewString("But received"), abridged(got)))
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
func (v EchoVerdict) Valid() experiment.Outcome {
	if len(v.errors) > 0 {
		return experiment.Invalid
	}
	return experiment.Valid
}

// AddMetrics implements Verdict: there are none.
func (v EchoVerdict) AddMetrics(map[string]float64) {}

// EDN implements Verdict.
func (v EchoVerdict) EDN() edn.Value {
	return mapOf("valid?", validity(v.Valid()), "errors", edn.NewList(v.errors...))
}

// Findings implements Verdict: there is nothing that Jepsen does not say.
func (v EchoVerdict) Findings() []string { return nil }
