package main

import (
	"io"
	"strings"
	"testing"

	"gossipbench/harness/cli"
	"gossipbench/harness/store"
	"gossipbench/harness/trial"
)

// TestFindTrial: one result stored twice is one; two of a trial are told apart by
// their folders.
func TestFindTrial(t *testing.T) {
	t.Chdir(t.TempDir())
	one := rumor(t)
	one.ID = one.Trial.ID()
	another := one
	another.Outcome = trial.Invalid
	for name, r := range map[string]trial.Result{"a": one, "b": one, "c": another} {
		s, err := store.Open("results/" + name)
		if err != nil {
			t.Fatal(err)
		}
		s.Append(r, func(error) {})
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		in     []string
		prefix string
		want   string // the folder, or a part of the error
	}{
		{[]string{"a", "b"}, one.ID[:4], "results/a"},
		{[]string{"c"}, one.ID, "results/c"},
		{nil, one.ID[:4], one.ID + " in results/c; give more of it, or --in"},
		{nil, one.ID, one.ID + " in results/c; choose one by --in results/a"},
		{nil, "x", "see harness ls EXPERIMENT"},
	} {
		dir, _, err := findTrial(&cli.World{Stderr: io.Discard}, tt.in, tt.prefix)
		if err != nil {
			dir = err.Error()
		}
		if !strings.HasSuffix(dir, tt.want) {
			t.Errorf("%q in %v: got %s, want %s", tt.prefix, tt.in, dir, tt.want)
		}
	}
}
