package report

import (
	"slices"
	"strings"
	"testing"

	"gossipbench/harness/experiment"
	"gossipbench/harness/table"
	"gossipbench/harness/trial"
)

// studied takes apart results for a test.
func studied(t *testing.T, results []trial.Result, wanted ...string) *study {
	t.Helper()
	s, err := newStudy(Part{Experiment: experiment.Experiment{Name: "test", Targets: targets(t, wanted...)}, Results: results}, replayed)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// trials are three trials of a setting, of seeds 1 to 3. Its messages per op are
// m, m+d and m−d, its median stable latency l.
func trials(settings string, m, d, l float64) []trial.Result {
	return []trial.Result{
		result(settings, 1, "msgs-per-op", m, "stable-latency.p50", l),
		result(settings, 2, "msgs-per-op", m+d, "stable-latency.p50", l),
		result(settings, 3, "msgs-per-op", m-d, "stable-latency.p50", l),
	}
}

// told is all that an advice says.
func (a adviceView) told() string {
	parts := []string{a.Heading, a.Pick}
	for _, p := range a.Text {
		parts = append(parts, p.String())
	}
	return strings.Join(parts, "\n")
}

func contains(t *testing.T, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q:\n%s", want, text)
		}
	}
}

// TestAdviceKept: fanout 1 has the fewest messages but is too slow; of those that
// keep both targets fanout 2 has the fewest, and fanout 8 the least latency.
func TestAdviceKept(t *testing.T) {
	s := studied(t, slices.Concat(
		trials("strategy=gossip fanout=1", 2, 0.1, 1200),
		trials("strategy=gossip fanout=2", 4, 0.1, 800),
		trials("strategy=gossip fanout=4", 8, 0.1, 500),
		trials("strategy=gossip fanout=8", 16, 0.1, 300),
		trials("strategy=gossip fanout=16", 32, 0.1, 200),
	), "msgs-per-op", "< 20", "stable-latency.p50", "< 1000ms")
	a := s.advise()
	contains(t, a.told(), "Choose\nfanout 2\n",
		"It keeps both targets in each of its 3 trials. Of the 3 of 5 that do, it has the lowest messages per op: 4.00 (3.90 to 4.10).",
		"Runner-up: fanout 4 has 8.00 (7.90 to 8.10), 4 more (100 %); 3 pairs of the same seed are too few to tell whether that is chance.",
		"Its tightest target is stable-latency.p50 < 1000ms: its worst trial came to 800 ms, 20 % inside.",
		"If median stable latency matters more: fanout 8 keeps both targets too, at 300 ms in place of 800 ms, for 16 in place of 4 messages per op.",
		"Careful: 3 trials a configuration are few.")
	var roles []string
	for _, row := range a.Rows {
		roles = append(roles, row.Role+": "+row.Label)
	}
	if want := []string{"recommended: fanout 2", "runner-up: fanout 4", "lowest median stable latency: fanout 8"}; !slices.Equal(roles, want) {
		t.Errorf("rows %q, want %q", roles, want)
	}
}

// TestAdviceHeedsEveryTrial: the median keeps the target, one trial of three does
// not; and a setting with an invalid trial keeps nothing.
func TestAdviceHeedsEveryTrial(t *testing.T) {
	one := trials("strategy=gossip fanout=1", 19.5, 1, 100) // 18.5, 19.5 and 20.5
	two := trials("strategy=gossip fanout=2", 5, 1, 100)
	two[1].Outcome = trial.Invalid
	three := trials("strategy=gossip fanout=3", 19.9, 0, 100)
	a := studied(t, slices.Concat(one, two, three), "msgs-per-op", "< 20").advise()
	contains(t, a.told(), "Choose\nfanout 3\n", "It keeps the target in each of its 3 trials, and is the only one of 3 that does.")
}

// TestAdviceTie: where trials of one seed differ in either direction, the order
// may be chance, and the page says so.
func TestAdviceTie(t *testing.T) {
	other := trials("strategy=gossip fanout=2", 5.05, 0, 100)
	s := studied(t, append(trials("strategy=gossip fanout=1", 5, 0.2, 100), other...), "msgs-per-op", "< 20")
	// The differences are 0.05, −0.15 and 0.25.
	contains(t, s.advise().told(), "Runner-up: fanout 2 has 5.05, 0.0500 more (1.0 %); 3 pairs of the same seed are too few to tell whether that is chance.")
}

// TestAdviceNearest: nothing keeps both; fanout 1 misses one by 10 %, fanout 2
// the other by 50 %.
func TestAdviceNearest(t *testing.T) {
	s := studied(t, slices.Concat(
		trials("strategy=gossip fanout=1", 10, 0, 1100),
		trials("strategy=gossip fanout=2", 30, 0, 500),
	), "msgs-per-op", "< 20", "stable-latency.p50", "< 1000ms")
	a := s.advise()
	if a.Verdict != "fail" || a.Pick != "" {
		t.Errorf("verdict %s, pick %q", a.Verdict, a.Pick)
	}
	contains(t, a.told(), "No configuration keeps both targets",
		"Nearest is fanout 1: it misses stable-latency.p50 < 1000ms in 3 of 3 trials, at worst by 10 % (1100 ms).")
}

// TestAdviceOpen: a trial that could not be run proves nothing.
func TestAdviceOpen(t *testing.T) {
	one := trials("strategy=gossip fanout=1", 10, 0, 100)
	one[2].Outcome = trial.Failed
	a := studied(t, append(one, trials("strategy=gossip fanout=2", 30, 0, 100)...), "msgs-per-op", "< 20").advise()
	contains(t, a.told(), "No configuration is proved to keep the target", "Nothing speaks against fanout 1")
}

// TestAdviceFront: fanout 3 is worse than fanout 2 in both. On logarithmic scales
// from 1 to 100 and from 10 to 1000, fanout 2 (10, 100) is in the middle.
func TestAdviceFront(t *testing.T) {
	s := studied(t, slices.Concat(
		trials("strategy=gossip fanout=1", 1, 0, 1000),
		trials("strategy=gossip fanout=2", 10, 0, 100),
		trials("strategy=gossip fanout=3", 11, 0, 110),
		trials("strategy=gossip fanout=4", 100, 0, 10),
	))
	a := s.advise()
	contains(t, a.told(), "No targets were set: choose from the Pareto front",
		"3 of 4 are on the front of messages per op and median stable latency",
		"It leads from fanout 1 (1 messages per op, 1000 ms) to fanout 4 (100, 10 ms).",
		"A fair middle is fanout 2 (10, 100 ms)")
	for _, x := range s.Configurations {
		if want := x.Choice.Label != "fanout 3"; x.Front != want {
			t.Errorf("%s on the front: %v, want %v", x.Choice.Label, x.Front, want)
		}
	}
}

// TestAdviceUnderConditions: a choice must keep the targets with 5 and with 25
// nodes; fanout 1, the cheaper, does so with 5 alone.
func TestAdviceUnderConditions(t *testing.T) {
	s := studied(t, slices.Concat(
		trials("strategy=gossip nodes=5 fanout=1", 1, 0, 100),
		trials("strategy=gossip nodes=25 fanout=1", 4, 0, 2000),
		trials("strategy=gossip nodes=5 fanout=2", 2, 0, 50),
		trials("strategy=gossip nodes=25 fanout=2", 8, 0, 900),
	), "msgs-per-op", "< 20", "stable-latency.p50", "< 1000ms")
	contains(t, s.advise().told(), "Choose\nfanout 2\n", "in each of its 6 trials, under all 2 conditions, and is the only one of 2 that does.")
	// Fanout doubles the messages with 5 nodes and with 25, which are four times as
	// many each time.
	contains(t, s.matters()[0].String(), "What changes messages per op the most is fanout: 1 to 2 multiplies it by 2, over 2 pairs of configurations that differ in nothing else; of the conditions, nodes, 5 to 25 multiplies it by 4.")
	if want := []string{"nodes 5", "nodes 25"}; !slices.Equal(s.Conditions, want) {
		t.Errorf("conditions %q, want %q", s.Conditions, want)
	}
}

// TestOnlyConditions: there is nothing to choose, but the target has its bounds.
func TestOnlyConditions(t *testing.T) {
	s := studied(t, slices.Concat(
		trials("strategy=flood nodes=5", 10, 0, 100),
		trials("strategy=flood nodes=25", 30, 0, 100),
	), "msgs-per-op", "< 20")
	contains(t, s.advise().told(), "Only conditions were varied: there is nothing to choose", "It keeps the target under 1 of 2 conditions: nodes 5.")
}

// TestEffects: each level of fanout doubles the messages, interval 200ms halves
// those of 100ms, and peers does nothing.
func TestEffects(t *testing.T) {
	s := studied(t, slices.Concat(
		trials("strategy=gossip fanout=1 interval=100ms", 2, 0, 100),
		trials("strategy=gossip fanout=2 interval=100ms", 4, 0, 90),
		trials("strategy=gossip fanout=4 interval=100ms", 8, 0, 80),
		trials("strategy=gossip fanout=1 interval=200ms", 1, 0, 100),
		trials("strategy=gossip fanout=2 interval=200ms", 2, 0, 100),
		trials("strategy=flood topology=tree4", 12, 0, 50),
	))
	contains(t, s.matters()[0].String(), "What changes messages per op the most is fanout: 1 to 4 multiplies it by 4, over 1 pair of configurations that differ in nothing else; then interval, 100ms to 200ms divides it by 2.")
}

// TestFindings are sentences with known answers.
func TestFindings(t *testing.T) {
	bad := trials("strategy=gossip fanout=3", 1, 0, 1)
	for i := range bad {
		bad[i].Outcome = trial.Invalid
	}
	s := studied(t, slices.Concat(
		trials("strategy=gossip fanout=1", 2, 0.1, 1200),
		trials("strategy=gossip fanout=2", 4, 0.1, 800),
		bad,
	), "stable-latency.p50", "< 1000ms")
	var all []string
	for _, p := range s.findings() {
		all = append(all, p.String())
	}
	contains(t, strings.Join(all, "\n"),
		"The lowest messages per op is that of fanout 1: 2.00 (1.90 to 2.10). Next, fanout 2 has 4.00 (3.90 to 4.10), 2 more (100 %); 3 pairs of the same seed are too few to tell whether that is chance.",
		"The target that the most configurations miss is stable-latency.p50 < 1000ms: 2 of 3, in one trial at least.",
		"3 of 9 trials are not in the numbers (3 invalid)",
		"1 configuration did, and cannot be recommended.")
	if v := s.verdict(s.Configurations[2]); v != table.Fail {
		t.Errorf("the invalid setting has verdict %q, want fail", v)
	}
}

// TestTwins: with fanout 1 it makes no difference who the peers are.
func TestTwins(t *testing.T) {
	twin := func(settings string, m float64) []trial.Result {
		var all []trial.Result
		for seed := range uint64(5) {
			all = append(all, result(settings, seed+1, "msgs-per-op", m+float64(seed), "stable-latency.p50", 7*m, "ops", 2000+int(seed)))
		}
		return all
	}
	s := studied(t, slices.Concat(
		twin("strategy=gossip fanout=1 peers=mixed", 2), twin("strategy=gossip fanout=1 peers=random", 2),
		twin("strategy=gossip fanout=2 peers=mixed", 4), twin("strategy=gossip fanout=2 peers=random", 5),
	))
	got := s.twins()
	if len(got) != 1 {
		t.Fatalf("%d sentences, want 1", len(got))
	}
	contains(t, got[0].String(), "peers made no difference with fanout 1: 2 configurations came to the very same numbers")
}

// TestDigits: three significant digits for the greatest, none after the point
// where all are integers.
func TestDigits(t *testing.T) {
	for _, tt := range []struct {
		xs   []float64
		want []string
	}{
		{[]float64{15.583, 15.2}, []string{"15.6", "15.2"}},
		{[]float64{822, 778}, []string{"822", "778"}},
		{[]float64{0.968, 1.94}, []string{"0.97", "1.94"}},
		{[]float64{0.0905}, []string{"0.0905"}},
		{[]float64{1234.5}, []string{"1234"}}, // halves go to the even digit
		{[]float64{0}, []string{"0"}},
	} {
		if got := digits(tt.xs...); !slices.Equal(got, tt.want) {
			t.Errorf("digits(%v) = %q, want %q", tt.xs, got, tt.want)
		}
	}
}
