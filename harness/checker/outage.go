package checker

import (
	"gossipbench/harness/history"
	"time"
)

// Outage is how long nobody got an answer: the longest time of the load between
// two ops that ended well, or between the first invocation and the first of those,
// or between the last of those and the end of the load. Failed ops do not end it,
// whatever they failed of; final ones do not count, nor does what comes after the
// load. Of a cluster that needs a leader it is, give or take an op, the longest
// time without one.
type Outage struct {
	Load    time.Duration // how long the load lasts; 0 where it ends with the last op that ended well
	last    time.Duration
	begun   bool
	longest time.Duration
}

// Add takes the next op of the history.
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
