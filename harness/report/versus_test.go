package report

import (
	"fmt"
	"slices"
	"testing"

	"gossipbench/harness/experiment"
)

// TestCompare: with seeds in common each pair decides, without them the ranges.
func TestCompare(t *testing.T) {
	made := func(settings string, first uint64, messages ...float64) []experiment.Result {
		var all []experiment.Result
		for i, m := range messages {
			all = append(all, result(settings, first+uint64(i), "msgs-per-op", m, "lost", 0))
		}
		return all
	}
	a := studied(t, slices.Concat(
		made("strategy=gossip fanout=1", 1, 2, 3, 4),
		made("strategy=gossip fanout=2", 1, 5, 6, 7),
		made("strategy=gossip fanout=3", 1, 10, 11, 12),
		made("strategy=gossip fanout=4", 1, 20, 21, 22),
		made("strategy=gossip fanout=5", 1, 30, 30, 30),
	))
	b := studied(t, slices.Concat(
		made("strategy=gossip fanout=1", 1, 1, 1.5, 2), // half of it, pair by pair, though the ranges touch
		made("strategy=gossip fanout=2", 1, 6, 5, 8),   // more, less, more
		made("strategy=gossip fanout=3", 7, 13, 14),    // other seeds: above all of a's
		made("strategy=gossip fanout=4", 7, 22, 23),    // 22 is one of a's
		made("strategy=gossip fanout=6", 1, 30, 30, 30),
	))
	c := compare(a, b)
	want := map[string][2]string{
		"fanout 1": {"less", "×0.500"},
		"fanout 2": {"~", "×1 (0.833–1.20)"},      // 6/6 of the medians; 6/5, 5/6 and 8/7 of the pairs
		"fanout 3": {"more", "×1.23 (1.08–1.40)"}, // 13.5/11; 13/12 to 14/10
		"fanout 4": {"~", "×1.07 (1–1.15)"},       // 22.5/21; 22/22 to 23/20
	}
	if len(c.Rows) != len(want) {
		t.Errorf("%d rows, want %d", len(c.Rows), len(want))
	}
	for _, row := range c.Rows {
		cell := row.Cells[0]
		if got := [2]string{cell.Mark, cell.Ratio}; got != want[row.Label] {
			t.Errorf("%s: %q, want %q", row.Label, got, want[row.Label])
		}
		if got := row.Cells[1].Mark; got != "=" {
			t.Errorf("%s: lost values are marked %q, want =", row.Label, got)
		}
	}
	if c.AloneA != 1 || c.AloneB != 1 {
		t.Errorf("%d and %d settings are alone, want 1 and 1", c.AloneA, c.AloneB)
	}
	var said string
	for _, p := range c.Text {
		said += p.String() + "\n"
	}
	contains(t, said, "messages per op: test has less in 1, more in 1 and nothing that can be told from chance in 2 of 4 comparisons; the medians' ratio is 0.500 to 1.23.")
}

// TestCompareConditions: what is one thing in all of A and another in all of B is
// no part of the settings but what the comparison is about.
func TestCompareConditions(t *testing.T) {
	a := studied(t, slices.Concat(trials("strategy=flood nodes=5 topology=grid", 1, 0, 1), trials("strategy=flood nodes=5 topology=line", 1, 0, 1)))
	b := studied(t, slices.Concat(trials("strategy=flood nodes=25 topology=grid", 2, 0, 1), trials("strategy=flood nodes=25 topology=line", 3, 0, 1)))
	c := compare(a, b)
	if want := []difference{{"nodes", "5", "25"}}; !slices.Equal(c.Differ, want) {
		t.Errorf("what differs is %v, want %v", c.Differ, want)
	}
	var got []string
	for _, row := range c.Rows {
		got = append(got, fmt.Sprintf("%s %s %s", row.Label, row.Cells[0].Ratio, row.Cells[0].Sense()))
	}
	slices.Sort(got)
	if want := []string{"topology grid ×2 fail", "topology line ×3 fail"}; !slices.Equal(got, want) {
		t.Errorf("rows %q, want %q", got, want)
	}
}

// TestCompareParameters: a parameter that each of the two has in a level of its
// own is what the comparison is about.
func TestCompareParameters(t *testing.T) {
	a := studied(t, slices.Concat(trials("strategy=gossip fanout=2 topology=grid", 1, 0, 1), trials("strategy=gossip fanout=2 topology=line", 1, 0, 1)))
	b := studied(t, slices.Concat(trials("strategy=gossip fanout=7 topology=grid", 2, 0, 1), trials("strategy=gossip fanout=7 topology=line", 3, 0, 1)))
	if got, want := compare(a, b).Differ, []difference{{"fanout", "2", "7"}}; !slices.Equal(got, want) {
		t.Errorf("what differs is %v, want %v", got, want)
	}
}
