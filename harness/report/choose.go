package report

import (
	"cmp"
	"math"
	"slices"

	"gossipbench/harness/compare"
	"gossipbench/harness/table"
	"gossipbench/harness/trial"
)

// choice is what a person can choose, under every condition that it was run in.
type choice struct {
	label    string
	settings []*setting // by condition
	kept     []kept     // for each target
	// verdict is on all targets under all conditions: pass only where it was run
	// under each. None where there are no targets.
	verdict table.Verdict
	fronts  int  // under how many conditions it is on the Pareto front
	front   bool // on that of choices: no other is as good throughout, and better somewhere
	unrun   int  // trials, under whatever condition, that were planned and have no result
}

// kept is how a choice keeps a target.
type kept struct {
	target trial.Target
	column int
	// verdict passes where every trial under every condition does.
	verdict table.Verdict
	missed  int     // trials
	trials  int     // of any outcome
	worst   float64 // what the trial came to that is nearest to missing it, or misses it most
	excess  float64 // of worst over the target, as a share of it; below zero where it is kept
	known   bool    // whether any trial has the metric
}

// choose judges the choices and puts the best first.
func (s *study) choose() {
	for _, c := range s.choices {
		slices.SortFunc(c.settings, func(a, b *setting) int { return cmp.Compare(a.condition, b.condition) })
		for _, x := range c.settings {
			if x.front {
				c.fronts++
			}
		}
		for _, t := range s.Experiment.Targets {
			c.kept = append(c.kept, s.keeps(c, t))
		}
		c.verdict = s.verdict(c)
	}
	s.outclass()
	slices.SortStableFunc(s.choices, s.better)
	s.prefer()
}

// keeps judges one target under all conditions.
func (s *study) keeps(c *choice, t trial.Target) kept {
	k := kept{target: t, column: s.column(t.Metric), verdict: table.Pass, excess: math.Inf(-1)}
	if k.column < 0 {
		k.verdict = table.Open
		return k
	}
	for _, x := range c.settings {
		cell := x.Cells[k.column]
		k.missed += cell.Missed
		k.trials += len(x.results)
		switch {
		case cell.Verdict == table.Fail:
			k.verdict = table.Fail
		case cell.Verdict != table.Pass && k.verdict == table.Pass:
			k.verdict = table.Open
		}
		if cell.N == 0 {
			continue
		}
		k.known = true
		for _, worst := range []float64{cell.Least, cell.Most} {
			if e := excess(t, worst); e > k.excess {
				k.excess, k.worst = e, worst
			}
		}
	}
	return k
}

// excess is by how much x misses a target, as a share of it; it is below zero
// where x keeps the target, and infinite where the target is 0 and missed.
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
func (s *study) verdict(c *choice) table.Verdict {
	if len(c.kept) == 0 {
		return table.None
	}
	if c.lossy() {
		return table.Fail // whatever its numbers, they are of what it did not lose
	}
	v := table.Pass
	if len(c.settings) < len(s.conditions) || c.unrun > 0 {
		v = table.Open
	}
	for _, k := range c.kept {
		switch {
		case k.verdict == table.Fail:
			return table.Fail
		case k.verdict == table.Open:
			v = table.Open
		}
	}
	return v
}

// better orders choices. With targets, those that keep them come first, then
// those of which it is open, then the others by how far they are off; without,
// those that are on the front, and under the most conditions. What is short comes
// after what is not. Then the cost decides.
func (s *study) better(a, b *choice) int {
	order := map[table.Verdict]int{table.Pass: 0, table.Open: 1, table.Fail: 2}
	if c := cmp.Compare(order[a.verdict], order[b.verdict]); c != 0 {
		return c
	}
	if a.verdict == table.Fail {
		if c := cmp.Or(compareTrue(!a.lossy(), !b.lossy()), cmp.Compare(a.off(), b.off())); c != 0 {
			return c
		}
	}
	if c := compareTrue(a.fit(), b.fit()); c != 0 && a.verdict == table.Pass {
		return c
	}
	if a.verdict == table.None {
		if c := cmp.Or(compareTrue(a.fit(), b.fit()), compareTrue(a.front, b.front), cmp.Compare(b.fronts, a.fronts)); c != 0 {
			return c
		}
	}
	return compareAll(s.dearest(a, s.cost), s.dearest(b, s.cost), s.dearest(a, s.delay), s.dearest(b, s.delay))
}

// off is by how much a choice misses the target that it misses most; infinite
// where a trial was invalid, which no number tells.
func (c *choice) off() float64 {
	most := math.Inf(-1)
	for _, k := range c.kept {
		if k.verdict == table.Fail && k.excess <= 0 {
			return math.Inf(1)
		}
		most = max(most, k.excess)
	}
	return most
}

// dearest is the median of a metric under the condition where it is worst, so
// that less is better; infinite where it is not known under all of them.
func (s *study) dearest(c *choice, column int) float64 {
	if x := s.worst(c, column); x != nil {
		return s.good(x, column)
	}
	return math.Inf(1)
}

// worst returns the setting of a choice whose median of a metric is the worst;
// nil where it is not known under each condition under which any setting has it.
func (s *study) worst(c *choice, column int) *setting {
	if column < 0 {
		return nil
	}
	var worst *setting
	for _, x := range c.settings {
		if !s.known[column][x.condition] {
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

// judged are the columns that a choice is judged by: cost, the targets', the
// other aims, and what a good choice can hide where any does.
func (s *study) judged() []int {
	var all []int
	add := func(c int) {
		if c >= 0 && !slices.Contains(all, c) {
			all = append(all, c)
		}
	}
	add(s.cost)
	for _, t := range s.Experiment.Targets {
		add(s.column(t.Metric))
	}
	for _, c := range s.aims {
		add(c)
	}
	for _, share := range shares {
		if c := s.column(share.metric); c >= 0 && slices.ContainsFunc(s.settings, func(x *setting) bool { return x.Cells[c].N > 0 && x.Cells[c].Least < 1 }) {
			add(c)
		}
	}
	if c := s.column("outage"); s.delay != c && s.faulty() {
		add(c)
	}
	if slices.ContainsFunc(s.choices, func(c *choice) bool { return s.crowded(c) > 0 }) {
		add(s.column(busiest))
	}
	return all
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

// fit reports whether a choice can be on a front: each of its settings can.
func (c *choice) fit() bool {
	return !slices.ContainsFunc(c.settings, func(x *setting) bool { return !x.fit() })
}

// lossy reports whether a choice leaves values undelivered that others bring
// everywhere, under any condition.
func (c *choice) lossy() bool {
	return slices.ContainsFunc(c.settings, func(x *setting) bool { return x.lossy })
}

// sound reports whether a choice may be named as the best in anything.
func (c *choice) sound() bool {
	return !slices.ContainsFunc(c.settings, func(x *setting) bool { return !x.sound() })
}

// best returns the choice among all that has the best median of a metric in its
// worst condition; nil where it is known of no choice that is sound. What is short
// is the best only where all are.
func (s *study) best(all []*choice, column int) *choice {
	var best *choice
	for _, c := range all {
		if !c.sound() || s.worst(c, column) == nil {
			continue
		}
		if best == nil || compareTrue(c.fit(), best.fit()) < 0 || c.fit() == best.fit() && s.dearest(c, column) < s.dearest(best, column) {
			best = c
		}
	}
	return best
}

// middle returns the choice on a front that is nearest to having the best of all
// aims at once, each on a scale from the least to the greatest on the front;
// logarithmic where all are above zero. Nil where the front has fewer than three.
func (s *study) middle(front []*choice) *choice {
	if len(front) < 3 {
		return nil
	}
	place := func(column int) func(*choice) float64 {
		least, most := math.Inf(1), math.Inf(-1)
		for _, c := range front {
			if x := s.dearest(c, column); !math.IsInf(x, 0) {
				least, most = min(least, x), max(most, x)
			}
		}
		scale := func(x float64) float64 { return x }
		if least > 0 {
			scale = math.Log
		}
		return func(c *choice) float64 {
			if least >= most {
				return 0
			}
			if math.IsInf(s.dearest(c, column), 0) {
				return 1 // nobody knows
			}
			return (scale(s.dearest(c, column)) - scale(least)) / (scale(most) - scale(least))
		}
	}
	away := map[*choice]float64{}
	for _, column := range s.aims {
		at := place(column)
		for _, c := range front {
			away[c] += at(c) * at(c)
		}
	}
	return slices.MinFunc(front, func(a, b *choice) int { return cmp.Compare(away[a], away[b]) })
}

// against compares metrics of choice b with those of choice a, under each
// condition under which both were run. The lines are judged together.
func (s *study) against(a, b *choice, columns ...int) map[cellAt]compare.Line {
	var places []cellAt
	var lines []compare.Line
	for _, x := range a.settings {
		y := b.under(x.condition)
		if y == nil {
			continue
		}
		for _, column := range columns {
			if l, ok := compare.Between(x.results, y.results, s.metrics[column]); ok {
				places, lines = append(places, cellAt{x.condition, column}), append(lines, l)
			}
		}
	}
	compare.Judge(lines, compare.Holm, compare.Confidence)
	all := make(map[cellAt]compare.Line, len(lines))
	for i, l := range lines {
		all[places[i]] = l
	}
	return all
}

// cellAt is a metric under a condition.
type cellAt struct{ condition, column int }

// under returns the choice's setting under a condition; nil where it has none.
func (c *choice) under(condition int) *setting {
	if i := slices.IndexFunc(c.settings, func(x *setting) bool { return x.condition == condition }); i >= 0 {
		return c.settings[i]
	}
	return nil
}

// same reports whether a verdict leaves open that two sides are the same.
func same(v compare.Verdict) bool { return v == compare.Equal || v == compare.Unsure }
