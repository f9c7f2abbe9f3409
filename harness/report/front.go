package report

import (
	"fmt"
	"slices"
	"strings"
)

// maxBeside is how many choices stand beside one that is the best in all. Chosen.
const maxBeside = 3

// adviseFront is for experiments without targets.
func (s *study) adviseFront() advice {
	a := advice{Verdict: "front", Heading: "No targets were set: choose from the Pareto front"}
	if len(s.front) == 0 {
		a.Heading = "No targets were set, and no setting is valid throughout"
		return a
	}
	both := "all"
	if len(s.aims) == 2 {
		both = "both"
	}
	that := say(": nothing that was run is as good in all of these and better in one. Everything else pays more than it needs to.")
	if len(s.conditions) > 1 {
		that = say(": nothing else is as good in all of these under every condition, and better in one.")
	}
	a.Text = append(a.Text, s.shortfalls()...)
	a.Text = append(a.Text, say(strong(fmt.Sprintf("%d of %d", len(s.front), len(s.choices))), " ", isAre(len(s.front)), " on the front of ", s.aimed(), that))
	if len(s.chance) > 0 {
		a.Text = append(a.Text, s.byChance())
	}
	if s.picked != nil {
		role := "best in " + both
		if len(s.chance) > 0 {
			role += ", chance aside"
		}
		s.pick(&a, s.picked)
		a.Heading = choose
		a.Rows = append(a.Rows, s.row(role, s.picked))
		for _, c := range s.choices {
			if c == s.picked || len(a.Rows) > maxBeside {
				continue
			}
			role = "in place of it"
			if slices.Contains(s.chance, c) {
				role = "ahead by chance"
			}
			a.Rows = append(a.Rows, s.row(role, c))
		}
		a.Text = append(a.Text, s.careful(s.picked)...)
		return a
	}
	s.tellFront(&a, s.told)
	return a
}

// aimed names the aims: "messages per op, median read latency and outage".
func (s *study) aimed() string {
	var names []string
	for _, c := range s.aims {
		names = append(names, worded(s.metrics[c]))
	}
	return listed(names)
}

// byChance names the choices that are on the front by chance.
func (s *study) byChance() prose {
	var names []string
	for _, c := range s.chance {
		names = append(names, c.label)
	}
	other := "another"
	if s.picked != nil {
		other = s.picked.label
	}
	return say("Of these, ", strings.Join(short(names), "; "), " ", isAre(len(names)), " ahead of ", other, " in nothing but what may be chance, trial by trial at the same seed, and surely behind in something.")
}

// tellFront tells of the ends of a front, of its middle, and where on it each
// price is the least.
func (s *study) tellFront(a *advice, front []*choice) {
	cost, delay := worded(s.metrics[s.cost]), worded(s.metrics[s.delay])
	front = slices.Clone(front)
	slices.SortStableFunc(front, func(x, y *choice) int {
		return compareAll(s.dearest(x, s.cost), s.dearest(y, s.cost), s.dearest(x, s.delay), s.dearest(y, s.delay))
	})
	cheapest, fastest := front[0], s.best(front, s.delay)
	if cheapest == fastest {
		a.Text = append(a.Text, say("The ", extreme(s.metrics[s.cost]), " ", cost, " and the ", extreme(s.metrics[s.delay]), " ", delay, s.whereWorst(), " are those of ", strong(cheapest.label), " (",
			s.median(cheapest, s.cost), ", ", s.paid(cheapest), ")."))
		a.Rows = append(a.Rows, s.row(extreme(s.metrics[s.cost])+" "+cost, cheapest))
	} else {
		a.Text = append(a.Text, say("It leads from ", strong(cheapest.label), " (", s.median(cheapest, s.cost), " ", cost, ", ", s.paid(cheapest), ") to ",
			strong(fastest.label), " (", s.median(fastest, s.cost), ", ", s.paid(fastest), ")."))
		a.Rows = append(a.Rows, s.row(extreme(s.metrics[s.cost])+" "+cost, cheapest))
	}
	for _, column := range s.aims {
		m := s.metrics[column]
		other := s.best(front, column)
		if column == s.cost || column == s.delay || other == nil || s.dearest(other, column) == s.dearest(cheapest, column) || s.dearest(other, column) == s.dearest(fastest, column) {
			continue
		}
		a.Text = append(a.Text, say("The ", extreme(m), " ", worded(m), " is that of ", strong(other.label), " (", s.median(other, s.cost), ", ", s.paid(other), ")."))
		if !slices.ContainsFunc(a.Rows, func(r adviceRow) bool { return r.Label == other.label }) {
			a.Rows = append(a.Rows, s.row(extreme(m)+" "+worded(m), other))
		}
	}
	if middle := s.middle(front); middle != nil && !slices.ContainsFunc(a.Rows, func(r adviceRow) bool { return r.Label == middle.label }) && middle != fastest {
		a.Rows = append(a.Rows, s.row("middle", middle))
		a.Text = append(a.Text, say("A fair middle is ", strong(middle.label), " (", s.median(middle, s.cost), ", ", s.paid(middle),
			"): on the front, it is nearest to having the best of all. That is a rule of thumb; targets would decide it."))
	}
	if fastest != cheapest {
		a.Rows = append(a.Rows, s.row(extreme(s.metrics[s.delay])+" "+delay, fastest))
	}
	var same, others []string
	for _, c := range front {
		switch {
		case c == cheapest:
		case s.matches(cheapest, c):
			same = append(same, c.label)
		case len(a.Rows) == 1:
			others = append(others, c.label)
		}
	}
	if same != nil {
		a.Text = append(a.Text, say("The very same as of ", strong(cheapest.label), " are the medians of ", strings.Join(short(same), "; "), "."))
	}
	if others != nil {
		a.Text = append(a.Text, say("Also on the front, since they are better under another condition or were not run under the same: ", strings.Join(short(others), "; "), "."))
	}
}

// whereWorst says that numbers are those of the condition where they are worst.
func (s *study) whereWorst() string {
	if len(s.conditions) > 1 {
		return ", under the condition where each is worst,"
	}
	return ""
}

// paid is what a choice costs beside the first aim: its delay, and its prices by
// name.
func (s *study) paid(c *choice) string {
	parts := []string{s.median(c, s.delay)}
	for _, column := range s.aims {
		if column != s.cost && column != s.delay {
			parts = append(parts, worded(s.metrics[column])+" "+s.median(c, column))
		}
	}
	return strings.Join(parts, ", ")
}
