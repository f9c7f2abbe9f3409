package sim

import (
	"context"
	"strings"
	"testing"
	"time"

	"gossipbench/harness/trial"
	"gossipbench/strategies/param"
)

// flooding returns a trial in which 25 nodes flood a graph, as in the recorded tests of
// Maelstrom in results/reference.
func flooding(topology string, messageTime time.Duration) trial.Trial {
	t := trial.Default()
	t.Backend, t.Strategy, t.Topology, t.Nodes, t.Rate = "sim", "flood", topology, 25, 100
	t.Latency, t.TimeLimit, t.Seed, t.MessageTime = 100*time.Millisecond, 20*time.Second, 1, messageTime
	t.Jitter = 0 // draws differ as soon as times do
	t.Params = param.Values{"delivery": "fire-and-forget", "retry": "500ms"}
	return t
}

// TestInStep: on a complete graph all bursts get into step, clients wait for half a
// latency, and the trial has a warning. If a message takes as long as in Maelstrom,
// clients wait as they did there: 10.5 to 12.2 ms in the median, 49 to 56 ms in the .95
// quantile, with stable latencies of up to 124 to 153 ms. On other graphs message_time
// changes nothing.
func TestInStep(t *testing.T) {
	run := func(topology string, messageTime time.Duration) trial.Result {
		t.Helper()
		r, err := New(Options{}).Run(context.Background(), flooding(topology, messageTime))
		if err != nil {
			t.Fatalf("%s: %v", topology, err)
		}
		return r
	}
	between := func(r trial.Result, name string, least, most float64) {
		t.Helper()
		if x := r.Metrics[name]; x < least || x > most {
			t.Errorf("%s at %v a message: %s is %v, want %v to %v", r.Trial.Topology, r.Trial.MessageTime, name, x, least, most)
		}
	}
	warned := func(r trial.Result, want bool) {
		t.Helper()
		if got := strings.Contains(strings.Join(r.Warnings, "\n"), "messages in step: "); got != want {
			t.Errorf("%s at %v a message: warnings are %q, want one of messages in step: %v", r.Trial.Topology, r.Trial.MessageTime, r.Warnings, want)
		}
	}
	free, real := run("total", 0), run("total", 10*time.Microsecond)
	between(free, "op-latency.p50", 40, 60)
	warned(free, true)
	between(real, "op-latency.p50", 5, 15)
	between(real, "op-latency.p95", 40, 60)
	between(real, "stable-latency.p50", 75, 95)
	between(real, "stable-latency.max", 105, 155)
	warned(real, false)
	for _, topology := range []string{"grid", "tree4", "line"} {
		free, real := run(topology, 0), run(topology, 10*time.Microsecond)
		warned(free, false)
		for _, name := range []string{"op-latency.p50", "stable-latency.p50", "stable-latency.max"} {
			between(real, name, free.Metrics[name]-5-.03*free.Metrics[name], free.Metrics[name]+5+.03*free.Metrics[name])
		}
	}
	slow := run("line", time.Millisecond)
	if len(slow.Warnings) > 0 {
		t.Errorf("warnings are %q, want none of a machine that is not behind", slow.Warnings)
	}
	if late := run("grid", time.Millisecond); !strings.Contains(strings.Join(late.Warnings, "\n"), "a machine that takes 1ms a message falls up to ") {
		t.Errorf("warnings are %q, want that the machine falls behind", late.Warnings)
	}
}
