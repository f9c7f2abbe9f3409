package history

import "time"

// Throughput counts the ops of the load that ended well while clients asked, from
// the first invocation to the last one. Final ops do not count, nor do crashes
// that clients play.
type Throughput struct {
	begun       bool
	first, last time.Duration // of the invocations
	ended       int           // well, up to the last invocation
	since       int           // and after it
}

// Add takes the next op of the history.
func (t *Throughput) Add(op Op) {
	if !op.client() || op.Final {
		return
	}
	switch op.Type {
	case Invoke:
		if !t.begun {
			t.first, t.begun = op.Time, true
		}
		t.last = op.Time
		t.ended, t.since = t.ended+t.since, 0
	case OK:
		t.since++
	}
}

// AddMetrics adds the ops a second, where more than one was asked.
func (t *Throughput) AddMetrics(metrics map[string]float64) {
	if t.last > t.first {
		metrics["throughput"] = float64(t.ended) / (t.last - t.first).Seconds()
	}
}
