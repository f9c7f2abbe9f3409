package plumtree

import (
	"cmp"
	"gossipbench/strategies/broadcast"
	"math"
	"slices"
	"time"
)

// missing are the values that were announced and have not arrived.
type missing struct {
	wants []want // in ascending order of values
	first time.Duration
	next  time.Duration
	alarm time.Duration // when the next Missing timer expires, or never
	spare [][]offer     // offers of removed wants, for reuse
}

// want is a missing value.
type want struct {
	value  broadcast.Value
	due    time.Duration // when to graft a link, or never
	offers []offer       // in order of arrival
	asked  int           // how many of the offers were grafted
}

// offer is an announcement of a value. The value would have crossed hops links.
type offer struct {
	peer broadcast.NodeID
	hops int32
}

const never = time.Duration(math.MaxInt64)

func (s *missing) find(v broadcast.Value) (int, bool) {
	if last := len(s.wants) - 1; last < 0 || s.wants[last].value < v {
		return last + 1, false // values that count up arrive in order
	}
	return slices.BinarySearchFunc(s.wants, v, func(w want, v broadcast.Value) int { return cmp.Compare(w.value, v) })
}

// nearest returns the offer of a value with the fewest links.
func (s *missing) nearest(v broadcast.Value) offer {
	best := offer{hops: math.MaxInt32}
	if i, is := s.find(v); is {
		for _, o := range s.wants[i].offers {
			if o.hops < best.hops {
				best = o
			}
		}
	}
	return best
}

// add records an offer of a value.
func (s *missing) add(v broadcast.Value, o offer) *want {
	i, is := s.find(v)
	if !is {
		w := want{value: v, due: never}
		if last := len(s.spare) - 1; last >= 0 {
			w.offers, s.spare = s.spare[last], s.spare[:last]
		}
		s.wants = slices.Insert(s.wants, i, w)
	}
	w := &s.wants[i]
	w.offers = append(w.offers, o)
	return w
}

// remove removes a want when its value arrives. The returned offers are valid until
// the next call of add.
func (s *missing) remove(i int) []offer {
	offers := s.wants[i].offers
	s.wants = slices.Delete(s.wants, i, i+1)
	if len(s.spare) < 8 {
		s.spare = append(s.spare, offers[:0])
	}
	return offers
}

// forget removes the offers of a peer.
func (s *missing) forget(peer broadcast.NodeID) {
	for i := range s.wants {
		w := &s.wants[i]
		if at := slices.IndexFunc(w.offers, func(o offer) bool { return o.peer == peer }); at >= 0 {
			w.offers = slices.Delete(w.offers, at, at+1)
			if at < w.asked {
				w.asked--
			}
		}
	}
}

// announced records that a peer has values. If some are missing, a link is grafted
// after wait, unless a graft is already scheduled.
func (n *node) announced(env broadcast.Env, from broadcast.NodeID, m broadcast.Message, wait time.Duration) {
	due := env.Now() + wait
	soonest := never
	for _, v := range m.Values {
		if n.values.Has(v) {
			continue
		}
		w := n.missing.offer(v, offer{from, m.Hops})
		if w.due == never || w.asked == 0 && due < w.due {
			w.due = due
			soonest = due
		}
	}
	switch {
	case soonest == never:
	case wait == 0:
		n.graft(env)
	default:
		n.alarm(env, soonest)
	}
}

// offer records an offer of a value. A repeated offer may mean that a Graft was
// lost; if all offers have been grafted, that peer may be grafted again.
func (s *missing) offer(v broadcast.Value, o offer) *want {
	if i, is := s.find(v); is {
		w := &s.wants[i]
		if at := slices.IndexFunc(w.offers, func(p offer) bool { return p.peer == o.peer }); at >= 0 {
			if w.due != never {
				return w
			}
			w.offers = slices.Delete(w.offers, at, at+1)
			w.asked--
		}
	}
	return s.add(v, o)
}

// alarm sets the timer of the next graft.
func (n *node) alarm(env broadcast.Env, due time.Duration) {
	if due < n.missing.alarm {
		n.missing.alarm = due
		after(env, max(due-env.Now(), 0), Missing)
	}
}

// graft grafts a link for each value that is due, and sets the next timer.
func (n *node) graft(env broadcast.Env) {
	type ask struct {
		peer  broadcast.NodeID
		value broadcast.Value
	}
	var asks []ask
	now, soonest := env.Now(), never
	for i := range n.missing.wants {
		w := &n.missing.wants[i]
		if w.due <= now {
			if w.due = never; w.asked < len(w.offers) {
				asks = append(asks, ask{peer: w.offers[w.asked].peer, value: w.value})
				w.asked++
				w.due = now + n.missing.next
			}
		}
		soonest = min(soonest, w.due)
	}
	slices.SortStableFunc(asks, func(a, b ask) int { return cmp.Compare(a.peer, b.peer) })
	for len(asks) > 0 {
		peer := asks[0].peer
		var values []broadcast.Value
		for len(asks) > 0 && asks[0].peer == peer {
			values = append(values, asks[0].value)
			asks = asks[1:]
		}
		if i, known := n.find(peer); known {
			n.links[i].graft(0)
			n.send(env, &n.links[i], broadcast.Message{Kind: Graft, Values: values})
		}
	}
	if soonest != never {
		n.alarm(env, soonest)
	}
}

// account updates the links for new values: the log from before on, sent by from.
// Peers that announced a value have it; with ack-retry it is owed to the others.
func (n *node) account(env broadcast.Env, from broadcast.NodeID, before int) {
	log := n.values.Log()
	for place := before; place < len(log); place++ {
		if i, is := n.missing.find(log[place]); is {
			for _, o := range n.missing.remove(i) {
				if at, known := n.find(o.peer); known {
					n.links[at].known = int32(place) + 1
					n.links[at].knows++
				}
			}
		}
		if !n.acks {
			continue
		}
		for i := range n.links {
			if l := &n.links[i]; l.peer != from && int(l.known) != place+1 {
				l.owed = append(l.owed, int32(place))
				n.wake(env, &n.ticking, n.retry, Tick)
			}
		}
	}
}
