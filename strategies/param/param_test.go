package param

import (
	"testing"
)

var decls = []Decl{
	{Name: "fanout", Kind: Int, Default: "2", Min: 1, Max: 1000},
	{Name: "interval", Kind: Duration, Default: "50ms"},
	{Name: "mode", Kind: Choice, Default: "push", Choices: []string{"push", "pull"}},
	{Name: "limit", Kind: Duration, Default: "1m0s"},
	{Name: "loss", Kind: Float, Default: "0", Max: 1},
}

func TestResolve(t *testing.T) {
	for _, tt := range []struct {
		name string
		raw  map[string]string
		want string // the first error, or the canonical form of the first value
	}{
		{"zero fanout", map[string]string{"fanout": "0"}, `push: fanout: want an integer from 1 to 1000, got "0"`},
		{"no unit", map[string]string{"interval": "200"}, `push: interval: want a duration such as 200ms, got "200", did you mean 200ms?`},
		{"no unit, of seconds", map[string]string{"limit": "20"}, `push: limit: want a duration such as 200ms, got "20", did you mean 20s?`},
		{"no unit, too great for seconds", map[string]string{"limit": "20000"}, `push: limit: want a duration such as 200ms, got "20000", did you mean 20s?`},
		{"negative", map[string]string{"interval": "-1s"}, `push: interval: want a duration such as 200ms, got "-1s", and none below 0s`},
		{"not a number", map[string]string{"loss": "NaN"}, `push: loss: want a number from 0 to 1, got "NaN"`},
		{"no choice", map[string]string{"mode": "shove"}, `push: mode: want one of push, pull, got "shove"`},
		{"misspelt", map[string]string{"fan-out": "3"}, `push: fan-out: no such parameter, did you mean fanout?`},
		{"unknown", map[string]string{"speed": "3"}, `push: speed: no such parameter, want one of fanout, interval, mode, limit, loss`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, errs := Resolve("push", decls, tt.raw)
			if len(errs) != 1 || errs[0].Error() != tt.want {
				t.Errorf("Resolve(%v)\n got %v\nwant %s", tt.raw, errs, tt.want)
			}
		})
	}
}

// TestCanonical tests that one value has one spelling. A trial's ID depends on it.
func TestCanonical(t *testing.T) {
	raw := map[string]string{"fanout": "007", "interval": "0.05s", "loss": "0.50"}
	got, errs := Resolve("push", decls, raw)
	if errs != nil {
		t.Fatal(errs)
	}
	for name, want := range map[string]string{"fanout": "7", "interval": "50ms", "loss": "0.5", "mode": "push"} {
		if got[name] != want {
			t.Errorf("%s: got %s, want %s", name, got[name], want)
		}
	}
}

func TestNearest(t *testing.T) {
	known := []string{"latency", "latency_dist", "loss", "rate", "time_limit"}
	for name, want := range map[string]string{
		"latancy": "latency", "time-limit": "time_limit", "Rate": "rate", "colour": "", "los": "loss", "x": "",
	} {
		if got := Nearest(name, known); got != want {
			t.Errorf("Nearest(%q): got %q, want %q", name, got, want)
		}
	}
}
