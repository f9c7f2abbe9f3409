package sim

import (
	"gossipbench/harness/checker"
	"gossipbench/strategies/broadcast"
	"time"
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
	again       time.Duration // when a node last learnt it that had forgotten it; 0 where none did
	count       int
	hops        int32 // that its last first delivery crossed at most
	quarter     [len(shares)]time.Duration
	has         []uint64 // of a cluster that forgets: bit n%64 of word n/64
}

// shares are those of the live nodes whose time is noted.
var shares = [...]float64{0.5, 0.9, 0.99, 1}

// enter notes that a value comes from outside.
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

// learn notes that a node has a value that has crossed so many links.
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

// deliveries returns how long each value took until all live nodes had had it. One
// that some live node lacks in the end counts as until the trial's end.
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

// lacking counts the live nodes that lack a value, and names the first of them.
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
