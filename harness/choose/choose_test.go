package choose_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gossipbench/harness/choose"
	"gossipbench/harness/compare"
	"gossipbench/harness/query"
	"gossipbench/harness/stats"
	"gossipbench/harness/table"
	"gossipbench/harness/trial"
	"gossipbench/strategies/param"
)

// made returns a valid trial of a configuration, such as "fanout=2 nodes=5", with the
// numbers of some metrics.
func made(configuration string, seed int, metrics map[string]float64) trial.Result {
	t := trial.Default()
	t.Backend, t.Strategy, t.Seed, t.Replicate, t.Params = "sim", "gossip", uint64(seed), seed, param.Values{}
	for _, word := range strings.Fields(configuration) {
		switch name, level, _ := strings.Cut(word, "="); name {
		case "nodes":
			fmt.Sscan(level, &t.Nodes)
		case "topology":
			t.Topology = level
		default:
			t.Params[name] = level
		}
	}
	return trial.Result{Schema: trial.Schema, ID: t.ID(), Trial: t, Outcome: trial.Valid, Metrics: metrics}
}

// eight are trials of a configuration that differ by a thousandth. So many can tell a
// difference under two conditions: 2 × 2/2⁸ is below 0.05.
func eight(configuration string, messages, latency float64) []trial.Result {
	var all []trial.Result
	for seed := range 8 {
		by := 1 + float64(seed)/5000
		all = append(all, made(configuration, seed+1, map[string]float64{"msgs-per-op": messages * by, "stable-latency.p50": latency * by}))
	}
	return all
}

func below(metric string, value float64) trial.Target {
	return trial.Target{Metric: metric, Op: "<", Value: value, Text: fmt.Sprint("< ", value)}
}

func studied(t *testing.T, results []trial.Result, targets ...trial.Target) *choose.Study {
	t.Helper()
	s, err := choose.New(results, choose.Options{Targets: targets})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestKept: fanout 1 is too slow with 25 nodes. Of the two that meet both targets under
// both conditions fanout 2 has fewer messages; with 25 nodes, where both have the most,
// these are 8 and 16. Its greatest latency is 900 ms × (1 + 7/5000) = 901.26 ms.
func TestKept(t *testing.T) {
	s := studied(t, slices.Concat(
		eight("nodes=5 fanout=1", 1, 100), eight("nodes=25 fanout=1", 4, 2000),
		eight("nodes=5 fanout=2", 2, 50), eight("nodes=25 fanout=2", 8, 900),
		eight("nodes=5 fanout=4", 4, 25), eight("nodes=25 fanout=4", 16, 500),
	), below("msgs-per-op", 20), below("stable-latency.p50", 1000))
	a := s.Advise()
	if a.Ground != choose.Kept || a.Pick.Label != "fanout 2" || a.RunnerUp.Label != "fanout 4" {
		t.Fatalf("%s: %+v before %+v, want fanout 2 before fanout 4", a.Ground, a.Pick, a.RunnerUp)
	}
	if l := a.RunnerUp.Line; a.RunnerUp.B.Condition != 1 || l.Verdict != compare.Worse || math.Abs(l.Ratio.Estimate-2) > 1e-9 || !l.Paired {
		t.Errorf("the runner-up is compared under %s: %+v, want twice the messages with 25 nodes, paired by seed", s.Conditions[a.RunnerUp.B.Condition], l)
	}
	if want := (choose.Keeps{Trials: 16, Keeping: 2, Of: 3}); a.Reasons[0] != choose.Reason(want) {
		t.Errorf("reason %+v, want %+v", a.Reasons[0], want)
	}
	if k := a.Reasons[1].(choose.Tightest); k.Target.Metric != "stable-latency.p50" || math.Abs(k.Worst-901.26) > 1e-9 || math.Abs(k.Excess+0.09874) > 1e-9 {
		t.Errorf("the tightest target is %+v, want the latency, 901.26 ms, 9.874 %% inside", k)
	}
	for i, x := range a.Pick.Configurations {
		if x.Condition != i || x.Results[0].Trial.Params["fanout"] != "2" {
			t.Errorf("configuration %d of the pick is under condition %d, of %+v", i, x.Condition, x.Results[0].Trial.Params)
		}
	}
}

// TestMissed: fanout 1 misses the latency by 10 %, fanout 2 the messages by half.
func TestMissed(t *testing.T) {
	a := studied(t, slices.Concat(eight("fanout=1", 10, 1100/1.0014), eight("fanout=2", 30, 500)), below("msgs-per-op", 20), below("stable-latency.p50", 1000)).Advise()
	if a.Ground != choose.Missed || a.Pick != nil {
		t.Fatalf("%s, pick %+v, want none", a.Ground, a.Pick)
	}
	k := a.Reasons[0].(choose.Misses).Standings
	if len(k) != 1 || a.Options[0].Choice.Label != "fanout 1" || k[0].Missed != 8 || math.Abs(k[0].Excess-0.1) > 1e-9 {
		t.Errorf("the nearest is %s, it misses %+v, want fanout 1 and 8 trials by up to 10 %%", a.Options[0].Choice.Label, k)
	}
}

// TestFront: fanout 3 is worse than fanout 2 in both. On logarithmic scales from 1 to
// 100 and from 10 to 1000, fanout 2 (10, 100) is in the middle.
func TestFront(t *testing.T) {
	a := studied(t, slices.Concat(eight("fanout=1", 1, 1000), eight("fanout=2", 10, 100), eight("fanout=3", 11, 110), eight("fanout=4", 100, 10))).Advise()
	if a.Ground != choose.Front || a.Pick != nil || len(a.Front) != 3 {
		t.Fatalf("%s, pick %+v, %d on the front, want 3 and no pick", a.Ground, a.Pick, len(a.Front))
	}
	var got []string
	for _, o := range a.Options {
		got = append(got, fmt.Sprint(o.Role, " ", o.Column, " ", o.Choice.Label))
	}
	if want := []string{"best 0 fanout 1", "middle -1 fanout 2", "best 1 fanout 4"}; !slices.Equal(got, want) {
		t.Errorf("options %q, want %q", got, want)
	}
}

// TestByChance: fanout 2 has fewer messages in half of the pairs and more in the others,
// with a median that is less by a hair; its latency is surely twice that of fanout 1.
func TestByChance(t *testing.T) {
	one, two := eight("fanout=1", 10, 100), eight("fanout=2", 10, 200)
	for i := range two {
		two[i].Metrics["msgs-per-op"] += []float64{-0.003, 0.001, -0.003, 0.001, -0.003, -0.003, 0.001, 0.001}[i]
	}
	s := studied(t, append(one, two...))
	a := s.Advise()
	if len(a.Front) != 2 || len(a.ByChance) != 1 || a.ByChance[0].Label != "fanout 2" || a.Pick == nil || a.Pick.Label != "fanout 1" {
		t.Errorf("front of %d, by chance %d, pick %+v, want fanout 2 on the front by chance and fanout 1 picked", len(a.Front), len(a.ByChance), a.Pick)
	}
	if s.Choices[0] != a.Pick {
		t.Errorf("%s comes first, want the pick", s.Choices[0].Label)
	}
}

// TestPartial: a choice that lacks a trial of the plan is not proved to meet a target.
func TestPartial(t *testing.T) {
	results := append(eight("fanout=1", 1, 100), eight("fanout=2", 2, 100)...)
	var plan []trial.Trial
	for _, r := range results {
		plan = append(plan, r.Trial)
	}
	s, err := choose.New(results[1:], choose.Options{Targets: []trial.Target{below("msgs-per-op", 20)}, Plan: plan})
	if err != nil {
		t.Fatal(err)
	}
	if a := s.Advise(); a.Pick.Label != "fanout 2" || !a.Partial || len(s.Unrun) != 1 || s.Unrun[0] != (choose.Unrun{Label: "fanout 1", Missing: 1, Of: 8, Begun: true}) {
		t.Errorf("pick %s, partial %v, unrun %+v, want fanout 2, of which all was run", a.Pick.Label, a.Partial, s.Unrun)
	}
	if x := s.Choices[1].Configurations[0]; x.Cells[s.Cost].Verdict != table.Open {
		t.Errorf("%s, which lacks a trial, is said to meet the target: %s", s.Name(x), x.Cells[s.Cost].Verdict)
	}
}

// TestEffects: at 100ms each level of fanout doubles the messages. At 200ms they are a
// half with fanout 1 and a quarter with fanout 2: √(1/8) = 0.353553 in the geometric
// mean. There is no fanout 4 at 200ms, so its ratio comes from one pair.
func TestEffects(t *testing.T) {
	s := studied(t, slices.Concat(
		eight("fanout=1 interval=100ms", 2, 100), eight("fanout=2 interval=100ms", 4, 90), eight("fanout=4 interval=100ms", 8, 80),
		eight("fanout=1 interval=200ms", 1, 100), eight("fanout=2 interval=200ms", 1, 100),
	))
	var got []string
	for _, e := range s.Effects(s.Cost) {
		got = append(got, fmt.Sprintf("%s %s to %s: %.6g (%.6g to %.6g) of %d", e.Name, e.From, e.To, e.Ratio, e.Least, e.Most, e.Pairs))
	}
	if want := []string{"fanout 1 to 4: 4 (4 to 4) of 1", "interval 100ms to 200ms: 0.353553 (0.25 to 0.5) of 2"}; !slices.Equal(got, want) {
		t.Errorf("effects %q, want %q", got, want)
	}
}

// random are results of configurations that all have cost and delay, under one or two
// conditions, some of whose trials may be invalid or have failed.
func random(t *rapid.T) []trial.Result {
	values := rapid.SampledFrom([]int{1, 2, 50}).Draw(t, "values") // few of them tie
	replicates := rapid.IntRange(1, 7).Draw(t, "replicates")
	nodes := rapid.SampledFrom([][]string{{"5"}, {"5", "25"}}).Draw(t, "nodes")
	good := rapid.Bool().Draw(t, "all valid")
	var all []trial.Result
	for _, fanout := range []string{"1", "2", "3", "4"}[:rapid.IntRange(2, 4).Draw(t, "fanouts")] {
		for _, n := range nodes {
			cost, delay := rapid.IntRange(1, 4).Draw(t, "cost"), rapid.IntRange(1, 4).Draw(t, "delay")
			for seed := range replicates {
				number := func(name string, from int) float64 {
					return float64(from) + float64(rapid.IntRange(0, values-1).Draw(t, name))/10
				}
				r := made("fanout="+fanout+" nodes="+n, seed+1, map[string]float64{"msgs-per-op": number("messages", cost), "stable-latency.p50": number("latency", delay)})
				if !good {
					r.Outcome = rapid.SampledFrom([]trial.Outcome{trial.Valid, trial.Valid, trial.Valid, trial.Valid, trial.Valid, trial.Valid, trial.Invalid, trial.Failed}).Draw(t, "outcome")
				}
				all = append(all, r)
			}
		}
	}
	return all
}

// TestAgrees: whatever the results, choose, gate and compare do not disagree. What is
// picked for meeting the targets passes the gate, and nothing that passes it costs
// less; no two choices are told apart that compare leaves open; the front is that of
// the medians.
func TestAgrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		results := random(t)
		var targets []trial.Target
		if rapid.Bool().Draw(t, "targets") {
			targets = []trial.Target{below("msgs-per-op", float64(rapid.IntRange(2, 5).Draw(t, "most"))), below("stable-latency.p50", 5)}
		}
		s, err := choose.New(results, choose.Options{Targets: targets})
		if err != nil {
			t.Fatal(err)
		}
		a := s.Advise()
		for _, c := range s.Choices {
			if c == a.Pick || a.Ground != choose.Kept || !passes(t, c, targets) {
				continue
			}
			if median(c, "msgs-per-op") < median(a.Pick, "msgs-per-op") {
				t.Errorf("%s is picked, but %s passes the gate too and costs less", a.Pick.Label, c.Label)
			}
		}
		if a.Ground == choose.Kept && !passes(t, a.Pick, targets) {
			t.Errorf("%s is picked, but does not pass the gate", a.Pick.Label)
		}
		if r := a.RunnerUp; r != nil && r.Tested {
			agrees(t, a.Pick, r)
		}
		for _, l := range s.Leaders() {
			if l.Next != nil && l.Next.Tested {
				agrees(t, l.First[0], l.Next)
			}
		}
		for _, c := range a.Front {
			for _, d := range s.Choices {
				if d.Fit() && dominates(d, c) {
					t.Errorf("%s is on the front, but %s is as good everywhere and better somewhere", c.Label, d.Label)
				}
			}
		}
		for _, c := range a.ByChance {
			if c == a.Pick || !slices.Contains(a.Front, c) {
				t.Errorf("%s is on the front by chance: it is the pick, or not on the front", c.Label)
			}
			if !slices.ContainsFunc(a.Front, func(d *choose.Choice) bool { return surely(t, c, d) }) {
				t.Errorf("%s is on the front by chance, but no other one is surely better in something and surely worse in nothing", c.Label)
			}
		}
	})
}

// passes reports whether a choice passes the gate.
func passes(t *rapid.T, c *choose.Choice, targets []trial.Target) bool {
	checks, err := compare.Targets(trials(c), nil, targets)
	if err != nil {
		t.Fatal(err)
	}
	return !slices.ContainsFunc(checks, func(c compare.Check) bool { return c.Verdict != table.Pass })
}

func trials(c *choose.Choice) []trial.Result {
	var all []trial.Result
	for _, x := range c.Configurations {
		for _, r := range x.Results {
			all = append(all, *r)
		}
	}
	return all
}

// median is the greatest of a metric's medians.
func median(c *choose.Choice, metric string) float64 {
	m, _ := trial.FindMetric(metric)
	most := math.Inf(-1)
	for _, x := range c.Configurations {
		most = max(most, stats.Median(query.Group{Results: x.Results}.Values(m)))
	}
	return most
}

// dominates reports whether d is as good as c in both metrics under each condition,
// and better somewhere.
func dominates(d, c *choose.Choice) bool {
	better := false
	for i, x := range c.Configurations {
		for _, name := range []string{"msgs-per-op", "stable-latency.p50"} {
			m, _ := trial.FindMetric(name)
			was, is := stats.Median(query.Group{Results: x.Results}.Values(m)), stats.Median(query.Group{Results: d.Configurations[i].Results}.Values(m))
			if is > was {
				return false
			}
			better = better || is < was
		}
	}
	return better
}

// agrees holds a rival to what compare says of the two.
func agrees(t *rapid.T, base *choose.Choice, r *choose.Rival) {
	line := r.Line
	made, err := compare.Compare(compare.Side{Name: "base", Results: trials(base)}, []compare.Side{{Name: "rival", Results: trials(r.Choice)}}, compare.Options{Metrics: []string{line.Metric.Name}})
	if err != nil {
		t.Fatal(err)
	}
	same := func(l compare.Line) bool {
		return l.A == line.A && l.B == line.B && l.Verdict == line.Verdict && (l.P == line.P || math.IsNaN(l.P) && math.IsNaN(line.P))
	}
	if !slices.ContainsFunc(made.Lines, same) {
		t.Errorf("%s and %s: choose says %q, p = %v, compare says %+v", base.Label, r.Label, line.Verdict, line.P, made.Lines)
	}
}

// surely reports whether d is better than c in something and worse in nothing, as
// package compare judges them.
func surely(t *rapid.T, c, d *choose.Choice) bool {
	if c == d {
		return false
	}
	made, err := compare.Compare(compare.Side{Name: "c", Results: trials(c)}, []compare.Side{{Name: "d", Results: trials(d)}}, compare.Options{Metrics: []string{"msgs-per-op", "stable-latency.p50"}})
	if err != nil {
		t.Fatal(err)
	}
	has := func(v compare.Verdict) bool {
		return slices.ContainsFunc(made.Lines, func(l compare.Line) bool { return l.Verdict == v })
	}
	return has(compare.Better) && !has(compare.Worse)
}

// TestOrder: advice does not depend on the order of the results.
func TestOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		results := random(t)
		told := func() string {
			s, err := choose.New(results, choose.Options{})
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			for _, c := range s.Choices {
				fmt.Fprintln(&b, c.Label, c.Front, c.Fronts)
			}
			for _, o := range s.Advise().Options {
				fmt.Fprintln(&b, o.Role, o.Column, o.Choice.Label)
			}
			return b.String()
		}
		want := told()
		rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "shuffle"), 0)).Shuffle(len(results), func(i, j int) { results[i], results[j] = results[j], results[i] })
		if got := told(); got != want {
			t.Errorf("shuffled, the results give\n%s\nwant\n%s", got, want)
		}
	})
}
