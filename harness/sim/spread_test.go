package sim

import (
	"strings"
	"testing"
	"time"

	"gossipbench/harness/trial"
	"gossipbench/harness/workload"
	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/param"
)

// TestUndelivered: if a flood on two nodes loses every message, Jepsen finds nothing as
// long as the node that reads last has the value. Each value counts with the time until
// the end of the trial, and a warning names the node that lacks it.
func TestUndelivered(t *testing.T) {
	tr := broadcasting("flood", nil)
	tr.Nodes, tr.Topology, tr.Loss, tr.Recovery = 2, "line", 1, 3*time.Second
	r := run(t, tr)
	m := r.Metrics
	if m["broadcasts"] < 10 || m[trial.Undelivered] != m["broadcasts"] || m["delivery-latency.min"] < 3000 {
		t.Errorf("got %v of %v undelivered, min %v ms", m[trial.Undelivered], m["broadcasts"], m["delivery-latency.min"])
	}
	if m["stable"] == 0 || m["lost"] == m["broadcasts"] {
		t.Errorf("Jepsen's checker: got %v stable, %v lost, want some stable and not all lost", m["stable"], m["lost"])
	}
	if told := strings.Join(r.Warnings, "|"); !strings.HasPrefix(told, "values undelivered: ") || !strings.Contains(told, ": 0 (at n") {
		t.Errorf("warnings are %q", r.Warnings)
	}
	tr.Loss = 0
	if r := run(t, tr); r.Metrics[trial.Undelivered] != 0 || r.Metrics["delivery-latency.max"] > 100 || len(r.Warnings) > 0 {
		t.Errorf("without loss: got %v undelivered, max %v ms, %q", r.Metrics[trial.Undelivered], r.Metrics["delivery-latency.max"], r.Warnings)
	}
}

// broadcasting returns a trial with clients and without faults.
func broadcasting(strategy string, params param.Values) trial.Trial {
	trial := trial.Default()
	trial.Strategy, trial.Params = strategy, param.Values{"delivery": "fire-and-forget", "retry": "500ms"}
	if params != nil {
		trial.Params = params
	}
	trial.Rate, trial.TimeLimit, trial.Latency = 50, 2*time.Second, 10*time.Millisecond
	return trial
}

// TestUndeliveredAfterKill: n1 had the value, was killed, came back without it, and never
// gets it again. At the end it is live and lacks the value.
func TestUndeliveredAfterKill(t *testing.T) {
	for _, killed := range []bool{false, true} {
		tr := disseminate("flood", "line", 2, nil)
		tr.TimeLimit, tr.Nemesis = time.Second, "kill" // so that nodes may forget
		c, err := newCluster(&tr)
		if err != nil {
			t.Fatal(err)
		}
		c.plan()
		if c.nemesis.faults, c.queue = nil, newQueue(); killed {
			c.nemesis.faults = []workload.Fault{{At: 50 * msec, Kind: "kill", Starts: true, Nodes: []broadcast.NodeID{1}}, {At: 60 * msec, Kind: "kill"}}
			for i, f := range c.nemesis.faults {
				c.queue.push(f.At, strike, event{ref: uint32(i)})
			}
		}
		d := newDissemination(c)
		d.play()
		_, _, m, warnings := d.sum()
		took, known := c.healToLast()
		want := 0.0
		if killed {
			want = 1
		}
		if m[trial.Undelivered] != want || m["coverage"] != 1-want/2 || known != killed || killed && took != 940*msec || len(warnings) != int(want) {
			t.Errorf("killed %t: got %v, healed for %v, %t, %q", killed, m, took, known, warnings)
		}
	}
}

// TestUnreachedCountsAsTimeLimit: a rumor on a line of four nodes stops because its first message is
// lost, and all nodes are quiet at once. Times that were not reached count as until the
// time limit, so being quiet early does not look fast; the time of the last delivery is
// unchanged.
func TestUnreachedCountsAsTimeLimit(t *testing.T) {
	tr := disseminate("flood", "line", 4, nil)
	tr.Loss, tr.TimeLimit = 1, 20*time.Second
	r := run(t, tr)
	want := map[string]float64{"t50": 20_000, "t90": 20_000, "t99": 20_000, "t100": 20_000, "t-last": 0, "coverage": 0.25, trial.Undelivered: 1}
	for name, x := range want {
		if r.Metrics[name] != x {
			t.Errorf("%s: got %v, want %v", name, r.Metrics[name], x)
		}
	}
	if len(r.Warnings) != 1 || !strings.HasPrefix(r.Warnings[0], "values undelivered: 1, which t50 to t100 count as until the time limit as far as they do not come: 0 (at n") {
		t.Errorf("warnings are %q", r.Warnings)
	}
}
