package topology

import (
	"fmt"
	"gossipbench/strategies/broadcast"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestByHand compares each graph with one drawn by hand.
func TestByHand(t *testing.T) {
	for _, tt := range []struct {
		name  string
		nodes int
		want  string
	}{
		{"line", 1, "[[]]"},
		{"line", 4, "[[1] [0 2] [1 3] [2]]"},
		// Side ⌈√7⌉ = 3:  0 1 2
		//                 3 4 5
		//                 6
		{"grid", 7, "[[3 1] [4 0 2] [5 1] [0 6 4] [1 3 5] [2 4] [3]]"},
		// Side ⌈√2⌉ = 2, and its second row is missing.
		{"grid", 2, "[[1] [0]]"},
		{"tree", 6, "[[1 2] [0 3 4] [0 5] [1] [1] [2]]"},
		{"tree2", 6, "[[1 2] [0 3 4] [0 5] [1] [1] [2]]"},
		{"tree3", 6, "[[1 2 3] [0 4 5] [0] [0] [1] [1]]"},
		{"tree4", 6, "[[1 2 3 4] [0 5] [0] [0] [0] [1]]"},
		{"total", 1, "[[]]"},
		{"total", 4, "[[1 2 3] [2 3 0] [3 0 1] [0 1 2]]"},
		{"star", 4, "[[1 2 3] [0] [0] [0]]"},
		{"hypercube", 1, "[[]]"},
		{"hypercube", 4, "[[1 2] [0 3] [3 0] [2 1]]"},
		// Of the cube of eight, 6 and 7 are missing: 2 and 4 lose 6, 3 and 5 lose 7.
		{"hypercube", 6, "[[1 2 4] [0 3 5] [3 0] [2 1] [5 0] [4 1]]"},
	} {
		t.Run(fmt.Sprintf("%s of %d", tt.name, tt.nodes), func(t *testing.T) {
			rows, err := Build(tt.name, tt.nodes, 0, 0)
			if err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprint(rows); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// TestGraphs tests every topology at every size, and random at every degree. Random
// reaches sizes at which the pairing surely has a loop or a double link.
func TestGraphs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(Names).Draw(t, "name")
		n := rapid.IntRange(1, 70).Draw(t, "nodes")
		degree := rapid.IntRange(0, n-1).Draw(t, "degree")
		seed := rapid.Uint64().Draw(t, "seed")
		if name == "random" && refuse(n, degree) != "" {
			t.Skip("there is no such graph")
		}
		rows, err := Build(name, n, degree, seed)
		if err != nil {
			t.Fatal(err)
		}
		check(t, rows, n)
		for i, row := range rows {
			if name == "random" && len(row) != degree {
				t.Errorf("n%d has %d neighbors, want %d", i, len(row), degree)
			}
		}
		again, _ := Build(name, n, degree, seed)
		if !slices.EqualFunc(rows, again, slices.Equal[[]broadcast.NodeID]) {
			t.Errorf("the same seed built two graphs")
		}
	})
}

// TestSmallRandom builds every random graph that is small or dense enough to defeat
// the pairing.
func TestSmallRandom(t *testing.T) {
	for n := 1; n <= 14; n++ {
		for degree := range n {
			if refuse(n, degree) != "" {
				continue
			}
			for seed := range uint64(20) {
				rows, err := Build("random", n, degree, seed)
				if err != nil {
					t.Fatal(err)
				}
				check(t, rows, n)
			}
		}
	}
}

func check(t rapid.TB, rows [][]broadcast.NodeID, n int) {
	t.Helper()
	if len(rows) != n {
		t.Fatalf("got %d lists, want %d", len(rows), n)
	}
	links := map[[2]broadcast.NodeID]bool{}
	for i, row := range rows {
		for _, j := range row {
			link := [2]broadcast.NodeID{broadcast.NodeID(i), j}
			if links[link] {
				t.Errorf("n%d has n%d twice", i, j)
			}
			links[link] = true
			if int(j) == i {
				t.Errorf("n%d is its own neighbor", i)
			}
		}
	}
	for link := range links {
		if !links[[2]broadcast.NodeID{link[1], link[0]}] {
			t.Errorf("n%d has n%d, but not the other way", link[0], link[1])
		}
	}
	if !connected(rows) {
		t.Error("some node cannot be reached")
	}
}

// TestRandomIsRandom counts the links between two fixed nodes over many seeds. In a
// 4-regular graph of 10 nodes each pair is linked in 4 of 9 graphs by symmetry. So
// 2000 graphs have 889 ± 22 with the first pair. The test allows five standard
// deviations.
func TestRandomIsRandom(t *testing.T) {
	count := 0
	for seed := range uint64(2000) {
		rows, err := Build("random", 10, 4, seed)
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains(rows[0], 1) {
			count++
		}
	}
	if count < 889-110 || count > 889+110 {
		t.Errorf("n0 and n1 are neighbors in %d of 2000 graphs, want 889 ± 110", count)
	}
}

func TestRefuses(t *testing.T) {
	for _, tt := range []struct {
		name          string
		nodes, degree int
		want          string
	}{
		{"random", 5, 3, "topology random: no connected graph of 5 nodes with 3 neighbors each: nodes times degree must be even, as each link has two ends"},
		{"random", 4, 4, "topology random: no connected graph of 4 nodes with 4 neighbors each: a degree is below the number of nodes"},
		{"random", 4, -1, "topology random: no connected graph of 4 nodes with -1 neighbors each: a degree is not below zero"},
		{"random", 4, 1, "topology random: no connected graph of 4 nodes with 1 neighbors each: it takes two neighbors each to join more than two nodes"},
		{"grid", 0, 0, "topology grid: want from 1 to 2147483647 nodes, got 0"},
		{"tree5", 3, 0, `no such topology: "tree5", did you mean tree?`},
		{"starr", 3, 0, `no such topology: "starr", did you mean star?`},
		{"offered", 3, 0, `no such topology: "offered", want one of line, grid, tree, tree2, tree3, tree4, total, star, random, hypercube`},
	} {
		t.Run(tt.want, func(t *testing.T) {
			_, err := Build(tt.name, tt.nodes, tt.degree, 0)
			if err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestOffered(t *testing.T) {
	for name, want := range map[string]bool{
		"line": true, "grid": true, "tree": true, "tree2": true, "tree3": true, "tree4": true, "total": true,
		"star": false, "random": false, "hypercube": false, "tree5": false,
	} {
		if got := Offered(name); got != want {
			t.Errorf("Offered(%q): got %v, want %v", name, got, want)
		}
	}
}

func BenchmarkBuild(b *testing.B) {
	const nodes = 1_000_000
	for _, name := range Names {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Build(name, nodes, 8, 1); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
