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
	// doublings of the wait. Chosen: with 25 nodes at once somebody gets through.
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

// setter is a node of cas. It has one call out at a time, for all requests that
// came in while the last one was out.
//
// A read is an add of nothing. Seq-kv may answer a read from the past; but a
// compare-and-set that changes the state runs on the newest one, and each does,
// for it counts the adds.
type setter struct {
	env     server.Env
	self    string
	rand    *rand.Rand
	backoff time.Duration
	names   kv.Names // of what is written
	waiting []request
	busy    bool
	last    state // under the key, as far as the node knows
	lost    int   // against others in a row
}

type request struct {
	server.Message
	delta int64
	until time.Duration // when to give up
}

// state is what the key holds, {"sum": [adds, total], "by": marks}. Adds only grow,
// so no state comes twice.
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

// text is the state as JSON, and nil where nothing was counted yet.
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

// next tries to count all that waits.
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

// fate is what became of a node's write on top of a state, where the key holds now.
// That may be from the past.
func fate(from state, now []byte, node, name string) kv.Fate {
	switch seen, ok := readState(now); {
	case ok && seen.by.Wrote(node, name):
		return kv.Done
	case ok && seen.adds > from.adds:
		return kv.Dead
	}
	return kv.Open
}

// giveUp answers the requests that have waited too long. Nothing of them was
// counted.
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

// answer tells clients that all was counted, one after another.
func (s *setter) answer(batch []request, n int64) {
	for _, r := range batch {
		if n += r.delta; r.Type == "read" {
			s.env.Reply(r.Message, "read_ok", total(n))
		} else {
			s.env.Reply(r.Message, "add_ok", nil)
		}
	}
}

// unknown answers a request of which nobody knows whether it was counted.
func (s *setter) unknown(r request) {
	code := wire.Timeout
	if r.Type == "read" {
		code = wire.TemporarilyUnavailable // it changes no total
	}
	server.Fail(s.env, r.Message, code, "%s: nobody knows whether it was counted", store)
}

// pause is how long to wait before the node looks what the key holds, and tries
// again.
func (s *setter) pause() time.Duration {
	mean := s.backoff << min(s.lost, doublings)
	s.lost++
	return time.Duration(s.rand.Int64N(int64(2 * mean)))
}
