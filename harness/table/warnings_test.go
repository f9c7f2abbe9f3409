package table

import (
	"slices"
	"strings"
	"testing"

	"gossipbench/harness/experiment"
)

// TestWarningsByKind: warnings that differ in numbers alone, or behind their colon,
// are one note with an example; a trial counts once. Their order is that of kinds,
// however the trials come.
func TestWarningsByKind(t *testing.T) {
	var results []experiment.Result
	for i, warnings := range [][]string{
		{"ops without an answer: 12: n3 left out 12 of 40", "3 ops were answered in a malformed way, the first by n1: want a key"},
		{"ops without an answer: 7: n0 answered none of 7", "ops without an answer: 9", "12 ops were answered in a malformed way, the first by n4: want a key"},
		{"this machine was too slow."},
		{"this machine was too slow."},
	} {
		r := made("2", "50ms", i+1, experiment.Valid, 1, 1)
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
