package trial

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFoundStaysUnknown: an unknown setting is never shown as its default, neither before
// nor after the result is stored and loaded.
func TestFoundStaysUnknown(t *testing.T) {
	trial, errs := Found(map[string]string{
		"workload": "unique-ids", "backend": "maelstrom", "strategy": External, "nodes": "25", "latency": "100ms", "fanout": "2",
	}, 7)
	if errs != nil {
		t.Fatal(errs)
	}
	check := func(trial Trial) {
		t.Helper()
		for name, want := range map[string]string{
			"workload": "unique-ids", "nodes": "25", "latency": "100ms", "fanout": "2", "rate": "?", "availability": "?", "topology": "", "nemesis": "?", "seed": "7",
		} {
			if got, _ := trial.Value(name); got != want {
				t.Errorf("Value(%q) = %q, want %q", name, got, want)
			}
			if got := trial.Values()[name]; name != "seed" && got != want {
				t.Errorf("Values()[%q] = %q, want %q", name, got, want)
			}
		}
	}
	check(trial)
	text, err := json.Marshal(trial)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), `"rate":null`) {
		t.Errorf("want rate to be null, got %s", text)
	}
	var back Trial
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	check(back)
	if diff := cmp.Diff(trial, back); diff != "" {
		t.Errorf("a trial changed on its way through JSON:\n%s", diff)
	}
	// An unknown setting and one at its default give different trials.
	known := trial
	known.Unknown = slices.DeleteFunc(slices.Clone(trial.Unknown), func(name string) bool { return name == "rate" })
	if known.ID() == trial.ID() {
		t.Errorf("ID() is %s with the rate unknown and with its default", trial.ID())
	}
}

func TestFoundReportsEveryMistake(t *testing.T) {
	trial, errs := Found(map[string]string{"nodes": "many", "latency": "100", "seed": "1"}, 7)
	if nodes, _ := trial.Value("nodes"); nodes != "?" {
		t.Errorf("nodes is %q after a mistake in it, want ?", nodes)
	}
	var got []string
	for _, err := range errs {
		got = append(got, err.Error())
	}
	want := []string{
		`trial: latency: want a duration such as 200ms, got "100", did you mean 100ms?`,
		`trial: nodes: want an integer from 1 to 10000000, got "many"`,
		`trial: seed: cannot be set, got "1"`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("mistakes (-want +got):\n%s", diff)
	}
}
