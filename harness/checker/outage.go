package checker

import (
	"gossipbench/harness/history"
	"time"
)

// Outage measures the longest time of the load without a successful op: between two
// successes, from the first invocation to the first success, or from the last success to
// the end of the load. Failed ops do not end an outage. Final ops and ops after the load
// are ignored. In a cluster with a leader it is about the longest time without one.
type Outage struct {
	Load    time.Duration // duration of the load; 0: until the last success
	last    time.Duration
	begun   bool
	longest time.Duration
}

// Add adds the next op of the history.
func (o *Outage) Add(op history.Op) {
	if !op.Client() || op.Final || o.Load > 0 && op.Time > o.Load {
		return
	}
	if !o.begun {
		o.last, o.begun = op.Time, true
	}
	if op.Type != history.OK {
		return
	}
	o.longest = max(o.longest, op.Time-o.last)
	o.last = op.Time
}

// AddMetrics adds the outage in milliseconds.
func (o *Outage) AddMetrics(metrics map[string]float64) {
	longest := o.longest
	if o.begun {
		longest = max(longest, o.Load-o.last)
	}
	metrics["outage"] = float64(longest) / float64(time.Millisecond)
}
