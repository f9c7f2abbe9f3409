// Package elle finds anomalies in histories of transactions: impossible reads, and cycles
// of transactions each of which must precede the next.
//
// The method is Elle's (Kingsbury and Alvaro, "Elle: Inferring Isolation Anomalies from
// Experimental Observations", VLDB 2020), the anomalies are Adya's ("Weak Consistency",
// 1999). Lists judges appends to lists, whose reads show the order of appends. Registers
// judges writes to registers, whose order is mostly unknown: nil comes first, and a
// transaction's write comes after what it read of that key.
//
// Every anomaly that is found did happen; others may have happened too. Predicates are
// not checked, nor is the order of one process without inTime. For each strongly
// connected component one cycle of a kind is reported. If a search takes too long, the
// anomaly cycle-search-timeout says so.
package elle

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Outcome is how a transaction ended.
type Outcome uint8

// An Unknown transaction may or may not have happened.
const (
	Unknown Outcome = iota
	Committed
	Aborted
)

// Mop is a micro-op of a transaction. F is r, w or append. Value is an int64, a []int64
// in a read of a list, or nil in a read that found nothing or was not answered.
type Mop struct {
	F     string
	Key   int64
	Value any
}

// Txn is a transaction. One that never ended is Unknown.
type Txn struct {
	Began, Ended int // indices in the history; Ended is used only if Committed
	Outcome      Outcome
	Mops         []Mop
}

// Case is one occurrence of an anomaly: its transactions, by place in the history, and an
// explanation.
type Case struct {
	Txns []int  // of a cycle: each before the next, the last before the first
	Why  string // the explanation
}

// Analysis holds the anomalies of a history, by Elle's names.
type Analysis struct {
	Anomalies map[string][]Case
	// Strange are the reads of values that nobody wrote. Elle ignores them in registers:
	// they may be initial values.
	Strange []Case
	// Broken is true if the longest read of some list shows an element that nobody
	// appended. Elle's checker of lists then fails with the assertion "No transaction
	// wrote" and gives no verdict.
	//
	// Source: wr-graph in elle/src/elle/rw_register.clj; dirty-update-cases in
	// elle/src/elle/list_append.clj.
	Broken bool
	// Cut is true if the graph exceeded its bounds, so that no cycle was searched for.
	// The anomalies found are real; others may exist.
	Cut bool

	txns   []Txn
	graph  *graph
	inTime bool
}

// search finds cycles in g, with realtime edges if inTime.
func (a *Analysis) search(g *graph, txns []Txn, inTime bool) {
	if inTime && !g.cut {
		g.addRealtime(txns)
	}
	if g.cut {
		a.Cut = true
		return
	}
	g.seal()
	g.cycles(a)
	a.txns, a.graph, a.inTime = txns, g, inTime
}

// Names returns the names of the anomalies, sorted.
func (a Analysis) Names() []string { return slices.Sorted(maps.Keys(a.Anomalies)) }

func (a *Analysis) add(name string, c Case) {
	a.Anomalies[name] = append(a.Anomalies[name], c)
}

// version is a value of a key, or an element of a list.
type version struct{ key, value int64 }

// index holds what the checks of lists and registers share.
type index struct {
	*Analysis
	txns   []Txn
	write  string            // the F of writes
	writer map[version]int32 // place of the last transaction that wrote the version
	// intermediate has the writes that the same transaction overwrote, or appended after.
	intermediate map[version]bool
}

func newIndex(txns []Txn, write string) *index {
	x := &index{
		Analysis: &Analysis{Anomalies: map[string][]Case{}}, txns: txns, write: write,
		writer: map[version]int32{}, intermediate: map[version]bool{},
	}
	for i, t := range txns {
		last := map[int64]int64{}
		for _, m := range t.Mops {
			value, isInt := m.Value.(int64)
			if m.F != write || !isInt {
				continue
			}
			x.writer[version{m.Key, value}] = int32(i)
			if before, ok := last[m.Key]; ok {
				x.intermediate[version{m.Key, before}] = true
			}
			last[m.Key] = value
		}
	}
	return x
}

// reads checks one read of a value: whether somebody wrote it and whether it could be
// read. For a list it is called for every element; last says which is the last one.
func (x *index) reads(i int, m Mop, value int64, last bool) {
	v := version{m.Key, value}
	writer, written := x.writer[v]
	switch {
	case !written:
		x.Strange = append(x.Strange, Case{[]int{i}, fmt.Sprintf("read %d of key %d, which nobody wrote", value, m.Key)})
	case x.txns[writer].Outcome == Aborted:
		x.add("G1a", Case{[]int{i, int(writer)}, fmt.Sprintf("the first read %d of key %d, which the second, aborted, wrote", value, m.Key)})
	case last && x.intermediate[v] && int(writer) != i:
		x.add("G1b", Case{[]int{i, int(writer)}, fmt.Sprintf("the first read %d of key %d, which the second wrote and then wrote over", value, m.Key)})
	}
}

// lostUpdates finds transactions that read the same version of a key and then wrote the
// key: one of them overwrote what the other had not seen. text formats a version.
func (x *index) lostUpdates(text func(any) string) {
	type read struct {
		key   int64
		value string
	}
	updates := map[read][]int{}
	var order []read
	for i, t := range x.txns {
		if t.Outcome != Committed {
			continue
		}
		first, done := map[int64]any{}, map[int64]bool{}
		for _, m := range t.Mops {
			value, known := first[m.Key]
			switch {
			case m.F == "r" && !known:
				first[m.Key] = m.Value
			case m.F == x.write && !done[m.Key]:
				done[m.Key] = true
				if known {
					r := read{key: m.Key, value: text(value)}
					if updates[r] == nil {
						order = append(order, r)
					}
					updates[r] = append(updates[r], i)
				}
			}
		}
	}
	for _, r := range order {
		if txns := updates[r]; len(txns) > 1 {
			x.add("lost-update", Case{txns, fmt.Sprintf("all read %.400s of key %d and then wrote it", r.value, r.key)})
		}
	}
}

// Explain describes a case. Its transactions are T1, T2, …, and show formats each.
func (c Case) Explain(show func(i int) string) string {
	var b strings.Builder
	for n, i := range c.Txns {
		fmt.Fprintf(&b, "T%d = %s; ", n+1, show(i))
	}
	return b.String() + c.Why
}
