package query_test

import (
	"strings"
	"testing"

	"gossipbench/harness/query"
	"gossipbench/harness/trial"
	"gossipbench/strategies/param"
)

// TestParameters: a caption tells the parameters that depart from the defaults of the
// strategy, and only these; of a strategy that nobody knows, all.
func TestParameters(t *testing.T) {
	usual := param.Values{"fanout": "2", "interval": "50ms"}
	gossip := func(fanout, interval string) trial.Result {
		r := trial.Result{Trial: trial.Default(), Defaults: usual}
		r.Trial.Strategy, r.Trial.Params = "gossip", param.Values{"fanout": fanout, "interval": interval}
		return r
	}
	other := func(strategy string, params param.Values) trial.Result {
		r := trial.Result{Trial: trial.Default()}
		r.Trial.Strategy, r.Trial.Params = strategy, params
		return r
	}
	more := gossip("2", "50ms")
	more.Trial.Params["haste"] = "much"
	for _, tt := range []struct {
		name    string
		results []trial.Result
		told    []string
		want    string
	}{
		{"defaults", []trial.Result{gossip("2", "50ms")}, nil, "gossip"},
		{"changed", []trial.Result{gossip("7", "300ms")}, nil, "gossip (fanout 7, interval 300ms)"},
		{"beside another", []trial.Result{gossip("7", "50ms"), other("flood", nil)}, nil, "flood | gossip (fanout 7)"},
		{"varying", []trial.Result{gossip("7", "50ms"), gossip("8", "50ms")}, nil, "gossip"},
		{"varying and back", []trial.Result{gossip("7", "50ms"), gossip("8", "50ms"), gossip("7", "50ms")}, nil, "gossip"},
		{"of one strategy each", []trial.Result{gossip("7", "50ms"), other("mine", param.Values{"fanout": "5"})}, nil, "gossip (fanout 7) | mine (fanout 5)"},
		{"told", []trial.Result{gossip("7", "50ms")}, []string{"fanout"}, "gossip"},
		{"of another harness", []trial.Result{more}, nil, "gossip (haste much)"},
		{"empty text", []trial.Result{other("mine", param.Values{"mode": ""})}, nil, "mine (mode –)"},
		{"many", []trial.Result{other("a", nil), other("b", nil), other("c", nil), other("d", nil), other("e", nil), gossip("7", "50ms")}, nil,
			"a … gossip (6 levels), of these gossip (fanout 7)"},
	} {
		got := query.NewSurvey(tt.results).Caption("n = 1", tt.told...)
		if want := ", strategy " + tt.want + ", "; !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q in it", tt.name, got, want)
		}
	}
}

func TestMetrics(t *testing.T) {
	r := flood(5, trial.Valid, 1)
	r.Metrics["of-the-future.p50"] = 1
	results := []trial.Result{r}
	for _, tt := range []struct {
		names []string
		want  string
		err   string
	}{
		{nil, "msgs-per-op", ""},
		{[]string{}, "", ""},
		{[]string{"ops", "of-the-future"}, "ops of-the-future.p50", ""},
		{[]string{"op", "lost", "msg"}, "", "metric: no such metric: \"op\", want one of 120, of which the nearest are ops, lost, rmr\nmetric: no such metric: \"msg\", "},
	} {
		metrics, err := query.Metrics(results, tt.names)
		var got []string
		for _, m := range metrics {
			got = append(got, m.Name)
		}
		if err == nil && strings.Join(got, " ") != tt.want || err != nil != (tt.err != "") || err != nil && !strings.HasPrefix(err.Error(), tt.err) {
			t.Errorf("%q: got %q, %v, want %q, %s", tt.names, got, err, tt.want, tt.err)
		}
	}
	if got := query.Measured(results); len(got) != 2 || got[0].Better == 0 || got[1].Name != "of-the-future.p50" {
		t.Errorf("got %v, want what is declared before what is not", got)
	}
}
