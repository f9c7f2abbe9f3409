package native

import (
	"fmt"
	"time"

	"gossipbench/harness/experiment"
	"gossipbench/harness/history"
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
	j := &r.router.journal
	results := r.checkers.Results(history.Net{All: j.all.count(), Clients: j.clients.count(), Servers: j.servers.count()}, deliveries)
	metrics := results.Metrics()
	if r.ops > 0 {
		metrics["bytes-per-op"] = float64(j.bytes) / float64(r.ops)
	}
	if j.servers.sent > 0 {
		busiest := 0
		for _, messages := range j.busy[:r.router.nodes] {
			busiest = max(busiest, messages)
		}
		metrics["busiest-node-share"] = float64(busiest) / float64(j.servers.sent)
	}
	return results, metrics
}

// count is what Maelstrom would count. A message that arrived had been sent,
// so the distinct ones are those sent.
func (c count) count() history.Count {
	return history.Count{Send: c.sent, Recv: c.received, Msg: c.sent}
}

// maxLate is the share of deliveries that may be late without a warning.
// Chosen.
const maxLate = 0.01

// warn returns what a reader of the result should know besides.
func (r *run) warn(results history.Results) []string {
	warnings := results.Warnings()
	for _, e := range results.Exceptions {
		warnings = append(warnings, fmt.Sprintf("%d ops were answered in a malformed way, the first by n%d: %s",
			e.Count, e.Example.Process%len(r.threads)%len(r.nodes), e.Example.Error))
	}
	if l := r.router.lateness; float64(l.late) > maxLate*float64(l.count) {
		warnings = append(warnings, fmt.Sprintf("this machine was too slow or too busy: %.1f %% of the messages came more than %v late, up to %v",
			100*float64(l.late)/float64(l.count), lateBound, l.worst.Round(time.Millisecond)))
	}
	return warnings
}

// fillIn completes the result of a trial that was run.
func (r *run) fillIn(result *experiment.Result) history.Results {
	results, metrics := r.sum()
	result.Outcome, result.Metrics, result.Warnings = results.Outcome(), metrics, r.warn(results)
	return results
}
