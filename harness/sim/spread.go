package sim

import (
	"gossipbench/harness/checker"
	"gossipbench/strategies/broadcast"
	"time"
)

// spread records when nodes first had values. The values of a workload are 0, 1, 2, …; it
// ignores values that no client broadcast.
type spread struct {
	values   []reach
	nodes    int  // number of nodes in the cluster
	live     int  // number of nodes that can learn values
	forgets  bool // nodes may learn a value a second time, which does not count
	entered  int
	complete int // values that all live nodes have had
	stop     bool
	done     bool // stop is set and all expected values are complete
	total    int  // number of expected values, if stop is set
	tell     func(value int64, after time.Duration, live int)
}

// reach is the progress of a value.
type reach struct {
	entered     bool
	first, last time.Duration
	again       time.Duration // last time at which a node learned it again after forgetting it, or 0
	count       int
	hops        int32 // greatest number of hops of a first delivery
	quarter     [len(shares)]time.Duration
	has         []uint64 // only if forgets: bit n%64 of word n/64
}

// shares are the shares of live nodes whose times are recorded.
var shares = [...]float64{0.5, 0.9, 0.99, 1}

// enter records that a client broadcast a value.
func (s *spread) enter(v broadcast.Value, now time.Duration) {
	for broadcast.Value(len(s.values)) <= v {
		s.values = append(s.values, reach{})
	}
	r := &s.values[v]
	r.entered, r.first = true, now
	s.entered++
	if s.forgets {
		r.has = make([]uint64, (s.nodes+63)/64)
	}
}

// learn records that a node has a value, after that many hops.
func (s *spread) learn(id broadcast.NodeID, v broadcast.Value, now time.Duration, hops int32) {
	if v < 0 || v >= broadcast.Value(len(s.values)) || !s.values[v].entered {
		return
	}
	r := &s.values[v]
	if r.has != nil {
		if r.has[id/64]>>(id%64)&1 != 0 {
			r.again = now
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

// deliveries returns how long each value took to reach all live nodes. For a value that
// some live node lacks at the end it is the time until the end.
func (c *cluster) deliveries(end time.Duration) *checker.Deliveries {
	d := &checker.Deliveries{}
	for v := range c.spread.values {
		r := &c.spread.values[v]
		if !r.entered {
			continue
		}
		u := checker.Undelivered{Value: int64(v), Lacking: c.spread.live - r.count}
		if c.spread.forgets || u.Lacking > 0 && len(d.Undelivered) < checker.ToldValues {
			u.Lacking, u.Nodes = c.lacking(broadcast.Value(v))
		}
		if u.Lacking == 0 {
			d.Took = append(d.Took, r.last-r.first)
			continue
		}
		d.Took = append(d.Took, end-r.first)
		d.Undelivered = append(d.Undelivered, u)
	}
	return d
}

// lacking counts the live nodes that lack a value, and returns the first of them.
func (c *cluster) lacking(v broadcast.Value) (count int, first []int) {
	for id := range c.nodes {
		if n := &c.nodes[id]; n.state == buried || n.state != down && n.values.Has(v) {
			continue
		}
		if count++; len(first) < checker.ToldNodes {
			first = append(first, id)
		}
	}
	return count, first
}
