package compare_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"gossipbench/harness/compare"
	"gossipbench/harness/query"
	"gossipbench/harness/table"
	"gossipbench/harness/trial"
	"gossipbench/strategies/param"
)

// drawn draws the trials of a side: a few configurations with a few replicates each, whose
// numbers tie often.
func drawn(t *rapid.T, backend string) []trial.Result {
	var all []trial.Result
	replicates, levels := rapid.IntRange(1, 8).Draw(t, "replicates"), rapid.SampledFrom([]int{1, 2, 5, 1000}).Draw(t, "values")
	for _, fanout := range rapid.SampledFrom([][]string{{"2"}, {"2", "4"}}).Draw(t, "levels") {
		shift := rapid.IntRange(0, 5).Draw(t, "shift")
		for i := range replicates {
			tr := trial.Default()
			tr.Backend, tr.Seed, tr.Replicate, tr.Params = backend, uint64(i+1), i+1, param.Values{"fanout": fanout}
			r := trial.Result{ID: tr.ID(), Trial: tr, Metrics: map[string]float64{}}
			r.Outcome = rapid.SampledFrom([]trial.Outcome{trial.Valid, trial.Valid, trial.Valid, trial.Valid, trial.Invalid, trial.Unknown, trial.Failed}).Draw(t, "outcome")
			for _, name := range []string{"msgs-per-op", "coverage", "lost", trial.Undelivered, "delivery-latency.p50"} {
				if rapid.IntRange(0, 9).Draw(t, "has") > 0 {
					r.Metrics[name] = float64(shift + rapid.IntRange(0, levels-1).Draw(t, name))
				}
			}
			all = append(all, r)
		}
	}
	return all
}

// TestGateClaimsNoMore: whatever the results are, gate fails a metric only where compare
// says that it is worse, and says nothing of its own of what compare has no line for.
func TestGateClaimsNoMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		backend := rapid.SampledFrom([]string{"sim", "native"}).Draw(t, "backend")
		base, side := compare.Side{Name: "base", Results: drawn(t, backend)}, compare.Side{Name: "side", Results: drawn(t, backend)}
		metrics := []string{"msgs-per-op", "coverage", "lost", "delivery-latency.p50"}
		most := rapid.SampledFrom([]float64{0, 0.05, 1}).Draw(t, "most")
		checks, _, err := compare.Regressions(base, side, metrics, most)
		if err != nil {
			return // there is nothing to compare
		}
		lines := map[string]compare.Line{}
		if c, err := compare.Compare(base, []compare.Side{side}, compare.Options{Metrics: metrics}); err == nil {
			for _, l := range c.Lines {
				lines[l.Setting+" "+l.Metric.Name] = l
			}
		}
		seen := 0
		for _, check := range checks {
			if check.Metric == "outcome" {
				continue
			}
			line, has := lines[check.Setting+" "+check.Metric]
			if !has || check.Verdict == table.Fail && line.Verdict != compare.Worse || line.Verdict == compare.Better && check.Verdict != table.Pass {
				t.Errorf("gate has %+v where compare says %q (a line: %t)", check, line.Verdict, has)
			}
			if most == 0 && line.Verdict == compare.Worse && check.Verdict != table.Fail {
				t.Errorf("gate has %+v where compare says worse", check)
			}
			seen++
		}
		if seen != len(lines) {
			t.Errorf("gate has %d checks of metrics, compare %d lines", seen, len(lines))
		}
	})
}

// TestTargetsAsTheTable: gate says of each configuration and target what the table does.
func TestTargetsAsTheTable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		results := drawn(t, "sim")
		var targets []trial.Target
		for _, name := range []string{"msgs-per-op", "delivery-latency.p50"} {
			value := float64(rapid.IntRange(0, 6).Draw(t, name))
			targets = append(targets, trial.Target{Metric: name, Op: "<", Value: value, Text: fmt.Sprint("< ", value)})
		}
		checks, err := compare.Targets(results, nil, targets)
		if err != nil {
			t.Fatal(err)
		}
		made, err := table.Build(results, table.Options{Rows: []string{"fanout"}, Metrics: []string{"msgs-per-op", "delivery-latency.p50"}, Targets: targets})
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range made.Rows {
			for i, cell := range row.Cells {
				label := ""
				if len(made.Rows) > 1 {
					label = query.Pair("fanout", row.Levels[0])
				}
				want := func(c compare.Check) bool {
					return c.Setting == label && c.Metric == targets[i].Metric && c.Verdict == cell.Verdict
				}
				if !slices.ContainsFunc(checks, want) {
					t.Errorf("the table says %q of %s in %q, gate %+v", cell.Verdict, targets[i].Metric, label, checks)
				}
			}
		}
	})
}

// TestTargetsOfImported: the names by which imported tests are known make no
// configurations: gate looks at all replicates, not at the first.
func TestTargetsOfImported(t *testing.T) {
	var results []trial.Result
	for i, messages := range []float64{10, 40} {
		tr := trial.Default()
		tr.Backend, tr.Seed, tr.Params = "maelstrom", uint64(i+1), param.Values{"from": fmt.Sprint("store/", i)}
		results = append(results, trial.Result{ID: tr.ID(), Trial: tr, Outcome: trial.Valid, Metrics: map[string]float64{"msgs-per-op": messages}})
	}
	checks, err := compare.Targets(results, nil, []trial.Target{{Metric: "msgs-per-op", Op: "<", Value: 30, Text: "< 30"}})
	if err != nil || len(checks) != 1 || checks[0].Verdict != table.Fail || checks[0].Got != "25 [10 40]" {
		t.Errorf("got %+v, %v, want a fail of 25 [10 40]", checks, err)
	}
}
