package history

import (
	"slices"
	"time"
)

// Latencies collects how long clients waited for the answers of ops that were
// ok, in milliseconds. The zero Latencies is ready.
type Latencies struct {
	asked      map[int]time.Duration // by process
	broadcasts []float64
	reads      []float64
	all        []float64
}

// Add takes the next op of the history.
func (l *Latencies) Add(op Op) {
	if !op.client() {
		return
	}
	if l.asked == nil {
		l.asked = map[int]time.Duration{}
	}
	if op.Type == Invoke {
		l.asked[op.Process] = op.Time
		return
	}
	began, ok := l.asked[op.Process]
	delete(l.asked, op.Process)
	if !ok || op.Type != OK {
		return
	}
	ms := float64(op.Time-began) / float64(time.Millisecond)
	l.all = append(l.all, ms)
	switch {
	case op.adds():
		l.broadcasts = append(l.broadcasts, ms)
	case op.F == "read":
		l.reads = append(l.reads, ms)
	}
}

// AddMetrics adds the quantiles of the latencies so far.
func (l *Latencies) AddMetrics(metrics map[string]float64) {
	for _, f := range []struct {
		family string
		ms     []float64
	}{{"op-latency", l.all}, {"broadcast-latency", l.broadcasts}, {"read-latency", l.reads}} {
		addQuantiles(metrics, f.family, slices.Sorted(slices.Values(f.ms)))
	}
}
