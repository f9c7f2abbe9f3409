package elle

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// relation is the reason why one transaction precedes another, or a set of such reasons.
type relation uint8

const (
	ww       relation = 1 << iota // it wrote the version before the one that the other wrote
	wr                            // it wrote what the other read
	rw                            // it read the version before the one that the other wrote
	realtime                      // it ended before the other began
)

func (r relation) String() string {
	return map[relation]string{ww: "ww", wr: "wr", rw: "rw", realtime: "realtime"}[r]
}

// edge is one reason why one transaction precedes another.
type edge struct {
	from, to int32
	relation relation
	why      int32 // index in graph.whys; -1 for none
}

// why is the evidence for an edge: the key, and the values at both ends.
type why struct {
	key      int64
	from, to int64
	initial  bool // from is the initial state, not a value
}

// graph says which transactions precede which. Its vertices are 0 to size-1.
type graph struct {
	size  int
	edges []edge // sorted by from after seal
	start []int32
	whys  []why
	cut   bool // edges are missing: see maxEdges

	number, low []int32 // by vertex, for components
}

// Bounds on the edges of a graph: maxEdges on edges from reads and writes, maxTimes on
// realtime edges, of which each transaction has as many as run concurrently. Chosen: half
// a gigabyte, which is enough for about 20 minutes at 1,000 transactions per second. A
// larger graph is undecided. Only tests change them.
var (
	maxEdges = 4 << 20
	maxTimes = 16 << 20
)

func (g *graph) add(from, to int32, r relation, w why) {
	switch {
	case from == to:
	case len(g.whys) == maxEdges:
		g.cut = true
	default:
		g.edges = append(g.edges, edge{from, to, r, int32(len(g.whys))})
		g.whys = append(g.whys, w)
	}
}

// seal sorts the edges by their start, in the order in which they were added.
func (g *graph) seal() {
	g.start = make([]int32, g.size+1)
	for _, e := range g.edges {
		g.start[e.from+1]++
	}
	for i := range g.size {
		g.start[i+1] += g.start[i]
	}
	sorted, next := make([]edge, len(g.edges)), slices.Clone(g.start)
	for _, e := range g.edges {
		sorted[next[e.from]] = e
		next[e.from]++
	}
	g.edges = sorted
}

func (g *graph) out(v int32) []edge { return g.edges[g.start[v]:g.start[v+1]] }

// addRealtime adds an edge from each transaction to those that began after it ended,
// except for edges that follow from others.
func (g *graph) addRealtime(txns []Txn) {
	type event struct {
		at  int
		txn int32
		end bool
	}
	var events []event
	for i, t := range txns {
		if t.Outcome == Aborted {
			continue
		}
		events = append(events, event{at: t.Began, txn: int32(i), end: false})
		if t.Outcome == Committed {
			events = append(events, event{at: t.Ended, txn: int32(i), end: true})
		}
	}
	slices.SortFunc(events, func(a, b event) int { return cmp.Compare(a.at, b.at) })
	var newest []int32 // ended transactions that precede no other ended one
	before := map[int32][]int32{}
	marked := make([]int32, g.size) // by transaction: 1 + the last transaction that marked it
	for work := 0; len(events) > 0; events = events[1:] {
		e := events[0]
		if work += len(newest); work > maxTimes {
			g.cut = true
			return
		}
		if !e.end {
			for _, from := range newest {
				g.edges = append(g.edges, edge{from, e.txn, realtime, -1})
			}
			if txns[e.txn].Outcome == Committed {
				before[e.txn] = slices.Clone(newest)
			}
			continue
		}
		if passed := before[e.txn]; len(passed) > 0 {
			for _, v := range passed {
				marked[v] = e.txn + 1
			}
			newest = slices.DeleteFunc(newest, func(v int32) bool { return marked[v] == e.txn+1 })
		}
		newest = append(newest, e.txn)
		delete(before, e.txn)
	}
}

// components returns the strongly connected components with more than one vertex. It uses
// only edges of those relations between vertices for which in is true; nil allows all.
// The algorithm is Tarjan's (SIAM Journal on Computing, 1972), with an explicit stack.
func (g *graph) components(relations relation, vertices []int32, in func(int32) bool) [][]int32 {
	if g.number == nil {
		g.number, g.low = make([]int32, g.size), make([]int32, g.size)
	}
	t := tarjan{graph: g, relations: relations, in: in}
	for _, root := range vertices {
		if g.number[root] == 0 {
			t.visit(root)
		}
	}
	for _, v := range vertices {
		g.number[v] = 0
	}
	return t.all
}

// tarjan is a search for components. Vertices are numbered from 1 in order of discovery.
// Once the component of a vertex is known, its number is the maximum.
type tarjan struct {
	*graph
	relations relation
	in        func(int32) bool
	found     int32
	stack     []int32
	frames    []frame
	all       [][]int32
}

// frame is a vertex on the search path and its next edge.
type frame struct {
	v    int32
	next int
}

func (t *tarjan) enter(v int32) {
	t.found++
	t.number[v], t.low[v] = t.found, t.found
	t.stack = append(t.stack, v)
	t.frames = append(t.frames, frame{v: v})
}

func (t *tarjan) visit(root int32) {
	t.enter(root)
	for len(t.frames) > 0 {
		f := &t.frames[len(t.frames)-1]
		v := f.v
		if out := t.out(v); f.next < len(out) {
			e := out[f.next]
			f.next++
			switch {
			case e.relation&t.relations == 0 || t.in != nil && !t.in(e.to):
			case t.number[e.to] == 0:
				t.enter(e.to)
			default:
				t.low[v] = min(t.low[v], t.number[e.to])
			}
			continue
		}
		t.frames = t.frames[:len(t.frames)-1]
		if len(t.frames) > 0 {
			parent := t.frames[len(t.frames)-1].v
			t.low[parent] = min(t.low[parent], t.low[v])
		}
		if t.low[v] == t.number[v] {
			t.leave(v)
		}
	}
}

// leave removes the component whose first vertex is v from the stack.
func (t *tarjan) leave(v int32) {
	i := len(t.stack) - 1
	for t.stack[i] != v {
		i--
	}
	for _, w := range t.stack[i:] {
		t.number[w] = math.MaxInt32
	}
	if component := slices.Clone(t.stack[i:]); len(component) > 1 {
		slices.Sort(component)
		t.all = append(t.all, component)
	}
	t.stack = t.stack[:i]
}

// explain describes a cycle. Its transactions are T1, T2, … in order.
func (g *graph) explain(cycle []edge) Case {
	var c Case
	var steps []string
	for i, e := range cycle {
		c.Txns = append(c.Txns, int(e.from))
		a, b := i+1, (i+1)%len(cycle)+1
		step := fmt.Sprintf("T%d -%s-> T%d", a, e.relation, b)
		if e.why >= 0 {
			w := g.whys[e.why]
			from := fmt.Sprint(w.from)
			if w.initial {
				from = "nothing"
			}
			switch e.relation {
			case ww:
				step += fmt.Sprintf(" (key %d: T%d wrote %s, T%d %d after it)", w.key, a, from, b, w.to)
			case wr:
				step += fmt.Sprintf(" (key %d: T%d wrote %s, T%d read it)", w.key, a, from, b)
			case rw:
				step += fmt.Sprintf(" (key %d: T%d read %s, T%d wrote %d after it)", w.key, a, from, b, w.to)
			}
		}
		steps = append(steps, step)
	}
	c.Why = strings.Join(steps, ", ")
	return c
}
