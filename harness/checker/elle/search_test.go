package elle

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// drawGraph draws a few transactions with times, and edges between them.
func drawGraph(r *rapid.T) (*graph, []Txn) {
	n := rapid.IntRange(2, 7).Draw(r, "vertices")
	g := &graph{size: n}
	txns := make([]Txn, n)
	for i := range txns {
		began := rapid.IntRange(0, 20).Draw(r, "began")
		txns[i] = Txn{Began: began, Ended: began + rapid.IntRange(1, 20).Draw(r, "length"), Outcome: Committed}
	}
	for range rapid.IntRange(3, 14).Draw(r, "edges") {
		from, to := rapid.IntRange(0, n-1).Draw(r, "from"), rapid.IntRange(0, n-1).Draw(r, "to")
		g.add(int32(from), int32(to), []relation{ww, wr, rw}[rapid.IntRange(0, 2).Draw(r, "relation")], why{})
	}
	if rapid.Bool().Draw(r, "in time") {
		g.addRealtime(txns)
	}
	g.seal()
	return g, txns
}

// allCycles returns the names of all simple cycles, by component: the brute-force twin of
// the search. It names cycles by Adya's definitions, and finds components by
// reachability.
func allCycles(g *graph) map[string]map[string]bool {
	reaches := make([][]bool, g.size)
	for v := range reaches {
		reaches[v] = make([]bool, g.size)
		reaches[v][v] = true
	}
	for range g.size {
		for _, e := range g.edges {
			for w := range g.size {
				reaches[e.from][w] = reaches[e.from][w] || reaches[e.to][w]
			}
		}
	}
	names := map[string]map[string]bool{}
	var path []edge
	var walk func(start, v int32, passed map[int32]bool)
	walk = func(start, v int32, passed map[int32]bool) {
		for _, e := range g.edges {
			if e.from != v || passed[e.to] || e.to < start {
				continue
			}
			path = append(path, e)
			if e.to == start {
				component := ""
				for w := range g.size {
					if reaches[start][w] && reaches[w][start] {
						component += fmt.Sprint(w, " ")
					}
				}
				if names[component] == nil {
					names[component] = map[string]bool{}
				}
				names[component][dumbName(path)] = true
			} else {
				passed[e.to] = true
				walk(start, e.to, passed)
				delete(passed, e.to)
			}
			path = path[:len(path)-1]
		}
	}
	for start := range int32(g.size) {
		walk(start, start, map[int32]bool{})
	}
	return names
}

// dumbName names a cycle by counting its relations.
func dumbName(cycle []edge) string {
	count := map[relation]int{}
	touching := false
	for i, e := range cycle {
		count[e.relation]++
		touching = touching || e.relation == rw && cycle[(i+len(cycle)-1)%len(cycle)].relation == rw
	}
	name := "G2-item"
	if count[rw] == 0 && count[wr] == 0 {
		name = "G0"
	} else if count[rw] == 0 {
		name = "G1c"
	} else if count[rw] == 1 {
		name = "G-single-item"
	} else if !touching {
		name = "G-nonadjacent-item"
	}
	if count[realtime] > 0 {
		name += "-realtime"
	}
	return name
}

// TestSearchTwin: every cycle that the search finds exists, has the right name, and is
// the only one of its kind in its component. Every kind that it does not find is absent
// or implied by one that it finds.
func TestSearchTwin(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		g, _ := drawGraph(r)
		a := Analysis{Anomalies: map[string][]Case{}}
		g.cycles(&a)
		want := map[string]int{}
		for _, names := range allCycles(g) {
			known := map[string]bool{}
			for _, k := range kinds {
				if names[k.name] && !known[k.name] {
					want[k.name]++
					maps.Copy(known, reach(caseOf, k.name))
				}
			}
		}
		got := map[string]int{}
		for name, cases := range a.Anomalies {
			if name == "empty-transaction-graph" {
				continue
			}
			got[name] = len(cases)
			for _, c := range cases {
				if slices.Compare(slices.Compact(slices.Sorted(slices.Values(c.Txns))), slices.Sorted(slices.Values(c.Txns))) != 0 {
					r.Fatalf("%s passes a transaction twice: %v", name, c.Txns)
				}
			}
		}
		if !maps.Equal(got, want) {
			r.Fatalf("edges %+v\n got %v\nwant %v", g.edges, got, want)
		}
	})
}

// TestComponentsTwin: two vertices share a component if each reaches the other.
func TestComponentsTwin(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		g, _ := drawGraph(r)
		relations := []relation{ww, ww | wr, ww | wr | rw, ww | wr | rw | realtime}[rapid.IntRange(0, 3).Draw(r, "relations")]
		reaches := make([][]bool, g.size)
		var all []int32
		for v := range reaches {
			reaches[v] = make([]bool, g.size)
			all = append(all, int32(v))
		}
		for range g.size {
			for _, e := range g.edges {
				if e.relation&relations == 0 {
					continue
				}
				reaches[e.from][e.to] = true
				for w := range g.size {
					reaches[e.from][w] = reaches[e.from][w] || reaches[e.to][w]
				}
			}
		}
		for range 2 { // again, with the state that the first run left
			in := make([]int, g.size)
			for n, component := range g.components(relations, all, nil) {
				for _, v := range component {
					in[v] = n + 1
				}
			}
			for v := range g.size {
				for w := range v {
					if together := reaches[v][w] && reaches[w][v]; together != (in[v] != 0 && in[v] == in[w]) {
						r.Fatalf("%d and %d: together %v, components %v", v, w, together, in)
					}
				}
			}
		}
	})
}

// TestRealtimeTwin: along realtime edges each transaction reaches exactly those that
// began after it ended; no edge follows from others.
func TestRealtimeTwin(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(r, "txns")
		times := rapid.Permutation(slices.Collect(func(yield func(int) bool) {
			for i := range 2 * n {
				if !yield(i) {
					return
				}
			}
		})).Draw(r, "times")
		txns := make([]Txn, n)
		for i := range txns {
			a, b := times[2*i], times[2*i+1]
			txns[i] = Txn{Began: min(a, b), Ended: max(a, b), Outcome: []Outcome{Committed, Committed, Unknown, Aborted}[rapid.IntRange(0, 3).Draw(r, "outcome")]}
		}
		g := &graph{size: n}
		g.addRealtime(txns)
		reaches := make([][]bool, n)
		for v := range reaches {
			reaches[v] = make([]bool, n)
		}
		for range n {
			for _, e := range g.edges {
				reaches[e.from][e.to] = true
				for w := range n {
					reaches[e.from][w] = reaches[e.from][w] || reaches[e.to][w]
				}
			}
		}
		for _, e := range g.edges {
			if slices.ContainsFunc(txns, func(b Txn) bool {
				return b.Outcome == Committed && txns[e.from].Ended < b.Began && b.Ended < txns[e.to].Began
			}) {
				r.Fatalf("an edge from %+v to %+v, which follows from others\n%+v", txns[e.from], txns[e.to], txns)
			}
		}
		for v, a := range txns {
			for w, b := range txns {
				if want := a.Outcome == Committed && b.Outcome != Aborted && a.Ended < b.Began; reaches[v][w] != want {
					r.Fatalf("%+v before %+v: got %v\n%+v", a, b, reaches[v][w], txns)
				}
			}
		}
	})
}

// TestGivesUp: each of 700 transactions wrote before all later ones, and two rw edges
// lead back. A search for a cycle with one of these edges, or with two that are not
// adjacent, follows a quarter of a million edges from each transaction.
func TestGivesUp(t *testing.T) {
	if testing.Short() {
		t.Skip("it follows 40 million edges")
	}
	const n = 700
	g := &graph{size: n + 1}
	for from := range int32(n) {
		for to := from + 1; to < n; to++ {
			g.add(from, to, ww, why{})
		}
		if from > 0 {
			g.add(from-1, from, rw, why{})
		}
	}
	g.add(n-1, n, rw, why{})
	g.add(n, 0, rw, why{})
	g.seal()
	a := Analysis{Anomalies: map[string][]Case{}}
	g.cycles(&a)
	if want := []string{"G2-item", "cycle-search-timeout"}; !slices.Equal(a.Names(), want) {
		t.Errorf("got %v, want %v", a.Names(), want)
	}
	for _, c := range a.Anomalies["cycle-search-timeout"] {
		t.Log(c.Why)
	}
}
