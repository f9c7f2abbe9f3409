package cli

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gossipbench/harness/trial"
)

// TestTimeLeft: each of four trials is estimated at 11 s, and the first takes
// twice as long.
func TestTimeLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := trial.Trial{Backend: "native", Strategy: "flood", TimeLimit: 8 * time.Second, Recovery: 2 * time.Second}
		var out strings.Builder
		p := NewProgress(&out, []trial.Trial{tr, tr, tr, tr})
		defer p.Close()
		check := func(when, want string) {
			t.Helper()
			if got := p.line(); got != want {
				t.Errorf("%s: got %q, want %q", when, got, want)
			}
		}
		p.Started(tr)
		check("at first", "0/4, 1 running, 44s left")
		time.Sleep(4 * time.Second)
		check("after 4 s", "0/4, 1 running, 40s left")
		time.Sleep(18 * time.Second)
		p.Finished(trial.Result{Trial: tr, Outcome: trial.Valid})
		check("after one trial in 22 s", "1/4, 1m6s left") // three times 22 s
		time.Sleep(6 * time.Second)
		check("6 s later", "1/4, 1m0s left")
		for range 3 {
			p.Started(tr)
			p.Finished(trial.Result{ID: "c0ffee", Trial: tr, Outcome: trial.Invalid})
		}
		check("at the end", "4/4, 3 invalid")
		want := "1/4, 1m6s left\n" +
			"trial c0ffee (native flood) invalid\n2/4, 1 invalid, 28s left\n" + // 28 s for two, so 28 s for two
			"trial c0ffee (native flood) invalid\n" + // no line so soon after the last
			"trial c0ffee (native flood) invalid\n4/4, 3 invalid\n"
		if out.String() != want {
			t.Errorf("told\n%swant\n%s", out.String(), want)
		}
	})
}

// TestEstimate: a workload without final reads has no recovery to wait for.
func TestEstimate(t *testing.T) {
	for workload, want := range map[string]time.Duration{"broadcast": 31 * time.Second, "kafka": 31 * time.Second, "lin-kv": 21 * time.Second, "echo": 21 * time.Second} {
		trial := trial.Default()
		trial.Workload, trial.Backend, trial.TimeLimit = workload, "native", 20*time.Second
		if got := Estimate(trial); got != want {
			t.Errorf("%s: got %v, want %v", workload, got, want)
		}
	}
}
