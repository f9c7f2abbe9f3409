package elle

import (
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// execution is a strictly serializable history. Transaction i takes effect at moment 10
// i, if at all. Its start and its end differ from that by at most wide.
type execution struct {
	txns, keys, wide int
	lists            bool
	// bug, if not nil, returns the state that transaction i reads, given the states after
	// each earlier transaction.
	bug func(i int, states []map[int64][]int64) map[int64][]int64
}

// draw draws a history. One in eight transactions is unknown and one in eight aborted.
func (e execution) draw(intN func(n int) int) []Txn {
	state := map[int64][]int64{} // the value of a register is its last element
	states := []map[int64][]int64{{}}
	last := make([]int64, e.keys)
	var txns []Txn
	for i := range e.txns {
		txn := Txn{Began: 10*i - intN(e.wide+1), Ended: 10*i + intN(e.wide+1), Outcome: Committed}
		happens := true
		switch intN(8) {
		case 0:
			txn.Outcome, happens = Unknown, intN(2) == 0
		case 1:
			txn.Outcome, happens = Aborted, false
		}
		before := state
		if e.bug != nil {
			before = e.bug(i, states)
		}
		own := map[int64][]int64{} // written by the transaction itself
		for range 1 + intN(4) {
			m := Mop{F: "r", Key: int64(intN(e.keys))}
			now := slices.Concat(before[m.Key], own[m.Key])
			switch {
			case intN(2) == 0:
				last[m.Key]++
				m.F, m.Value = "append", last[m.Key]
				if !e.lists {
					m.F = "w"
				}
				own[m.Key] = append(own[m.Key], last[m.Key])
			case txn.Outcome != Committed || len(now) == 0:
			case e.lists:
				m.Value = now
			default:
				m.Value = now[len(now)-1]
			}
			txn.Mops = append(txn.Mops, m)
		}
		if happens {
			after := map[int64][]int64{}
			for key := range int64(e.keys) {
				after[key] = slices.Concat(state[key], own[key])
			}
			state = after
		}
		states = append(states, state)
		txns = append(txns, txn)
	}
	slices.SortFunc(txns, func(a, b Txn) int { return a.Ended - b.Ended })
	return txns
}

func (e execution) find() func([]Txn, bool) Analysis {
	if e.lists {
		return Lists
	}
	return Registers
}

func (e execution) any(r *rapid.T) execution {
	e.txns = rapid.IntRange(1, 30).Draw(r, "txns")
	e.keys = rapid.IntRange(1, 4).Draw(r, "keys")
	e.wide = rapid.SampledFrom([]int{0, 4, 30, 200}).Draw(r, "wide")
	e.lists = rapid.Bool().Draw(r, "lists")
	return e
}

func drawn(r *rapid.T) func(int) int {
	return func(n int) int { return rapid.IntRange(0, n-1).Draw(r, "n") }
}

// TestNoAnomaly: a strictly serializable history has no anomaly, whether concurrent
// or not, with failed and unknown transactions.
func TestNoAnomaly(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		e := execution{}.any(r)
		txns := e.draw(drawn(r))
		for _, inTime := range []bool{true, false} {
			a := e.find()(txns, inTime)
			delete(a.Anomalies, "empty-transaction-graph")
			if len(a.Anomalies) > 0 || len(a.Strange) > 0 {
				r.Fatalf("got %v, %+v\n%+v", a.Anomalies, a.Strange, txns)
			}
		}
	})
}

// TestOldSnapshots: a transaction reads a state of some transactions ago. The state has
// all of each earlier transaction, so every cycle has an rw edge. Without concurrency a
// realtime anomaly appears.
func TestOldSnapshots(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		e := execution{bug: func(i int, states []map[int64][]int64) map[int64][]int64 { return states[max(0, i-2)] }}.any(r)
		e.lists = false // an append must follow what was read
		a := e.find()(e.draw(drawn(r)), true)
		forbidden := Forbidden([]string{"read-committed"})
		for name := range a.Anomalies {
			if forbidden[name] && name != "cyclic-versions" {
				r.Fatalf("got %v", a.Anomalies)
			}
		}
	})
	for _, lists := range []bool{false, true} {
		bug := func(i int, states []map[int64][]int64) map[int64][]int64 { return states[max(0, i-2)] }
		e := execution{txns: 200, keys: 3, lists: lists, bug: bug}
		a := e.find()(e.draw(rand.New(rand.NewPCG(1, 1)).IntN), true)
		if !slices.ContainsFunc(a.Names(), func(name string) bool { return name == "G-single-item-realtime" }) {
			t.Errorf("lists %v: got %v, want G-single-item-realtime", lists, a.Names())
		}
	}
}

// BenchmarkAnalysis judges 100,000 transactions, about ten of which are concurrent, and
// as many that read the state of 300 transactions ago.
func BenchmarkAnalysis(b *testing.B) {
	for _, lists := range []bool{false, true} {
		for _, broken := range []bool{false, true} {
			name := map[bool]string{false: "registers", true: "lists"}[lists] + map[bool]string{false: "/valid", true: "/broken"}[broken]
			b.Run(name, func(b *testing.B) {
				txns := long(lists, broken)
				for b.Loop() {
					a := execution{lists: lists}.find()(txns, true)
					if (len(a.Anomalies) > 0) != broken {
						b.Fatalf("got %v", a.Names())
					}
				}
			})
		}
	}
}

// long draws 100 histories of 1,000 transactions, each with keys of its own. Each begins
// while the one before it runs, so all anomalies are in one component.
func long(lists, broken bool) []Txn {
	intN := rand.New(rand.NewPCG(7, 7)).IntN
	var all []Txn
	for part := range 100 {
		e := execution{txns: 1000, keys: 50, wide: 100, lists: lists}
		if broken {
			e.bug = func(i int, states []map[int64][]int64) map[int64][]int64 { return states[max(0, i-300)] }
		}
		for _, txn := range e.draw(intN) {
			txn.Began, txn.Ended = txn.Began+part*9_000, txn.Ended+part*9_000
			for i := range txn.Mops {
				txn.Mops[i].Key += int64(part * 50)
			}
			all = append(all, txn)
		}
	}
	slices.SortFunc(all, func(a, b Txn) int { return a.Ended - b.Ended })
	return all
}
