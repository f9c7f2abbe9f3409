package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"gossipbench/harness/cli"
	"gossipbench/harness/experiment"
	"gossipbench/harness/runner"
	"gossipbench/harness/trial"
)

// TestPatience: how long Maelstrom may take to start and to analyze, and which
// Maelstrom it is, reaches the backend.
func TestPatience(t *testing.T) {
	var out, err bytes.Buffer
	var got cli.Wiring
	w := newWorld("harness", strings.NewReader(""), &out, &err, func(w cli.Wiring) map[string]runner.Backend {
		got = w
		return mocks(w)
	})
	if code := w.Execute(t.Context(), []string{"run", "--set", "strategy=flood", "--maelstrom", "/m", "--patience", "7m", "-o", t.TempDir()}); code != cli.ExitWell {
		t.Fatalf("exit status %d: %s", code, err.String())
	}
	if got.Patience != 7*time.Minute || got.Maelstrom != "/m" {
		t.Errorf("the backend is told of %v and %q, want 7m0s and /m", got.Patience, got.Maelstrom)
	}
}

// TestReplayNamesMaelstrom: the command that runs a trial again names the Maelstrom
// that a person named.
func TestReplayNamesMaelstrom(t *testing.T) {
	e, err := experiment.AdHoc(experiment.Flags{Set: []string{"strategy=flood", "backend=maelstrom"}}, cli.Catalog{})
	if err != nil {
		t.Fatal(err)
	}
	result := trial.Result{Trial: e.Trials[0], Made: trial.Provenance{Extra: map[string]string{"maelstrom": "../my maelstrom"}}}
	if got, want := replayCommand(result), "run --maelstrom '../my maelstrom' --set backend=maelstrom "; !strings.HasPrefix(got, want) {
		t.Errorf("the command is %q, want it to begin with %q", got, want)
	}
	result.Trial.Backend = "native"
	if got := replayCommand(result); strings.Contains(got, "--maelstrom") {
		t.Errorf("the command is %q, want no --maelstrom for backend native", got)
	}
}
