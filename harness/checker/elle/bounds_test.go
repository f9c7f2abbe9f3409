package elle

import (
	"testing"
)

// TestGraphBounds: a graph that exceeds the bounds is undecided, but anomalies without cycles are
// found.
func TestGraphBounds(t *testing.T) {
	defer func(edges, times int) { maxEdges, maxTimes = edges, times }(maxEdges, maxTimes)
	maxEdges, maxTimes = 10_000, 10_000
	const n = 200
	var atOnce, nothing, same []Txn
	for i := range n {
		w := Mop{F: "w", Key: 0, Value: int64(i + 1)}
		atOnce = append(atOnce, Txn{Began: i, Ended: n + i, Outcome: Committed, Mops: []Mop{w}}, Txn{Began: 2*n + i, Ended: 3*n + i, Outcome: Committed, Mops: []Mop{{F: "r", Key: 1}}})
		nothing = append(nothing, Txn{Began: 4 * i, Ended: 4*i + 1, Outcome: Committed, Mops: []Mop{{F: "r", Key: 0}}}, Txn{Began: 4*i + 2, Ended: 4*i + 3, Outcome: Committed, Mops: []Mop{w}})
		same = append(same, Txn{Began: 2 * i, Ended: 2*i + 1, Outcome: Committed, Mops: []Mop{{F: "r", Key: 0, Value: int64(0)}, w}})
	}
	for name, txns := range map[string][]Txn{"at once": atOnce, "all read nothing": nothing, "all follow one": same} {
		a := Registers(txns, true)
		if !a.Cut {
			t.Errorf("%s: was looked at", name)
		}
		if lost := a.Anomalies["lost-update"]; (len(lost) > 0) != (name == "all follow one") {
			t.Errorf("%s: got %d lost updates", name, len(lost))
		}
	}
}

// TestLongTxn: the time for a transaction is linear in its length.
func TestLongTxn(t *testing.T) {
	const n = 50_000
	var w, a []Mop
	for i := range int64(n) {
		w = append(w, Mop{F: "w", Key: i, Value: i}, Mop{F: "r", Key: i, Value: i})
		a = append(a, Mop{F: "append", Key: 0, Value: i})
	}
	list := make([]int64, n)
	for i := range list {
		list[i] = int64(i)
	}
	a = append(a, Mop{F: "r", Key: 0, Value: list})
	for name, got := range map[string][]string{
		"registers": Registers([]Txn{{Ended: 1, Outcome: Committed, Mops: w}}, true).Names(),
		"lists":     Lists([]Txn{{Ended: 1, Outcome: Committed, Mops: a}}, true).Names(),
	} {
		if len(got) != 1 || got[0] != "empty-transaction-graph" {
			t.Errorf("%s: got %v", name, got)
		}
	}
}
