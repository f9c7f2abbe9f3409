package maelstrom

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"

	"gossipbench/harness/maelstrom/standin"
	"gossipbench/harness/runner"
	"gossipbench/harness/store"
	"gossipbench/harness/trial"
	"gossipbench/strategies/param"
)

// TestSweep: a sweep continues after a failed trial, and another run continues after an
// interruption. No finished trial is run again, and at the end each trial is there once.
func TestSweep(t *testing.T) {
	play(t, "neg-bc-dup", standin.NodeCrash)
	t.Setenv(standin.WhenVariable, "--fanout=2 ")
	var trials []trial.Trial
	for replicate := range 2 {
		for _, fanout := range []int{1, 2, 4} {
			trial := someTrial()
			trial.Params = param.Values{"fanout": strconv.Itoa(fanout), "interval": "50ms"}
			trial.Seed, trial.Replicate = uint64(replicate+1), replicate+1
			trials = append(trials, trial)
		}
	}
	backends := map[string]runner.Backend{Name: backend(t, nil)}
	if errs := runner.Check(trials, backends); errs != nil {
		t.Fatal(errs)
	}
	folder := t.TempDir()
	// sweep runs missing trials, at most most, and returns how many it ran.
	sweep := func(most int) int {
		t.Helper()
		s, err := store.Open(folder)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		done := 0
		err = runner.All(ctx, store.Missing(trials, s.Contents().Results, nil), backends, runner.Options{}, func(r trial.Result) error {
			if done++; done == most {
				cancel()
			}
			s.Append(r, func(err error) {
				if err != nil {
					t.Error(err)
				}
			})
			return nil
		})
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		return done
	}
	if done := sweep(2); done != 2 {
		t.Errorf("the first sweep, interrupted, ran %d trials, want 2", done)
	}
	if done := sweep(100); done != 5 { // the other four, and the failed one again
		t.Errorf("the second sweep ran %d trials, want 5", done)
	}
	t.Setenv(standin.FailureVariable, "")
	if done := sweep(100); done != 2 { // fanout 2, once per replicate
		t.Errorf("the third sweep, where nothing fails, ran %d trials, want 2", done)
	}
	if done := sweep(100); done != 0 {
		t.Errorf("the fourth sweep ran %d trials, want 0", done)
	}
	contents, err := store.Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	if len(contents.Results) != len(trials) || len(contents.Warnings) > 0 {
		t.Errorf("the folder has %d results and warnings %q, want %d and none", len(contents.Results), contents.Warnings, len(trials))
	}
	for _, r := range contents.Results {
		if r.Outcome != trial.Valid || r.Metrics["msgs-per-op"] != 2.940594 || !strings.HasPrefix(r.Made.Backend, "maelstrom 0.2.3") {
			t.Errorf("trial %s is %s with %v msgs-per-op by %s, want a valid one with 2.940594 by maelstrom 0.2.3", r.ID, r.Outcome, r.Metrics["msgs-per-op"], r.Made.Backend)
		}
	}
}
