package query_test

import (
	"slices"
	"testing"

	"gossipbench/harness/query"
	"gossipbench/harness/trial"
	"gossipbench/strategies/param"
)

func flood(nodes int, outcome trial.Outcome, messages float64) trial.Result {
	t := trial.Default()
	t.Strategy, t.Nodes, t.Params = "flood", nodes, param.Values{}
	return trial.Result{Trial: t, Outcome: outcome, Metrics: map[string]float64{"msgs-per-op": messages}}
}

func gossip(fanout string, messages float64) trial.Result {
	r := flood(5, trial.Valid, messages)
	r.Trial.Strategy, r.Trial.Params = "gossip", param.Values{"fanout": fanout}
	return r
}

func TestGroupBy(t *testing.T) {
	results := []trial.Result{gossip("10", 1), flood(5, trial.Valid, 2), gossip("2", 3), flood(25, trial.Invalid, 4), gossip("10", 5)}
	p := query.Project("fanout", "strategy")
	groups := query.GroupBy(results, p)
	query.Sort(groups)
	want := []struct {
		label string
		n     int
	}{{"strategy=flood", 2}, {"fanout=2 strategy=gossip", 1}, {"fanout=10 strategy=gossip", 2}}
	if len(groups) != len(want) {
		t.Fatalf("got %d groups, want %d", len(groups), len(want))
	}
	for i, w := range want {
		if got := groups[i]; got.Label() != w.label || len(got.Results) != w.n {
			t.Errorf("got %q with %d results, want %q with %d", got.Label(), len(got.Results), w.label, w.n)
		}
	}
	if p.At([]string{"10", "gossip"}) != p.Of(&results[0].Trial) || p.At([]string{"", "flood"}) != groups[0].Key {
		t.Error("the key of levels is not that of a trial that has them")
	}
	if p.At([]string{"1", "0gossip"}) == p.At([]string{"10", "gossip"}) {
		t.Error("levels that join to one text share a key")
	}
}

// TestLabel: what no trial has is left out, and what is empty text is a dash, whichever
// of two trials with one key comes first.
func TestLabel(t *testing.T) {
	mine := flood(5, trial.Valid, 1)
	mine.Trial.Strategy, mine.Trial.Bin = trial.External, "mine"
	for _, results := range [][]trial.Result{{mine, flood(5, trial.Valid, 1)}, {flood(5, trial.Valid, 1), mine}} {
		groups := query.GroupBy(results, query.Project("args", "fanout"))
		if len(groups) != 1 || groups[0].Label() != "args=–" || groups[0].Short() != "" {
			t.Errorf("got %d groups, the first %q and %q, want args=–", len(groups), groups[0].Label(), groups[0].Short())
		}
	}
	p := query.Project("strategy", "fanout")
	g := gossip("2", 1)
	if k := p.Of(&g.Trial); k.Label() != "strategy=gossip fanout=2" || k.Short() != "gossip fanout=2" {
		t.Errorf("got %q and %q", k.Label(), k.Short())
	}
}

// TestConfigurations: replicates are of one configuration, whatever their seed and the
// test that they were imported from; a trial of which not all is known is of none.
func TestConfigurations(t *testing.T) {
	again, unknown := gossip("10", 5), gossip("2", 3)
	again.Trial.Seed, again.Trial.Replicate, again.Trial.Params = 7, 3, param.Values{"fanout": "10", "from": "store/7"}
	unknown.Trial.Unknown = []string{"latency"}
	invalid := flood(25, trial.Invalid, 4)
	invalid.Metrics["undelivered"] = 2
	groups, left := query.Configurations([]trial.Result{gossip("10", 1), invalid, again, unknown, gossip("2", 3)})
	labels := query.Labels(groups)
	if want := []string{"strategy=gossip nodes=5 fanout=10", "strategy=flood nodes=25", "strategy=gossip nodes=5 fanout=2"}; !slices.Equal(labels, want) || left != 1 {
		t.Errorf("got %q, %d left out, want %q and 1", labels, left, want)
	}
	if n := groups[0].Count(trial.Valid); n != 2 || groups[0].Varies("fanout") || !query.All([]trial.Result{gossip("10", 1), gossip("2", 3)}).Varies("fanout") {
		t.Errorf("got %d valid trials of the first", n)
	}
	if byNodes, _ := query.Configurations([]trial.Result{flood(5, trial.Valid, 1), flood(25, trial.Valid, 1)}, "nodes"); len(byNodes) != 1 {
		t.Errorf("got %d configurations besides nodes, want 1", len(byNodes))
	}
	whole := trial.Metric{Name: "delivery-latency.p50", Whole: "undelivered"}
	late := flood(5, trial.Valid, 1)
	late.Metrics["undelivered"] = 1
	if n := query.All([]trial.Result{late, invalid, flood(5, trial.Valid, 1)}).Marred(whole); n != 1 {
		t.Errorf("got %d marred, want 1", n)
	}
}

func TestValues(t *testing.T) {
	results := []trial.Result{flood(5, trial.Valid, 2), flood(5, trial.Invalid, 4), flood(5, trial.Failed, 9)}
	all := query.GroupBy(results, query.Project())
	if len(all) != 1 || len(all[0].Results) != 3 || all[0].Label() != "" {
		t.Fatalf("got %v, want one group without a label", all)
	}
	if got := all[0].Values(trial.Metric{Name: "msgs-per-op"}); len(got) != 1 || got[0] != 2 {
		t.Errorf("got %v, want the valid one", got)
	}
	if got := all[0].Values(trial.Metric{Name: "msgs-per-op", Health: true}); len(got) != 2 {
		t.Errorf("got %v of a metric of health, want the invalid one too", got)
	}
}
