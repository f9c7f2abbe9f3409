package main

import (
	"path/filepath"
	"strings"
	"testing"

	"gossipbench/harness/store"
	"gossipbench/harness/trial"
	"gossipbench/strategies/param"
)

// TestReasonFirst: of a counter whose final read was wrong the checker's reason comes
// before what is said of the machine, in show and in table.
func TestReasonFirst(t *testing.T) {
	t.Chdir(t.TempDir())
	tr := trial.Default()
	tr.Workload, tr.Strategy, tr.Backend, tr.Params = "pn-counter", "counter", "native", param.Values{}
	const reason, machine = "1 of 3 final reads cannot be: 4 by n1; acceptable is 5", "this machine was too slow or too busy"
	r := trial.Result{Schema: trial.Schema, ID: tr.ID(), Trial: tr, Outcome: trial.Invalid, Metrics: map[string]float64{"wrong-reads": 1},
		Reasons: []trial.Reason{{Kind: trial.WrongFinalReads, Text: reason}}, Warnings: []string{machine}}
	dir := filepath.Join("results", "slow")
	kept, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	kept.Append(r, func(err error) {
		if err != nil {
			t.Error(err)
		}
	})
	if err := kept.Close(); err != nil {
		t.Fatal(err)
	}
	if why := r.Why(); why != reason {
		t.Errorf("why is %q, want %q", why, reason)
	}
	for _, args := range [][]string{{"show", r.ID}, {"table", "slow"}} {
		out, errs, _ := ran(args...)
		first, second := strings.Index(out, reason), strings.Index(out, machine)
		if first < 0 || second >= 0 && second < first {
			t.Errorf("%v: want %q, and only then %q, in\n%s%s", args, reason, machine, out, errs)
		}
	}
}
