package elle

import (
	"slices"
	"testing"
)

// TestReads: T1 read from T2, which began after T1 ended. T2 read from T0, which runs
// throughout. T3 and T4 read from each other.
func TestReads(t *testing.T) {
	txns := []Txn{
		{Began: 0, Ended: 100, Outcome: Committed},
		{Began: 1, Ended: 2, Outcome: Committed}, {Began: 3, Ended: 4, Outcome: Committed},
		{Began: 10, Ended: 20, Outcome: Committed}, {Began: 15, Ended: 30, Outcome: Unknown},
	}
	got := Reads(txns, [][2]int{{2, 1}, {0, 2}, {3, 4}, {4, 3}, {0, 0}})
	if names := got.Names(); !slices.Equal(names, []string{"G1c", "G1c-realtime"}) {
		t.Fatalf("got %v, want G1c and G1c-realtime", names)
	}
	for name, want := range map[string][]int{"G1c": {3, 4}, "G1c-realtime": {1, 2}} {
		cases := got.Anomalies[name]
		if len(cases) != 1 || !slices.Equal(slices.Sorted(slices.Values(cases[0].Txns)), want) {
			t.Errorf("%s: got %+v, want one cycle of %v", name, cases, want)
		}
	}
	if names := Reads(txns, [][2]int{{1, 1}}).Names(); len(names) > 0 {
		t.Errorf("got %v without reads from another transaction", names)
	}
}
