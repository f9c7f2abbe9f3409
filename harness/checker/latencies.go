package checker

import (
	"gossipbench/harness/history"
	"gossipbench/harness/trial"
	"slices"
	"time"
)

// Latencies collects how long clients waited for the answers of ops that were OK, in
// milliseconds. An op without an answer counts with the time that its client waited, at
// least its time-out: if it were left out, a node that is down would look fast. An op
// that was answered by an error is left out. The zero Latencies is ready to use.
type Latencies struct {
	asked  map[int]time.Duration // time of the invocation, by process
	all    []float64
	byKind map[string][]float64
}

// Add adds the next op of the history.
func (l *Latencies) Add(op history.Op) {
	if !op.Client() {
		return
	}
	if l.asked == nil {
		l.asked, l.byKind = map[int]time.Duration{}, map[string][]float64{}
	}
	if op.Type == history.Invoke {
		l.asked[op.Process] = op.Time
		return
	}
	began, ok := l.asked[op.Process]
	delete(l.asked, op.Process)
	if !ok || op.Type != history.OK && !op.TimedOut() {
		return
	}
	ms := float64(op.Time-began) / float64(time.Millisecond)
	l.all = append(l.all, ms)
	l.byKind[op.F] = append(l.byKind[op.F], ms)
}

// AddMetrics adds the quantiles of all latencies, and of each kind that has a metric.
func (l *Latencies) AddMetrics(metrics map[string]float64) {
	addQuantiles(metrics, "op-latency", slices.Sorted(slices.Values(l.all)))
	for _, kind := range trial.Kinds {
		addQuantiles(metrics, kind.Name+"-latency", slices.Sorted(slices.Values(l.byKind[kind.Name])))
	}
}
