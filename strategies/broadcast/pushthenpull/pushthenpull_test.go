package pushthenpull

import (
	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/broadcasttest"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestScripts(t *testing.T) { broadcasttest.RunScripts(t, Spec) }

// TestOptimal tests ⌊log₂(n/ln n)⌋. 25/ln 25 = 7.77 is in 4…8; 100/ln 100 = 21.7 in
// 16…32; 1000/ln 1000 = 144.8 in 128…256; 10⁵/ln 10⁵ = 8685.9 in 2¹³…2¹⁴. The
// minimum is 1.
func TestOptimal(t *testing.T) {
	for _, tt := range []struct {
		nodes int
		want  int64
	}{{1, 1}, {2, 1}, {3, 1}, {25, 2}, {100, 4}, {1000, 7}, {100_000, 13}} {
		if got := optimal(tt.nodes); got != tt.want {
			t.Errorf("%d nodes: %d rounds, want %d", tt.nodes, got, tt.want)
		}
	}
}

// TestForgottenIsLearntAgain tests a promise beyond Spec.Promise: with pulls=0 a
// restarted node recovers all that any node has.
func TestForgottenIsLearntAgain(t *testing.T) {
	for seed := range uint64(200) {
		s := broadcasttest.Draw(Spec, broadcasttest.Forgetful, seed)
		s.Params["pulls"], s.Params["interval"] = "0", "20ms"
		o, err := s.Run()
		if err != nil {
			t.Error(err)
		}
		for v, reached := range o.Reached {
			if reached > 0 && reached < s.Nodes {
				t.Errorf("seed %d: only %d of %d nodes have %d in the end\n%v", seed, reached, s.Nodes, v, s)
			}
		}
	}
}

// recorder is an Env that stores what is sent.
type recorder struct {
	now  time.Duration
	sent []broadcast.Message
}

func (e *recorder) Now() time.Duration                           { return e.now }
func (e *recorder) Send(_ broadcast.NodeID, m broadcast.Message) { e.sent = append(e.sent, m) }
func (e *recorder) After(time.Duration, broadcast.Timer)         {}

// TestAges is a twin test of what a node sends: values of random ages arrive in
// random rounds. In each round the node must push those of ages 1 to pushes, and
// answer a question by the unnamed ones of ages above pushes and at most pushes +
// pulls.
func TestAges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const pushes, pulls = 3, 4
		forever := rapid.Bool().Draw(t, "forever")
		raw := map[string]string{"interval": "10ms", "pushes": "3", "pulls": "4"}
		if forever {
			raw["pulls"] = "0"
		}
		params, _ := Spec.Check(raw)
		n := newNode(broadcast.Config{Nodes: 9, Rand: broadcast.NewRand(1, 0)}, params)
		env := &recorder{}
		n.Start(env)

		age := map[broadcast.Value]int{}
		for round := range 12 {
			for _, a := range rapid.SliceOfN(rapid.IntRange(0, 9), 0, 3).Draw(t, "ages") {
				v := broadcast.Value(len(age))
				age[v] = a
				n.Receive(env, 1, broadcast.Message{Kind: Rumor, Values: []broadcast.Value{v}, Seq: uint64(a)})
			}
			env.now += 10 * time.Millisecond
			for v := range age {
				age[v]++
			}
			env.sent = nil
			n.Expire(env, broadcast.Timer{Kind: Round})
			pushed := map[broadcast.Value]int{}
			for _, m := range env.sent {
				if m.Kind == Rumor {
					for _, v := range m.Values {
						pushed[v] = int(m.Seq)
					}
				}
			}
			named := rapid.SliceOf(rapid.Custom(func(t *rapid.T) broadcast.Value {
				return broadcast.Value(rapid.IntRange(0, len(age)+1).Draw(t, "value"))
			})).Draw(t, "named")
			slices.Sort(named)
			named = slices.Compact(named)
			env.sent = nil
			n.Receive(env, 1, broadcast.Message{Kind: Pull, Values: named})
			given := map[broadcast.Value]bool{}
			youngest := pushes + pulls
			for _, m := range env.sent {
				for _, v := range m.Values {
					given[v] = true
					youngest = min(youngest, age[v])
				}
				if !forever && int(m.Seq) != youngest {
					t.Fatalf("round %d: answered with age %d, want %d", round, m.Seq, youngest)
				}
			}
			for v, a := range age {
				push := a <= pushes
				if got, told := pushed[v]; told != push || told && got != a {
					t.Fatalf("round %d: %d of age %d pushed as of age %d: %v", round, v, a, got, told)
				}
				if give := !push && (forever || a <= pushes+pulls) && !slices.Contains(named, v); given[v] != give {
					t.Fatalf("round %d: %d of age %d sent to an asker that names %v: %v", round, v, a, named, given[v])
				}
			}
		}
	})
}
