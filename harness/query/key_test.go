package query_test

import (
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

func TestValues(t *testing.T) {
	results := []trial.Result{flood(5, trial.Valid, 2), flood(5, trial.Invalid, 4), flood(5, trial.Failed, 9)}
	all := query.GroupBy(results, query.Project())
	if len(all) != 1 || len(all[0].Results) != 3 || all[0].Label() != "" {
		t.Fatalf("got %v, want one group without a label", all)
	}
	if got := query.Values(all[0].Results, trial.Metric{Name: "msgs-per-op"}); len(got) != 1 || got[0] != 2 {
		t.Errorf("got %v, want the valid one", got)
	}
	if got := query.Values(all[0].Results, trial.Metric{Name: "msgs-per-op", Health: true}); len(got) != 2 {
		t.Errorf("got %v of a metric of health, want the invalid one too", got)
	}
}
