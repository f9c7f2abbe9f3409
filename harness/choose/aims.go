package choose

import (
	"math"
	"slices"

	"gossipbench/harness/trial"
)

// costs are metrics of which a choice is to have little, the most telling first.
var costs = []string{"msgs-per-op", "traffic", "msgs-per-broadcast", "bytes-per-op", "rmr"}

// delays are metrics that are weighed against the cost, the most telling first.
var delays = []string{"stable-latency.p50", "delivery-latency.p50", "t-last", "op-latency.p50", "rounds"}

// Prices are what a choice may pay instead of cost and delay. A price is weighed if
// configurations differ in it by more than their trials do.
var Prices = []string{"coverage", "ok-fraction", "outage", "stale-read-share", "poll-lag", "heal-to-last", trial.Undelivered}

// shares are the prices of which nobody wants to pay much: how much was done of what
// was asked.
var shares = []string{"coverage", "ok-fraction"}

// LeastShare is the share of the best one's share below which a configuration is
// short. Chosen.
const LeastShare = 0.9

// busiest is what a star hides: it has few messages because one node has them all.
const busiest = "busiest-node-share"

// aims finds what configurations are judged by if there are no targets: the cost,
// the delay, and each price in which they differ.
func (s *Study) aims() {
	s.Cost = s.axis(costs)
	if s.Cost < 0 && len(s.Targets) > 0 {
		s.Cost = s.Column(s.Targets[0].Metric) // what is wanted first is what there is to be little of
	}
	var waits []string
	if s.Column("outage") < 0 {
		s.Delay = s.axis(delays)
	} else {
		waits = s.waits()
		s.Delay = s.axis(slices.DeleteFunc(append(slices.Clone(waits), "outage"), func(name string) bool { return !s.apart(s.Column(name)) }))
		if s.Delay < 0 {
			s.Delay = s.axis(delays)
		}
	}
	for _, c := range []int{s.Cost, s.Delay} {
		if c >= 0 && !slices.Contains(s.Aims, c) {
			s.Aims = append(s.Aims, c)
		}
	}
	for _, name := range slices.Concat(waits, Prices) {
		if c := s.Column(name); s.apart(c) && s.Metrics[c].Better != 0 && !slices.Contains(s.Aims, c) {
			s.Aims = append(s.Aims, c)
		}
	}
}

// waits are the latencies that clients see in workloads other than broadcast: one of
// each kind of op if there are several kinds.
func (s *Study) waits() []string {
	var kinds []string
	for _, k := range trial.Kinds {
		if name := k.Name + "-latency.p50"; s.Column(name) >= 0 {
			kinds = append(kinds, name)
		}
	}
	if len(kinds) < 2 {
		return []string{"op-latency.p50"}
	}
	return kinds
}

// axis returns the column of the first of some metrics that all configurations with
// valid trials have; -1 if there is none.
func (s *Study) axis(names []string) int {
	for _, name := range names {
		c := s.Column(name)
		if c >= 0 && !slices.ContainsFunc(s.Configurations, func(x *Configuration) bool { return x.Cells[c].N < x.Counts.Valid }) {
			return c
		}
	}
	return -1
}

// apart reports whether two fit configurations under one condition have no value of
// a metric in common: then they do not differ in it by chance alone.
func (s *Study) apart(column int) bool {
	if column < 0 {
		return false
	}
	least := make([]float64, len(s.Conditions)) // of the greatest values
	most := make([]float64, len(s.Conditions))  // of the least ones
	for i := range least {
		least[i], most[i] = math.Inf(1), math.Inf(-1)
	}
	for _, x := range s.Configurations {
		if cell := x.Cells[column]; x.Fit() && cell.N > 0 {
			least[x.Condition] = min(least[x.Condition], cell.Most)
			most[x.Condition] = max(most[x.Condition], cell.Least)
		}
	}
	for i := range least {
		if least[i] < most[i] {
			return true
		}
	}
	return false
}

// unfit finds which metrics are known under which condition, and marks the
// configurations that are short or lossy.
func (s *Study) unfit() {
	s.known = make([][]bool, len(s.Metrics))
	for c := range s.Metrics {
		s.known[c] = make([]bool, len(s.Conditions))
		for _, x := range s.Configurations {
			if x.Cells[c].N > 0 {
				s.known[c][x.Condition] = true
			}
		}
	}
	for _, name := range shares {
		if c := s.Column(name); c >= 0 {
			s.short(c)
		}
	}
	s.lossy()
}

// short marks the configurations that do much less of what was asked, by one metric,
// than the best one under the same condition.
func (s *Study) short(column int) {
	best := make([]float64, len(s.Conditions))
	for _, x := range s.Configurations {
		if x.Sound() && x.Cells[column].N > 0 {
			best[x.Condition] = max(best[x.Condition], x.Cells[column].Median)
		}
	}
	for _, x := range s.Configurations {
		if x.Short < 0 && x.Cells[column].N > 0 && x.Cells[column].Median < LeastShare*best[x.Condition] {
			x.Short = column
		}
	}
}

// lossy marks the configurations some of whose trials leave values undelivered,
// while another one under the same condition delivers all of them everywhere. If no
// one does, undelivered values are a price like others. In a dissemination coverage
// says how much of a value came where; many of its strategies mean to leave a residue.
func (s *Study) lossy() {
	c := s.Column(trial.Undelivered)
	if c < 0 || slices.ContainsFunc(s.Results, func(r trial.Result) bool { return r.Trial.Workload == "dissemination" }) {
		return
	}
	whole := make([]bool, len(s.Conditions))
	for _, x := range s.Configurations {
		if x.Sound() && x.Cells[c].N > 0 && x.Cells[c].Most == 0 {
			whole[x.Condition] = true
		}
	}
	for _, x := range s.Configurations {
		x.Lossy = whole[x.Condition] && x.Cells[c].N > 0 && x.Cells[c].Most > 0
	}
}

// judged are the columns that choices are judged by: cost, those of the targets, the
// other aims, and what a good choice can hide, if any choice does.
func (s *Study) judged() []int {
	var all []int
	add := func(c int) {
		if c >= 0 && !slices.Contains(all, c) {
			all = append(all, c)
		}
	}
	add(s.Cost)
	for _, t := range s.Targets {
		add(s.Column(t.Metric))
	}
	for _, c := range s.Aims {
		add(c)
	}
	for _, name := range shares {
		if c := s.Column(name); c >= 0 && slices.ContainsFunc(s.Configurations, func(x *Configuration) bool { return x.Cells[c].N > 0 && x.Cells[c].Least < 1 }) {
			add(c)
		}
	}
	if c := s.Column("outage"); s.Delay != c && s.faulty() {
		add(c)
	}
	if slices.ContainsFunc(s.Choices, func(c *Choice) bool { return s.Crowd(c) > 0 }) {
		add(s.Column(busiest))
	}
	return all
}

// faulty reports whether any trial had faults.
func (s *Study) faulty() bool {
	return slices.ContainsFunc(s.Results, func(r trial.Result) bool { return len(r.Trial.Faults()) > 0 })
}

// Crowd returns the share of a choice's messages that the busiest node sends or
// receives, if that is most of them; else 0.
func (s *Study) Crowd(c *Choice) float64 {
	const most = 0.5 // chosen
	column := s.Column(busiest)
	if x := s.Worst(c, column); x != nil && x.Cells[column].Median >= most {
		return x.Cells[column].Median
	}
	return 0
}
