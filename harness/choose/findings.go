package choose

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gossipbench/harness/stats"
	"gossipbench/harness/table"
	"gossipbench/harness/trial"
)

// Leader is the best of the fit choices in a metric.
type Leader struct {
	Column int
	First  []*Choice // all with the best median; all that have the metric, if they are alike
	Next   *Rival    // of First[0]; nil if all have the same median
	// If all fit choices have the same median, Others are the choices that are not
	// among them; Broken is how many trials of these are invalid, and Invalid what
	// those came to.
	Others  []*Choice
	Broken  int
	Invalid stats.Summary
}

// Leaders returns who is the best in each metric that choices are judged by.
func (s *Study) Leaders() []Leader {
	if len(s.Choices) < 2 {
		return nil
	}
	var all []Leader
	for _, column := range s.judged() {
		if column == s.Column(busiest) {
			continue // nobody chooses by it alone
		}
		var known []*Choice
		for _, c := range s.Choices {
			if c.Fit() && s.Worst(c, column) != nil {
				known = append(known, c)
			}
		}
		if len(known) < 2 {
			continue // the advice tells those that are not fit
		}
		slices.SortStableFunc(known, func(a, b *Choice) int { return cmp.Compare(s.dearest(a, column), s.dearest(b, column)) })
		l := Leader{Column: column, First: known}
		first := s.dearest(known[0], column)
		if next := slices.IndexFunc(known, func(c *Choice) bool { return s.dearest(c, column) != first }); next > 0 {
			l.First, l.Next = known[:next], s.Rival(known[0], known[next], column)
		} else {
			s.others(&l)
		}
		all = append(all, l)
	}
	return all
}

// others finds the choices that are not among the first, and what their invalid
// trials came to.
func (s *Study) others(l *Leader) {
	var xs []float64
	for _, c := range s.Choices {
		if slices.Contains(l.First, c) {
			continue
		}
		l.Others = append(l.Others, c)
		for _, x := range c.Configurations {
			for _, r := range x.Results {
				if r.Outcome != trial.Invalid {
					continue
				}
				l.Broken++
				if value, has := r.Metrics[s.Metrics[l.Column].Name]; has {
					xs = append(xs, value)
				}
			}
		}
	}
	if xs != nil {
		l.Invalid = stats.Summarize(xs)
	}
}

// Hardest returns the target that the most configurations miss, and how many do.
func (s *Study) Hardest() (hardest trial.Target, misses int) {
	for _, t := range s.Targets {
		column, n := s.Column(t.Metric), 0
		for _, x := range s.Configurations {
			if column >= 0 && x.Cells[column].Verdict == table.Fail {
				n++
			}
		}
		if n > misses {
			hardest, misses = t, n
		}
	}
	return hardest, misses
}

// Twin is factors that make no difference: configurations that differ in them alone
// came to the very same numbers in all trials.
type Twin struct {
	Factors []string
	Of      int    // configurations
	Common  string // what these have in common
}

// enoughNumbers is the number of equal numbers from which on it is no accident that
// they are equal. Chosen.
const enoughNumbers = 10

// Twins returns the factors that make no difference, and where.
func (s *Study) Twins() []Twin {
	groups := map[string][]*Configuration{}
	var order []string
	for _, x := range s.Configurations {
		mark := s.fingerprint(x)
		if x.Counts.Valid == 0 || mark == "" {
			continue
		}
		if groups[mark] == nil {
			order = append(order, mark)
		}
		groups[mark] = append(groups[mark], x)
	}
	var all []Twin
	var alike [][]*Configuration // by index of all
	for _, mark := range order {
		g := groups[mark]
		if len(g) < 2 {
			continue
		}
		names := s.differing(g)
		i := slices.IndexFunc(all, func(t Twin) bool { return slices.Equal(t.Factors, names) })
		if i < 0 {
			i = len(all)
			all, alike = append(all, Twin{Factors: names}), append(alike, nil)
		}
		alike[i] = append(alike[i], g...)
	}
	for i := range all {
		all[i].Of, all[i].Common = len(alike[i]), s.common(alike[i])
	}
	slices.SortStableFunc(all, func(a, b Twin) int { return slices.Compare(a.Factors, b.Factors) })
	return all
}

// fingerprint is all that the trials of a configuration came to; "" if that is too
// little to tell.
func (s *Study) fingerprint(x *Configuration) string {
	var b strings.Builder
	fmt.Fprint(&b, x.Condition)
	known := 0
	for _, r := range x.Results {
		fmt.Fprint(&b, " ", r.Trial.Seed, r.Outcome)
		for _, m := range s.Metrics {
			if value, has := r.Metrics[m.Name]; has {
				known++
				b.WriteString(strconv.FormatFloat(value, 'g', -1, 64))
			}
			b.WriteByte(' ')
		}
	}
	if known < enoughNumbers {
		return ""
	}
	return b.String()
}

// differing returns the factors in which configurations differ.
func (s *Study) differing(all []*Configuration) []string {
	var names []string
	for i, f := range s.Factors {
		if slices.ContainsFunc(all, func(x *Configuration) bool { return x.Levels[i] != all[0].Levels[i] }) {
			names = append(names, f.Name)
		}
	}
	return names
}

// common names the levels that configurations share.
func (s *Study) common(all []*Configuration) string {
	var parts []string
	for i, f := range s.Factors {
		if l := all[0].Levels[i]; l != "" && !slices.ContainsFunc(all, func(x *Configuration) bool { return x.Levels[i] != l }) {
			parts = append(parts, f.Name+" "+l)
		}
	}
	return strings.Join(parts, ", ")
}
