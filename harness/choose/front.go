package choose

import (
	"cmp"
	"math"
	"slices"

	"gossipbench/harness/compare"
)

// fronts marks the configurations that are on the Pareto front of the aims under
// their condition: no fit one is better in one aim and as good in the others.
func (s *Study) fronts() {
	if s.Cost < 0 || s.Delay < 0 {
		return
	}
	for i := range s.Conditions {
		var fit []*Configuration
		for _, x := range s.Configurations {
			if x.Condition == i && x.Fit() {
				fit = append(fit, x)
			}
		}
		aims := slices.DeleteFunc(slices.Clone(s.Aims), func(c int) bool {
			return slices.ContainsFunc(fit, func(x *Configuration) bool { return x.Cells[c].N == 0 })
		})
		// What is better than another comes before it, so that it is enough to
		// compare with those of the front.
		slices.SortStableFunc(fit, func(a, b *Configuration) int {
			for _, c := range aims {
				if d := cmp.Compare(s.good(a, c), s.good(b, c)); d != 0 {
					return d
				}
			}
			return 0
		})
		var front []*Configuration
		for _, x := range fit {
			if !slices.ContainsFunc(front, func(y *Configuration) bool { return s.beats(y, x, aims) == better }) {
				x.Front = true
				front = append(front, x)
			}
		}
	}
}

// What one configuration is to another in all aims.
const (
	worse  = -1 // in one at least, or nobody knows
	equal  = 0
	better = 1 // in one at least, and as good in the others
)

// beats says what y is to x.
func (s *Study) beats(y, x *Configuration, aims []int) int {
	verdict := equal
	for _, c := range aims {
		if !s.known[c][x.Condition] {
			continue
		}
		if x.Cells[c].N == 0 || y.Cells[c].N == 0 {
			return worse
		}
		switch a, b := s.good(y, c), s.good(x, c); {
		case a > b:
			return worse
		case a < b:
			verdict = better
		}
	}
	return verdict
}

// outclass marks the choices that no other one beats, which would be as good in all
// aims under every condition and better in one.
func (s *Study) outclass() {
	if s.Cost < 0 || s.Delay < 0 {
		return
	}
	under := map[*Choice][]*Configuration{} // by condition
	for _, c := range s.Choices {
		under[c] = make([]*Configuration, len(s.Conditions))
		for _, x := range c.Configurations {
			under[c][x.Condition] = x
		}
	}
	beats := func(d, c *Choice) bool {
		verdict := equal
		for _, x := range c.Configurations {
			y := under[d][x.Condition]
			if y == nil {
				return false
			}
			switch s.beats(y, x, s.Aims) {
			case worse:
				return false
			case better:
				verdict = better
			}
		}
		return verdict == better
	}
	// A choice that is beaten is beaten by one of the front, so that it is enough to
	// compare with those that no one has beaten so far.
	var front []*Choice
	for _, c := range s.Choices {
		if !c.Fit() || slices.ContainsFunc(front, func(d *Choice) bool { return beats(d, c) }) {
			continue
		}
		front = append(slices.DeleteFunc(front, func(d *Choice) bool { return beats(c, d) }), c)
	}
	for _, c := range front {
		c.Front = true
	}
}

// matches reports whether two choices were run under the same conditions and have
// the same medians of all aims.
func (s *Study) matches(c, d *Choice) bool {
	if len(c.Configurations) != len(d.Configurations) {
		return false
	}
	for i, x := range c.Configurations {
		if y := d.Configurations[i]; y.Condition != x.Condition || s.beats(y, x, s.Aims) != equal {
			return false
		}
	}
	return true
}

// prefer parts the front, if there are no targets, into what is told and what is ahead
// by chance alone; a choice that is left alone is picked, and comes first.
func (s *Study) prefer() {
	if len(s.Targets) > 0 {
		return
	}
	for _, c := range s.Choices {
		if c.Front && s.Worst(c, s.Cost) != nil && s.Worst(c, s.Delay) != nil {
			s.front = append(s.front, c)
		}
	}
	s.told, s.luck = s.lucky(s.front)
	if len(s.told) == 1 && len(s.Choices) > 1 {
		s.picked = s.told[0]
		s.Choices = append([]*Choice{s.picked}, slices.DeleteFunc(s.Choices, func(c *Choice) bool { return c == s.picked })...)
	}
}

// lucky parts choices into those that are told, and those that are better than one of
// these in nothing but what may be chance while they are surely worse in something.
func (s *Study) lucky(front []*Choice) (told, luck []*Choice) {
	told = slices.Clone(front)
	for _, c := range front {
		others := slices.DeleteFunc(slices.Clone(told), func(d *Choice) bool { return d == c })
		if slices.ContainsFunc(others, func(d *Choice) bool { return s.surelyBeats(d, c) }) {
			told, luck = others, append(luck, c)
		}
	}
	return told, luck
}

// surelyBeats reports whether d is better than c in some aim under some condition,
// and c nowhere better than d, as package compare judges them.
func (s *Study) surelyBeats(d, c *Choice) bool {
	if slices.ContainsFunc(c.Configurations, func(x *Configuration) bool { return d.Under(x.Condition) == nil }) {
		return false
	}
	surely := false
	for _, l := range s.against(c, d, s.Aims...) {
		if l.Verdict == compare.Worse {
			return false
		}
		surely = surely || l.Verdict == compare.Better
	}
	return surely
}

// middle returns the choice on a front that is nearest to having the best of all
// aims at once, each on a scale from the least to the greatest on the front;
// logarithmic if all are above zero. It is nil if the front has fewer than three.
func (s *Study) middle(front []*Choice) *Choice {
	if len(front) < 3 {
		return nil
	}
	away := map[*Choice]float64{} // squares of distances
	for _, column := range s.Aims {
		place := s.scale(front, column)
		for _, c := range front {
			away[c] += place(c) * place(c)
		}
	}
	return slices.MinFunc(front, func(a, b *Choice) int { return cmp.Compare(away[a], away[b]) })
}

// scale returns the place of each choice of a front in a metric: 0 for the best and 1
// for the worst, or if it is not known.
func (s *Study) scale(front []*Choice, column int) func(*Choice) float64 {
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
	return func(c *Choice) float64 {
		switch x := s.dearest(c, column); {
		case least >= most:
			return 0
		case math.IsInf(x, 0):
			return 1
		default:
			return (scale(x) - scale(least)) / (scale(most) - scale(least))
		}
	}
}

// cellAt is a metric under a condition.
type cellAt struct{ condition, column int }

// against compares metrics of choice b with those of choice a, under each condition
// under which both were run. The lines are judged together.
func (s *Study) against(a, b *Choice, columns ...int) map[cellAt]compare.Line {
	var places []cellAt
	var lines []compare.Line
	for _, x := range a.Configurations {
		y := b.Under(x.Condition)
		if y == nil {
			continue
		}
		for _, column := range columns {
			if l, ok := compare.Between(x.Results, y.Results, s.Metrics[column]); ok {
				places, lines = append(places, cellAt{x.Condition, column}), append(lines, l)
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

// Rival sets b beside a in a metric.
func (s *Study) Rival(a, b *Choice, column int) *Rival {
	r := &Rival{Choice: b, Column: column, A: s.Worst(a, column), B: s.Worst(b, column)}
	if r.A != nil && r.B != nil && r.A.Condition == r.B.Condition {
		r.Line, r.Tested = s.against(a, b, column)[cellAt{r.B.Condition, column}]
	}
	return r
}

// near counts the choices whose cost cannot be told from the best one's, though
// there are trials enough.
func (s *Study) near(best *Choice, others []*Choice) int {
	n := 0
	for _, c := range others {
		told, tested := false, false
		for _, l := range s.against(best, c, s.Cost) {
			told = told || !Undecided(l)
			tested = tested || !Powerless(l)
		}
		if tested && !told {
			n++
		}
	}
	return n
}

// Powerless reports whether so few trials could not have told a difference.
func Powerless(l compare.Line) bool {
	return Undecided(l) && (l.Powerless || math.IsNaN(l.P) && !l.Constant)
}
