package rumor

import (
	"fmt"
	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/broadcasttest"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestScripts(t *testing.T) { broadcasttest.RunScripts(t, Spec) }

// TestSilence tests that push stops when all nodes have lost interest, if receivers
// answer.
func TestSilence(t *testing.T) {
	for seed := range uint64(300) {
		s := broadcasttest.Draw(Spec, broadcasttest.Lossless, seed)
		s.Params["mode"], s.Params["interval"], s.Patient = "push", "20ms", true
		o, err := s.Run()
		if err != nil {
			t.Error(err)
		}
		if !o.Quiet {
			t.Errorf("seed %d: still not quiet after %v\n%v", seed, o.Elapsed, s)
		}
	}
}

// TestTwo tests that of two nodes the other one learns everything in the next cycle
// plus the latency, in every variant.
func TestTwo(t *testing.T) {
	for seed := range uint64(300) {
		s := broadcasttest.Draw(Spec, broadcasttest.Calm, seed)
		s.Topology, s.Nodes = "line", 2
		o, err := s.Run()
		if err != nil {
			t.Error(err)
		}
		// A cycle starts within interval. Push sends a value in the cycle after its
		// arrival. Pull needs a question in the cycle after that of the other node;
		// a limit of 1 delays nobody. A round trip is at most 120 ms, and a call
		// doubles it.
		most := 400*time.Millisecond + 3*s.Params.Duration("interval") + 240*time.Millisecond
		if !o.Complete() || o.Elapsed > most {
			t.Errorf("seed %d: after %v reached %v, want 2 of each within %v\n%v", seed, o.Elapsed, o.Reached, most, s)
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

// TestInterest is a twin test of losing interest: a node with one rumor and random
// contacts must send it in as many cycles as a direct loop over the paper's rule
// says.
func TestInterest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(1, 5).Draw(t, "k")
		reset := rapid.Bool().Draw(t, "reset")
		blind := rapid.Bool().Draw(t, "blind")
		useful := rapid.SliceOfN(rapid.Bool(), 30, 30).Draw(t, "useful")

		want, counter := 0, 0
		for _, u := range useful {
			if counter == k {
				break
			}
			want++
			switch {
			case !u || blind:
				counter++
			case reset:
				counter = 0
			}
		}

		params, _ := Spec.Check(map[string]string{
			"k": fmt.Sprint(k), "reset": fmt.Sprint(reset), "feedback": fmt.Sprint(!blind), "interval": "10ms"})
		n := newNode(broadcast.Config{Nodes: 9, Rand: broadcast.NewRand(1, 0)}, params).(*node)
		env := &recorder{}
		n.Start(env)
		n.Broadcast(env, 7)
		for _, u := range useful {
			env.now += 10 * time.Millisecond
			before := len(env.sent)
			n.Expire(env, broadcast.Timer{Kind: Round})
			if len(env.sent) == before {
				break
			}
			answer := broadcast.Message{Kind: Feedback, Values: []broadcast.Value{7}}
			if u {
				answer.Seq = 1
			}
			n.Receive(env, 1, answer)
		}
		if len(env.sent) != want {
			t.Fatalf("told in %d cycles, want %d", len(env.sent), want)
		}
	})
}

// TestCoin tests that with interest=coin a node sends a rumor k times on average,
// since it stops after each contact with probability 1/k. The mean of 4,000 has a
// standard error of √(k(k−1)/4000), .07 for k = 5. The test allows four.
func TestCoin(t *testing.T) {
	const runs = 4000
	params, _ := Spec.Check(map[string]string{"k": "5", "interest": "coin", "feedback": "false", "interval": "10ms"})
	env := &recorder{}
	n := newNode(broadcast.Config{Nodes: 9, Rand: broadcast.NewRand(1, 0)}, params).(*node)
	n.Start(env)
	for v := range broadcast.Value(runs) {
		n.Broadcast(env, v)
	}
	for len(n.hot) > 0 {
		env.now += 10 * time.Millisecond
		n.Expire(env, broadcast.Timer{Kind: Round})
	}
	told := 0
	for _, m := range env.sent {
		told += len(m.Values)
	}
	if mean := float64(told) / runs; mean < 5-.28 || mean > 5+.28 {
		t.Errorf("sent %.3f times on average, want 5", mean)
	}
}

// TestFeedbackTwin tests that feedback names each value of a message, first those
// known before the cycle, for values in any order and number.
func TestFeedbackTwin(t *testing.T) {
	params, _ := Spec.Check(map[string]string{"interval": "10ms"})
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 0))
		n := newNode(broadcast.Config{Nodes: 9, Rand: broadcast.NewRand(seed, 0)}, params).(*node)
		env := &recorder{}
		n.Start(env)
		before := map[broadcast.Value]bool{}
		for range 20 {
			during := map[broadcast.Value]bool{}
			for range 1 + r.IntN(3) {
				var values, unneeded, needed []broadcast.Value
				for range 1 + r.IntN(4) {
					v := broadcast.Value(r.IntN(12))
					values = append(values, v)
					during[v] = true
					if before[v] {
						unneeded = append(unneeded, v)
					} else {
						needed = append(needed, v)
					}
				}
				env.sent = nil
				n.Receive(env, 3, broadcast.Message{Kind: Rumor, Values: values})
				if len(env.sent) != 1 || !slices.Equal(env.sent[0].Values, slices.Concat(unneeded, needed)) || env.sent[0].Seq != uint64(len(needed)) {
					t.Fatalf("seed %d: %v answered by %+v, want unneeded %v and needed %v", seed, values, env.sent, unneeded, needed)
				}
			}
			for v := range during {
				before[v] = true
			}
			env.now += 10 * time.Millisecond // the next cycle
		}
	}
}
