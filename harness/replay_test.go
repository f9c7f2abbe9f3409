package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"gossipbench/harness/sim"
	"gossipbench/harness/timeline"
	"gossipbench/harness/trial"
	"gossipbench/strategies/param"
)

// rumor is a value on its way down a line of three.
func rumor(t *testing.T) trial.Result {
	trial := trial.Default()
	trial.Workload, trial.Strategy, trial.Origins, trial.Network = "dissemination", "flood", "first", "ideal"
	trial.Nodes, trial.Topology, trial.Latency = 3, "line", 10*time.Millisecond
	trial.Params = param.Values{"delivery": "fire-and-forget", "retry": "500ms"}
	r, err := sim.New(sim.Options{Cost: true}).Run(context.Background(), trial)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestRepeat: a trial comes to the same result again, but for what it cost.
func TestRepeat(t *testing.T) {
	stored := rumor(t)
	again, err := repeat(context.Background(), stored, sim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if d := differ(stored, again); d != nil {
		t.Errorf("got differences %q", d)
	}
	again.Metrics["ldh"], again.Outcome = 7, trial.Invalid
	delete(again.Metrics, "rmr")
	again.Warnings = []string{"late"}
	want := `ldh: stored 2, again 7|outcome: stored "valid", again "invalid"|rmr: stored 0, again nothing|warnings: stored [], again ["late"]`
	if got := strings.Join(differ(stored, again), "|"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if _, has := stored.Metrics["seconds"]; !has {
		t.Error("the comparison took the cost out of the stored result")
	}
	stored.Trial.Backend = "native"
	if _, err := repeat(context.Background(), stored, sim.Options{}); err == nil || !strings.Contains(err.Error(), "only trials of backend sim repeat themselves") {
		t.Errorf("a native trial: got %v", err)
	}
}

func TestTimeline(t *testing.T) {
	for _, tt := range []struct {
		name string
		l    timeline.Timeline
		want string
	}{
		{"all", timeline.Timeline{}, `
          ms  n0  n1  n2  
       0.000  o   .   .   a client brings n0 0
       0.000  o...>   .   send n0 -> n1 rumor [0]
      10.000  o--->   .   deliver n0 -> n1 rumor [0]
      10.000  .   o...>   send n1 -> n2 rumor [0]
      20.000  .   o--->   deliver n1 -> n2 rumor [0]
`},
		{"some", timeline.Timeline{From: time.Millisecond, Node: "n1", Lines: 1}, `
          ms  n0  n1  n2  
      10.000  o--->   .   deliver n0 -> n1 rumor [0]
2 more events; see --lines, --from, --to and --node
`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			if err := drawTrial(context.Background(), &b, tt.l, rumor(t)); err != nil {
				t.Fatal(err)
			}
			if got := "\n" + b.String(); got != tt.want {
				t.Errorf("got%swant%s", got, tt.want)
			}
		})
	}
}
