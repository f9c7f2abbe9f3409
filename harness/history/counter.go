package history

import (
	"slices"

	"gossipbench/harness/edn"
	"gossipbench/harness/experiment"
)

// Counter judges a history of g-counter or pn-counter: each final read must be
// the sum of all acknowledged adds and of any of those whose outcome nobody knows.
// The zero Counter is ready.
//
// Source: src/maelstrom/workload/pn_counter.clj.
type Counter struct {
	Cast    Cast // so that a wrong read names its node
	sum     int64
	unknown []int64 // adds that may or may not have happened
	asked   map[int]int64
	reads   []Op // final, and ok
	stale   staleReads
}

// NewCounter returns the checker of workloads g-counter and pn-counter.
func NewCounter(t experiment.Trial) Checker { return &Counter{Cast: CastOf(t)} }

// Add takes the next op of the history.
func (c *Counter) Add(op Op) {
	c.stale.add(op, c.asked[op.Process])
	switch {
	case !op.client():
	case op.F == "read" && op.Final && op.Type == OK:
		c.reads = append(c.reads, op)
	case op.F != "add":
	case op.Type == Invoke:
		if c.asked == nil {
			c.asked = map[int]int64{}
		}
		c.asked[op.Process], _ = op.Value.(int64)
	case op.Type == OK:
		c.sum += c.asked[op.Process]
		delete(c.asked, op.Process)
	case op.Type == Info:
		c.unknown = append(c.unknown, c.asked[op.Process])
		delete(c.asked, op.Process)
	default:
		delete(c.asked, op.Process)
	}
}

// span is the integers from first to last.
type span struct{ first, last int64 }

// acceptable returns what a final read may be, in ascending spans that do not
// touch.
func (c *Counter) acceptable() []span {
	unknown := slices.Clone(c.unknown)
	for _, delta := range c.asked { // never answered: the history ends
		unknown = append(unknown, delta)
	}
	slices.Sort(unknown)
	spans := []span{{c.sum, c.sum}}
	for _, delta := range unknown {
		both := slices.Clone(spans)
		for _, s := range spans {
			both = append(both, span{s.first + delta, s.last + delta})
		}
		spans = join(both)
	}
	return spans
}

// join sorts spans and joins those that overlap or touch.
func join(spans []span) []span {
	slices.SortFunc(spans, func(a, b span) int { return int(a.first - b.first) })
	joined := spans[:1]
	for _, s := range spans[1:] {
		if last := &joined[len(joined)-1]; s.first <= last.last+1 {
			last.last = max(last.last, s.last)
		} else {
			joined = append(joined, s)
		}
	}
	return joined
}

// Verdict returns the verdict on the ops so far.
func (c *Counter) Verdict() Verdict {
	v := CounterVerdict{cast: c.Cast, acceptable: c.acceptable(), reads: c.reads, stale: c.stale}
	for _, op := range c.reads {
		n, ok := op.Value.(int64)
		if !ok || !slices.ContainsFunc(v.acceptable, func(s span) bool { return s.first <= n && n <= s.last }) {
			v.errors = append(v.errors, op)
		}
	}
	return v
}

// CounterVerdict is what Counter has found.
type CounterVerdict struct {
	cast       Cast
	acceptable []span
	reads      []Op
	errors     []Op // of reads, those that are not acceptable
	stale      staleReads
}

// Valid implements Verdict.
func (v CounterVerdict) Valid() experiment.Outcome {
	if len(v.errors) > 0 {
		return experiment.Invalid
	}
	return experiment.Valid
}

// AddMetrics implements Verdict.
func (v CounterVerdict) AddMetrics(metrics map[string]float64) {
	metrics["wrong-reads"] = float64(len(v.errors))
	if v.stale.reads > 0 {
		metrics["stale-read-share"] = float64(v.stale.stale) / float64(v.stale.reads)
	}
}

// EDN implements Verdict.
func (v CounterVerdict) EDN() edn.Value {
	errors := edn.NewNil()
	if len(v.errors) > 0 {
		var ops []edn.Value
		for _, op := range v.errors {
			ops = append(ops, op.record())
		}
		errors = edn.NewList(ops...)
	}
	var reads, acceptable []edn.Value
	for _, op := range v.reads {
		reads = append(reads, valueOf(op.Value))
	}
	for _, s := range v.acceptable {
		acceptable = append(acceptable, edn.NewVector(edn.NewInt(s.first), edn.NewInt(s.last)))
	}
	return mapOf("valid?", validity(v.Valid()), "errors", errors,
		"final-reads", edn.NewList(reads...), "acceptable", edn.NewList(acceptable...))
}

// Findings implements Verdict.
func (v CounterVerdict) Findings() []string {
	if len(v.reads) == 0 {
		return []string{"there was no final read: nothing is proved"}
	}
	return nil
}
