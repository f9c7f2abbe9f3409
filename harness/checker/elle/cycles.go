package elle

import (
	"cmp"
	"fmt"
	"slices"
)

// maxSteps bounds the edges that the search for one kind of cycle in one component may
// follow. Chosen: about half a second. Elle stops after a second.
const maxSteps = 20_000_000

// maxAll bounds the edges that the searches of all components may follow. Chosen: about
// ten seconds.
const maxAll = 20 * maxSteps

// kind is a kind of cycle: one edge has the relation through, the others have a relation
// of rest.
type kind struct {
	name          string
	through, rest relation
	apart         bool // no two adjacent edges may have the relation through
}

// kinds are in order of severity. A kind is searched for only if no anomaly has been
// found that is a case of it. So a realtime cycle needs at least one realtime edge, and
// G-nonadjacent-item more than one rw edge.
//
// Source: base-cycle-anomaly-specs in elle/src/elle/txn.clj.
var kinds = []kind{
	{"G0", ww, ww, false},
	{"G1c", wr, ww | wr, false},
	{"G-single-item", rw, ww | wr, false},
	{"G-nonadjacent-item", rw, ww | wr | rw, true},
	{"G2-item", rw, ww | wr | rw, false},
	{"G0-realtime", ww, ww | realtime, false},
	{"G1c-realtime", wr, ww | wr | realtime, false},
	{"G-single-item-realtime", rw, ww | wr | realtime, false},
	{"G-nonadjacent-item-realtime", rw, ww | wr | rw | realtime, true},
	{"G2-item-realtime", rw, ww | wr | rw | realtime, false},
}

// cycles adds one cycle of each kind from each component, unless a worse one is there.
func (g *graph) cycles(a *Analysis) {
	if len(g.edges) == 0 {
		a.add("empty-transaction-graph", Case{Why: "no transaction depends on another"})
		return
	}
	vertices := make([]int32, g.size)
	for v := range vertices {
		vertices[v] = int32(v)
	}
	s := search{
		graph: g, component: make([]int32, g.size), part: make([]int32, g.size), goal: make([]goal, g.size),
		seen: make([]int32, 2*g.size), by: make([]step, 2*g.size),
	}
	for n, component := range g.components(ww|wr|rw|realtime, vertices, nil) {
		s.id = int32(n + 1)
		for _, v := range component {
			s.component[v] = s.id
		}
		known := map[string]bool{}
		for _, k := range kinds {
			if known[k.name] {
				continue
			}
			cycle, enough := s.find(k, component)
			if s.all += s.steps; !enough {
				a.add("cycle-search-timeout", Case{Why: fmt.Sprintf("the search for %s among %d transactions took too long", k.name, len(component))})
			}
			if cycle == nil {
				continue
			}
			name := nameOf(cycle)
			a.add(name, g.explain(cycle))
			for implied := range reach(caseOf, name) {
				known[implied] = true
			}
		}
	}
}

// nameOf returns the anomaly of a cycle.
//
// Source: cycle-explainer in elle/src/elle/txn.clj.
func nameOf(cycle []edge) string {
	var all relation
	rws, adjacent := 0, false
	for i, e := range cycle {
		all |= e.relation
		if e.relation == rw {
			rws++
			adjacent = adjacent || cycle[(i+1)%len(cycle)].relation == rw
		}
	}
	name := "G0"
	switch {
	case rws == 1:
		name = "G-single-item"
	case rws > 1 && adjacent:
		name = "G2-item"
	case rws > 1:
		name = "G-nonadjacent-item"
	case all&wr != 0:
		name = "G1c"
	}
	if all&realtime != 0 {
		name += "-realtime"
	}
	return name
}

// step says how a search reached a state: along edge from another state.
type step struct {
	edge edge
	from int32
}

// search finds cycles breadth first. A state is twice a vertex, plus one if the edge to
// it was one of through and the kind is apart.
type search struct {
	*graph
	component []int32 // by vertex: the last component that it was in
	id        int32   // of the current component
	part      []int32 // by vertex: the last part of a component that it was in
	parts     int32   // number of parts so far
	goal      []goal  // by vertex
	seen      []int32 // by state: the last round that reached it
	by        []step
	queue     []int32
	round     int32
	steps     int // of the current search
	all       int // of earlier searches
}

// goal is an edge from a vertex back to the start of a round.
type goal struct {
	edge  edge
	round int32
}

// find returns a cycle of that kind. enough is false if the search gave up.
func (s *search) find(k kind, component []int32) (cycle []edge, enough bool) {
	s.steps = 0
	in := func(v int32) bool { return s.component[v] == s.id }
	for _, vertices := range s.components(k.through|k.rest, component, in) {
		s.parts++
		for _, v := range vertices {
			s.part[v] = s.parts
		}
		var through []edge
		for _, v := range vertices {
			for _, e := range s.out(v) {
				if e.relation == k.through && s.part[e.to] == s.parts {
					through = append(through, e)
				}
			}
		}
		slices.SortStableFunc(through, func(a, b edge) int { return cmp.Compare(a.to, b.to) })
		for len(through) > 0 {
			n := 1
			for n < len(through) && through[n].to == through[0].to {
				n++
			}
			if cycle := s.back(k, through[:n]); cycle != nil {
				return cycle, true
			}
			if s.spent() {
				return nil, false
			}
			through = through[n:]
		}
	}
	return nil, true
}

// spent reports whether the search has exceeded its bounds.
func (s *search) spent() bool { return s.steps > maxSteps || s.all+s.steps > maxAll }

// back searches for a path from the vertex at which the edges end to the start of one of
// them.
func (s *search) back(k kind, into []edge) []edge {
	s.round++
	for _, e := range into {
		s.goal[e.from] = goal{e, s.round}
	}
	first := 2 * into[0].to
	if k.apart {
		first++
	}
	s.queue = append(s.queue[:0], first)
	s.seen[first] = s.round
	for head := 0; head < len(s.queue) && !s.spent(); head++ {
		state := s.queue[head]
		v := state / 2
		if s.goal[v].round == s.round && state%2 == 0 {
			if cycle := s.way(first, state, s.goal[v].edge); cycle != nil {
				return cycle
			}
		}
		for _, e := range s.out(v) {
			s.steps++
			if e.relation&k.rest == 0 || s.part[e.to] != s.parts || state%2 == 1 && e.relation == k.through {
				continue
			}
			next := 2 * e.to
			if k.apart && e.relation == k.through {
				next++
			}
			if s.seen[next] != s.round {
				s.seen[next], s.by[next] = s.round, step{e, state}
				s.queue = append(s.queue, next)
			}
		}
	}
	return nil
}

// way returns the cycle of an edge and a path back to its start. If edges may not be
// adjacent, the path can pass a vertex twice: once after an edge of through and once
// after one of rest. The part in between is a cycle too, without adjacent edges of
// through. way returns that part if it has an edge of through; else nil, since its kind
// has been searched for already.
func (s *search) way(first, last int32, closing edge) []edge {
	cycle := []edge{closing}
	for state := last; state != first; state = s.by[state].from {
		cycle = append(cycle, s.by[state].edge)
	}
	slices.Reverse(cycle[1:])
	for inner := between(cycle); inner != nil; inner = between(cycle) {
		cycle = inner
		if !slices.ContainsFunc(cycle, func(e edge) bool { return e.relation == closing.relation }) {
			return nil
		}
	}
	return cycle
}

// between returns the part of a cycle between two visits of one vertex, or nil if there
// is no such vertex.
func between(cycle []edge) []edge {
	at := map[int32]int{} // by vertex: the edge that leads to it
	for i, e := range cycle {
		if j, twice := at[e.to]; twice {
			return cycle[j+1 : i+1]
		}
		at[e.to] = i
	}
	return nil
}
