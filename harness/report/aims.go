package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gossipbench/harness/compare"
	"gossipbench/harness/stats"
	"gossipbench/harness/table"
	"gossipbench/harness/trial"
)

// costs are metrics that a choice is to have little of, the most telling first.
var costs = []string{"msgs-per-op", "traffic", "msgs-per-broadcast", "bytes-per-op", "rmr"}

// delays are metrics that are weighed against the cost, the most telling first.
var delays = []string{"stable-latency.p50", "delivery-latency.p50", "t-last", "op-latency.p50", "rounds"}

// prices are what a choice may pay in place of cost and delay. One is weighed
// wherever settings differ in it by more than their trials do.
var prices = []string{"coverage", "ok-fraction", "outage", "stale-read-share", "poll-lag", "heal-to-last", trial.Undelivered}

// shares are the prices of which nobody wants to pay much: how much of what was
// asked was done at all.
var shares = []struct{ metric, of, one, many string }{
	{"coverage", "nodes", "reaches", "reach"},
	{"ok-fraction", "ops", "does", "do"},
}

// little is the share of the best one's share below which a setting is short.
// Chosen.
const little = 0.9

// headlineOf returns the metrics that a page shows first: those of a table, and
// what a good choice can hide.
func headlineOf(results []trial.Result) ([]string, error) {
	usual, err := table.Metrics(results, nil)
	var names []string
	for _, m := range usual {
		names = append(names, m.Name)
	}
	return union(names, []string{"heal-to-last", busiest}), err
}

// takeAims finds what the settings are judged by where no targets are set: the
// cost, the delay, and each price in which they differ.
func (s *study) takeAims() {
	s.known = make([][]bool, len(s.metrics))
	for c := range s.metrics {
		s.known[c] = make([]bool, len(s.conditions))
		for _, x := range s.settings {
			if x.Cells[c].N > 0 {
				s.known[c][x.condition] = true
			}
		}
	}
	s.short()
	s.lossy()
	s.cost = s.axis(costs)
	if first := s.Experiment.Targets; s.cost < 0 && len(first) > 0 {
		s.cost = s.column(first[0].Metric) // what is wanted first is what there is to be little of
	}
	waits := []string{}
	if s.column("outage") < 0 {
		s.delay = s.axis(delays)
	} else {
		waits = s.waits()
		s.delay = s.axis(slices.DeleteFunc(append(slices.Clone(waits), "outage"), func(name string) bool { return !s.apart(s.column(name)) }))
		if s.delay < 0 {
			s.delay = s.axis(delays)
		}
	}
	for _, c := range []int{s.cost, s.delay} {
		if c >= 0 && !slices.Contains(s.aims, c) {
			s.aims = append(s.aims, c)
		}
	}
	for _, name := range slices.Concat(waits, prices) {
		if c := s.column(name); s.apart(c) && s.metrics[c].Better != 0 && !slices.Contains(s.aims, c) {
			s.aims = append(s.aims, c)
		}
	}
}

// waits are the latencies that clients see in workloads other than broadcast:
// those of each kind of op where there is more than one.
func (s *study) waits() []string {
	var kinds []string
	for _, k := range trial.Kinds {
		if name := k.Name + "-latency.p50"; s.column(name) >= 0 {
			kinds = append(kinds, name)
		}
	}
	if len(kinds) < 2 {
		return []string{"op-latency.p50"}
	}
	return kinds
}

// axis returns the column of the first of some metrics that all settings with
// valid trials have, or -1.
func (s *study) axis(names []string) int {
	for _, name := range names {
		c := s.column(name)
		if c >= 0 && !slices.ContainsFunc(s.settings, func(x *setting) bool { return x.Cells[c].N < x.Counts.Valid }) {
			return c
		}
	}
	return -1
}

// apart reports whether two settings that may be recommended, under one
// condition, have no value of a metric in common: then it is not chance alone in
// which they differ.
func (s *study) apart(column int) bool {
	if column < 0 {
		return false
	}
	least := make([]float64, len(s.conditions)) // of the greatest values
	most := make([]float64, len(s.conditions))  // of the least ones
	for i := range least {
		least[i], most[i] = math.Inf(1), math.Inf(-1)
	}
	for _, x := range s.settings {
		if cell := x.Cells[column]; x.fit() && cell.N > 0 {
			least[x.condition] = min(least[x.condition], cell.Most)
			most[x.condition] = max(most[x.condition], cell.Least)
		}
	}
	for i := range least {
		if least[i] < most[i] {
			return true
		}
	}
	return false
}

// short marks the settings that do much less of what was asked than the best one
// under the same condition.
func (s *study) short() {
	for _, share := range shares {
		c := s.column(share.metric)
		if c < 0 {
			continue
		}
		best := make([]float64, len(s.conditions))
		for _, x := range s.settings {
			if x.sound() && x.Cells[c].N > 0 {
				best[x.condition] = max(best[x.condition], x.Cells[c].Median)
			}
		}
		for _, x := range s.settings {
			if x.short < 0 && x.Cells[c].N > 0 && x.Cells[c].Median < little*best[x.condition] {
				x.short = c
			}
		}
	}
}

// lossy marks the settings some of whose trials leave values undelivered, where
// another one under the same condition brings all of them everywhere. Where nobody
// does, it is a price like others. Of a dissemination coverage says how much of a
// value came where; many of its strategies mean to leave a residue.
func (s *study) lossy() {
	c := s.column(trial.Undelivered)
	if c < 0 || slices.ContainsFunc(s.Results, func(r trial.Result) bool { return r.Trial.Workload == "dissemination" }) {
		return
	}
	whole := make([]bool, len(s.conditions))
	for _, x := range s.settings {
		if x.sound() && x.Cells[c].N > 0 && x.Cells[c].Most == 0 {
			whole[x.condition] = true
		}
	}
	for _, x := range s.settings {
		x.lossy = whole[x.condition] && x.Cells[c].N > 0 && x.Cells[c].Most > 0
	}
}

// losses say which choices are none because they lose values.
func (s *study) losses() []prose {
	var names []string
	for _, c := range s.choices {
		if slices.ContainsFunc(c.settings, func(x *setting) bool { return x.lossy && x.sound() }) {
			names = append(names, c.label)
		}
	}
	if names == nil {
		return nil
	}
	verb, end := "leave", "are no choice, however fast the others arrive: "
	if len(names) == 1 {
		verb, end = "leaves", "is no choice, however fast the others arrive: "
	}
	return []prose{say(strong(fmt.Sprintf("%d of %d", len(names), len(s.choices))), " ", verb,
		" values undelivered that others bring everywhere under the same condition, and ", end, strings.Join(short(names), "; "), ".")}
}

// shortfalls say which choices do too little to be one.
func (s *study) shortfalls() []prose {
	all := s.losses()
	for _, share := range shares {
		column := s.column(share.metric)
		var names []string
		for _, c := range s.choices {
			if column >= 0 && slices.ContainsFunc(c.settings, func(x *setting) bool { return x.short == column }) {
				names = append(names, c.label+" ("+worded(s.metrics[column])+" "+s.median(c, column)+")")
			}
		}
		verb, end := share.many, "are no choice, however little they cost: "
		if len(names) == 1 {
			verb, end = share.one, "is no choice, however little it costs: "
		}
		if names != nil {
			all = append(all, say(strong(fmt.Sprintf("%d of %d", len(names), len(s.choices))), " ", verb, fmt.Sprintf(" less than %.0f %% of the ", 100*little), share.of,
				" that the best ", share.one, " under the same condition, and ", end, strings.Join(short(names), "; "), "."))
		}
	}
	return all
}

// faulty reports whether any trial had faults.
func (s *study) faulty() bool {
	return slices.ContainsFunc(s.Results, func(r trial.Result) bool { return len(r.Trial.Faults()) > 0 })
}

// sound reports whether a setting may be recommended at all: it has valid trials
// and none that are invalid.
func (x *setting) sound() bool { return x.Counts.Valid > 0 && x.Counts.Invalid == 0 }

// fit reports whether a setting can be on a front: it is sound, not short, and loses
// nothing that others do not lose.
func (x *setting) fit() bool { return x.sound() && x.short < 0 && !x.lossy }

// good returns the median of a metric so that less is better.
func (s *study) good(x *setting, c int) float64 {
	if s.metrics[c].Better > 0 {
		return -x.Cells[c].Median
	}
	return x.Cells[c].Median
}

// fronts marks the settings that are on the Pareto front of the aims under their
// condition: no fit one is better in one and as good in the others.
func (s *study) fronts() {
	if s.cost < 0 || s.delay < 0 {
		return
	}
	for i := range s.conditions {
		var fit []*setting
		for _, x := range s.settings {
			if x.condition == i && x.fit() {
				fit = append(fit, x)
			}
		}
		aims := slices.DeleteFunc(slices.Clone(s.aims), func(c int) bool {
			return slices.ContainsFunc(fit, func(x *setting) bool { return x.Cells[c].N == 0 })
		})
		// What is better than another comes before it, so that it is enough to
		// compare with those of the front.
		slices.SortStableFunc(fit, func(a, b *setting) int {
			for _, c := range aims {
				if d := compareAll(s.good(a, c), s.good(b, c)); d != 0 {
					return d
				}
			}
			return 0
		})
		var front []*setting
		for _, x := range fit {
			if !slices.ContainsFunc(front, func(y *setting) bool { return s.beats(y, x, aims) == better }) {
				x.front = true
				front = append(front, x)
			}
		}
	}
}

// What one setting is to another in all aims.
const (
	worse  = -1 // in one at least, or nobody knows
	equal  = 0
	better = 1 // in one at least, and as good in the others
)

// beats says what y is to x.
func (s *study) beats(y, x *setting, aims []int) int {
	verdict := equal
	for _, c := range aims {
		if !s.known[c][x.condition] {
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

// outclass marks the choices that no other one beats: that is as good in all aims
// under every condition, and better in one.
func (s *study) outclass() {
	if s.cost < 0 || s.delay < 0 {
		return
	}
	under := map[*choice][]*setting{} // by condition
	for _, c := range s.choices {
		under[c] = make([]*setting, len(s.conditions))
		for _, x := range c.settings {
			under[c][x.condition] = x
		}
	}
	beats := func(d, c *choice) bool {
		verdict := equal
		for _, x := range c.settings {
			y := under[d][x.condition]
			if y == nil {
				return false
			}
			switch s.beats(y, x, s.aims) {
			case worse:
				return false
			case better:
				verdict = better
			}
		}
		return verdict == better
	}
	// Whatever is beaten is beaten by one of the front, so that it is enough to
	// compare with those that nobody has beaten so far.
	var front []*choice
	for _, c := range s.choices {
		if !c.fit() || slices.ContainsFunc(front, func(d *choice) bool { return beats(d, c) }) {
			continue
		}
		front = append(slices.DeleteFunc(front, func(d *choice) bool { return beats(c, d) }), c)
	}
	for _, c := range front {
		c.front = true
	}
}

// matches reports whether two choices were run under the same conditions and have
// the same medians of all aims.
func (s *study) matches(c, d *choice) bool {
	if len(c.settings) != len(d.settings) {
		return false
	}
	for i, x := range c.settings {
		if y := d.settings[i]; y.condition != x.condition || s.beats(y, x, s.aims) != equal {
			return false
		}
	}
	return true
}

// prefer finds, where no targets are set, the front and what of it is ahead by
// chance alone. A choice that is left alone is picked, and comes first.
func (s *study) prefer() {
	if len(s.Experiment.Targets) > 0 {
		if s.choices[0].verdict == table.Pass && len(s.choices) > 1 {
			s.picked = s.choices[0]
		}
		return
	}
	for _, c := range s.choices {
		if c.front && s.worst(c, s.cost) != nil && s.worst(c, s.delay) != nil {
			s.front = append(s.front, c)
		}
	}
	s.told, s.chance = s.chancy(s.front)
	if len(s.told) == 1 && len(s.choices) > 1 {
		s.picked = s.told[0]
		s.choices = append([]*choice{s.picked}, slices.DeleteFunc(s.choices, func(c *choice) bool { return c == s.picked })...)
	}
}

// chancy parts choices into those that are to be told of, and those whose medians
// are better than one of these in nothing but what may be chance, while they are
// surely worse in something.
func (s *study) chancy(front []*choice) (told, chance []*choice) {
	told = slices.Clone(front)
	for _, c := range front {
		others := slices.DeleteFunc(slices.Clone(told), func(d *choice) bool { return d == c })
		if slices.ContainsFunc(others, func(d *choice) bool { return s.surelyBeats(d, c) }) {
			told, chance = others, append(chance, c)
		}
	}
	return told, chance
}

// surelyBeats reports whether d is better than c in some aim under some
// condition, and c nowhere better than d, as package compare judges them.
func (s *study) surelyBeats(d, c *choice) bool {
	if slices.ContainsFunc(c.settings, func(x *setting) bool { return d.under(x.condition) == nil }) {
		return false
	}
	surely := false
	for _, l := range s.against(c, d, s.aims...) {
		if l.Verdict == compare.Worse {
			return false
		}
		surely = surely || l.Verdict == compare.Better
	}
	return surely
}

// spread returns the range of a metric over some results; N is 0 where none has it.
func spread(results []*trial.Result, name string) stats.Summary {
	var xs []float64
	for _, r := range results {
		if x, has := r.Metrics[name]; has {
			xs = append(xs, x)
		}
	}
	if xs == nil {
		return stats.Summary{}
	}
	return stats.Summarize(xs)
}
