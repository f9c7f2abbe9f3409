package compare

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"gossipbench/harness/stats"
	"gossipbench/harness/trial"
	"gossipbench/strategies/param"
)

func TestTolerance(t *testing.T) {
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
	// 2·√9 are 6 events, and where there are none 2.
	for _, tt := range []struct{ most, x float64 }{{9, 15}, {0, 2}} {
		if got := Counts.judge(tt.x, stats.Summary{Most: tt.most}); got != Near {
			t.Errorf("%v events beside at most %v: got %s, want near", tt.x, tt.most, got)
		}
		if got := Counts.judge(tt.x+.1, stats.Summary{Most: tt.most}); got != Outside {
			t.Errorf("%v events beside at most %v: got %s, want outside", tt.x+.1, tt.most, got)
		}
	}
	// 15 % of 400 are 60, more than 30 ms.
	if got := Latencies.judge(459, stats.Summary{Least: 380, Most: 400}); got != Near {
		t.Errorf("459 beside 380 to 400: got %s, want near", got)
	}
}

func ranOn(backend, topology string, replicate int, outcome trial.Outcome, messages float64) trial.Result {
	t := trial.Default()
	t.Backend, t.Strategy, t.Topology, t.Replicate, t.Seed = backend, "flood", topology, replicate, uint64(replicate)
	t.Params = param.Values{"delivery": "fire-and-forget"}
	if backend == "maelstrom" {
		t.Params["from"] = fmt.Sprint("store/", replicate)
	}
	return trial.Result{Trial: t, Outcome: outcome, Metrics: map[string]float64{"msgs-per-op": messages}}
}

// TestAgree joins what differs in backend, replicate and origin alone, and
// passes over trials that are not valid.
func TestAgree(t *testing.T) {
	unknown := ranOn("maelstrom", "line", 1, trial.Valid, 5)
	unknown.Trial.Unknown = []string{"latency"}
	lines, notes, err := Agree([]trial.Result{
		ranOn("maelstrom", "tree4", 1, trial.Valid, 11.9),
		ranOn("maelstrom", "tree4", 2, trial.Valid, 12.1),
		ranOn("maelstrom", "tree4", 3, trial.Invalid, 99),
		ranOn("sim", "tree4", 1, trial.Valid, 11.8),
		ranOn("sim", "tree4", 2, trial.Valid, 12),
		ranOn("native", "tree4", 1, trial.Valid, 13),
		ranOn("maelstrom", "grid", 1, trial.Valid, 28),
		ranOn("sim", "total", 1, trial.Valid, 290),
		unknown,
	}, "maelstrom", []string{"msgs-per-op", "ops"})
	if err != nil {
		t.Fatal(err)
	}
	want := []Answer{
		// The median of 11.8 and 12 is 11.9, the least of the reference.
		{"topology=tree4", "msgs-per-op", "sim", stats.Summary{N: 2, Median: 12, Least: 11.9, Most: 12.1}, stats.Summary{N: 2, Median: 11.9, Least: 11.8, Most: 12}, Inside},
		{"topology=tree4", "msgs-per-op", "native", stats.Summary{N: 2, Median: 12, Least: 11.9, Most: 12.1}, stats.Summary{N: 1, Median: 13, Least: 13, Most: 13}, Outside},
	}
	if fmt.Sprint(lines) != fmt.Sprint(want) {
		t.Errorf("lines:\n got %v\nwant %v", lines, want)
	}
	wantNotes := []string{
		"Left out: 1 trial of maelstrom, of which not every setting is known.",
		"Left out: 1 trial of maelstrom, invalid.",
		"Left out: run by maelstrom alone: topology=grid.",
		"Left out: run by sim alone: topology=total.",
		"topology=tree4: no valid trial of both maelstrom and sim has ops.",
		"topology=tree4: no valid trial of both maelstrom and native has ops.",
	}
	if fmt.Sprint(notes) != fmt.Sprint(wantNotes) {
		t.Errorf("notes:\n got %q\nwant %q", notes, wantNotes)
	}
}

// TestAgreeOnAll: where no metrics are named all are compared that both sides have, each by
// its own tolerance; what one side has alone is told of, and so is what the trials warn
// of whose answers lie outside.
func TestAgreeOnAll(t *testing.T) {
	all := func(backend string, warnings []string, metrics map[string]float64) trial.Result {
		r := ranOn(backend, "total", 1, trial.Valid, 280)
		maps.Copy(r.Metrics, metrics)
		r.Warnings = warnings
		return r
	}
	quantiles := func(family string, x float64, metrics map[string]float64) map[string]float64 {
		for _, q := range trial.Quantiles {
			metrics[family+"."+q.Name] = x
		}
		return metrics
	}
	lines, notes, err := Agree([]trial.Result{
		all("maelstrom", nil, quantiles("op-latency", 10.6, map[string]float64{"ok-fraction": 1, "stale": 16})),
		all("sim", []string{"messages in step"}, quantiles("op-latency", 49.5, quantiles("delivery-latency", 1, map[string]float64{"ok-fraction": .98, "stale": 24, "bytes-per-op": 9}))),
		all("native", []string{"busy"}, quantiles("op-latency", 23.9, map[string]float64{"ok-fraction": .99, "stale": 25})),
	}, "maelstrom", nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range lines {
		got = append(got, l.Backend+" "+l.Metric+" "+string(l.Verdict))
	}
	want := []string{"sim msgs-per-op inside", "sim ok-fraction near", "sim stale near"}
	for _, q := range trial.Quantiles {
		want = append(want, "sim op-latency."+q.Name+" outside")
	}
	want = append(want, "native msgs-per-op inside", "native ok-fraction near", "native stale outside")
	for _, q := range trial.Quantiles {
		want = append(want, "native op-latency."+q.Name+" near")
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("lines:\n got %q\nwant %q", got, want)
	}
	wantNotes := []string{
		"sim warned: messages in step",
		"native warned: busy",
		"Left out: sim has these, and maelstrom has not: bytes-per-op, delivery-latency.*.",
	}
	if fmt.Sprint(notes) != fmt.Sprint(wantNotes) {
		t.Errorf("notes:\n got %q\nwant %q", notes, wantNotes)
	}
}

// TestAgreeOwn: what a simulated machine takes is no setting that sides must share, and one
// that takes more or less than by default is a side of its own. Real machines have none
// of it.
func TestAgreeOwn(t *testing.T) {
	slow, still, real := ranOn("sim", "line", 1, trial.Valid, 13), ranOn("sim", "line", 1, trial.Valid, 14), ranOn("maelstrom", "line", 1, trial.Valid, 12)
	slow.Trial.MessageTime = 10 * time.Microsecond
	still.Trial.Jitter, real.Trial.Jitter = 0, 0
	lines, notes, err := Agree([]trial.Result{
		real, ranOn("sim", "line", 1, trial.Valid, 12), slow, still,
	}, "maelstrom", []string{"msgs-per-op"})
	var got []string
	for _, l := range lines {
		got = append(got, fmt.Sprint(l.Backend, " ", l.Answer.Median))
	}
	if want := "[sim 12 sim message_time=10µs 13 sim jitter=0s 14]"; err != nil || len(notes) > 0 || fmt.Sprint(got) != want {
		t.Errorf("got %v, %v, %v, want %s", got, notes, err, want)
	}
}
