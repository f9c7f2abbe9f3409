package elle

// Reads finds cycles of transactions in which each read what the one before it wrote, or
// began after that one ended. from has pairs of places: the writer and the reader. Mops
// are ignored.
//
// It is for workloads whose transactions use neither registers nor lists.
func Reads(txns []Txn, from [][2]int) Analysis {
	a := Analysis{Anomalies: map[string][]Case{}}
	g := &graph{size: len(txns)}
	for _, e := range from {
		if e[0] != e[1] {
			g.edges = append(g.edges, edge{int32(e[0]), int32(e[1]), wr, -1})
		}
	}
	a.search(g, txns, true)
	return a
}
