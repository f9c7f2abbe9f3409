package history

import (
	"math/rand/v2"
	"slices"
	"testing"

	"gossipbench/harness/experiment"
)

// done makes a history of process 0 alone: each op is asked and ends as its Type
// says.
func done(all ...Op) []Op {
	var history []Op
	for _, op := range all {
		asked := op
		asked.Type = Invoke
		if op.F == "read" {
			asked.Value = nil
		}
		history = append(history, asked, op)
	}
	for i := range history {
		history[i].Index, history[i].Time = i, ms(i)
	}
	return history
}

func outcomeOf(c Checker, history []Op) experiment.Outcome {
	for _, op := range history {
		c.Add(op)
	}
	return c.Verdict().Valid()
}

// TestCounter: 2 and 4 were acknowledged and −3 failed, so their sum is 6; 10 and
// −1 may have happened, so 5, 6, 15 and 16 are right.
func TestCounter(t *testing.T) {
	adds := []Op{
		{Type: OK, F: "add", Value: int64(2)}, {Type: OK, F: "add", Value: int64(4)}, {Type: Fail, F: "add", Value: int64(-3)},
		{Type: Info, F: "add", Value: int64(10)}, {Type: Info, Process: 1, F: "add", Value: int64(-1)},
		{Type: OK, Process: 2, F: "read", Value: int64(99)}, // not final: of no account
	}
	for read, want := range map[int64]experiment.Outcome{
		4: experiment.Invalid, 5: experiment.Valid, 6: experiment.Valid, 7: experiment.Invalid, // an add lost, and all else
		14: experiment.Invalid, 15: experiment.Valid, 16: experiment.Valid, 17: experiment.Invalid,
	} {
		history := done(append(slices.Clone(adds), Op{Type: OK, Process: 2, F: "read", Final: true, Value: read})...)
		if got := outcomeOf(&Counter{}, history); got != want {
			t.Errorf("a final read of %d: got %s, want %s", read, got, want)
		}
	}
}

// TestAcceptableTwin compares the spans with all subsets, by brute force.
func TestAcceptableTwin(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		c := Counter{sum: r.Int64N(10)}
		for range r.IntN(8) {
			c.unknown = append(c.unknown, r.Int64N(21)-10)
		}
		want := map[int64]bool{}
		for subset := range 1 << len(c.unknown) {
			sum := c.sum
			for i, delta := range c.unknown {
				if subset>>i&1 != 0 {
					sum += delta
				}
			}
			want[sum] = true
		}
		for n := int64(-100); n < 120; n++ {
			got := slices.ContainsFunc(c.acceptable(), func(s span) bool { return s.first <= n && n <= s.last })
			if got != want[n] {
				t.Fatalf("%d and any of %v: %d: got %v, want %v", c.sum, c.unknown, n, got, want[n])
			}
		}
	}
}
