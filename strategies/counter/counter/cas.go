package counter

import (
	"math/rand/v2"
	"time"

	"gossipbench/node/wire"
	"gossipbench/strategies/kv"
	"gossipbench/strategies/param"
	"gossipbench/strategies/server"
)

// CAS is the strategy of that name.
var CAS = server.Spec{
	Workloads: workloads,
	Name:      "cas",
	Doc:       "one key in seq-kv, which every node compares and sets, for reads as well",
	Source:    "Maelstrom, doc/services.md; Fly.io, Gossip Glomers, challenge 4",
	Promise:   "linearizable; available to those who reach the store",
	Params: []param.Decl{{Name: "backoff", Kind: param.Duration, Default: "10ms", Min: .001, Max: 60,
		Doc: "mean wait of a node after it lost against another for the first time; the mean doubles each time, up to 64 of it"}},
	New: func(p param.Values) server.Service { return cas{p.Duration("backoff")} },
}

const (
	shared = "counter" // the key
	// doublings bounds the back-off. Chosen: with 25 nodes at once, some node
	// succeeds.
	doublings = 6
)

type cas struct{ backoff time.Duration }

// Start implements server.Service.
func (c cas) Start(env server.Env, config server.Config) (server.Handlers, error) {
	n := &setter{
		env: env, self: config.Self, rand: config.Rand, backoff: c.backoff,
		names: kv.Names{Life: server.Life(config.Disk)},
	}
	return server.Handlers{
		"add": func(m server.Message) {
			if d, ok := delta(env, m); ok {
				n.want(request{m, d, env.Now() + patience})
			}
		},
		"read": func(m server.Message) { n.want(request{m, 0, env.Now() + patience}) },
	}, nil
}

// setter is a node of cas. It has one call in flight, for all requests that arrived
// during the previous call.
//
// A read is an add of nothing. Seq-kv may answer a read from a past state, but it
// runs a compare-and-set that changes the state on the newest one. Each of ours
// changes the state, since it counts adds.
type setter struct {
	env     server.Env
	self    string
	rand    *rand.Rand
	backoff time.Duration
	names   kv.Names // of the node's writes
	waiting []request
	busy    bool
	last    state // the newest state that the node has seen
	lost    int   // lost compare-and-sets in a row
}

type request struct {
	server.Message
	delta int64
	until time.Duration // the time to give up
}

// state is the value of the key, {"sum": [adds, total], "by": marks}. The number of
// adds only grows, so no state recurs.
type state struct {
	sum
	by kv.Marks
}

func readState(text []byte) (s state, ok bool) {
	if text == nil {
		return state{}, true
	}
	s.sum, ok = readSum(wire.Field(text, "sum"))
	s.by = kv.ReadMarks(wire.Field(text, "by"))
	return s, ok
}

// text returns the state as JSON, or nil before the first add.
func (s state) text() []byte {
	if s.adds == 0 {
		return nil
	}
	return append(s.by.Append(append(append([]byte(`{"sum":`), s.sum.text()...), `,"by":`...)), '}')
}

func (s *setter) want(r request) {
	s.waiting = append(s.waiting, r)
	s.next()
}

// next tries to add all waiting requests.
func (s *setter) next() {
	if s.busy {
		return
	}
	s.giveUp()
	if len(s.waiting) == 0 {
		return
	}
	s.busy = true
	batch, from, name := s.waiting, s.last, s.names.Next()
	s.waiting = nil
	to := state{from.sum, from.by.With(s.self, name)}
	for _, r := range batch {
		to.sum = to.plus(r.delta)
	}
	store := kv.Store{Env: s.env, Name: store, Wait: wait}
	store.Try(kv.Attempt{
		Key: shared, From: from.text(), To: to.text(), Until: batch[0].until, Pause: s.pause,
		Fate: func(now []byte) kv.Fate { return fate(from, now, s.self, name) },
	}, func(fate kv.Fate, now []byte) {
		s.busy = false
		if seen, ok := readState(now); ok && seen.adds > s.last.adds {
			s.last = seen
		}
		switch fate {
		case kv.Done:
			s.lost = 0
			s.answer(batch, from.total)
		case kv.Dead:
			s.waiting = append(batch, s.waiting...)
		default:
			for _, r := range batch {
				s.unknown(r)
			}
		}
		s.next()
	})
}

// fate returns the outcome of the write name of node on top of from, if the key
// holds now, which may be a past state.
func fate(from state, now []byte, node, name string) kv.Fate {
	switch seen, ok := readState(now); {
	case ok && seen.by.Wrote(node, name):
		return kv.Done
	case ok && seen.adds > from.adds:
		return kv.Dead
	}
	return kv.Open
}

// giveUp fails the requests that have waited too long. They are not counted.
func (s *setter) giveUp() {
	kept := s.waiting[:0]
	for _, r := range s.waiting {
		if s.env.Now() < r.until {
			kept = append(kept, r)
			continue
		}
		server.Fail(s.env, r.Message, wire.TemporarilyUnavailable, "%s: no change within %v", store, patience)
	}
	s.waiting = kept
}

// answer answers the requests of a batch that was counted on top of n, in order.
func (s *setter) answer(batch []request, n int64) {
	for _, r := range batch {
		if n += r.delta; r.Type == "read" {
			s.env.Reply(r.Message, "read_ok", total(n))
		} else {
			s.env.Reply(r.Message, "add_ok", nil)
		}
	}
}

// unknown answers a request that may or may not have been counted.
func (s *setter) unknown(r request) {
	code := wire.Timeout
	if r.Type == "read" {
		code = wire.TemporarilyUnavailable // a read changes no total
	}
	server.Fail(s.env, r.Message, code, "%s: nobody knows whether it was counted", store)
}

// pause returns the wait before the node reads the key and tries again.
func (s *setter) pause() time.Duration {
	mean := s.backoff << min(s.lost, doublings)
	s.lost++
	return time.Duration(s.rand.Int64N(int64(2 * mean)))
}
