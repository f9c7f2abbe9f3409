package native

import (
	"context"
	"fmt"
	"time"

	"gossipbench/harness/checker"
	"gossipbench/harness/history"
	"gossipbench/harness/network"
	"gossipbench/harness/trial"
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

// sum returns the results of the run and its metrics.
func (r *run) sum() (checker.Results, map[string]float64) {
	var deliveries *checker.Deliveries
	if r.spread != nil && len(r.spread.values) > 0 { // values of g-set are not tracked
		deliveries = r.spread.deliveries(r.now())
	}
	results := r.checkers.Results(r.router.Net(), deliveries)
	metrics := results.Metrics()
	r.router.AddMetrics(metrics, r.ops, r.stored)
	return results, metrics
}

// maxLate is the share of late deliveries from which a result has a warning. Chosen.
const maxLate = 0.01

// warn returns the warnings of the result.
func (r *run) warn(results checker.Results) []string {
	warnings := results.Warnings()
	for _, e := range results.Exceptions {
		warnings = append(warnings, fmt.Sprintf("%d ops ended in an exception of their client, the first with n%d: %s",
			e.Count, e.Example.Process%len(r.clientOf)%len(r.nodes), e.Example.Error))
	}
	for _, p := range r.nodes {
		if vain := p.inVain(); p.unanswered && vain != "" {
			warnings = append(warnings, p.name+" left requests unanswered, and "+vain)
		}
	}
	if l := r.router.Lateness(); float64(l.Late) > maxLate*float64(l.Count) {
		warnings = append(warnings, fmt.Sprintf("this machine was too slow or too busy: %.1f %% of the messages came more than %v late, up to %v",
			100*float64(l.Late)/float64(l.Count), network.LateBound, l.Worst.Round(time.Millisecond)))
	}
	return warnings
}

// judge completes the result of a trial. If ctx ends it returns at once, and the
// checkers' goroutine may go on for a while.
func (r *run) judge(ctx context.Context, result *trial.Result) (*checker.Results, error) {
	type verdict struct {
		results  checker.Results
		metrics  map[string]float64
		warnings []string
		reasons  []trial.Reason
	}
	done := make(chan verdict, 1)
	go func() {
		results, metrics := r.sum()
		done <- verdict{results: results, metrics: metrics, warnings: r.warn(results), reasons: results.Reasons()}
	}()
	select {
	case v := <-done:
		result.Outcome, result.Reasons, result.Metrics, result.Warnings = v.results.Outcome(), v.reasons, v.metrics, v.warnings
		return &v.results, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
