package native

import (
	"fmt"
	"time"

	"gossipbench/harness/experiment"
	"gossipbench/harness/history"
	"gossipbench/harness/router"
)

// record adds an op to the history.
func (r *run) record(op history.Op) {
	op.Index = r.recorded
	op.Time = r.now() - r.start
	r.recorded++
	if op.Type == history.Invoke {
		r.ops++
	}
	r.checkers.Add(op)
	r.folder.write(op)
}

// sum returns the verdict on the run, and its numbers.
func (r *run) sum() (history.Results, map[string]float64) {
	var deliveries []time.Duration
	if r.spread != nil {
		deliveries = r.spread.latencies()
	}
	results := r.checkers.Results(r.router.Net(), deliveries)
	metrics := results.Metrics()
	r.router.AddMetrics(metrics, r.ops, r.stored)
	return results, metrics
}

// maxLate is the share of deliveries that may be late without a warning.
// Chosen.
const maxLate = 0.01

// warn returns what a reader of the result should know besides.
func (r *run) warn(results history.Results) []string {
	warnings := results.Warnings()
	for _, e := range results.Exceptions {
		warnings = append(warnings, fmt.Sprintf("%d ops ended in an exception of their client, the first with n%d: %s",
			e.Count, e.Example.Process%len(r.clientOf)%len(r.nodes), e.Example.Error))
	}
	if l := r.router.Lateness(); float64(l.Late) > maxLate*float64(l.Count) {
		warnings = append(warnings, fmt.Sprintf("this machine was too slow or too busy: %.1f %% of the messages came more than %v late, up to %v",
			100*float64(l.Late)/float64(l.Count), router.LateBound, l.Worst.Round(time.Millisecond)))
	}
	return warnings
}

// fillIn completes the result of a trial that was run.
func (r *run) fillIn(result *experiment.Result) history.Results {
	results, metrics := r.sum()
	result.Outcome, result.Reasons, result.Metrics, result.Warnings = results.Outcome(), results.Reasons(), metrics, r.warn(results)
	return results
}
