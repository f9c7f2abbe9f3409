package checker

import (
	"gossipbench/harness/history"
	"time"
)

// Throughput counts the ops that ended well from the first invocation to the end
// of the load. Final ops do not count.
type Throughput struct {
	Load  time.Duration // how long the load lasts; 0 where it ends with the history
	begun bool
	first time.Duration
	last  time.Duration // op of the history
	ended int
}

// Add takes the next op of the history.
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

// AddMetrics adds the ops a second, where there was time for any.
func (t *Throughput) AddMetrics(metrics map[string]float64) {
	if load := max(t.Load, t.last) - t.first; t.begun && load > 0 {
		metrics["throughput"] = float64(t.ended) / load.Seconds()
	}
}
