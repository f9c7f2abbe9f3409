package report

import (
	"slices"
	"strings"
	"testing"

	"gossipbench/harness/experiment"
	"gossipbench/harness/trial"
)

// planned is an experiment whose trials are those of results, in that order.
func planned(results []trial.Result, targets ...trial.Target) experiment.Experiment {
	e := experiment.Experiment{Name: "test", Targets: targets}
	for _, r := range results {
		e.Trials = append(e.Trials, r.Trial)
	}
	return e
}

// TestUnrunTrialsAreTold: of twelve trials eight were run, none of gossip with
// fanout 2 and half of those with fanout 1.
func TestUnrunTrialsAreTold(t *testing.T) {
	all := slices.Concat(
		trials("strategy=flood", 10, 0.1, 300),
		trials("strategy=star", 1, 0.1, 200),
		trials("strategy=gossip fanout=1", 0.5, 0.1, 100),
		trials("strategy=gossip fanout=2", 3, 0.1, 100),
	)
	e := planned(all, targets(t, "msgs-per-op", "< 20")...)
	s, err := newStudy(Part{Experiment: e, Results: all[:8]}, replayed)
	if err != nil {
		t.Fatal(err)
	}
	a := s.advise()
	contains(t, a.told(), "Of what was run, choose\nstar\n")
	if a.Verdict != "open" {
		t.Errorf("the verdict is %s although settings were not run", a.Verdict)
	}
	v := s.view("s1", Options{})
	contains(t, v.NotRun.Text.String(), "4 of 12 trials were not run", "Nothing was run of gossip, fanout 2", "1 other configuration lacks some of its trials", "their targets are open")
	if want := []unrunView{{"gossip, fanout 1", 1, 3}, {"gossip, fanout 2", 3, 3}}; !slices.Equal(v.NotRun.Rows, want) {
		t.Errorf("not run are %+v, want %+v", v.NotRun.Rows, want)
	}
	if got := v.Targets[0]; got.Pass != 2 || got.Open != 2 || got.Fail != 0 {
		t.Errorf("%d settings pass, %d fail, %d are open, want 2, 0, 2", got.Pass, got.Fail, got.Open)
	}
	for _, row := range v.Rows {
		if want := map[bool]int{true: 1, false: 0}[slices.Contains(row.Levels, "gossip")]; row.Unrun != want {
			t.Errorf("of %q %d are said not to have been run, want %d", row.Levels, row.Unrun, want)
		}
	}
	page := write1(t, Options{}, Part{Experiment: e, Results: all[:8]})
	contains(t, page, "4 of 12 trials", "were not run")
	if page := write1(t, Options{}, Part{Experiment: e, Results: all}); strings.Contains(page, "were not run") {
		t.Error("a page of all trials says that some were not run")
	}
}

// TestUnrunKeepsNothing: what misses a trial of its own is not proved to keep a
// target, nor is what was not run under a condition.
func TestUnrunKeepsNothing(t *testing.T) {
	all := slices.Concat(
		trials("strategy=star nodes=5", 1, 0.1, 200),
		trials("strategy=flood nodes=5", 10, 0.1, 300),
		trials("strategy=star nodes=25", 1, 0.1, 200),
		trials("strategy=flood nodes=25", 1, 0.1, 200),
	)
	e := planned(all, targets(t, "msgs-per-op", "< 20")...)
	for _, n := range []int{6, 9} { // nobody with 25 nodes, then star alone
		s, err := newStudy(Part{Experiment: e, Results: all[:n]}, replayed)
		if err != nil {
			t.Fatal(err)
		}
		a := s.advise()
		if n == 6 {
			contains(t, a.told(), "No configuration is proved to keep the target", "Nothing speaks against star, but 3 trials of it were not run.")
		} else {
			contains(t, a.told(), "Of what was run, choose\nstar\n")
		}
	}
}

// TestUnrunInABrowser: the scripts write of such trials what the program writes.
func TestUnrunInABrowser(t *testing.T) {
	b := open(t)
	all := slices.Concat(
		trials("strategy=flood", 10, 0.1, 300),
		trials("strategy=star", 1, 0.1, 200),
		trials("strategy=gossip fanout=1", 0.5, 0.1, 100),
		trials("strategy=gossip fanout=2", 3, 0.1, 100),
	)
	b.show(write1(t, Options{}, Part{Experiment: planned(all, targets(t, "msgs-per-op", "< 20")...), Results: all[:8]}))
	b.keep("unrun")
	before := eval[[][]string](b, cells)
	eval[any](b, "gossipbench.studies[0].table.update() ?? null")
	if after := eval[[][]string](b, cells); len(before) != 3 || !slices.EqualFunc(before, after, slices.Equal) {
		t.Errorf("rows\n program %q\n scripts %q", before, after)
	}
	if said := eval[string](b, `document.querySelector(".notrun[role=note]").textContent`); !strings.Contains(said, "4 of 12 trials were not run") {
		t.Errorf("the note says %q", said)
	}
	b.isAccessible(t)
	b.fits(t)
	b.quiet()
}
