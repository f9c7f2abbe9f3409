package checker

import (
	"cmp"
	"gossipbench/harness/trial"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// access is an op on a register: it began and ended at those places in the history.
// Values go by number, 0 for nothing.
type access struct {
	kind         accessKind
	from, to     int32 // a read has what it showed in to
	began, ended int
}

// accessKind is what an op does to a register.
type accessKind uint8

const (
	reads accessKind = iota
	writes
	swaps
)

// never is when an op ended of which nobody knows what became.
const never = math.MaxInt

// step returns what a register holds after an access, and whether that can be.
func (a access) step(holds int32) (int32, bool) {
	switch a.kind {
	case reads:
		return holds, holds == a.to
	case writes:
		return a.to, true
	}
	return a.to, holds == a.from
}

// maxStates bounds what the search for one register remembers: 32 bytes or so a
// state. Chosen.
const maxStates = 16 << 20

// linearize says whether there is an order of accesses to a register that begins
// empty, in which each sees what was written before and none comes before another
// that had ended when it began; unknown where it has not found out by the deadline.
// Those that never ended may be left out.
//
// The algorithm is Wing's and Gong's (Journal of Parallel and Distributed
// Computing, 1993) with the memory of Lowe's ("Testing for linearizability",
// 2017). Of a set of accesses it remembers a digest of 128 bits, so that what it
// takes grows with the states, and not with their product with the accesses.
func linearize(accesses []access, deadline time.Time) trial.Outcome {
	s := newLineSearch(accesses)
	at := s.next[head]
	for steps := 1; ; steps++ {
		if steps%4096 == 1 && time.Now().After(deadline) || len(s.seen) > maxStates {
			return trial.Unknown
		}
		switch {
		case at == tail: // nothing that had to happen is left
			return trial.Valid
		case at > len(accesses): // the end of one that has not happened yet
			if len(s.path) == 0 {
				return trial.Invalid
			}
			at = s.back()
		case s.take(at):
			at = s.next[head]
		default:
			at = s.next[at]
		}
	}
}

// The places of a search's list: the head, the beginnings of the accesses, from 1
// on, and their ends, in the same order. The tail is behind all.
const (
	head = 0
	tail = -1
)

// lineSearch looks for an order. Its list holds the beginnings and ends, in order of
// time, of the accesses that are not in the path yet.
type lineSearch struct {
	accesses   []access
	next, prev []int
	digests    [][2]uint64 // of accesses
	state      lineState
	seen       map[lineState]struct{}
	path       []lineStep
}

// lineState is a set of accesses that have happened, by its digest, and what the
// register then holds.
type lineState struct {
	digest [2]uint64
	holds  int32
}

// lineStep is an access on the path, and the state before it.
type lineStep struct {
	at     int
	before lineState
}

func newLineSearch(accesses []access) *lineSearch {
	n := len(accesses)
	s := &lineSearch{
		accesses: accesses, next: make([]int, 2*n+1), prev: make([]int, 2*n+1),
		digests: make([][2]uint64, n), seen: map[lineState]struct{}{},
	}
	r := rand.New(rand.NewPCG(1, 2))
	type event struct{ time, at int }
	var events []event
	for i, a := range accesses {
		s.digests[i] = [2]uint64{r.Uint64(), r.Uint64()}
		events = append(events, event{time: a.began, at: i + 1})
		if a.ended != never {
			events = append(events, event{time: a.ended, at: n + i + 1})
		}
	}
	slices.SortFunc(events, func(a, b event) int { return cmp.Compare(a.time, b.time) })
	last := head
	for _, e := range events {
		s.next[last], s.prev[e.at] = e.at, last
		last = e.at
	}
	s.next[last] = tail
	return s
}

// take has an access happen, if it can and that leads to a state that is new.
func (s *lineSearch) take(at int) bool {
	i := at - 1
	holds, can := s.accesses[i].step(s.state.holds)
	if !can {
		return false
	}
	d := s.state.digest
	after := lineState{[2]uint64{d[0] ^ s.digests[i][0], d[1] ^ s.digests[i][1]}, holds}
	if _, seen := s.seen[after]; seen {
		return false
	}
	s.seen[after] = struct{}{}
	s.path = append(s.path, lineStep{at, s.state})
	s.state = after
	s.unlink(at)
	if s.accesses[i].ended != never {
		s.unlink(at + len(s.accesses))
	}
	return true
}

// back takes the last access off the path, and returns what to try next.
func (s *lineSearch) back() int {
	last := s.path[len(s.path)-1]
	s.path = s.path[:len(s.path)-1]
	s.state = last.before
	if s.accesses[last.at-1].ended != never {
		s.link(last.at + len(s.accesses))
	}
	s.link(last.at)
	return s.next[last.at]
}

// unlink takes a place out of the list; link puts the one back that was taken out
// last.
func (s *lineSearch) unlink(at int) {
	s.next[s.prev[at]] = s.next[at]
	if s.next[at] != tail {
		s.prev[s.next[at]] = s.prev[at]
	}
}

func (s *lineSearch) link(at int) {
	s.next[s.prev[at]] = at
	if s.next[at] != tail {
		s.prev[s.next[at]] = at
	}
}
