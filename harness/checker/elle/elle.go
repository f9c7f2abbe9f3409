// Package elle finds anomalies in histories of transactions: what a transaction
// read that it could not, and cycles of transactions each of which must have come
// before the next.
//
// The idea and the rules are Elle's (Kingsbury and Alvaro, "Elle: Inferring
// Isolation Anomalies from Experimental Observations", VLDB 2020), the anomalies
// Adya's ("Weak Consistency", 1999). Lists judges appends to lists, whose reads
// show in which order they came; Registers judges writes to registers, of whose
// order little is known: nil comes before all, and what a transaction writes
// after what it has read of that key.
//
// What is found did happen; what is not found may have happened all the same.
// Predicates, and the order of the ops of one process where no order of time is
// asked for, are not looked at. One cycle of a kind is shown for each strongly
// connected component, and where the search for it takes too long, the anomaly
// cycle-search-timeout says so.
package elle

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Outcome is how a transaction ended.
type Outcome uint8

// A transaction is Unknown that may or may not have happened.
const (
	Unknown Outcome = iota
	Committed
	Aborted
)

// Mop is a micro-op of a transaction. F is r, w or append; Value is nil in a read
// that was not answered and in one of nothing, an int64, or a []int64 in a read of
// a list.
type Mop struct {
	F     string
	Key   int64
	Value any
}

// Txn is a transaction that has ended, or never did and is Unknown.
type Txn struct {
	Began, Ended int // indices in the history; Ended counts only where it is Committed
	Outcome      Outcome
	Mops         []Mop
}

// Case is an anomaly: the transactions in it, by their place among those that
// were judged, and why.
type Case struct {
	Txns []int  // of a cycle: in order, each before the next and the last before the first
	Why  string // in words
}

// Analysis are the anomalies of a history, by their names in Elle.
type Analysis struct {
	Anomalies map[string][]Case
	// Strange are the reads of values that nobody wrote. Of registers Elle lets them
	// pass: they may have been there from the start.
	Strange []Case
	// Broken reports that the longest read of some list shows an element that nobody
	// appended. Elle's checker of lists ends there with an assertion, "No transaction
	// wrote", and so rules nothing.
	//
	// Source: wr-graph in elle/src/elle/rw_register.clj; dirty-update-cases in
	// elle/src/elle/list_append.clj.
	Broken bool
	// Cut reports that so much follows from so many transactions that no cycle was
	// looked for: what is found is there, and other anomalies may be.
	Cut bool

	txns   []Txn
	graph  *graph
	inTime bool
}

// search looks for cycles in a graph, of time too if that counts.
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

// index is what the checks of both kinds of transactions share.
type index struct {
	*Analysis
	txns   []Txn
	write  string            // the F that writes
	writer map[version]int32 // the last to write it, by place
	// intermediate are the writes that the same transaction wrote over, or
	// appended behind.
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

// reads looks at one read of a value: who wrote it, and whether it was there to
// be read. Of a list it is asked for every element, and says which is the last.
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

// lostUpdates finds transactions that read the same version of a key, which text
// names, and then wrote it: one of them wrote over what the other had not seen.
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

// Explain returns a case in words, its transactions named T1, T2, … and shown by
// show.
func (c Case) Explain(show func(i int) string) string {
	var b strings.Builder
	for n, i := range c.Txns {
		fmt.Fprintf(&b, "T%d = %s; ", n+1, show(i))
	}
	return b.String() + c.Why
}
