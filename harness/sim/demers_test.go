package sim

import (
	"flag"
	"fmt"
	"gossipbench/harness/trial"
	"math"
	"testing"
	"time"
)

// epidemics is the number of runs over which TestDemers takes means. The comparison with
// the paper's tables needs a thousand.
var epidemics = flag.Int("epidemics", 25, "how many runs of each row of Demers' tables TestDemers makes")

// mongering returns a rumor among a thousand nodes, in cycles.
func mongering(raw map[string]string) trial.Trial {
	raw["interval"] = "1s"
	trial := disseminate("rumor", "star", 1000, raw)
	trial.Rounds, trial.Latency, trial.TimeLimit, trial.Origins = "synchronous", time.Second, 500*time.Second, "random"
	if raw["mode"] == "pull" {
		trial.TimeLimit = 40 * time.Second // it polls forever
	}
	return trial
}

// TestDemers compares rumor mongering with the tables of Demers et al., PODC 1987: the
// residue s, the traffic m and t_last, the cycle of the last delivery. The paper mostly
// prints two digits and does not say how many runs it took, so the test allows half of
// the last digit and four standard errors of ours. Table 2 has s = .021 for k = 4 and
// .008 for k = 5; the fixed points of s = e^(−k(1−s)) are .0198 and .0070, which is what
// our runs give.
func TestDemers(t *testing.T) {
	push := map[string]string{"interest": "counter", "feedback": "true"}
	blind := map[string]string{"interest": "coin", "feedback": "false"}
	pull := map[string]string{"interest": "counter", "feedback": "true", "mode": "pull"}
	for _, row := range []struct {
		table  int
		raw    map[string]string
		k      int
		s, m   float64
		digit  [2]float64 // half of the last digit of s and m
		cycles float64
	}{
		{1, push, 1, .18, 1.7, [2]float64{.005, .05}, 16.8},
		{1, push, 2, .037, 3.3, [2]float64{.0005, .05}, 16.9},
		{1, push, 3, .011, 4.5, [2]float64{.0005, .05}, 17.4},
		{1, push, 4, .0036, 5.6, [2]float64{.00005, .05}, 17.5},
		{1, push, 5, .0012, 6.7, [2]float64{.00005, .05}, 17.7},
		{2, blind, 1, .96, .04, [2]float64{.005, .005}, 38},
		{2, blind, 2, .20, 1.6, [2]float64{.005, .05}, 33},
		{2, blind, 3, .060, 2.8, [2]float64{.0005, .05}, 32},
		{2, blind, 4, .0198, 3.9, [2]float64{.00005, .05}, 32},
		{2, blind, 5, .0070, 4.95, [2]float64{.00005, .05}, 32},
		{3, pull, 1, .031, 2.7, [2]float64{.0005, .05}, 17.63},
		{3, pull, 2, .00058, 4.5, [2]float64{.000005, .05}, 15.39},
	} {
		raw := map[string]string{"k": fmt.Sprint(row.k)}
		for name, value := range row.raw {
			raw[name] = value
		}
		trial := mongering(raw)
		runs := make([]map[string]float64, *epidemics)
		for seed := range runs {
			trial.Seed = uint64(seed)
			runs[seed] = run(t, trial).Metrics
		}
		for _, x := range []struct {
			metric      string
			want, digit float64
		}{{"residue", row.s, row.digit[0]}, {"traffic.values", row.m, row.digit[1]}, {"rounds", row.cycles, .4}} {
			mean, deviation := sample(*epidemics, func(seed uint64) float64 { return runs[seed][x.metric] })
			allowed := x.digit + 4*deviation/math.Sqrt(float64(*epidemics))
			t.Logf("table %d, k = %d: %s %.5g, want %.5g ± %.5g", row.table, row.k, x.metric, mean, x.want, allowed)
			if math.Abs(mean-x.want) > allowed {
				t.Errorf("table %d, k = %d: got %s %.5g, want %.5g ± %.5g", row.table, row.k, x.metric, mean, x.want, allowed)
			}
		}
	}
}

// TestResidueOfTraffic: whatever the rule by which a push loses interest, a node is
// missed if none of nm messages reaches it, so s = e^(−m). With a connection limit of 1
// no node is reached twice in a cycle, so fewer are missed; even fewer if a refused node
// hunts for another one. Source: Demers et al. 1987, section 1.4.
func TestResidueOfTraffic(t *testing.T) {
	mean := func(raw map[string]string) (s, m float64) {
		raw["k"] = "2"
		trial := mongering(raw)
		const runs = 30
		for trial.Seed = range runs {
			metrics := run(t, trial).Metrics
			s += metrics["residue"] / runs
			m += metrics["traffic.values"] / runs
		}
		return s, m
	}
	for _, raw := range []map[string]string{
		{"feedback": "true", "interest": "coin"},
		{"feedback": "true", "interest": "counter", "reset": "true"},
		{"feedback": "true", "interest": "counter", "reset": "false"},
		{"feedback": "false", "interest": "counter"},
	} {
		if s, m := mean(raw); math.Abs(math.Log(s)+m) > .05*m {
			t.Errorf("%v: residue %.4f of traffic %.3f, want e^−m = %.4f", raw, s, m, math.Exp(-m))
		}
	}
	free, _ := mean(map[string]string{})
	limited, traffic := mean(map[string]string{"limit": "1"})
	hunting, _ := mean(map[string]string{"limit": "1", "hunt": "1000"})
	if limited > .8*math.Exp(-traffic) || limited > .8*free || hunting > .8*limited {
		t.Errorf("residue %.4f of traffic %.3f with a limit, %.4f without, %.4f with hunting; want each clearly better than the one before",
			limited, traffic, free, hunting)
	}
}
