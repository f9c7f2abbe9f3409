package elle

// Confirm returns the anomaly of a cycle that Jepsen reports: txns by place, each before
// the next and the last before the first, by relations (ww, wr, rw or realtime). ok is
// false if the cycle is not in our graph.
//
// Elle gives up the search of a component after a second and then reports any cycle of
// it. In rw_register Maelstrom does not show that Elle gave up.
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

// between returns an edge of that relation. The graph leaves out realtime edges that
// follow from others, so between computes those from the times.
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
