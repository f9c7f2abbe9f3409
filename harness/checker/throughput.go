package checker

import (
	"gossipbench/harness/history"
	"time"
)

// Throughput counts the ops that succeeded, from the first invocation to the end of the
// load. Final ops do not count.
type Throughput struct {
	Load  time.Duration // duration of the load; 0: until the end of the history
	begun bool
	first time.Duration
	last  time.Duration // time of the last op
	ended int
}

// Add adds the next op of the history.
func (t *Throughput) Add(op history.Op) {
	if !op.Client() || op.Final || t.Load > 0 && op.Time > t.Load {
		return
	}
	if !t.begun {
		t.first, t.begun = op.Time, true
	}
	t.last = op.Time
	if op.Type == history.OK {
		t.ended++
	}
}

// AddMetrics adds the ops per second, unless the load has no duration.
func (t *Throughput) AddMetrics(metrics map[string]float64) {
	if load := max(t.Load, t.last) - t.first; t.begun && load > 0 {
		metrics["throughput"] = float64(t.ended) / load.Seconds()
	}
}
