package history

import "time"

// Outage is how long nobody got an answer: the longest time between two ops that
// ended well, or between the first invocation and the first of those. Failed
// ops do not end it, whatever they failed of; final ones do not count, nor does
// what follows the last op of the load. Of a cluster that needs a leader it is,
// give or take an op, the longest time without one.
type Outage struct {
	last    time.Duration
	begun   bool
	longest time.Duration
}

// Add takes the next op of the history.
func (o *Outage) Add(op Op) {
	if !op.client() || op.Final {
		return
	}
	if !o.begun {
		o.last, o.begun = op.Time, true
	}
	if op.Type != OK {
		return
	}
	o.longest = max(o.longest, op.Time-o.last)
	o.last = op.Time
}

// AddMetrics adds the outage in milliseconds.
func (o *Outage) AddMetrics(metrics map[string]float64) {
	metrics["outage"] = float64(o.longest) / float64(time.Millisecond)
}
