package sim

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gossipbench/harness/trial"
	"gossipbench/harness/trialtest"
	"gossipbench/strategies"
)

// For soak tests: see TestPromises.
var (
	seeds = flag.Int("seeds", 60, "how many random trials TestPromises runs")
	seed  = flag.Int("seed", -1, "the one trial that TestPromises runs")
)

// TestPromises runs random trials of every strategy with random faults. No trial loses
// what its strategy promises to deliver, counts a value twice or panics, and each gives
// the same result when it is run again.
func TestPromises(t *testing.T) {
	first, last := uint64(0), uint64(*seeds)
	if *seed >= 0 {
		first, last = uint64(*seed), uint64(*seed)+1
	}
	for s := first; s < last; s++ {
		trial, promised := randomTrial(s)
		again := fmt.Sprintf("go test ./harness/sim -run TestPromises -seed %d\nor %s", s, trialtest.Command(trial))
		r := run(t, trial)
		if first, second := r.AppendJSON(nil), run(t, trial).AppendJSON(nil); !bytes.Equal(first, second) {
			t.Errorf("seed %d: run again, it gives another result; compare\n%s", s, again)
		}
		if promised && r.Metrics["lost"]+r.Metrics["never-read"]+r.Metrics["undelivered"] > 0 {
			t.Errorf("seed %d: %s promises more: %v values lost, %v never read, %v undelivered; run it again by\n%s",
				s, trial.Strategy, r.Metrics["lost"], r.Metrics["never-read"], r.Metrics["undelivered"], again)
		}
		if r.Metrics["lost"] > r.Metrics["undelivered"] && !strings.Contains(trial.Nemesis, "kill") {
			t.Errorf("seed %d: %v lost but %v undelivered; run it again by\n%s", s, r.Metrics["lost"], r.Metrics["undelivered"], again)
		}
		if r.Metrics["stable"]+r.Metrics["lost"]+r.Metrics["never-read"] != r.Metrics["broadcasts"] || r.Metrics["duplicated"] > 0 || len(others(r.Warnings)) > 0 {
			t.Errorf("seed %d: the counts of values do not add up: %v %v; run it again by\n%s", s, r.Metrics, r.Warnings, again)
		}
		if down := strings.Contains(trial.Nemesis, "kill") || strings.Contains(trial.Nemesis, "pause"); r.Metrics["unanswered"] > 0 && !down {
			t.Errorf("seed %d: all nodes were up, and %v; run it again by\n%s", s, r.Warnings, again)
		}
	}
}

// TestDisseminations runs random disseminations, with dead nodes, churn and rounds. No
// trial breaks its strategy's promise or panics, and each gives the same result when it
// is run again.
func TestDisseminations(t *testing.T) {
	ran := 0
	for s := range uint64(*seeds) {
		if *seed >= 0 {
			s = uint64(*seed)
		}
		r := rand.New(rand.NewPCG(s, 1))
		all := strategies.Broadcast()
		tr := trialtest.Draw(s, "workload=dissemination", "strategy="+all[r.IntN(len(all))].Name,
			fmt.Sprint("nodes=", 1+r.IntN(30)), fmt.Sprint("rate=", r.IntN(60)), "time_limit=20s")
		if New(Options{}).Check(tr) != nil {
			continue // synchronous rounds with length 0
		}
		ran++
		again := fmt.Sprintf("go test ./harness/sim -run TestDisseminations -seed %d\nor %s", s, trialtest.Command(tr))
		first := run(t, tr)
		if second := run(t, tr); !bytes.Equal(first.AppendJSON(nil), second.AppendJSON(nil)) {
			t.Errorf("seed %d: run again, it gives another result; compare\n%s", s, again)
		}
		if first.Outcome == trial.Invalid {
			t.Errorf("seed %d: %v; run it again by\n%s", s, first.Reasons, again)
		}
		if c := first.Metrics["coverage"]; c < 0 || c > 1 {
			t.Errorf("seed %d: coverage is %v; run it again by\n%s", s, c, again)
		}
		if *seed >= 0 {
			break
		}
	}
	if ran < *seeds/2 && *seed < 0 {
		t.Errorf("ran %d of %d trials", ran, *seeds)
	}
}

// others returns the warnings that faults do not explain.
func others(warnings []string) []string {
	return slices.DeleteFunc(slices.Clone(warnings), func(w string) bool {
		for _, kind := range []string{"ops without an answer: ", "values undelivered: ", "messages in step: ", "a machine that takes "} {
			if strings.HasPrefix(w, kind) {
				return true
			}
		}
		return false
	})
}

// randomTrial draws a trial, and says whether its strategy promises that it is valid.
func randomTrial(s uint64) (trial trial.Trial, promised bool) {
	r := rand.New(rand.NewPCG(s, 0))
	all := strategies.Broadcast()
	trial = trialtest.Draw(s, "workload=broadcast", "strategy="+all[r.IntN(len(all))].Name,
		fmt.Sprint("nodes=", 1+r.IntN(12)), fmt.Sprint("rate=", 10+r.IntN(60)), "time_limit=2s", "recovery=60s")
	return trial, trialtest.Promised(trial)
}
