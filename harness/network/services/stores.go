package services

import (
	"math/rand/v2"

	"gossipbench/node/wire"
)

// store maps canonical keys to their entries.
type store map[string]entry

type entry struct {
	value value
	time  uint64 // of the write, by the Lamport clock of lww-kv
}

func (s store) lookup(key string) (value, bool) {
	e, ok := s[key]
	return e.value, ok
}

// Size implements Service for services with a single store.
func (s store) Size() int {
	size := 0
	for key, e := range s {
		size += len(key) + len(e.value.text)
	}
	return size
}

// remembered is the number of states that seq-kv keeps, including the newest.
const remembered = 32

// seqKV is sequentially consistent. A request that would not change the state may be
// answered from any kept state that is not older than the last state that its client saw.
// A request that changes the state runs on the newest one.
type seqKV struct {
	newest store
	undo   []change       // changes from older states to the newest, the oldest first
	index  int            // of the newest state; the first state is 0
	seen   map[string]int // index of the last state that each client saw
	rand   *rand.Rand
}

// change is the entry that a write replaced.
type change struct {
	key     string
	old     value
	existed bool
}

func (s *seqKV) Handle(client string, body []byte) (string, wire.Fields) {
	r := read(body)
	oldest := max(s.seen[client], s.index-len(s.undo))
	index := oldest + s.rand.IntN(s.index-oldest+1)
	a := r.on(func(key string) (value, bool) { return s.at(index, key) })
	if old, existed := s.at(index, a.key); !a.writes || existed && old.canonical == a.value.canonical {
		s.seen[client] = index
		return a.typ, a.fields
	}
	a = r.on(s.newest.lookup)
	if a.writes {
		s.write(a.key, a.value)
	}
	s.seen[client] = s.index
	return a.typ, a.fields
}

func (s *seqKV) Size() int { return s.newest.Size() }

// at returns the value of a key in the state of that index.
func (s *seqKV) at(index int, key string) (value, bool) {
	for _, c := range s.undo[len(s.undo)-(s.index-index):] {
		if c.key == key { // the first write after that state replaced its value
			return c.old, c.existed
		}
	}
	return s.newest.lookup(key)
}

// write creates a new state.
func (s *seqKV) write(key string, v value) {
	old, existed := s.newest.lookup(key)
	if len(s.undo) == remembered-1 {
		s.undo = append(s.undo[:0], s.undo[1:]...)
	}
	s.undo = append(s.undo, change{key, old, existed})
	s.newest[key] = entry{value: v}
	s.index++
}

// lwwKV has two replicas, and one of them answers. Before each request a random replica
// is merged into a random replica. The later of two writes wins, by Lamport clocks.
type lwwKV struct {
	replicas [2]replica
	rand     *rand.Rand
}

type replica struct {
	store store
	clock uint64
	fresh map[string]bool // keys written here since this replica was last merged into the other
}

func (s *lwwKV) Handle(_ string, body []byte) (string, wire.Fields) {
	from, to := &s.replicas[s.rand.IntN(2)], &s.replicas[s.rand.IntN(2)]
	to.merge(from)
	target := &s.replicas[s.rand.IntN(2)]
	a := read(body).on(target.store.lookup)
	if a.writes {
		target.store[a.key] = entry{a.value, target.clock}
		target.fresh[a.key] = true
		target.clock++
	}
	return a.typ, a.fields
}

func (s *lwwKV) Size() int { return s.replicas[0].store.Size() + s.replicas[1].store.Size() }

// merge takes over the entries of other that are as late as those here, or later. Only
// other's fresh keys can differ: this replica has the rest, or something later. So the
// time depends on the writes since the last merge.
func (r *replica) merge(other *replica) {
	if r == other {
		return
	}
	r.clock = max(r.clock, other.clock)
	for key := range other.fresh {
		theirs := other.store[key]
		if ours, ok := r.store[key]; !ok || ours.time <= theirs.time {
			r.store[key] = theirs
		}
	}
	clear(other.fresh)
}
