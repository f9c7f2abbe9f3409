package table

import (
	"slices"
	"strings"
	"testing"

	"gossipbench/harness/trial"
	"gossipbench/harness/trialtest"
)

// TestWarningsByKind: warnings that differ in numbers alone, or behind their colon,
// are one note with an example; a trial counts once. Their order is that of kinds,
// however the trials come.
func TestWarningsByKind(t *testing.T) {
	var results []trial.Result
	for i, warnings := range [][]string{
		{"ops without an answer: 12: n3 left out 12 of 40", "3 ops were answered in a malformed way, the first by n1: want a key"},
		{"ops without an answer: 7: n0 answered none of 7", "ops without an answer: 9", "12 ops were answered in a malformed way, the first by n4: want a key"},
		{"this machine was too slow."},
		{"this machine was too slow."},
	} {
		r := trialtest.Made("2", "50ms", i+1, trial.Valid, 1, 1)
		r.Warnings = warnings
		results = append(results, r)
	}
	want := []string{
		"Warned of by 2 of 4 trials, such as: 12 ops were answered in a malformed way, the first by n4: want a key.",
		"Warned of by 2 of 4 trials, such as: ops without an answer: 12: n3 left out 12 of 40.",
		"Warned of by 2 of 4 trials: this machine was too slow.",
	}
	for range 2 {
		got := slices.DeleteFunc(slices.Clone(build(t, results, Options{}).Notes), func(n string) bool { return !strings.HasPrefix(n, "Warned") })
		if !slices.Equal(got, want) {
			t.Errorf("got  %q\nwant %q", got, want)
		}
		slices.Reverse(results)
	}
}

// TestHealth: four of six trials are invalid, since they lost values. The column of
// what was lost is no column of zeros, and a note says of which trials it is; the
// other numbers are of the two valid ones.
func TestHealth(t *testing.T) {
	var results []trial.Result
	for i, lost := range []float64{0, 3, 8, 0, 5, 4} {
		outcome := trial.Valid
		if lost > 0 {
			outcome = trial.Invalid
		}
		r := trialtest.Made("2", "50ms", i+1, outcome, float64(10+i), 1)
		r.Metrics["lost"] = lost
		results = append(results, r)
	}
	failed := results[0]
	failed.Outcome, failed.Trial.Seed = trial.Failed, 7
	built := build(t, append(results, failed), Options{Metrics: []string{"msgs-per-op", "lost"}, Targets: []trial.Target{{Metric: "lost", Op: "=", Text: "= 0"}}})
	messages, lost := built.Rows[0].Cells[0], built.Rows[0].Cells[1]
	if messages.N != 2 || messages.Median != 11.5 || lost.N != 6 || lost.Median != 3.5 || lost.Most != 8 || lost.Verdict != Fail || lost.Missed != 4 {
		t.Errorf("got %+v and %+v", messages, lost)
	}
	if want := "lost is of all trials that ended, invalid and unknown ones too."; !slices.Contains(built.Notes, want) {
		t.Errorf("notes are %q, want %q among them", built.Notes, want)
	}
	for _, note := range built.Notes {
		if strings.Contains(note, "not known of") {
			t.Errorf("all is known, and it says %q", note)
		}
	}
	built = build(t, []trial.Result{results[0], results[3]}, Options{Metrics: []string{"lost"}})
	for _, note := range built.Notes {
		if strings.Contains(note, "that ended") {
			t.Errorf("all are valid, and it says %q", note)
		}
	}
}

// TestUnknownProvesNothing: a trial that is unknown lost nothing, and keeps no target
// for all that.
func TestUnknownProvesNothing(t *testing.T) {
	r := trialtest.Made("2", "50ms", 1, trial.Unknown, 1, 1)
	r.Metrics["lost"] = 0
	built := build(t, []trial.Result{r}, Options{Metrics: []string{"lost"}, Targets: []trial.Target{{Metric: "lost", Op: "=", Text: "= 0"}}})
	if cell := built.Rows[0].Cells[0]; cell.Verdict != Open || cell.N != 1 {
		t.Errorf("got %+v, want an open target", cell)
	}
}

// TestTargetOfDelivery: who loses a value keeps no target of how fast values arrive,
// and what is usually shown tells of it.
func TestTargetOfDelivery(t *testing.T) {
	for undelivered, want := range map[float64]Verdict{0: Pass, 1: Fail} {
		r := trialtest.Made("2", "50ms", 1, trial.Valid, 1, 1)
		r.Metrics["delivery-latency.p50"], r.Metrics[trial.Undelivered] = 100, undelivered
		built := build(t, []trial.Result{r}, Options{Targets: []trial.Target{{Metric: "delivery-latency.p50", Op: "<", Value: 200, Text: "< 200ms"}}})
		shown := slices.IndexFunc(built.Columns, func(c Column) bool { return c.Metric.Name == trial.Undelivered })
		at := slices.IndexFunc(built.Columns, func(c Column) bool { return c.Target != nil })
		if got := built.Rows[0].Cells[at].Verdict; got != want || (shown >= 0) != (undelivered > 0) {
			t.Errorf("%v undelivered: got %s, shown in column %d", undelivered, got, shown)
		}
	}
}
