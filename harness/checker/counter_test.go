package checker

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gossipbench/harness/edn"
	"gossipbench/harness/history"
	"gossipbench/harness/trial"
)

// done returns a history of process 0: each op is invoked and then completes with its
// Type.
func done(all ...history.Op) []history.Op {
	var h []history.Op
	for _, op := range all {
		asked := op
		asked.Type = history.Invoke
		if op.F == "read" {
			asked.Value = nil
		}
		h = append(h, asked, op)
	}
	for i := range h {
		h[i].Index, h[i].Time = i, ms(i)
	}
	return h
}

func outcomeOf(c Checker, history []history.Op) trial.Outcome {
	for _, op := range history {
		c.Add(op)
	}
	return c.Verdict().Valid()
}

// TestCounter: 2 and 4 were acknowledged and −3 failed, so the sum is 6; 10 and −1 may
// have happened, so 5, 6, 15 and 16 are acceptable.
func TestCounter(t *testing.T) {
	adds := []history.Op{
		{Type: history.OK, F: "add", Value: int64(2)}, {Type: history.OK, F: "add", Value: int64(4)}, {Type: history.Fail, F: "add", Value: int64(-3)},
		{Type: history.Info, F: "add", Value: int64(10)}, {Type: history.Info, Process: 1, F: "add", Value: int64(-1)},
		{Type: history.OK, Process: 2, F: "read", Value: int64(99)}, // not a final read: ignored
	}
	for read, want := range map[int64]trial.Outcome{
		4: trial.Invalid, 5: trial.Valid, 6: trial.Valid, 7: trial.Invalid, // 4 misses an add, 7 matches no set of adds
		14: trial.Invalid, 15: trial.Valid, 16: trial.Valid, 17: trial.Invalid,
	} {
		history := done(append(slices.Clone(adds), history.Op{Type: history.OK, Process: 2, F: "read", Final: true, Value: read})...)
		if got := outcomeOf(&Counter{}, history); got != want {
			t.Errorf("a final read of %d: got %s, want %s", read, got, want)
		}
	}
}

// TestAcceptableTwin compares the spans with all subsets of the adds, within 64 bits and
// beyond.
func TestAcceptableTwin(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 300 {
		base := edn.Integer{}
		if i%2 == 1 {
			base, _ = edn.ParseInteger("170141183460469231731687303715884105727")
		}
		sum := r.Int64N(10)
		c := Counter{sum: base.Plus(edn.NewInteger(sum))}
		var unknown []int64
		for range r.IntN(8) {
			unknown = append(unknown, r.Int64N(21)-10)
			c.unknown = append(c.unknown, edn.NewInteger(unknown[len(unknown)-1]))
		}
		want := map[int64]bool{}
		for subset := range 1 << len(unknown) {
			may := sum
			for i, delta := range unknown {
				if subset>>i&1 != 0 {
					may += delta
				}
			}
			want[may] = true
		}
		spans, _ := c.acceptable()
		for n := int64(-100); n < 120; n++ {
			got := slices.ContainsFunc(spans, func(s span) bool { return s.has(base.Plus(edn.NewInteger(n))) })
			if got != want[n] {
				t.Fatalf("%v and any of %v: %d: got %v, want %v", c.sum, unknown, n, got, want[n])
			}
		}
	}
}

// TestCounterForeign: adds and reads of a foreign history may be integers of any size.
// Anything else makes the verdict unknown. Many unknown adds far apart do not take
// exponential time.
func TestCounterForeign(t *testing.T) {
	big := func(text string) edn.Value {
		v, err := edn.Parse("test", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	add := func(end history.Type, delta any) history.Op { return history.Op{Type: end, F: "add", Value: delta} }
	read := func(value any) history.Op { return history.Op{Type: history.OK, F: "read", Final: true, Value: value} }
	var apart []history.Op
	delta := edn.NewInteger(1)
	for range 64 {
		apart = append(apart, add(history.Info, delta.Value()))
		delta = delta.Plus(delta).Plus(delta)
	}
	for _, tt := range []struct {
		name   string
		ops    []history.Op
		want   trial.Outcome
		reason string
	}{
		{"beyond 64 bits", []history.Op{add(history.OK, int64(math.MaxInt64)), add(history.OK, int64(2)), read(big("9223372036854775809"))}, trial.Valid, ""},
		{"and wrapped round", []history.Op{add(history.OK, int64(math.MaxInt64)), add(history.OK, int64(2)), read(int64(math.MinInt64 + 1))}, trial.Invalid,
			"1 of 1 final read cannot be: -9223372036854775807 by process 0; acceptable is 9223372036854775809"},
		{"a large add", []history.Op{add(history.OK, big("100000000000000000000N")), read(big("100000000000000000000"))}, trial.Valid, ""},
		{"an add of no integer", []history.Op{add(history.OK, 1.5), read(int64(0))}, trial.Unknown,
			"1 ops have values that are none of counters, so that nothing is proved; the first is 0: 1.5"},
		{"far apart", append(apart, read(int64(1))), trial.Unknown,
			"64 adds whose outcome nobody knows are too far apart to tell what a final read may be"},
	} {
		var c Counter
		if got := outcomeOf(&c, done(tt.ops...)); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
		var reasons []string
		for _, r := range c.Verdict().Reasons() {
			reasons = append(reasons, r.Text)
		}
		if got := strings.Join(reasons, "; "); got != tt.reason {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.reason)
		}
		if _, err := edn.Parse("results.edn", edn.AppendPretty(nil, c.Verdict().EDN())); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
