package table

import (
	"strings"
	"testing"

	"gossipbench/harness/experiment"
	"gossipbench/strategies/param"
)

func TestFilter(t *testing.T) {
	results := sweep()
	flood := made("", "", 1, experiment.Valid, 28, 450)
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
	_, err := Filter(sweep(), []string{"fan-out=2 fanout", "=3", "rates!=4"})
	want := []string{
		`filter "fan-out=2": no such setting or parameter, did you mean fanout?`,
		`filter "fanout": want key=value or key!=value`,
		`filter "=3": want key=value or key!=value`,
		`filter "rates!=4": no such setting or parameter, did you mean rate?`,
	}
	if err == nil || err.Error() != strings.Join(want, "\n") {
		t.Errorf("got %v\nwant %s", err, strings.Join(want, "\n"))
	}
}
