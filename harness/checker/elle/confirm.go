package elle

// Confirm returns what a cycle is of which somebody says that its transactions, by
// place, come each before the next, and the last before the first, by the relations
// named: ww, wr, rw or realtime. It returns false where we cannot see it so.
//
// Elle gives up its search of a component after a second, and then shows any cycle
// of it: in rw_register, which does not tell of it to Maelstrom, without a word.
func (a Analysis) Confirm(txns []int, relations []string) (name string, c Case, ok bool) {
	if a.graph == nil || len(txns) < 2 || len(relations) != len(txns) {
		return "", Case{}, false
	}
	var cycle []edge
	for i, from := range txns {
		e, found := a.between(from, txns[(i+1)%len(txns)], relations[i])
		if !found {
			return "", Case{}, false
		}
		cycle = append(cycle, e)
	}
	return nameOf(cycle), a.graph.explain(cycle), true
}

// between returns an edge of that relation. One of realtime need not be in the
// graph, which leaves out those that follow from others.
func (a Analysis) between(from, to int, relation string) (edge, bool) {
	if n := len(a.txns); from < 0 || from >= n || to < 0 || to >= n {
		return edge{}, false
	}
	if relation == realtime.String() {
		ok := a.txns[from].Outcome == Committed && a.txns[from].Ended < a.txns[to].Began
		return edge{int32(from), int32(to), realtime, -1}, ok && a.inTime
	}
	for _, e := range a.graph.out(int32(from)) {
		if e.to == int32(to) && e.relation.String() == relation {
			return e, true
		}
	}
	return edge{}, false
}
