package strategies

import (
	"flag"
	"fmt"
	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/broadcasttest"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"
)

var (
	scenarios = flag.Int("scenarios", 150, "number of random scenarios for each strategy and kind of faults")
	scenario  = flag.Int64("scenario", -1, "the only random scenario to run, as a failure names it")
)

// seeds returns the seeds of the scenarios to run.
func seeds() []uint64 {
	if *scenario >= 0 {
		return []uint64{uint64(*scenario)}
	}
	all := make([]uint64, *scenarios)
	for i := range all {
		all[i] = uint64(i)
	}
	return all
}

// each runs a test for each strategy.
func each(t *testing.T, test func(*testing.T, broadcast.Spec)) {
	for _, spec := range broadcasts {
		t.Run(spec.Name, func(t *testing.T) { test(t, spec) })
	}
}

// rerun returns the command that repeats a failed scenario.
func rerun(t *testing.T, seed uint64) string {
	return fmt.Sprintf("rerun: go test ./strategies -run '^%s$' -scenario %d", t.Name(), seed)
}

// TestPromises tests each strategy's promise in random networks with random
// parameters. Any strategy must have its own clients' values, invent and lose none,
// send only to other nodes, and not change what it has sent.
func TestPromises(t *testing.T) {
	each(t, func(t *testing.T, spec broadcast.Spec) {
		for _, faults := range []broadcasttest.Faults{broadcasttest.Lossless, broadcasttest.Healing, broadcasttest.Forgetful} {
			t.Run(faults.String(), func(t *testing.T) {
				for _, seed := range seeds() {
					s := broadcasttest.Draw(spec, faults, seed)
					if _, err := s.Judge(); err != nil {
						t.Errorf("%v\n%v\n%s", err, s, rerun(t, seed))
					}
				}
			})
		}
	})
}

// TestSameSeedSameResult tests the promise on which all results rest: no map order,
// clock or foreign randomness reaches the network.
func TestSameSeedSameResult(t *testing.T) {
	each(t, func(t *testing.T, spec broadcast.Spec) {
		for _, seed := range seeds()[:min(20, len(seeds()))] {
			s := broadcasttest.Draw(spec, broadcasttest.Forgetful, seed)
			first, _ := s.Run()
			second, _ := s.Run()
			if !reflect.DeepEqual(first, second) {
				t.Errorf("%v\nonce  %+v\nagain %+v\n%s", s, first, second, rerun(t, seed))
			}
		}
	})
}

// TestGarbage sends arbitrary messages and timers: unknown kinds, senders that do
// not exist, any numbers, repeated values, timers of a former life. A node must
// keep running, send only to other nodes, and still accept values.
func TestGarbage(t *testing.T) {
	each(t, func(t *testing.T, spec broadcast.Spec) {
		for _, seed := range seeds() {
			s := broadcasttest.Draw(spec, broadcasttest.Lossless, seed)
			r := rand.New(rand.NewPCG(seed, 0x67617262616765)) // "garbage"
			nodes := 1 + r.IntN(5)
			env := &strict{t: t, nodes: broadcast.NodeID(nodes), where: fmt.Sprintf("%s\n%s", s.Name(), rerun(t, seed))}
			config := broadcast.Config{Nodes: nodes, Rand: broadcast.NewRand(seed, 0)}
			for peer := 1; peer < nodes; peer++ {
				config.Neighbors = append(config.Neighbors, broadcast.NodeID(peer))
			}
			node := spec.New(config, s.Params)
			node.Start(env)
			for range 200 {
				env.now += time.Duration(r.Int64N(int64(20 * time.Millisecond)))
				switch r.IntN(4) {
				case 0:
					node.Broadcast(env, broadcast.Value(number(r)))
				case 1:
					if len(env.timers) > 0 {
						node.Expire(env, env.timers[r.IntN(len(env.timers))])
					}
				case 2:
					node.Expire(env, broadcast.Timer{Kind: kind(r), Peer: broadcast.NodeID(number(r)), Seq: uint64(number(r))})
				default:
					m := broadcast.Message{Kind: kind(r), Seq: uint64(number(r)), Hops: int32(number(r))}
					for range r.IntN(4) {
						m.Values = append(m.Values, broadcast.Value(number(r)))
					}
					if len(env.sent) > 0 && r.IntN(2) == 0 {
						m.Seq = env.sent[r.IntN(len(env.sent))].Seq
					}
					node.Receive(env, broadcast.NodeID(number(r)), m)
				}
			}
			node.Broadcast(env, 12345)
			if !node.Values().Has(12345) {
				t.Errorf("accepts no more values: %s", env.where)
			}
		}
	})
}

func kind(r *rand.Rand) broadcast.Kind {
	if r.IntN(8) == 0 {
		return broadcast.Kind(r.IntN(256))
	}
	return broadcast.Kind(r.IntN(8))
}

// number returns a small number or any other.
func number(r *rand.Rand) int64 {
	switch r.IntN(8) {
	case 0:
		return int64(r.Uint64())
	case 1:
		return -1 - r.Int64N(3)
	default:
		return r.Int64N(8)
	}
}

// strict is an Env that fails the test if a strategy breaks the contract.
type strict struct {
	t      *testing.T
	where  string
	nodes  broadcast.NodeID
	now    time.Duration
	sent   []broadcast.Message
	timers []broadcast.Timer
}

func (e *strict) Now() time.Duration { return e.now }

func (e *strict) Send(to broadcast.NodeID, m broadcast.Message) {
	if to < 1 || to >= e.nodes {
		e.t.Errorf("sends to n%d, one of %d nodes being n0: %s", to, e.nodes, e.where)
	}
	e.sent = append(e.sent, m)
}

func (e *strict) After(d time.Duration, t broadcast.Timer) {
	if d < 0 {
		e.t.Errorf("sets a timer for %v: %s", d, e.where)
	}
	e.timers = append(e.timers, t)
}

// TestDocumented tests that each Spec has what help texts, node and experiment
// files need.
func TestDocumented(t *testing.T) {
	names := []string{}
	for _, spec := range Broadcast() {
		names = append(names, spec.Name)
		if spec.Doc == "" || spec.Source == "" || len(spec.Kinds) == 0 || spec.Promise == nil {
			t.Errorf("%s: want Doc, Source, Kinds and Promise", spec.Name)
		}
		if _, errs := spec.Check(nil); errs != nil {
			t.Errorf("%s: refuses its own defaults: %v", spec.Name, errs)
		}
		for _, d := range spec.Params {
			if canonical, err := d.Parse(d.Default); d.Doc == "" || err != nil || canonical != d.Default {
				t.Errorf("%s: %s: want a Doc, and a default in canonical form, got %q and %q (%v)", spec.Name, d.Name, d.Doc, d.Default, err)
			}
		}
	}
	if !slices.IsSorted(names) {
		t.Errorf("got %v, want them sorted", names)
	}
}

func TestFindBroadcast(t *testing.T) {
	if spec, err := FindBroadcast("flood"); err != nil || spec.Name != "flood" {
		t.Errorf("got %s, %v, want flood", spec.Name, err)
	}
	_, err := FindBroadcast("Gossip")
	if want := `no such strategy: "Gossip", did you mean gossip?`; err == nil || err.Error() != want {
		t.Errorf(" got %v\nwant %s", err, want)
	}
}
