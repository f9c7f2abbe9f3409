package choose

import (
	"cmp"
	"math"
	"slices"

	"gossipbench/harness/table"
)

// maxBeside is how many options are set beside a choice that is the best in all. Chosen.
const maxBeside = 3

// Enough is the number of trials from which on stats.RangeConfidence is above 0.95.
const Enough = 6

// Advise says which choice to take.
func (s *Study) Advise() Advice {
	var a Advice
	switch {
	case len(s.Choices) == 1:
		a = s.adviseSingle()
	case len(s.Targets) > 0 && s.Choices[0].Verdict == table.Pass:
		a = s.adviseKept()
	case len(s.Targets) > 0 && s.Choices[0].Verdict == table.Open:
		a = s.adviseUnproved()
	case len(s.Targets) > 0:
		a = s.adviseMissed()
	case s.Cost >= 0 && s.Delay >= 0:
		a = s.adviseFront()
	default:
		a = Advice{Ground: Nothing}
	}
	a.Partial = s.Unrun != nil
	a.Columns = s.judged()
	return a
}

// adviseSingle is for experiments that vary conditions alone, or nothing.
func (s *Study) adviseSingle() Advice {
	a := Advice{Ground: Single}
	if len(s.Targets) == 0 {
		return a
	}
	keeps := KeepsUnder{Of: len(s.Conditions)}
	for _, x := range s.Choices[0].Configurations {
		misses := func(k Standing) bool { return k.Verdict != table.Pass }
		if !slices.ContainsFunc(s.standings(x), misses) {
			keeps.Conditions = append(keeps.Conditions, s.Conditions[x.Condition])
		}
	}
	a.Reasons = []Reason{keeps}
	return a
}

// standings judges the targets under one condition.
func (s *Study) standings(x *Configuration) []Standing {
	var all []Standing
	for _, t := range s.Targets {
		all = append(all, s.standing([]*Configuration{x}, t))
	}
	return all
}

// adviseKept is for targets that some choice meets.
func (s *Study) adviseKept() Advice {
	best := s.Choices[0]
	keeping := s.keeping()
	a := Advice{Ground: Kept, Pick: best, Options: []Option{{Recommended, -1, best}}}
	a.Reasons = append(a.Reasons, Keeps{Trials: best.Standings[0].Trials, Keeping: len(keeping), Of: len(s.Choices)})
	if len(keeping) > 1 {
		a.RunnerUp = s.Rival(best, keeping[1], s.Cost)
		a.Near = s.near(best, keeping[1:])
		a.Options = append(a.Options, Option{Second, -1, keeping[1]})
	}
	tightest := slices.MaxFunc(best.Standings, func(x, y Standing) int { return cmp.Compare(x.Excess, y.Excess) })
	a.Reasons = append(a.Reasons, Tightest{tightest})
	for _, column := range s.judged() {
		other := s.best(keeping, column)
		if column == s.Cost || column == s.Column(busiest) || other == nil || other == best || s.dearest(other, column) == s.dearest(best, column) {
			continue
		}
		shown := a.shows(other)
		if !shown {
			a.Options = append(a.Options, Option{Best, column, other})
		}
		if slices.Contains(s.Aims, column) || !shown && len(a.Options) <= maxBeside {
			a.Reasons = append(a.Reasons, Instead{column, other})
		}
	}
	a.Cautions = append(s.unfits(), s.careful(best)...)
	if s.Crowd(best) > 0 {
		spread := slices.DeleteFunc(slices.Clone(keeping), func(c *Choice) bool { return s.Crowd(c) > 0 })
		if other := s.best(spread, s.Cost); other != nil {
			a.Reasons = append(a.Reasons, Unloaded{other})
			a.Options = append(a.Options, Option{SpreadLoad, -1, other})
		}
	}
	return a
}

// keeping returns the choices that meet all targets: those that are fit, if any is.
func (s *Study) keeping() []*Choice {
	end := slices.IndexFunc(s.Choices, func(c *Choice) bool { return c.Verdict != table.Pass || !c.Fit() && s.Choices[0].Fit() })
	if end < 0 {
		return s.Choices
	}
	return s.Choices[:end]
}

// shows reports whether a choice is among the options.
func (a *Advice) shows(c *Choice) bool {
	return slices.ContainsFunc(a.Options, func(o Option) bool { return o.Choice == c })
}

// unfits are the choices that do too little, or lose too much, to be picked.
func (s *Study) unfits() []Caution {
	having := func(what func(*Configuration) bool) []*Choice {
		var all []*Choice
		for _, c := range s.Choices {
			if slices.ContainsFunc(c.Configurations, what) {
				all = append(all, c)
			}
		}
		return all
	}
	var all []Caution
	if lossy := having(func(x *Configuration) bool { return x.Lossy && x.Sound() }); lossy != nil {
		all = append(all, Lossy{lossy})
	}
	for _, name := range shares {
		column := s.Column(name)
		if short := having(func(x *Configuration) bool { return column >= 0 && x.Short == column }); short != nil {
			all = append(all, Short{column, short})
		}
	}
	return all
}

// careful says what a good choice could hide.
func (s *Study) careful(c *Choice) []Caution {
	var all []Caution
	if share := s.Crowd(c); share > 0 {
		all = append(all, Crowded{share, s.faulty()})
	}
	least := math.MaxInt
	for _, x := range c.Configurations {
		least = min(least, x.Counts.Valid)
	}
	if least < Enough {
		all = append(all, Few{least})
	}
	return all
}

// adviseUnproved is for targets that no choice is proved to meet, and some do not miss.
func (s *Study) adviseUnproved() Advice {
	best := s.Choices[0]
	notValid := func(x *Configuration) bool { return x.Counts.Valid < len(x.Results) }
	return Advice{Ground: Unproved, Pick: best, Options: []Option{{Nearest, -1, best}}, Reasons: []Reason{Lacks{
		Trials: best.Unrun, Conditions: len(best.Configurations) < len(s.Conditions), Valid: slices.ContainsFunc(best.Configurations, notValid),
	}}}
}

// adviseMissed is for targets of which every choice misses one.
func (s *Study) adviseMissed() Advice {
	best := s.Choices[0]
	a := Advice{Ground: Missed, Options: []Option{{Nearest, -1, best}}}
	if math.IsInf(best.off(), 1) {
		a.Reasons = []Reason{Misses{}}
		return a
	}
	missed := func(k Standing) bool { return k.Verdict != table.Fail }
	a.Reasons = []Reason{Misses{slices.DeleteFunc(slices.Clone(best.Standings), missed)}}
	for _, t := range s.Targets {
		column := s.Column(t.Metric)
		if other := s.best(s.Choices, column); other != nil && other != best {
			a.Options = append(a.Options, Option{Best, column, other})
		}
	}
	return a
}

// adviseFront is for experiments without targets.
func (s *Study) adviseFront() Advice {
	if len(s.front) == 0 {
		return Advice{Ground: Nothing}
	}
	a := Advice{Ground: Front, Front: s.front, ByChance: s.luck, Cautions: s.unfits(), Reasons: []Reason{OnFront{len(s.front), len(s.Choices)}}}
	if s.picked == nil {
		s.adviseAmong(&a, s.told)
		return a
	}
	a.Pick = s.picked
	a.Options = append(a.Options, Option{BestInAll, -1, s.picked})
	for _, c := range s.Choices {
		if c == s.picked || len(a.Options) > maxBeside {
			continue
		}
		role := InPlace
		if slices.Contains(s.luck, c) {
			role = Lucky
		}
		a.Options = append(a.Options, Option{role, -1, c})
	}
	a.Cautions = append(a.Cautions, s.careful(s.picked)...)
	return a
}

// adviseAmong tells the ends of a front, its middle, and where on it each price is
// the least.
func (s *Study) adviseAmong(a *Advice, front []*Choice) {
	front = slices.Clone(front)
	slices.SortStableFunc(front, func(x, y *Choice) int {
		return cmp.Or(cmp.Compare(s.dearest(x, s.Cost), s.dearest(y, s.Cost)), cmp.Compare(s.dearest(x, s.Delay), s.dearest(y, s.Delay)))
	})
	cheapest, fastest := front[0], s.best(front, s.Delay)
	a.Options = append(a.Options, Option{Best, s.Cost, cheapest})
	a.Reasons = append(a.Reasons, Ends{cheapest, fastest})
	for _, column := range s.Aims {
		other := s.best(front, column)
		if column == s.Cost || column == s.Delay || other == nil || s.dearest(other, column) == s.dearest(cheapest, column) || s.dearest(other, column) == s.dearest(fastest, column) {
			continue
		}
		a.Reasons = append(a.Reasons, Leads{column, other})
		if !a.shows(other) {
			a.Options = append(a.Options, Option{Best, column, other})
		}
	}
	if middle := s.middle(front); middle != nil && !a.shows(middle) && middle != fastest {
		a.Options = append(a.Options, Option{Middle, -1, middle})
		a.Reasons = append(a.Reasons, Between{middle})
	}
	if fastest != cheapest {
		a.Options = append(a.Options, Option{Best, s.Delay, fastest})
	}
	var same, elsewhere []*Choice
	for _, c := range front {
		switch {
		case c == cheapest:
		case s.matches(cheapest, c):
			same = append(same, c)
		case len(a.Options) == 1:
			elsewhere = append(elsewhere, c)
		}
	}
	if same != nil {
		a.Reasons = append(a.Reasons, Same{same})
	}
	if elsewhere != nil {
		a.Reasons = append(a.Reasons, Elsewhere{elsewhere})
	}
}
