package compare

import (
	"errors"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gossipbench/harness/stats"
	"gossipbench/harness/trial"
	"gossipbench/strategies/param"
)

// alarms runs the long simulation of false alarms.
var alarms = flag.Int("alarms", 0, "simulated comparisons in TestFalseAlarms")

// side makes a valid trial for each number, with seeds from 1; set changes it.
func side(name string, set func(*trial.Trial), metric string, xs ...float64) Side {
	s := Side{Name: name}
	for i, x := range xs {
		t := trial.Default()
		t.Backend = "sim"
		t.Seed, t.Replicate = uint64(i+1), i+1
		if set != nil {
			set(&t)
		}
		s.Results = append(s.Results, trial.Result{ID: fmt.Sprint(name, i), Trial: t, Outcome: trial.Valid, Metrics: map[string]float64{metric: x}})
	}
	return s
}

func realTime(t *trial.Trial) { t.Backend = "native" }

// TestPaired is six pairs whose second is twice the first, give or take: all six
// differences are above zero, which has a p of 2/2^6 = 0.03125 on both sides. The
// ratios are 2, 2, 2, 2, 2 and 4: of the 21 means of two logarithms 15 are log 2,
// and so is their median.
func TestPaired(t *testing.T) {
	a := side("a", nil, "msgs-per-op", 10, 20, 30, 40, 50, 60)
	b := side("b", nil, "msgs-per-op", 20, 40, 60, 80, 100, 240)
	c, err := Compare(a, []Side{b}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	l := c.Lines[0]
	if !l.Paired || math.Abs(l.P-0.03125) > 1e-12 || math.Abs(l.Ratio.Estimate-2) > 1e-12 || l.Verdict != Worse {
		t.Errorf("got %+v, want a pair, p 0.03125, ratio 2, worse", l)
	}
	if l.A.Median != 35 || l.B.Median != 70 {
		t.Errorf("got medians %v and %v, want 35 and 70", l.A.Median, l.B.Median)
	}
}

// TestUnpaired is two sides of four in real time, of which one is all above the
// other: of the C(8,4) = 70 ways to choose ranks two are as far from the mean, so
// p is 2/70. Two such lines make it 4/70 after Holm's correction, which is no
// longer below 0.05.
func TestUnpaired(t *testing.T) {
	a := side("a", realTime, "msgs-per-op", 1, 2, 3, 4)
	b := side("b", realTime, "msgs-per-op", 5, 6, 7, 8)
	for _, tt := range []struct {
		correction string
		p          float64
		verdict    Verdict
	}{{Holm, 2.0 / 70, Worse}, {None, 2.0 / 70, Worse}} {
		c, err := Compare(a, []Side{b}, Options{Correction: tt.correction})
		if err != nil {
			t.Fatal(err)
		}
		if l := c.Lines[0]; l.Paired || math.Abs(l.P-tt.p) > 1e-12 || l.Verdict != tt.verdict || l.Delta != 1 {
			t.Errorf("%s: got %+v, want p %v and %s", tt.correction, l, tt.p, tt.verdict)
		}
	}
	again := b
	again.Name = "c"
	c, err := Compare(a, []Side{b, again}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range c.Lines {
		if math.Abs(l.P-4.0/70) > 1e-12 || l.Verdict != Unsure {
			t.Errorf("of two lines: got p %v and %s, want 4/70 and ~", l.P, l.Verdict)
		}
	}
}

// TestVerdicts tells facts from chance where nothing varies, or too few ran.
func TestVerdicts(t *testing.T) {
	for _, tt := range []struct {
		name, metric string
		set          func(*trial.Trial)
		a, b         []float64
		verdict      Verdict
		warning      string
	}{
		{"three constants of virtual time", "msgs-per-op", nil, []float64{5, 5, 5}, []float64{4, 4, 4}, Better, ""},
		{"more is better", "coverage", nil, []float64{1, 1, 1}, []float64{0.5, 0.5, 0.5}, Worse, ""},
		{"no direction", "ops", nil, []float64{1, 1, 1}, []float64{2, 2, 2}, Differs, ""},
		{"two constants", "msgs-per-op", nil, []float64{5, 5}, []float64{4, 4}, Unsure, "too few trials to go by"},
		{"constants of real time", "msgs-per-op", realTime, []float64{5, 5, 5}, []float64{4, 4, 4}, Unsure, "proves nothing"},
		{"the same", "lost", nil, []float64{0, 0}, []float64{0, 0}, Equal, "a ratio needs values above 0"},
		{"the same by pairs", "msgs-per-op", nil, []float64{1, 2}, []float64{1, 2}, Equal, ""},
		{"too few", "msgs-per-op", realTime, []float64{1, 2}, []float64{5, 6}, Unsure, "too few samples: with 2 and 2 no p is below 0.33"},
		{"n differs", "msgs-per-op", realTime, []float64{1, 2}, []float64{5, 6, 7}, Unsure, "n differs: 2 and 3"},
		{"five pairs by one step", "msgs-per-op", nil, []float64{1, 2, 3, 4, 5}, []float64{2, 3, 4, 5, 6}, Unsure, "too few trials to go by"},
		{"six pairs by one step", "msgs-per-op", nil, []float64{1, 2, 3, 4, 5, 6}, []float64{2, 3, 4, 5, 6, 7}, Worse, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := Compare(side("a", tt.set, tt.metric, tt.a...), []Side{side("b", tt.set, tt.metric, tt.b...)}, Options{Metrics: []string{tt.metric}})
			if err != nil {
				t.Fatal(err)
			}
			l := c.Lines[0]
			if l.Verdict != tt.verdict || !strings.Contains(strings.Join(l.Warnings, "; "), tt.warning) {
				t.Errorf("got %s and %q, want %s and %q", l.Verdict, l.Warnings, tt.verdict, tt.warning)
			}
		})
	}
}

// TestMachines warns where real time was measured on two machines.
func TestMachines(t *testing.T) {
	a, b := side("a", realTime, "msgs-per-op", 1, 2), side("b", realTime, "msgs-per-op", 1, 2)
	for i := range 2 {
		a.Results[i].Made = trial.Provenance{CPU: "X", Cores: 2}
		b.Results[i].Made = trial.Provenance{CPU: "Y", Cores: 1}
	}
	c, err := Compare(a, []Side{b}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(c.Lines[0].Warnings, "; "); !strings.Contains(got, "different machines: X, 2 cores and Y, 1 core") {
		t.Errorf("got %q, want a warning of the machines", got)
	}
	if !strings.HasSuffix(c.Caption, ", machine X, 2 cores | Y, 1 core") {
		t.Errorf("got the caption %q, want both machines at its end", c.Caption)
	}
}

// TestJoin matches settings that both sides vary, lets what varies within neither
// tell the sides apart, and compares each level of a parameter of one side alone.
func TestJoin(t *testing.T) {
	at := func(strategy string, nodes int, fanout string) func(*trial.Trial) {
		return func(t *trial.Trial) {
			t.Strategy, t.Nodes, t.Params = strategy, nodes, map[string]string{}
			if fanout != "" {
				t.Params["fanout"] = fanout
			}
		}
	}
	base := Side{Name: "flood"}
	other := Side{Name: "gossip"}
	for _, nodes := range []int{5, 25} {
		base.Results = append(base.Results, side("f", at("flood", nodes, ""), "msgs-per-op", 1).Results...)
		for _, fanout := range []string{"1", "2"} {
			other.Results = append(other.Results, side("g", at("gossip", nodes, fanout), "msgs-per-op", 1).Results...)
		}
	}
	base.Results = append(base.Results, side("f", at("flood", 7, ""), "msgs-per-op", 1).Results...)
	c, err := Compare(base, []Side{other}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range c.Lines {
		got = append(got, l.Setting)
	}
	want := "nodes=5 fanout=1; nodes=5 fanout=2; nodes=25 fanout=1; nodes=25 fanout=2"
	if strings.Join(got, "; ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if last := c.Notes[len(c.Notes)-1]; last != "Only of flood, not of gossip: nodes=7." {
		t.Errorf("got the note %q, want that of 7 nodes", last)
	}
	if _, err := Compare(base, []Side{{Name: "none"}}, Options{}); !errors.Is(err, ErrNothing) {
		t.Errorf("got %v of an empty side, want %v", err, ErrNothing)
	}
}

// TestFront has the settings (1,9) (2,5) (3,6) (4,2): (3,6) is dominated by
// (2,5). The area below the worst of each, (4,9), is that of (2,5), 2·4 = 8; the
// others add nothing. Of the reference (5,10) it is that of three steps:
// (5−1)·(10−9) = 4, (5−2)·(9−5) = 12, (5−4)·(5−2) = 3, in all 19.
func TestFront(t *testing.T) {
	var all []trial.Result
	for i, p := range []stats.Point{{X: 1, Y: 9}, {X: 2, Y: 5}, {X: 3, Y: 6}, {X: 4, Y: 2}, {X: 0, Y: 0}} {
		s := side("x", func(t *trial.Trial) { t.Nodes = i + 1 }, "msgs-per-op", p.X)
		s.Results[0].Metrics["t100"] = p.Y
		if i == 4 {
			s.Results[0].Outcome = trial.Invalid
		}
		all = append(all, s.Results...)
	}
	for _, tt := range []struct {
		reference *stats.Point
		want      float64
	}{{nil, 8}, {&stats.Point{X: 5, Y: 10}, 19}} {
		p, err := Front(all, "msgs-per-op", "t100", tt.reference)
		if err != nil {
			t.Fatal(err)
		}
		if p.Hypervolume != tt.want {
			t.Errorf("hypervolume of %v: got %v, want %v", p.Reference, p.Hypervolume, tt.want)
		}
		var got []string
		for _, c := range p.Candidates {
			got = append(got, fmt.Sprint(c.Setting, c.Front, c.By, c.Why))
		}
		want := "nodes=1true nodes=2true nodes=4true nodes=3falsenodes=2 nodes=5false1 of 1 trial not valid"
		if strings.Join(got, " ") != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if _, err := Front(all, "ops", "t100", nil); err == nil {
		t.Error("ops has no direction, want an error")
	}
}

// TestEffects is the 2×2 design of harness/stats: cells 1±1, 5±1, 3±1, 15±1 have
// the shares 72, 128, 32 and 8 of 240. A third setting that moves with nodes is
// left out.
func TestEffects(t *testing.T) {
	var all []trial.Result
	for i, cell := range []float64{1, 5, 3, 15} {
		all = append(all, side("x", func(t *trial.Trial) {
			t.Nodes, t.Rate = 5+i/2, float64(1+i%2)
			t.Topology, t.Degree = "random", 2*t.Nodes
		}, "msgs-per-op", cell-1, cell+1).Results...)
	}
	for i := range all {
		all[i].Metrics["lost"] = 0
	}
	in, err := Effects(all, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range in.Lines {
		got = append(got, fmt.Sprintf("%s %.4f", l.Name, l.Share))
	}
	if want := "rate 0.5333; nodes 0.3000; nodes × rate 0.1333; residual 0.0333"; strings.Join(got, "; ") != want {
		t.Errorf("got %q, want %q", strings.Join(got, "; "), want)
	}
	if !slices.Contains(in.Notes, "The same in all trials: lost.") {
		t.Errorf("got notes %q, want that lost is the same in all", in.Notes)
	}
	if !strings.Contains(strings.Join(in.Notes, " "), "degree moves with nodes") {
		t.Errorf("got notes %q, want that degree moves with nodes", in.Notes)
	}
}

// TestEffectsOfStrategies is TestEffectsNested of harness/stats: 48, 16 and 6 of 70.
// What gossip alone has, and does not vary, is its own affair.
func TestEffectsOfStrategies(t *testing.T) {
	all := side("x", func(t *trial.Trial) { t.Strategy, t.Params = "flood", nil }, "msgs-per-op", 1, 3).Results
	for fanout, cell := range map[string]float64{"2": 6, "4": 10} {
		all = append(all, side("x", func(t *trial.Trial) {
			t.Strategy, t.Params = "gossip", param.Values{"fanout": fanout, "interval": "50ms"}
		}, "msgs-per-op", cell-1, cell+1).Results...)
	}
	in, err := Effects(all, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range in.Lines {
		got = append(got, fmt.Sprintf("%s %.4f", l.Name, l.Share))
	}
	if want := "strategy 0.6857; fanout 0.2286; residual 0.0857"; strings.Join(got, "; ") != want {
		t.Errorf("got %q, want %q", strings.Join(got, "; "), want)
	}
	if len(in.Notes) != 2 || !strings.HasPrefix(in.Notes[1], "A parameter's share is of its levels within each strategy") {
		t.Errorf("got notes %q", in.Notes)
	}
}

func TestSeen(t *testing.T) {
	for x, want := range map[float64]string{
		2.64e-7: "less than 0.01 %", 0.0001: "0.01 %", 0.0234: "2.34 %", 0.5: "50 %", 123: "12300 %", math.Inf(1): "infinitely",
	} {
		if got := seen(x); got != want {
			t.Errorf("%v: got %q, want %q", x, got, want)
		}
	}
}

// TestRegressions fails what is worse by more than 5 %, significantly.
func TestRegressions(t *testing.T) {
	for _, tt := range []struct {
		name    string
		set     func(*trial.Trial)
		a, b    []float64
		verdict Verdict
		why     string
	}{
		{"worse and significant", nil, []float64{10, 20, 30, 40, 50, 60}, []float64{20, 40, 60, 80, 100, 240}, Fail, "p = 0.031"},
		{"worse but little", nil, []float64{100, 200, 300, 400, 500, 600}, []float64{101, 202, 303, 404, 505, 607}, Pass, ""},
		{"better", nil, []float64{20, 40, 60, 80, 100, 240}, []float64{10, 20, 30, 40, 50, 60}, Pass, ""},
		{"too few", realTime, []float64{1, 2}, []float64{5, 6}, Open, "too few samples"},
		{"not significant", realTime, []float64{10, 20, 30, 40}, []float64{11, 30, 31, 60}, Pass, "not significant"},
		{"constant", nil, []float64{1, 1, 1}, []float64{2, 2, 2}, Fail, "constant"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			checks, _, err := Regressions(side("a", tt.set, "msgs-per-op", tt.a...), side("b", tt.set, "msgs-per-op", tt.b...), nil, 0.05)
			if err != nil {
				t.Fatal(err)
			}
			if c := checks[0]; c.Verdict != tt.verdict || !strings.Contains(c.Why, tt.why) {
				t.Errorf("got %+v, want %s because %q", c, tt.verdict, tt.why)
			}
		})
	}
	bad := side("b", nil, "msgs-per-op", 1, 2)
	for i := range bad.Results {
		bad.Results[i].Outcome = trial.Invalid
	}
	checks, _, err := Regressions(side("a", nil, "msgs-per-op", 1, 2), bad, nil, 0.05)
	if err != nil || len(checks) != 1 || checks[0].Verdict != Fail {
		t.Errorf("all trials invalid: got %+v and %v, want one check that fails", checks, err)
	}
}

// TestPowerless is four samples against four, each line as far apart as can be:
// p is 2/70. One such test can tell at 0.05; of two, with 4/70 = 0.057, none can,
// and a gate must not take that for well.
func TestPowerless(t *testing.T) {
	a, b := side("a", realTime, "msgs-per-op", 1, 2, 3, 4), side("b", realTime, "msgs-per-op", 5, 6, 7, 8)
	for i := range 4 {
		a.Results[i].Metrics["stable-latency.p50"] = float64(i + 1)
		b.Results[i].Metrics["stable-latency.p50"] = float64(i + 5)
	}
	for _, tt := range []struct {
		metrics []string
		want    string
	}{
		{[]string{"msgs-per-op"}, "fail"},
		{[]string{"msgs-per-op", "stable-latency.p50"}, "open open"},
	} {
		checks, c, err := Regressions(a, b, tt.metrics, 0.05)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, check := range checks {
			got = append(got, string(check.Verdict))
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%v: got %+v, want %s", tt.metrics, checks, tt.want)
		}
		warned := strings.Contains(strings.Join(c.Lines[0].Warnings, "; "), "no p could be below 0.057")
		if warned != (len(tt.metrics) == 2) {
			t.Errorf("%v: got the warnings %q", tt.metrics, c.Lines[0].Warnings)
		}
	}
}

// TestTargets asks every replicate, not the median: of 1, 2 and 9 one misses a
// target below 5. A trial of which not every setting is known leaves the gate open.
func TestTargets(t *testing.T) {
	metric, err := trial.FindMetric("msgs-per-op")
	if err != nil {
		t.Fatal(err)
	}
	target, err := trial.ParseTarget(metric, "< 5")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		change func(*trial.Result)
		want   string
	}{
		{"one misses", func(*trial.Result) {}, "fail"},
		{"all meet", func(r *trial.Result) { r.Metrics["msgs-per-op"] = 3 }, "pass"},
		{"one is invalid", func(r *trial.Result) { r.Outcome = trial.Invalid }, "fail"},
		{"one is an error", func(r *trial.Result) { r.Outcome = trial.Failed }, "open"},
		{"one of unknown settings", func(r *trial.Result) { r.Trial.Unknown = []string{"rate"} }, "open pass"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := side("a", nil, "msgs-per-op", 1, 2, 9)
			tt.change(&s.Results[2])
			checks, err := Targets(s.Results, nil, []trial.Target{target})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, c := range checks {
				got = append(got, string(c.Verdict))
			}
			if strings.Join(got, " ") != tt.want {
				t.Errorf("got %+v, want %s", checks, tt.want)
			}
		})
	}
}

// TestFalseAlarms compares sides that do not differ: a table of ten lines, each
// of n replicates, with noise that both of a pair share as one seed's load is.
// At most 5 % of the tables may have any line with a verdict. The bound has three
// standard errors of slack.
func TestFalseAlarms(t *testing.T) {
	runs := *alarms
	if runs == 0 {
		t.Skip("a long simulation: go test ./harness/compare -run FalseAlarms -alarms 2000 -v")
	}
	r := rand.New(rand.NewPCG(1, 2))
	draws := []struct {
		name string
		draw func() float64
	}{
		{"log-normal", func() float64 { return 100 * math.Exp(r.NormFloat64()/4) }},
		{"whole numbers from 0 to 3", func() float64 { return float64(r.IntN(4)) }},
	}
	for _, set := range []func(*trial.Trial){nil, realTime} {
		for _, d := range draws {
			for _, n := range []int{3, 6, 10, 20} {
				wrong := 0
				for range runs {
					if falseAlarm(t, set, d.draw, n) {
						wrong++
					}
				}
				rate := float64(wrong) / float64(runs)
				name := fmt.Sprintf("%s, n = %d, paired %t", d.name, n, set == nil)
				t.Logf("%s: %.4f", name, rate)
				if most := 0.05 + 3*math.Sqrt(0.05*0.95/float64(runs)); rate > most {
					t.Errorf("%s: false alarms in %.4f of %d tables, want at most %.4f", name, rate, runs, most)
				}
			}
		}
	}
}

// falseAlarm tells whether a table of ten settings that do not differ has a
// verdict.
func falseAlarm(t *testing.T, set func(*trial.Trial), draw func() float64, n int) bool {
	a, b := Side{Name: "a"}, Side{Name: "b"}
	for setting := range 10 {
		at := func(trial *trial.Trial) {
			if set != nil {
				set(trial)
			}
			trial.Nodes = setting + 1
		}
		xs, ys := make([]float64, n), make([]float64, n)
		for i := range xs {
			load := 0.0
			if set == nil {
				load = draw()
			}
			xs[i], ys[i] = load+draw(), load+draw()
		}
		a.Results = append(a.Results, side("a", at, "msgs-per-op", xs...).Results...)
		b.Results = append(b.Results, side("b", at, "msgs-per-op", ys...).Results...)
	}
	c, err := Compare(a, []Side{b}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range c.Lines {
		if l.Verdict != Unsure && l.Verdict != Equal {
			return true
		}
	}
	return false
}

// lossy makes a side of broadcasts that leaves values undelivered in each trial, or in
// none.
func lossy(name string, nodes int, undelivered float64, messages float64, latencies ...float64) Side {
	s := side(name, func(t *trial.Trial) { t.Nodes = nodes }, "delivery-latency.p50", latencies...)
	for i := range s.Results {
		s.Results[i].Metrics["msgs-per-op"], s.Results[i].Metrics[trial.Undelivered] = messages, undelivered
	}
	return s
}

// TestFrontOfDelivery: who loses values is on no front of how fast they arrive, however
// fast and cheap; of other metrics it is.
func TestFrontOfDelivery(t *testing.T) {
	all := slices.Concat(lossy("loses", 3, 1, 5, 10, 11).Results, lossy("delivers", 4, 0, 20, 400, 410).Results)
	all[1].Metrics[trial.Undelivered] = 0 // in one trial of two
	for _, q := range trial.Quantiles {
		for i := range all {
			all[i].Metrics["delivery-latency."+q.Name] = all[i].Metrics["delivery-latency.p50"]
		}
		for _, axes := range [][2]string{{"msgs-per-op", "delivery-latency." + q.Name}, {"delivery-latency." + q.Name, "msgs-per-op"}} {
			p, err := Front(all, axes[0], axes[1], nil)
			if err != nil {
				t.Fatal(err)
			}
			got := fmt.Sprint(p.Candidates[0].Setting, p.Candidates[0].Front, p.Candidates[1].Front, p.Candidates[1].Why)
			if want := "nodes=4true falseundelivered in 1 of 2 trials"; got != want {
				t.Errorf("%v: got %s, want %s", axes, got, want)
			}
		}
	}
	for i := range all {
		all[i].Metrics["stable-latency.p50"] = 1
	}
	if p, err := Front(all, "msgs-per-op", "stable-latency.p50", nil); err != nil || p.Candidates[0].Setting != "nodes=3" {
		t.Errorf("got %v, %v, want a front with nodes=3", p, err)
	}
	if _, err := Front(all[:2], "msgs-per-op", "delivery-latency.p50", nil); err == nil || !strings.Contains(err.Error(), "and nothing undelivered") {
		t.Errorf("where all lose something: got %v", err)
	}
}

// TestLosesAndIsAhead: a side that loses values is never better in how fast they
// arrive, nor is the other one worse for it; and who loses none may be better.
func TestLosesAndIsAhead(t *testing.T) {
	fast, slow := []float64{10, 11, 12, 13, 14, 15, 16}, []float64{400, 410, 420, 430, 440, 450, 460}
	for _, tt := range []struct {
		a, b Side
		want Verdict
	}{
		{lossy("base", 3, 0, 1, slow...), lossy("side", 3, 1, 1, fast...), Unsure},
		{lossy("base", 3, 1, 1, fast...), lossy("side", 3, 0, 1, slow...), Unsure},
		{lossy("base", 3, 0, 1, slow...), lossy("side", 3, 0, 1, fast...), Better},
		{lossy("base", 3, 1, 1, slow...), lossy("side", 3, 0, 1, fast...), Better},
		{lossy("base", 3, 0, 1, fast...), lossy("side", 3, 1, 1, slow...), Worse},
	} {
		c, err := Compare(tt.a, []Side{tt.b}, Options{Metrics: []string{"delivery-latency.p50"}})
		if err != nil {
			t.Fatal(err)
		}
		l := c.Lines[0]
		warned := strings.Contains(strings.Join(l.Warnings, "|"), "undelivered in 7 of 7 trials of ")
		if l.Verdict != tt.want || warned != (l.MarredA+l.MarredB > 0) {
			t.Errorf("marred %d and %d: got %s, %q, want %s", l.MarredA, l.MarredB, l.Verdict, l.Warnings, tt.want)
		}
	}
}

// TestHealthCountsTheInvalid: what was lost is of the invalid trials, too.
func TestHealthCountsTheInvalid(t *testing.T) {
	a, b := side("a", nil, "lost", 0, 0, 0), side("b", nil, "lost", 0, 7, 9)
	for i := 1; i < 3; i++ {
		b.Results[i].Outcome = trial.Invalid
	}
	c, err := Compare(a, []Side{b}, Options{Metrics: []string{"lost"}})
	if err != nil || c.Lines[0].B.N != 3 || c.Lines[0].B.Median != 7 {
		t.Errorf("got %v, %v, want a median of 7", c, err)
	}
}
