package report

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gossipbench/harness/choose"
	"gossipbench/harness/compare"
	"gossipbench/harness/experiment"
	"gossipbench/harness/trial"
)

// TestCompare: a comparison says what package compare says, after correction for
// all that it tests: with four tests eight pairs can tell (4 × 2/2⁸ = .031), and
// eight trials against eight of other seeds (4 × 2/12870).
func TestCompare(t *testing.T) {
	made := func(settings string, first uint64, messages ...float64) []trial.Result {
		var all []trial.Result
		for i, m := range messages {
			all = append(all, result(settings, first+uint64(i), "msgs-per-op", m, "lost", 0))
		}
		return all
	}
	times := func(by float64, xs ...float64) []float64 {
		all := slices.Clone(xs)
		for i := range all {
			all[i] *= by
		}
		return all
	}
	few := []float64{10, 11, 12, 13, 14, 15, 16, 17}
	a := studied(t, slices.Concat(
		made("strategy=gossip fanout=1", 1, few...),
		made("strategy=gossip fanout=2", 1, few...),
		made("strategy=gossip fanout=3", 1, few...),
		made("strategy=gossip fanout=4", 1, few[:3]...),
		made("strategy=gossip fanout=5", 1, 30, 30, 30),
	))
	b := studied(t, slices.Concat(
		made("strategy=gossip fanout=1", 1, times(0.5, few...)...),
		made("strategy=gossip fanout=2", 1, 11, 10, 13, 12, 15, 14, 17, 16), // more and less by turns
		made("strategy=gossip fanout=3", 101, times(2, few...)...),          // other seeds
		made("strategy=gossip fanout=4", 1, times(2, few[:3]...)...),        // three pairs cannot tell
		made("strategy=gossip fanout=6", 1, 30, 30, 30),
	))
	c := versus(a, b)
	want := map[string]string{
		"fanout=1": "less pass ×0.500", // all pairs have one ratio: its interval is a point
		"fanout=2": "~  ×1 (0.923–1.08)",
		"fanout=3": "more fail ×2 (1.63–2.46)",
		"fanout=4": "~  ×2",
	}
	if len(c.Rows) != len(want) {
		t.Errorf("%d rows, want %d", len(c.Rows), len(want))
	}
	for _, row := range c.Rows {
		cell := row.Cells[0]
		if got := strings.Join([]string{cell.Mark, cell.Sense, cell.Ratio}, " "); got != want[row.Label] {
			t.Errorf("%s: %q, want %q", row.Label, got, want[row.Label])
		}
		if got := row.Cells[1].Mark; got != "=" {
			t.Errorf("%s: lost values are marked %q, want =", row.Label, got)
		}
	}
	var said string
	for _, p := range c.Text {
		said += p.String() + "\n"
	}
	contains(t, said, "messages per op: test has less in 1, more in 1 and nothing that can be told from chance in 2 of 4 comparisons; the ratio is 0.500 to 2.")
	contains(t, strings.Join(c.Notes, "\n"), "Only of test, not of test: fanout=5.", "Only of test, not of test: fanout=6.", "after Holm's correction for 4 tests")
}

// TestPageClaimsNoMore: whatever the results are, the page says less or more,
// better or worse, only where package compare does.
func TestPageClaimsNoMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		backend := rapid.SampledFrom([]string{"sim", "native"}).Draw(t, "backend")
		n := rapid.IntRange(1, 12).Draw(t, "replicates")
		levels := rapid.SampledFrom([]int{1, 2, 5, 1000}).Draw(t, "values") // few of them tie
		draw := func(name, settings string) []trial.Result {
			var all []trial.Result
			shift := rapid.IntRange(0, 5).Draw(t, name)
			for i := range n {
				r := result(settings, uint64(i+1), "msgs-per-op", float64(1+shift+rapid.IntRange(0, levels-1).Draw(t, name)), "stable-latency.p50", 1)
				r.Trial.Backend = backend
				r.ID = r.Trial.ID()
				all = append(all, r)
			}
			return all
		}
		one, two := draw("one", "strategy=gossip fanout=1"), draw("two", "strategy=gossip fanout=2")
		made, err := compare.Compare(compare.Side{Name: "one", Results: one}, []compare.Side{{Name: "two", Results: two}}, compare.Options{Metrics: []string{"msgs-per-op"}, Setting: "fanout"})
		if err != nil {
			t.Fatal(err)
		}
		line := made.Lines[0]
		s, err := newStudy(Part{Experiment: experiment.Experiment{Name: "test"}, Results: slices.Concat(one, two)}, func(trial.Result) string { return "" })
		if err != nil {
			t.Fatal(err)
		}
		var a, b *choose.Choice
		for _, c := range s.Choices {
			if c.Label == "fanout 1" {
				a = c
			} else {
				b = c
			}
		}
		said := s.rival(s.Rival(a, b, s.Column("msgs-per-op"))).String()
		claims := map[bool]compare.Verdict{strings.Contains(said, "significantly worse"): compare.Worse}
		claims[strings.Contains(said, "significantly better")] = compare.Better
		if claimed, any := claims[true]; any && claimed != line.Verdict || !any && (line.Verdict == compare.Better || line.Verdict == compare.Worse) {
			t.Errorf("the page says %q where compare says %q, p = %v", said, line.Verdict, line.P)
		}
		of := func(results []trial.Result) *study {
			s, err := newStudy(Part{Experiment: experiment.Experiment{Name: "test"}, Results: results}, func(trial.Result) string { return "" })
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		told := versus(of(one), of(two))
		made, err = compare.Compare(compare.Side{Name: "test", Results: one}, []compare.Side{{Name: "test", Results: two}}, compare.Options{Metrics: []string{"msgs-per-op", "stable-latency.p50"}})
		if err != nil {
			t.Fatal(err)
		}
		for i, cell := range told.Rows[0].Cells {
			if v := made.Lines[i].Verdict; (cell.Sense == "fail") != (v == compare.Worse) || (cell.Sense == "pass") != (v == compare.Better) || (cell.Mark == "~") != (v == compare.Unsure) {
				t.Errorf("side by side the page marks %q where compare says %q", cell.Mark, v)
			}
		}
	})
}

// TestCompareConditions: what is one thing in all of A and another in all of B is
// no part of the settings but what the comparison is about.
func TestCompareConditions(t *testing.T) {
	a := studied(t, slices.Concat(trials("strategy=flood nodes=5 topology=grid", 1, 0, 1), trials("strategy=flood nodes=5 topology=line", 1, 0, 1)))
	b := studied(t, slices.Concat(trials("strategy=flood nodes=25 topology=grid", 2, 0, 1), trials("strategy=flood nodes=25 topology=line", 3, 0, 1)))
	c := versus(a, b)
	if want := []difference{{"nodes", "5", "25"}}; !slices.Equal(c.Differ, want) {
		t.Errorf("what differs is %v, want %v", c.Differ, want)
	}
	var got []string
	for _, row := range c.Rows {
		got = append(got, fmt.Sprintf("%s %s %s", row.Label, row.Cells[0].Ratio, row.Cells[0].Sense))
	}
	slices.Sort(got)
	if want := []string{"topology=grid ×2 fail", "topology=line ×3.00 fail"}; !slices.Equal(got, want) {
		t.Errorf("rows %q, want %q", got, want)
	}
}

// TestCompareParameters: a parameter that each of the two has in a level of its
// own is what the comparison is about.
func TestCompareParameters(t *testing.T) {
	a := studied(t, slices.Concat(trials("strategy=gossip fanout=2 topology=grid", 1, 0, 1), trials("strategy=gossip fanout=2 topology=line", 1, 0, 1)))
	b := studied(t, slices.Concat(trials("strategy=gossip fanout=7 topology=grid", 2, 0, 1), trials("strategy=gossip fanout=7 topology=line", 3, 0, 1)))
	if got, want := versus(a, b).Differ, []difference{{"fanout", "2", "7"}}; !slices.Equal(got, want) {
		t.Errorf("what differs is %v, want %v", got, want)
	}
}
