package native

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gossipbench/harness/history"
	"gossipbench/harness/trial"
	"gossipbench/harness/workload"
	"gossipbench/strategies/broadcast"
)

// TestFaults runs each fault against ordinary nodes and looks for its effects.
func TestFaults(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		nemesis  string
		restarts bool
	}{
		{"partition", false},
		{"one-way", false},
		{"slow", false},
		{"kill", true},
		{"pause", false},
		{"partition+kill+pause", true},
	} {
		t.Run(tt.nemesis, func(t *testing.T) {
			t.Parallel()
			tr := quick("honest")
			tr.Nodes, tr.TimeLimit = 5, time.Second
			tr.Nemesis, tr.NemesisInterval = tt.nemesis, 100*time.Millisecond
			r, folder := kept(t, tr)
			if r.Outcome == trial.Failed {
				t.Errorf("got %+v, want a result", r)
			}
			began, ended := map[string]int{}, map[string]int{}
			for _, op := range ops(t, folder) {
				if op.Process != history.Nemesis {
					continue
				}
				if kind, ok := strings.CutPrefix(op.F, "start-"); ok {
					began[kind]++
				} else {
					ended[strings.TrimPrefix(op.F, "stop-")]++
				}
			}
			for kind := range strings.SplitSeq(tt.nemesis, "+") {
				// Two lines each. The last end comes even if no fault is in progress.
				if began[kind] < 2 || began[kind]%2 != 0 || ended[kind] < began[kind] || ended[kind] > began[kind]+2 {
					t.Errorf("%s: got %d lines of starts and %d of ends", kind, began[kind], ended[kind])
				}
			}
			starts := 0
			for i := range tr.Nodes {
				log, err := os.ReadFile(filepath.Join(folder, "node-logs", nodeName(broadcast.NodeID(i))+".log"))
				if err != nil {
					t.Fatal(err)
				}
				starts += strings.Count(string(log), "started")
			}
			if starts < tr.Nodes || tt.restarts != (starts > tr.Nodes) {
				t.Errorf("got %d starts of %d nodes, want restarts: %v", starts, tr.Nodes, tt.restarts)
			}
		})
	}
}

const ms = time.Millisecond

// TestStall: messages to a node whose delivering thread is stopped wait, for 50 ms or
// more in some case, and none is lost.
func TestStall(t *testing.T) {
	t.Parallel()
	tr := quick("honest")
	tr.Nodes, tr.Rate, tr.Stall, tr.TimeLimit = 3, 100, 20, time.Second
	r, _ := kept(t, tr)
	if got := r.Metrics["op-latency.max"]; r.Outcome == trial.Failed || got < 50 || r.Metrics["ok-fraction"] < 1 {
		t.Errorf("got %+v, want every op answered, and one after 50 ms or more", r)
	}
}

// TestKillForgets: a killed node comes back without its state, and takes part again.
func TestKillForgets(t *testing.T) {
	t.Parallel()
	tr := quick("honest")
	tr.Nodes, tr.TimeLimit, tr.Rate, tr.Concurrency = 1, 1400*ms, 100, "40n" // most ops wait for the killed node
	tr.Nemesis, tr.NemesisInterval = "kill", 300*ms
	for f := workload.Faults(tr); ; f = workload.Faults(tr) { // find a seed that leaves time between two kills, and after them
		if len(f) > 4 && f[1].At < 100*ms && f[2].At > 600*ms && len(f[2].Nodes) == 1 && f[3].At < 900*ms && f[4].At == tr.TimeLimit {
			break
		}
		tr.Seed++
	}
	patient(t, func() error {
		r, folder := kept(t, tr)
		var last []int64
		forgot, wrote := false, false
		for _, op := range ops(t, folder) {
			if op.Type != history.OK {
				continue
			}
			if values, ok := op.Value.([]int64); ok {
				forgot = forgot || len(values) < len(last)
				last = values
			}
			wrote = wrote || forgot && op.F == "broadcast"
		}
		if !forgot || !wrote || r.Outcome != trial.Invalid {
			return fmt.Errorf("got %s; forgot: %v; wrote afterwards: %v; want invalid, true, true", r.Outcome, forgot, wrote)
		}
		return nil
	})
}
