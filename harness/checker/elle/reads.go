package elle

// Reads finds the cycles of transactions each of which read what the one before
// it wrote, or else began after that had ended. Who read from whom is given, by
// place: first the writer, then the reader. Mops are not looked at.
//
// It is for workloads whose transactions are neither of registers nor of lists.
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
