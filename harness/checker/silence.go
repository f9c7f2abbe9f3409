package checker

import (
	"cmp"
	"fmt"
	"gossipbench/harness/history"
	"gossipbench/harness/trial"
	"maps"
	"slices"
)

// Silence counts the ops that got no answer in time, by node. In Jepsen an op without an
// answer is not an error: a test is valid if one of five nodes never answers. Here it
// causes a warning. The zero Silence is ready to use.
type Silence struct {
	asked map[int]history.Op // last invocation, by process
	by    map[int]*quiet     // by process
}

// quiet counts the ops that ended, and those of them without an answer.
type quiet struct{ ended, unanswered int }

// Add adds the next op of the history.
func (s *Silence) Add(op history.Op) {
	if !op.Client() || !op.Requests() {
		return
	}
	if s.by == nil {
		s.asked, s.by = map[int]history.Op{}, map[int]*quiet{}
	}
	if op.Type == history.Invoke {
		s.asked[op.Process] = op
		return
	}
	delete(s.asked, op.Process)
	q := s.of(op.Process)
	q.ended++
	if op.TimedOut() {
		q.unanswered++
	}
}

func (s *Silence) of(process int) *quiet {
	if s.by[process] == nil {
		s.by[process] = &quiet{}
	}
	return s.by[process]
}

// SilenceResult is the result of Silence.
type SilenceResult struct {
	Unanswered int // ops without an answer in time
	nodes      []silentNode
}

// silentNode is a node that left an op without an answer; a process if the nodes are
// unknown.
type silentNode struct {
	name string
	quiet
}

// Result returns the counts so far. Ops that have not ended count as unanswered.
func (s *Silence) Result(cast Cast) SilenceResult {
	all := map[int]silentNode{} // by number of the node or process
	add := func(process int, q quiet) {
		key, known := cast.node(process)
		if !known {
			key = process
		}
		n := all[key]
		n.name = cast.name(process)
		n.ended += q.ended
		n.unanswered += q.unanswered
		all[key] = n
	}
	for process, q := range s.by {
		add(process, *q)
	}
	for process := range s.asked {
		add(process, quiet{1, 1})
	}
	var r SilenceResult
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if n := all[key]; n.unanswered > 0 {
			r.Unanswered += n.unanswered
			r.nodes = append(r.nodes, n)
		}
	}
	slices.SortStableFunc(r.nodes, func(a, b silentNode) int { // nodes that never answered come first
		return cmp.Compare(b.never(), a.never())
	})
	return r
}

// never returns 1 for a node that answered nothing, else 0.
func (n silentNode) never() int {
	if n.unanswered == n.ended {
		return 1
	}
	return 0
}

// Never returns the nodes that answered none of at least asked ops.
func (r SilenceResult) Never(asked int) []string {
	var names []string
	for _, n := range r.nodes {
		if n.never() == 1 && n.ended >= asked {
			names = append(names, n.name)
		}
	}
	return names
}

// Warnings describes the ops without an answer.
func (r SilenceResult) Warnings() []string {
	if r.Unanswered == 0 {
		return nil
	}
	told := func(n silentNode) string {
		if n.never() == 1 {
			return fmt.Sprintf("%s answered none of %d", n.name, n.ended)
		}
		return fmt.Sprintf("%s left out %d of %d", n.name, n.unanswered, n.ended)
	}
	return []string{fmt.Sprintf("ops without an answer: %d: %s", r.Unanswered, shorten(r.nodes, told))}
}

// AddMetrics adds the number of ops without an answer.
func (r SilenceResult) AddMetrics(metrics map[string]float64) {
	metrics[trial.Unanswered] = float64(r.Unanswered)
}
