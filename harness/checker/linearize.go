package checker

import (
	"cmp"
	"gossipbench/harness/trial"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// access is an op on a register, with the places in the history at which it began and
// ended. Values are numbered; 0 is nothing.
type access struct {
	kind         accessKind
	from, to     int32 // the result of a read is in to
	began, ended int
}

// accessKind is the kind of an access: read, write or compare-and-set.
type accessKind uint8

const (
	reads accessKind = iota
	writes
	swaps
)

// never is the end of an access whose outcome is unknown.
const never = math.MaxInt

// step returns the value of a register after the access, and whether the access is
// possible if the register holds holds.
func (a access) step(holds int32) (int32, bool) {
	switch a.kind {
	case reads:
		return holds, holds == a.to
	case writes:
		return a.to, true
	}
	return a.to, holds == a.from
}

// maxStates bounds the states that the search of one register remembers, about 32 bytes
// each. Chosen.
const maxStates = 16 << 20

// linearize returns whether the accesses to a register that begins empty are
// linearizable: there is an order in which each access sees the last write before it, and
// which keeps the order of real time. Accesses that never ended may be left out. The
// outcome is unknown if the search exceeds the deadline or maxStates.
//
// The algorithm is Wing's and Gong's (Journal of Parallel and Distributed Computing,
// 1993) with the cache of Lowe's ("Testing for linearizability", 2017). The cache holds a
// digest of 128 bits for a set of accesses, so memory grows with the number of states,
// not with states times accesses.
func linearize(accesses []access, deadline time.Time) trial.Outcome {
	s := newLineSearch(accesses)
	at := s.next[head]
	for steps := 1; ; steps++ {
		if steps%4096 == 1 && time.Now().After(deadline) || len(s.seen) > maxStates {
			return trial.Unknown
		}
		switch {
		case at == tail: // every access that must happen has happened
			return trial.Valid
		case at > len(accesses): // at is the end of an access that has not happened yet
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

// Places in the list of a search: the head, then the starts of the accesses from 1 on,
// then their ends in the same order. The tail is the end of the list.
const (
	head = 0
	tail = -1
)

// lineSearch searches for an order. Its list holds the starts and ends, in order of time,
// of the accesses that are not on the path yet.
type lineSearch struct {
	accesses   []access
	next, prev []int
	digests    [][2]uint64 // by access
	state      lineState
	seen       map[lineState]struct{}
	path       []lineStep
}

// lineState is a digest of the accesses that have happened, and the value of the register
// after them.
type lineState struct {
	digest [2]uint64
	holds  int32
}

// lineStep is an access on the path and the state before it.
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

// take puts an access on the path, if it is possible and leads to a new state.
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

// back removes the last access from the path and returns the next place to try.
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

// unlink removes a place from the list. link puts back the place that was removed last.
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
