package report

import (
	"gossipbench/harness/trial"
	"slices"
	"strings"
	"testing"
)

// measured are six trials of a setting, of seeds 1 to 6, that differ by a
// thousandth; a workload and a nemesis may be among its settings.
func measured(settings string, numbers ...any) []trial.Result {
	return replicated(6, settings, numbers...)
}

func replicated(n int, settings string, numbers ...any) []trial.Result {
	var words []string
	base := trial.Default()
	for _, word := range strings.Fields(settings) {
		switch name, level, _ := strings.Cut(word, "="); name {
		case "workload":
			base.Workload = level
		case "nemesis":
			base.Nemesis = level
		default:
			words = append(words, word)
		}
	}
	var all []trial.Result
	for seed := range uint64(n) {
		r := result(strings.Join(words, " "), seed+1, numbers...)
		for name, x := range r.Metrics {
			if x != 1 { // all is all
				r.Metrics[name] = x * (1 + float64(seed)/5000)
			}
		}
		r.Trial.Workload, r.Trial.Nemesis = base.Workload, base.Nemesis
		r.ID = r.Trial.ID()
		all = append(all, r)
	}
	return all
}

func (a adviceView) roles() []string {
	var all []string
	for _, row := range a.Rows {
		all = append(all, row.Role+": "+row.Label)
	}
	return all
}

func (a adviceView) heads() []string {
	var all []string
	for _, c := range a.Columns {
		all = append(all, c.Name)
	}
	return all
}

// TestAdviceCoverage: a rumor that dies at once costs next to nothing, and is no
// choice. Of the others, which reach nearly all, messages buy coverage.
func TestAdviceCoverage(t *testing.T) {
	s := studied(t, slices.Concat(
		measured("strategy=rumor k=1 workload=dissemination", "traffic", 0.04, "t-last", 10, "coverage", 0.037),
		measured("strategy=rumor k=2 workload=dissemination", "traffic", 2, "t-last", 32, "coverage", 0.94),
		measured("strategy=rumor k=3 workload=dissemination", "traffic", 3, "t-last", 31, "coverage", 0.99),
		measured("strategy=rumor k=4 workload=dissemination", "traffic", 4, "t-last", 33, "coverage", 1),
		measured("strategy=rumor k=5 workload=dissemination", "traffic", 5, "t-last", 34, "coverage", 1),
	))
	a := s.advise()
	contains(t, a.told(), "choose from the Pareto front",
		"1 of 5 reaches less than 90 % of the nodes that the best reaches under the same condition, and is no choice, however little it costs: k 1 (coverage 0.0370).",
		"3 of 5 are on the front of traffic, t-last and coverage",
		"It leads from k 2 (2.00 traffic, 32.0 ms, coverage 0.940) to k 3 (3.00, 31.0 ms, coverage 0.990).",
		"The highest coverage is that of k 4 (4.00, 33.0 ms, coverage 1).")
	if want := []string{"lowest traffic: k 2", "highest coverage: k 4", "lowest t-last: k 3"}; !slices.Equal(a.roles(), want) {
		t.Errorf("rows %q, want %q", a.roles(), want)
	}
	if want := []string{"traffic", "t-last", "coverage"}; !slices.Equal(a.heads(), want) {
		t.Errorf("columns %q, want %q", a.heads(), want)
	}
	contains(t, s.leaders()[0].String(), "The lowest traffic is that of k 2: ")
	if first := s.Ranked()[0].Choice.Label; first != "k 2" {
		t.Errorf("the first row is %s, want k 2", first)
	}
}

// TestAdviceOutage: the election timeout changes how long nobody answers and
// nothing else that can be told from chance, so that decides.
func TestAdviceOutage(t *testing.T) {
	raft := func(election string, messages, outage float64) []trial.Result {
		return replicated(8, "workload=lin-kv nemesis=kill strategy=raft election="+election, "msgs-per-op", messages, "outage", outage,
			"ok-fraction", 0.73, "op-latency.p50", 38, "read-latency.p50", 38, "write-latency.p50", 39)
	}
	// The trials of a seed differ by a hundredth of a thousandth, this way and that.
	long := raft("200ms", 12, 381)
	for i := range long {
		long[i].Metrics["msgs-per-op"] += []float64{-2e-4, 1e-4, -2e-4, 1e-4, -2e-4, -2e-4, 1e-4, -2e-4}[i]
	}
	s := studied(t, slices.Concat(raft("50ms", 15.8, 275), raft("100ms", 12, 234), long, raft("2s", 12.1, 2600)))
	a := s.advise()
	contains(t, a.told(), "Choose\nelection 100ms\n", "messages per op and outage",
		"Of these, election 200ms is ahead of election 100ms in nothing but what may be chance")
	if want := []string{"best in both, chance aside: election 100ms", "ahead by chance: election 200ms", "in place of it: election 2s", "in place of it: election 50ms"}; !slices.Equal(a.roles(), want) {
		t.Errorf("rows %q, want %q", a.roles(), want)
	}
	if first := s.Ranked()[0].Choice; first != s.picked() || first.Label != "election 100ms" {
		t.Errorf("the first row is %s, want what is recommended", first.Label)
	}
	if want := []string{"msgs-per-op", "outage", "ok-fraction"}; !slices.Equal(a.heads(), want) {
		t.Errorf("columns %q, want %q", a.heads(), want)
	}
	if !slices.ContainsFunc(s.cautions(), func(c string) bool { return strings.Contains(c, "compare-and-set that meets another value") }) {
		t.Errorf("the cautions %q do not say why ok-fraction is below 1", s.cautions())
	}
}

// TestAdviceTellsThePrice: no messages and no wait, for reads that are behind. A
// page must not call that the best in all.
func TestAdviceTellsThePrice(t *testing.T) {
	counter := func(strategy string, messages, read, stale, outage float64) []trial.Result {
		return measured("workload=g-counter nemesis=partition strategy="+strategy, "msgs-per-op", messages, "op-latency.p50", 0.0, "read-latency.p50", read, "add-latency.p50", 0.0,
			"stale-read-share", stale, "ok-fraction", 1, "outage", outage)
	}
	s := studied(t, slices.Concat(counter("crdt", 0.2, 1, 0.5, 28), counter("seqkv", 1.2, 20, 0.1, 28), counter("cas", 2.3, 40, 0.1, 1000)))
	a := s.advise()
	if a.Pick != "" {
		t.Errorf("%s is recommended, whose reads are stale", a.Pick)
	}
	contains(t, a.told(), "2 of 3 are on the front of messages per op, median read latency, outage and share of reads that are stale",
		"The lowest share of reads that are stale is that of seqkv (1.20, 20.0 ms, outage 28.0 ms, share of reads that are stale 0.100)")
	var metrics []string
	for _, m := range s.view("s1", Options{}).Metrics {
		metrics = append(metrics, m.Name)
	}
	for _, want := range []string{"ok-fraction", "outage", "read-latency.p50", "add-latency.p50", "stale-read-share"} {
		if !slices.Contains(metrics, want) {
			t.Errorf("the table has the columns %q, want %s too", metrics, want)
		}
	}
}

// TestAdviceHeal: under partitions broadcasts have a price that they do not have
// without: how long after the heal all is made good.
func TestAdviceHeal(t *testing.T) {
	s := studied(t, slices.Concat(
		measured("strategy=star nemesis=none", "msgs-per-op", 1, "stable-latency.p50", 300),
		measured("strategy=star nemesis=partition", "msgs-per-op", 1.1, "stable-latency.p50", 1000, "heal-to-last", 3000),
		measured("strategy=flood nemesis=none", "msgs-per-op", 20, "stable-latency.p50", 350),
		measured("strategy=flood nemesis=partition", "msgs-per-op", 30, "stable-latency.p50", 1100, "heal-to-last", 500),
		measured("strategy=plan nemesis=none", "msgs-per-op", 20, "stable-latency.p50", 300),
		measured("strategy=plan nemesis=partition", "msgs-per-op", 30, "stable-latency.p50", 1000, "heal-to-last", 3000),
	))
	a := s.advise()
	contains(t, a.told(), "2 of 3 are on the front of messages per op, median stable latency and time from heal to last value",
		"those of star (1.10, 1000 ms, time from heal to last value 3002 ms)", "is that of flood (30.0, 1101 ms, time from heal to last value 500 ms)",
		"nothing else is as good in all of these under every condition, and better in one")
	if !slices.Contains(a.heads(), "heal-to-last") {
		t.Errorf("columns %q, want heal-to-last too", a.heads())
	}
}

// TestShortKeepsTargets: what keeps the targets by reaching nobody comes last of
// those that keep them.
func TestShortKeepsTargets(t *testing.T) {
	s := studied(t, slices.Concat(
		measured("strategy=rumor k=1 workload=dissemination", "traffic", 0.04, "t-last", 10, "coverage", 0.037),
		measured("strategy=rumor k=2 workload=dissemination", "traffic", 2, "t-last", 32, "coverage", 1),
	), "traffic", "< 3")
	a := s.advise()
	contains(t, a.told(), "Choose\nk 2\n", "1 of 2 reaches less than 90 % of the nodes that the best reaches")
}

// TestFindingsNameTheInvalid: what is the same in all that are valid is not the
// same in all.
func TestFindingsNameTheInvalid(t *testing.T) {
	lossy := measured("strategy=flood delivery=fire-and-forget", "msgs-per-op", 10, "stable-latency.p50", 100, "lost", 26)
	for i := range lossy {
		lossy[i].Outcome, lossy[i].Metrics["lost"] = trial.Invalid, float64(26+i)
	}
	s := studied(t, slices.Concat(lossy,
		measured("strategy=flood delivery=ack-retry", "msgs-per-op", 20, "stable-latency.p50", 100, "lost", 0),
		measured("strategy=gossip", "msgs-per-op", 30, "stable-latency.p50", 90, "lost", 0),
	), "lost", "= 0")
	var all []string
	for _, p := range s.findings() {
		all = append(all, p.String())
	}
	said := strings.Join(all, "\n")
	contains(t, said, "The 2 configurations without invalid trials have the same lost values: 0. The other one is flood, delivery fire-and-forget, whose invalid trials came to 26 to 31.",
		"The target that the most configurations miss is lost = 0: 1 of 3, in one trial at least.")
	if slices.ContainsFunc(s.cautions(), func(c string) bool { return strings.Contains(c, "of how many") }) {
		t.Errorf("the cautions %q want reading three times", s.cautions())
	}
	if strings.Contains(said, "All configurations have the same lost values") {
		t.Errorf("it says that all configurations have the same lost values:\n%s", said)
	}
}

// TestAdviceOfEquals: of choices with the same medians all are named.
func TestAdviceOfEquals(t *testing.T) {
	s := studied(t, slices.Concat(
		measured("workload=unique-ids nemesis=kill strategy=counter", "msgs-per-op", 0, "op-latency.p50", 1, "outage", 2.2),
		measured("workload=unique-ids nemesis=kill strategy=flake", "msgs-per-op", 0, "op-latency.p50", 1, "outage", 2.2),
		measured("workload=unique-ids nemesis=kill strategy=lamport", "msgs-per-op", 0.5, "op-latency.p50", 1, "outage", 4),
	))
	said := s.advise().told()
	contains(t, said, "2 of 3 are on the front", "The very same as of counter are the medians of flake.")
	if strings.Contains(said, "under another condition") {
		t.Errorf("it tells of other conditions:\n%s", said)
	}
}

// TestKeptTargetsTellThePrice: the fewest messages are bought with an outage.
func TestKeptTargetsTellThePrice(t *testing.T) {
	s := studied(t, slices.Concat(
		measured("workload=lin-kv nemesis=kill strategy=raft election=2s", "msgs-per-op", 2, "op-latency.p50", 10, "outage", 800, "ok-fraction", 0.73),
		measured("workload=lin-kv nemesis=kill strategy=raft election=100ms", "msgs-per-op", 10, "op-latency.p50", 10, "outage", 100, "ok-fraction", 0.73),
	), "msgs-per-op", "< 20")
	a := s.advise()
	contains(t, a.told(), "Choose\nelection 2s\n", "If outage matters more: election 100ms keeps the target too, at 100 ms in place of 800 ms, for 10.0 in place of 2.00 messages per op.")
	if want := []string{"msgs-per-op", "outage", "ok-fraction"}; !slices.Equal(a.heads(), want) {
		t.Errorf("columns %q, want %q", a.heads(), want)
	}
}

// TestLossyIsNoChoice: whoever loses values that others bring everywhere is not
// recommended, whatever it costs and however fast the others arrive; with targets or
// without, and for whichever metric.
func TestLossyIsNoChoice(t *testing.T) {
	broadcast := func(strategy string, messages, latency, undelivered float64) []trial.Result {
		return measured("strategy="+strategy, "msgs-per-op", messages, "stable-latency.p50", latency, "delivery-latency.p50", latency, "delivery-latency.max", latency, "undelivered", undelivered)
	}
	results := slices.Concat(broadcast("flood", 5, 10, 2), broadcast("gossip", 20, 400, 0))
	results[0].Metrics["undelivered"] = 0 // in one of flood's trials
	for _, targets := range [][]string{nil, {"msgs-per-op", "< 30"}, {"delivery-latency.p50", "< 500ms"}, {"delivery-latency.max", "< 500ms", "msgs-per-op", "< 30"}, {"stable-latency.p50", "< 500ms"}} {
		s := studied(t, results, targets...)
		a := s.advise()
		if a.Pick != "gossip" {
			t.Errorf("%q: %s is recommended, want gossip\n%s", targets, a.Pick, a.told())
		}
		contains(t, a.told(), "1 of 2 leaves values undelivered that others bring everywhere under the same condition, and is no choice, however fast the others arrive: flood.")
	}
	// Nobody keeps these: flood comes no nearer for having lost something.
	s := studied(t, results, "msgs-per-op", "< 4")
	if first := s.Ranked()[0].Choice.Label; first != "gossip" {
		t.Errorf("the first row is %s, want gossip", first)
	}
	if a := s.advise(); a.Pick == "flood" {
		t.Errorf("flood is recommended\n%s", a.told())
	}
	// Where all lose some it is a price like others.
	s = studied(t, slices.Concat(broadcast("flood", 5, 400, 9), broadcast("gossip", 20, 400, 1)))
	contains(t, s.advise().told(), "2 of 2 are on the front of messages per op, median stable latency and values undelivered")
}
