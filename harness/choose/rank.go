package choose

import (
	"cmp"
	"math"
	"slices"

	"gossipbench/harness/table"
	"gossipbench/harness/trial"
)

// rank judges the choices and puts the best first.
func (s *Study) rank() {
	for _, c := range s.Choices {
		slices.SortFunc(c.Configurations, func(a, b *Configuration) int { return cmp.Compare(a.Condition, b.Condition) })
		for _, x := range c.Configurations {
			if x.Front {
				c.Fronts++
			}
		}
		for _, t := range s.Targets {
			c.Standings = append(c.Standings, s.standing(c.Configurations, t))
		}
		c.Verdict = s.verdict(c)
	}
	s.outclass()
	slices.SortStableFunc(s.Choices, s.compare)
}

// standing judges one target over some configurations.
func (s *Study) standing(configurations []*Configuration, t trial.Target) Standing {
	k := Standing{Target: t, Column: s.Column(t.Metric), Verdict: table.Pass, Excess: math.Inf(-1)}
	if k.Column < 0 {
		k.Verdict = table.Open
		return k
	}
	for _, x := range configurations {
		cell := x.Cells[k.Column]
		k.Missed += cell.Missed
		k.Trials += len(x.Results)
		switch {
		case cell.Verdict == table.Fail:
			k.Verdict = table.Fail
		case cell.Verdict != table.Pass && k.Verdict == table.Pass:
			k.Verdict = table.Open
		}
		if cell.N == 0 {
			continue
		}
		k.Known = true
		for _, worst := range []float64{cell.Least, cell.Most} {
			if e := excess(t, worst); e > k.Excess {
				k.Excess, k.Worst = e, worst
			}
		}
	}
	return k
}

// excess is by how much x misses a target, as a share of it; it is below zero if x
// meets the target, and infinite if the target is 0 and missed.
func excess(t trial.Target, x float64) float64 {
	over := x - t.Value
	switch t.Op {
	case ">", ">=":
		over = -over
	case "=":
		over = math.Abs(over)
	}
	if t.Value == 0 {
		if t.Met(x) {
			return -1
		}
		return math.Inf(1)
	}
	return over / math.Abs(t.Value)
}

// verdict is on all targets.
func (s *Study) verdict(c *Choice) table.Verdict {
	if len(c.Standings) == 0 {
		return table.None
	}
	if c.lossy() {
		return table.Fail // its numbers are only about what it did not lose
	}
	v := table.Pass
	if len(c.Configurations) < len(s.Conditions) || c.Unrun > 0 {
		v = table.Open
	}
	for _, k := range c.Standings {
		switch k.Verdict {
		case table.Fail:
			return table.Fail
		case table.Open:
			v = table.Open
		}
	}
	return v
}

// compare orders choices. With targets, those that meet them come first, then those
// of which it is open, then the others by how far they are off. Without targets,
// those on the front come first, and of these those that are under the most
// conditions. A choice that is short comes after one that is not. Then the cost
// decides.
func (s *Study) compare(a, b *Choice) int {
	order := map[table.Verdict]int{table.Pass: 0, table.Open: 1, table.Fail: 2}
	if c := cmp.Compare(order[a.Verdict], order[b.Verdict]); c != 0 {
		return c
	}
	if a.Verdict == table.Fail {
		if c := cmp.Or(compareTrue(!a.lossy(), !b.lossy()), cmp.Compare(a.off(), b.off())); c != 0 {
			return c
		}
	}
	if c := compareTrue(a.Fit(), b.Fit()); c != 0 && a.Verdict == table.Pass {
		return c
	}
	if a.Verdict == table.None {
		if c := cmp.Or(compareTrue(a.Fit(), b.Fit()), compareTrue(a.Front, b.Front), cmp.Compare(b.Fronts, a.Fronts)); c != 0 {
			return c
		}
	}
	return cmp.Or(cmp.Compare(s.dearest(a, s.Cost), s.dearest(b, s.Cost)), cmp.Compare(s.dearest(a, s.Delay), s.dearest(b, s.Delay)))
}

// off is by how much a choice misses the target that it misses most; infinite if a
// trial was invalid, which no number tells.
func (c *Choice) off() float64 {
	most := math.Inf(-1)
	for _, k := range c.Standings {
		if k.Verdict == table.Fail && k.Excess <= 0 {
			return math.Inf(1)
		}
		most = max(most, k.Excess)
	}
	return most
}

// compareTrue orders what is true before what is not.
func compareTrue(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// good is the median of a metric, its sign such that less is better.
func (s *Study) good(x *Configuration, column int) float64 {
	if s.Metrics[column].Better > 0 {
		return -x.Cells[column].Median
	}
	return x.Cells[column].Median
}

// Worst returns the configuration of a choice whose median of a metric is the worst;
// nil if the metric is not known under each condition under which any configuration
// has it.
func (s *Study) Worst(c *Choice, column int) *Configuration {
	if column < 0 {
		return nil
	}
	var worst *Configuration
	for _, x := range c.Configurations {
		if !s.known[column][x.Condition] {
			continue
		}
		if x.Cells[column].N == 0 {
			return nil
		}
		if worst == nil || s.good(x, column) > s.good(worst, column) {
			worst = x
		}
	}
	return worst
}

// dearest is the median of a metric under the condition under which it is the worst,
// its sign such that less is better; infinite if it is not known under all of them.
func (s *Study) dearest(c *Choice, column int) float64 {
	if x := s.Worst(c, column); x != nil {
		return s.good(x, column)
	}
	return math.Inf(1)
}

// best returns the choice among all that has the best median of a metric under its
// worst condition; nil if no sound choice has the metric. A choice that is not fit
// is the best only if none is.
func (s *Study) best(all []*Choice, column int) *Choice {
	var best *Choice
	for _, c := range all {
		if !c.Sound() || s.Worst(c, column) == nil {
			continue
		}
		if best == nil || compareTrue(c.Fit(), best.Fit()) < 0 || c.Fit() == best.Fit() && s.dearest(c, column) < s.dearest(best, column) {
			best = c
		}
	}
	return best
}

// BestIn returns the choice with the best median of a metric, and how many sound
// choices have the same; nil if no sound choice has the metric.
func (s *Study) BestIn(column int) (best *Choice, equals int) {
	if best = s.best(s.Choices, column); best == nil {
		return nil, 0
	}
	for _, c := range s.Choices {
		if c.Sound() && s.dearest(c, column) == s.dearest(best, column) {
			equals++
		}
	}
	return best, equals
}
