package agreement

import (
	"fmt"
	"testing"

	"gossipbench/harness/experiment"
	"gossipbench/harness/stats"
	"gossipbench/strategies/param"
)

func TestJudge(t *testing.T) {
	range100 := stats.Summary{N: 3, Median: 110, Least: 100, Most: 120}
	for _, tt := range []struct {
		x         float64
		tolerance Tolerance
		want      Verdict
	}{
		{100, Messages, Inside}, {120, Messages, Inside},
		{97, Messages, Near}, {96.9, Messages, Outside}, // 3 % of 100
		{123.6, Messages, Near}, {123.7, Messages, Outside}, // 3 % of 120 are 3.6
		{70, Latencies, Near}, {69.9, Latencies, Outside}, // 30 ms, more than 15 %
		{150, Latencies, Near}, {150.1, Latencies, Outside},
	} {
		if got := tt.tolerance.judge(tt.x, range100); got != tt.want {
			t.Errorf("%v, %+v: got %s, want %s", tt.x, tt.tolerance, got, tt.want)
		}
	}
	// 15 % of 400 are 60, more than 30 ms.
	if got := Latencies.judge(459, stats.Summary{Least: 380, Most: 400}); got != Near {
		t.Errorf("459 beside 380 to 400: got %s, want near", got)
	}
}

func made(backend, topology string, replicate int, outcome experiment.Outcome, messages float64) experiment.Result {
	t := experiment.Default()
	t.Backend, t.Strategy, t.Topology, t.Replicate, t.Seed = backend, "flood", topology, replicate, uint64(replicate)
	t.Params = param.Values{"delivery": "fire-and-forget"}
	if backend == "maelstrom" {
		t.Params["from"] = fmt.Sprint("store/", replicate)
	}
	return experiment.Result{Trial: t, Outcome: outcome, Metrics: map[string]float64{"msgs-per-op": messages}}
}

// TestCompare joins what differs in backend, replicate and origin alone, and
// passes over trials that are not valid.
func TestCompare(t *testing.T) {
	unknown := made("maelstrom", "line", 1, experiment.Valid, 5)
	unknown.Trial.Unknown = []string{"latency"}
	lines, notes, err := Compare([]experiment.Result{
		made("maelstrom", "tree4", 1, experiment.Valid, 11.9),
		made("maelstrom", "tree4", 2, experiment.Valid, 12.1),
		made("maelstrom", "tree4", 3, experiment.Invalid, 99),
		made("sim", "tree4", 1, experiment.Valid, 11.8),
		made("sim", "tree4", 2, experiment.Valid, 12),
		made("native", "tree4", 1, experiment.Valid, 13),
		made("maelstrom", "grid", 1, experiment.Valid, 28),
		made("sim", "total", 1, experiment.Valid, 290),
		unknown,
	}, "maelstrom", []string{"msgs-per-op", "ops"})
	if err != nil {
		t.Fatal(err)
	}
	want := []Line{
		// The median of 11.8 and 12 is 11.9, the least of the reference.
		{"topology=tree4", "msgs-per-op", "sim", stats.Summary{N: 2, Median: 12, Least: 11.9, Most: 12.1}, stats.Summary{N: 2, Median: 11.9, Least: 11.8, Most: 12}, Inside},
		{"topology=tree4", "msgs-per-op", "native", stats.Summary{N: 2, Median: 12, Least: 11.9, Most: 12.1}, stats.Summary{N: 1, Median: 13, Least: 13, Most: 13}, Outside},
	}
	if fmt.Sprint(lines) != fmt.Sprint(want) {
		t.Errorf("lines:\n got %v\nwant %v", lines, want)
	}
	wantNotes := []string{
		"topology=tree4: no valid trial of both backends has ops.",
		"topology=tree4: no valid trial of both backends has ops.",
		"topology=grid: run by maelstrom alone.",
	}
	if fmt.Sprint(notes) != fmt.Sprint(wantNotes) {
		t.Errorf("notes:\n got %q\nwant %q", notes, wantNotes)
	}
}
