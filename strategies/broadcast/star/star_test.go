package star

import (
	"fmt"
	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/broadcasttest"
	"math"
	"testing"
	"time"
)

const ms = time.Millisecond

func TestScripts(t *testing.T) { broadcasttest.RunScripts(t, Spec) }

func checked(t testing.TB, raw map[string]string) broadcast.Params {
	t.Helper()
	params, errs := Spec.Check(raw)
	if errs != nil {
		t.Fatal(errs)
	}
	return params
}

// healthy is the cluster of challenge 3d or 3e without reads: 50 values a second,
// 25 nodes, 100 ms of latency.
func healthy(t *testing.T, seed uint64, load time.Duration, raw map[string]string) broadcasttest.Outcome {
	t.Helper()
	s := broadcasttest.Scenario{
		Spec: Spec, Params: checked(t, raw), Seed: seed, Topology: "star", Nodes: 25,
		Values: int(50 * load.Seconds()), Load: load, MinLatency: 100 * ms, MaxLatency: 100 * ms, Patient: true,
	}
	o, err := s.Judge()
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// TestCost compares the messages with robust=false with the formula of the package
// documentation times the values: with λ = b they are messages a broadcast. The
// load ends within a period, which adds half a flush, and the first period has no
// phase. In 40 s that is less than 3 %.
func TestCost(t *testing.T) {
	const nodes, rate, load = 25., 50., 40.
	for _, period := range []float64{.2, .45, .9, 1.85} {
		o := healthy(t, 1, load*time.Second, map[string]string{
			"period": fmt.Sprint(time.Duration(period * float64(time.Second))), "hint": "100ms", "robust": "false"})
		each := func(share float64) float64 { return 1 - math.Exp(-rate*period*share) }
		want := (load/period + .5) * (nodes - 1) * (each(1/nodes) + each((nodes-1)/nodes))
		if got := float64(o.Messages); math.Abs(got/want-1) > .03 {
			t.Errorf("period %v s: %v messages, want %.0f ± 3 %%", period, got, want)
		}
	}
}

// TestRobustCost tests that without losses robust=true costs one closing message a
// leaf, at the end.
func TestRobustCost(t *testing.T) {
	for _, period := range []string{"200ms", "450ms", "1.74s"} {
		for seed := range uint64(3) {
			raw := map[string]string{"period": period, "robust": "false"}
			bare := healthy(t, seed, 20*time.Second, raw).Messages
			raw["robust"] = "true"
			if robust := healthy(t, seed, 20*time.Second, raw).Messages; robust < bare || robust > bare+24+2 {
				t.Errorf("period %s, seed %d: %d messages robust, %d bare; want at most 24 more, and an answer or two", period, seed, robust, bare)
			}
		}
	}
}

// recorder is an Env whose clock a test sets.
type recorder struct {
	now    time.Duration
	sent   []broadcast.Message
	timers []broadcast.Timer
	waits  []time.Duration
}

func (r *recorder) Now() time.Duration                           { return r.now }
func (r *recorder) Send(_ broadcast.NodeID, m broadcast.Message) { r.sent = append(r.sent, m) }
func (r *recorder) After(d time.Duration, t broadcast.Timer) {
	r.timers, r.waits = append(r.timers, t), append(r.waits, d)
}

// TestHeldUp tests that a hub that was delayed beyond its flush handles queued
// messages before it flushes, but only once.
func TestHeldUp(t *testing.T) {
	env := &recorder{}
	hub := newNode(broadcast.Config{Nodes: 3}, checked(t, map[string]string{"period": "100ms", "robust": "false"}))
	hub.Start(env)
	hub.Broadcast(env, 7)
	if len(env.timers) != 1 || env.waits[0] != 100*ms {
		t.Fatalf("got timers %v for %v, want one for 100ms", env.timers, env.waits)
	}
	env.now = 130 * ms
	hub.Expire(env, env.timers[0])
	if len(env.sent) > 0 || len(env.timers) != 2 || env.waits[1] != 0 {
		t.Fatalf("30ms late: sent %v, timers for %v, want it to wait for its next turn", env.sent, env.waits)
	}
	hub.Receive(env, 1, broadcast.Message{Kind: News, Values: []broadcast.Value{8}, Seq: uint64(mark(0).extend([]broadcast.Value{8}))})
	env.now = 140 * ms
	hub.Expire(env, env.timers[1])
	if len(env.sent) != 2 || len(env.sent[0].Values) != 2 {
		t.Errorf("sent %v, want both values to both leaves", env.sent)
	}
}

// TestSilence tests that no message is sent and no timer set once all nodes have
// everything and know it about the nodes below them.
func TestSilence(t *testing.T) {
	for _, faults := range []broadcasttest.Faults{broadcasttest.Lossless, broadcasttest.Healing, broadcasttest.Forgetful} {
		for seed := range uint64(150) {
			s := broadcasttest.Draw(Spec, faults, seed)
			if faults == broadcasttest.Forgetful {
				s.Params["robust"] = "true"
			}
			s.Patient = true
			if o, err := s.Run(); err != nil || !o.Quiet && o.Elapsed > 4*time.Second {
				t.Errorf("%v, seed %d: quiet %v after %v, %v\n%v", faults, seed, o.Quiet, o.Elapsed, err, s)
			}
		}
	}
}

// TestForgottenIsLearntAgain tests a promise beyond Spec.Promise: with robust=true
// a restarted leaf recovers what its hub has, and a hub what its leaves sent up and
// all that its first leaf has. One node restarts in a quiet cluster, and a value
// follows, since nobody notices the restart of a silent hub.
func TestForgottenIsLearntAgain(t *testing.T) {
	for node := range broadcast.NodeID(7) {
		for width := range 4 {
			s := broadcasttest.Scenario{
				Spec: Spec, Params: checked(t, map[string]string{"period": "50ms", "width": fmt.Sprint(width)}),
				Topology: "line", Nodes: 7, Values: 20, Load: 4 * time.Second, MinLatency: 5 * ms, MaxLatency: 10 * ms,
				Restarts: []broadcasttest.Restart{{At: 2 * time.Second, Node: node}},
			}
			o, err := s.Run()
			if err != nil || !o.Complete() {
				t.Errorf("n%d restarts, width %d: %v nodes have the values, %v", node, width, o.Reached, err)
			}
		}
	}
}
