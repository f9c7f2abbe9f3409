package checker

import (
	"slices"

	"gossipbench/harness/edn"
	"gossipbench/harness/history"
	"gossipbench/harness/trial"
)

// Counter judges a history of g-counter or pn-counter: each final read must be the sum of
// all acknowledged adds and any subset of the unknown ones. The zero Counter is ready to
// use.
//
// Source: src/maelstrom/workload/pn_counter.clj.
type Counter struct {
	Cast    Cast // names the node of a wrong read
	sum     edn.Integer
	unknown []edn.Integer // adds that may or may not have happened
	asked   map[int]edn.Integer
	reads   []history.Op // final reads that were OK
	stale   staleReads
	unread  []history.Op // adds whose value is not an integer
}

// NewCounter returns the checker of the workloads g-counter and pn-counter.
func NewCounter(t trial.Trial) Checker { return &Counter{Cast: CastOf(t)} }

// Add adds the next op of the history.
func (c *Counter) Add(op history.Op) {
	c.stale.add(op, c.asked[op.Process])
	switch {
	case !op.Client():
	case op.F == "read" && op.Final && op.Type == history.OK:
		c.reads = append(c.reads, op)
	case op.F != "add":
	case op.Type == history.Invoke:
		if c.asked == nil {
			c.asked = map[int]edn.Integer{}
		}
		delta, ok := history.ValueOf(op.Value).Integer()
		if c.asked[op.Process] = delta; !ok {
			c.unread = append(c.unread, op)
		}
	case op.Type == history.OK:
		c.sum = c.sum.Plus(c.asked[op.Process])
		delete(c.asked, op.Process)
	case op.Type == history.Info:
		c.unknown = append(c.unknown, c.asked[op.Process])
		delete(c.asked, op.Process)
	default:
		delete(c.asked, op.Process)
	}
}

// span is the integers from first to last.
type span struct{ first, last edn.Integer }

func (s span) has(n edn.Integer) bool { return s.first.Compare(n) <= 0 && n.Compare(s.last) <= 0 }

func (s span) String() string {
	if s.first == s.last {
		return s.first.String()
	}
	return s.first.String() + " to " + s.last.String()
}

// maxSpans bounds the spans of acceptable values; each unknown add that is far from the
// others doubles their number. Chosen; Maelstrom's adds, -5 to 4, give one span.
const maxSpans = 10_000

// acceptable returns the acceptable values of a final read as ascending spans that do not
// touch. It returns false if there are too many.
func (c *Counter) acceptable() ([]span, bool) {
	unknown := slices.Clone(c.unknown)
	for _, delta := range c.asked { // the history ends before the answer
		unknown = append(unknown, delta)
	}
	slices.SortFunc(unknown, edn.Integer.Compare)
	spans := []span{{c.sum, c.sum}}
	for _, delta := range unknown {
		both := slices.Clone(spans)
		for _, s := range spans {
			both = append(both, span{s.first.Plus(delta), s.last.Plus(delta)})
		}
		if spans = join(both); len(spans) > maxSpans {
			return nil, false
		}
	}
	return spans, true
}

// join sorts spans and joins those that overlap or touch.
func join(spans []span) []span {
	slices.SortFunc(spans, func(a, b span) int { return a.first.Compare(b.first) })
	joined := spans[:1]
	for _, s := range spans[1:] {
		last := &joined[len(joined)-1]
		switch {
		case s.first.Compare(last.last.Plus(edn.NewInteger(1))) > 0:
			joined = append(joined, s)
		case s.last.Compare(last.last) > 0:
			last.last = s.last
		}
	}
	return joined
}

// Verdict returns the verdict on the ops so far.
func (c *Counter) Verdict() Verdict {
	v := CounterVerdict{cast: c.Cast, reads: c.reads, stale: c.stale, unread: c.unread}
	var decided bool
	if v.acceptable, decided = c.acceptable(); !decided {
		v.undecided = len(c.unknown) + len(c.asked)
		return v
	}
	for _, op := range c.reads {
		n, ok := history.ValueOf(op.Value).Integer()
		if !ok || !slices.ContainsFunc(v.acceptable, func(s span) bool { return s.has(n) }) {
			v.errors = append(v.errors, op)
		}
	}
	return v
}

// CounterVerdict is the result of Counter.
type CounterVerdict struct {
	cast       Cast
	acceptable []span
	reads      []history.Op
	errors     []history.Op // the reads that are not acceptable
	stale      staleReads
	unread     []history.Op // see Counter
	undecided  int          // number of unknown adds if they give too many spans
}

// Valid implements Verdict.
func (v CounterVerdict) Valid() trial.Outcome {
	switch {
	case len(v.unread) > 0 || v.undecided > 0:
		return trial.Unknown
	case len(v.errors) > 0:
		return trial.Invalid
	}
	return trial.Valid
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
			ops = append(ops, op.Record())
		}
		errors = edn.NewList(ops...)
	}
	var reads, acceptable []edn.Value
	for _, op := range v.reads {
		reads = append(reads, history.ValueOf(op.Value))
	}
	for _, s := range v.acceptable {
		acceptable = append(acceptable, edn.NewVector(s.first.Value(), s.last.Value()))
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
