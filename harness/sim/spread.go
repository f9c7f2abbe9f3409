package sim

import (
	"time"

	"gossipbench/strategies/gossip"
)

// spread is when nodes first had values. The values of a workload are 0, 1, 2,
// …; others, that nobody brought, do not count.
type spread struct {
	values   []reach
	nodes    int  // in the cluster
	live     int  // those that can learn
	forgets  bool // nodes may learn a value for a second time, which does not count
	entered  int
	complete int // values that all live nodes have had
	stop     bool
	done     bool // all values that are to come are complete, and stop asks to say so
	total    int  // values that are to come, where stop is set
	tell     func(value int64, after time.Duration, live int)
}

// reach is how far a value has come.
type reach struct {
	entered     bool
	first, last time.Duration
	count       int
	hops        int32 // that its last first delivery crossed at most
	quarter     [len(shares)]time.Duration
	has         []uint64 // of a cluster that forgets: bit n%64 of word n/64
}

// shares are those of the live nodes whose time is noted.
var shares = [...]float64{0.5, 0.9, 0.99, 1}

// enter notes that a value comes from outside.
func (s *spread) enter(v gossip.Value, now time.Duration) {
	for gossip.Value(len(s.values)) <= v {
		s.values = append(s.values, reach{})
	}
	r := &s.values[v]
	r.entered, r.first = true, now
	s.entered++
	if s.forgets {
		r.has = make([]uint64, (s.nodes+63)/64)
	}
}

// learn notes that a node has a value that has crossed so many links.
func (s *spread) learn(id gossip.NodeID, v gossip.Value, now time.Duration, hops int32) {
	if v < 0 || v >= gossip.Value(len(s.values)) || !s.values[v].entered {
		return
	}
	r := &s.values[v]
	if r.has != nil {
		if r.has[id/64]>>(id%64)&1 != 0 {
			return
		}
		r.has[id/64] |= 1 << (id % 64)
	}
	if s.tell != nil {
		s.tell(int64(v), now-r.first, s.live)
	}
	r.count++
	r.last = now
	r.hops = max(r.hops, hops)
	for i, share := range shares {
		if needed := share * float64(s.live); float64(r.count) >= needed && float64(r.count-1) < needed {
			r.quarter[i] = now
		}
	}
	if r.count == s.live {
		s.complete++
		s.done = s.stop && s.complete == s.total
	}
}

// latencies returns how long each value took to reach all nodes, of those that
// did.
func (s *spread) latencies() []time.Duration {
	var all []time.Duration
	for i := range s.values {
		if r := &s.values[i]; r.count == s.live {
			all = append(all, r.last-r.first)
		}
	}
	return all
}
