package counter

import (
	"time"

	"gossipbench/node/wire"
	"gossipbench/strategies/param"
	"gossipbench/strategies/service"
)

// CAS is the strategy of that name.
var CAS = service.Spec{
	Workloads: workloads,
	Name:      "cas",
	Doc:       "one key in seq-kv, which every node compares and sets, for reads as well",
	Source:    "Maelstrom, doc/services.md; Fly.io, Gossip Glomers, challenge 4",
	Promise:   "linearizable; available to those who reach the store",
	Params: []param.Decl{{Name: "backoff", Kind: param.Duration, Default: "10ms", Min: .001, Max: 60,
		Doc: "mean wait of a node after it lost against another for the first time; the mean doubles each time, up to 64 of it"}},
	New: func(p param.Values) service.Service { return cas{p.Duration("backoff")} },
}

const (
	shared = "counter" // the key
	// doublings of the wait. Chosen: with 25 nodes at once somebody gets through.
	doublings = 6
)

type cas struct{ backoff time.Duration }

// Start implements service.Service.
func (c cas) Start(env service.Env, config service.Config) (service.Handlers, error) {
	n := &setter{env: env, config: config, backoff: c.backoff}
	return service.Handlers{
		"add": func(m service.Message) {
			if d, ok := delta(env, m); ok {
				n.want(request{m, d, env.Now() + patience})
			}
		},
		"read": func(m service.Message) { n.want(request{m, 0, env.Now() + patience}) },
	}, nil
}

// setter is a node of cas. It has one call out at a time, for all requests that
// came in while the last one was out.
//
// A read is an add of nothing. Seq-kv may answer a read from the past; but a
// compare-and-set that changes the state runs on the newest one, and each does,
// for it counts the adds.
type setter struct {
	env     service.Env
	config  service.Config
	backoff time.Duration
	waiting []request
	busy    bool
	last    sum // under the key, as far as the node knows
	lost    int // against others in a row
}

type request struct {
	service.Message
	delta int64
	until time.Duration // when to give up
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
	batch, from, to := s.waiting, s.last, s.last
	s.waiting = nil
	for _, r := range batch {
		to = to.plus(r.delta)
	}
	fields := wire.Fields(nil).Text("key", shared).Raw("from", from.text()).Raw("to", to.text()).Raw("create_if_not_exists", []byte("true"))
	s.busy = true
	s.env.Call(store, "cas", fields, wait, func(_ service.Message, err *wire.Error) {
		switch {
		case err == nil:
			s.busy, s.last, s.lost = false, to, 0
			s.answer(batch, from.total)
			s.next()
		case err.Code.Definite():
			s.waiting = append(batch, s.waiting...)
			s.look()
		default:
			// It may have been counted, and may yet be.
			for _, r := range batch {
				s.unknown(r, err)
			}
			s.look()
		}
	})
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
		service.Fail(s.env, r.Message, wire.TemporarilyUnavailable, "%s: no change within %v", store, patience)
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
func (s *setter) unknown(r request, err *wire.Error) {
	code := err.Code
	if r.Type == "read" {
		code = wire.TemporarilyUnavailable // it changes no total
	}
	service.Fail(s.env, r.Message, code, "%s: %s", store, err.Text)
}

// look reads the key after a wait, and has the node try again.
func (s *setter) look() {
	mean := s.backoff << min(s.lost, doublings)
	s.lost++
	s.env.After(time.Duration(s.config.Rand.Int64N(int64(2*mean))), func() {
		s.env.Call(store, "read", wire.Fields(nil).Text("key", shared), wait, func(reply service.Message, err *wire.Error) {
			if read, ok := readSum(wire.Field(reply.Body, "value")); err == nil && ok && read.adds > s.last.adds {
				s.last = read
			}
			s.busy = false
			s.next()
		})
	})
}
