package query

import (
	"errors"
	"strings"
	"testing"

	"gossipbench/harness/trial"
	"gossipbench/harness/trialtest"
	"gossipbench/strategies/param"
)

func TestFilter(t *testing.T) {
	results := trialtest.Sweep()
	flood := trialtest.Made("", "", 1, trial.Valid, 28, 450)
	flood.ID, flood.Trial.Strategy, flood.Trial.Args = "id-flood", "flood", "--a b,c"
	flood.Trial.Params = param.Values{}
	results = append(results, flood)
	for _, tt := range []struct {
		filters []string
		want    int
	}{
		{nil, 12},
		{[]string{""}, 12},
		{[]string{"fanout=10"}, 5},
		{[]string{"fanout=2,10"}, 11},
		{[]string{"fanout=2 interval=0.05s"}, 3}, // one duration, two spellings
		{[]string{"fanout=2", "interval=50ms"}, 3},
		{[]string{"interval!=50ms"}, 6}, // flood has no interval, so it is not 50 ms
		{[]string{"interval!=50ms,100ms"}, 1},
		{[]string{"outcome!=valid"}, 3},
		{[]string{"replicate=1 strategy=gossip"}, 4},
		{[]string{"seed=3"}, 3},
		{[]string{`args="--a b,c"`}, 1},
		{[]string{"latency=100"}, 0}, // 100 what?
	} {
		got, err := Filter(results, tt.filters)
		if err != nil || len(got) != tt.want {
			t.Errorf("%q: got %d results, %v, want %d", tt.filters, len(got), err, tt.want)
		}
	}
}

func TestFilterMistakes(t *testing.T) {
	_, err := Filter(trialtest.Sweep(), []string{"fan-out=2 fanout", "=3", "rates!=4"})
	want := []string{
		`filter "fan-out=2": no trial here has a setting or parameter "fan-out", did you mean fanout?`,
		`filter "fanout": want key=value or key!=value`,
		`filter "=3": want key=value or key!=value`,
		`filter "rates!=4": no trial here has a setting or parameter "rates", did you mean rate?`,
	}
	if err == nil || err.Error() != strings.Join(want, "\n") {
		t.Errorf("got %v\nwant %s", err, strings.Join(want, "\n"))
	}
}

// TestChoose: what nothing fits is a mistake, said with what there is; a trial of
// the plan that was not run is something.
func TestChoose(t *testing.T) {
	plan := []trial.Trial{trialtest.Made("7", "50ms", 1, "", 0, 0).Trial}
	for _, tt := range []struct {
		filters       []string
		want, planned int
		err           string
	}{
		{nil, 11, 1, ""},
		{[]string{"interval=50ms"}, 6, 1, ""},
		{[]string{"fanout=7"}, 0, 1, ""},
		{[]string{"fanout=17"}, 0, 0, "no trial has fanout=17; there are 2, 7, 10"},
		{[]string{"fanout=2,17"}, 6, 0, ""},
		{[]string{"fanout=17 interval=9ms,1s"}, 0, 0, "no trial has fanout=17; there are 2, 7, 10\nno trial has interval=9ms,1s; there are 50ms, 100ms"},
		{[]string{"nodes=5"}, 0, 0, "no trial has nodes=5; there is 25"},
		{[]string{"nodes!=25"}, 0, 0, "no trial has nodes!=25; all have it"},
		{[]string{"outcome=lost"}, 0, 0, "no trial has outcome=lost; there are error, invalid, unknown, valid"},
		{[]string{"fanout=2", "outcome=unknown"}, 0, 0, `filter "fanout=2 outcome=unknown": no trial fits all of it, though some fit each part`},
	} {
		got, planned, err := Choose(trialtest.Sweep(), plan, tt.filters)
		if err == nil {
			err = errors.New("")
		}
		if len(got) != tt.want || len(planned) != tt.planned || err.Error() != tt.err {
			t.Errorf("%q: got %d results, %d planned, %v, want %d, %d, %s", tt.filters, len(got), len(planned), err, tt.want, tt.planned, tt.err)
		}
	}
}
