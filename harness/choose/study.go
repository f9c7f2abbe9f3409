package choose

import (
	"cmp"
	"errors"
	"slices"

	"gossipbench/harness/query"
	"gossipbench/harness/table"
	"gossipbench/harness/trial"
)

// Options say what is known of an experiment beside its results.
type Options struct {
	Targets []trial.Target
	Plan    []trial.Trial // the trials that were to be run, if that is known
	Notes   []string      // for the notes of Study.Table
}

// Study is the results of an experiment, taken apart into what can be chosen and
// what cannot. Columns in it are indices of Metrics.
type Study struct {
	Options
	Results []trial.Result // by replicate, then by ID
	Table   *table.Table   // a row for each configuration, a column for each metric
	Metrics []trial.Metric // of the table's columns
	// Headline names the metrics to show first, beside those of targets.
	Headline []string
	Factors  []Factor
	// Conditions are the combinations of levels that nobody chooses, by name; one
	// that is empty if there are none.
	Conditions     []string
	Configurations []*Configuration // in the order of the table's rows
	Choices        []*Choice        // the best first
	Unrun          []Unrun
	Cost           int   // the column of which a choice is to have little; -1 if there is none
	Delay          int   // the column that is weighed against it; -1 if there is none
	Aims           []int // the columns that are weighed: cost, delay and prices

	beside            map[string]string // see Beside
	known             [][]bool          // by column and condition, whether any configuration has the metric
	front, told, luck []*Choice         // without targets: the front, and its parts; see prefer
	picked            *Choice           // without targets: all that is told of the front, if that is one choice
	effects           map[int][]Effect  // by column, as far as asked for
}

// Factor is a setting or parameter that varies.
type Factor struct {
	Name   string
	Levels []string // in order; strategies that lack the parameter have none
	// Condition is true if nobody chooses the factor: the number of nodes, latency,
	// loss, faults.
	Condition bool
	// Told has the strategies of which the factor tells configurations apart; nil
	// stands for all.
	Told map[string]bool
}

// Tells reports whether the factor tells configurations of a strategy apart.
func (f Factor) Tells(strategy string) bool { return f.Told == nil || f.Told[strategy] }

// Configuration is one combination of levels, with its trials.
type Configuration struct {
	table.Row
	Results   []*trial.Result // by replicate, then by ID
	Condition int             // index of Study.Conditions
	Choice    *Choice
	Front     bool // it is on the Pareto front of the aims under its condition
	Short     int  // column in which it has much less than the best one; -1 if there is none
	Lossy     bool // it leaves values undelivered that others deliver everywhere
	Unrun     int  // trials of the plan that have no result
}

// Choice is what a person can choose: configurations that differ in conditions alone.
type Choice struct {
	Label          string
	Configurations []*Configuration // by condition
	Standings      []Standing       // one for each target
	// Verdict is on all targets. It passes only if the choice was run under each
	// condition; it is None if there are no targets.
	Verdict table.Verdict
	Fronts  int  // the number of conditions under which it is on the Pareto front
	Front   bool // it is on the front of choices: no other is as good throughout and better somewhere
	Unrun   int  // trials of the plan that have no result
}

// Chosen are the settings that a person chooses, beside the parameters of a strategy.
// All others are conditions.
var Chosen = []string{"strategy", "bin", "args", "topology", "degree"}

// New takes results apart. It is an error if there are none.
func New(results []trial.Result, o Options) (*Study, error) {
	if len(results) == 0 {
		return nil, errors.New("no results")
	}
	s := &Study{Options: o, Results: slices.Clone(results), effects: map[int][]Effect{}}
	slices.SortStableFunc(s.Results, func(a, b trial.Result) int {
		return cmp.Or(cmp.Compare(a.Trial.Replicate, b.Trial.Replicate), cmp.Compare(a.ID, b.ID))
	})
	if err := s.build(); err != nil {
		return nil, err
	}
	s.factors()
	s.besides()
	s.configurations()
	s.unrun()
	s.unfit()
	s.aims()
	s.fronts()
	s.rank()
	s.prefer()
	return s, nil
}

// build makes the table. Its columns are all metrics that the results have: those
// of targets, the headline, then the others in the order of trial.Metrics.
func (s *Study) build() error {
	usual, err := query.Metrics(s.Results, nil)
	if err != nil {
		return err
	}
	for _, m := range usual {
		s.Headline = append(s.Headline, m.Name)
	}
	for _, name := range []string{"heal-to-last", busiest} { // what a good choice can hide
		if !slices.Contains(s.Headline, name) {
			s.Headline = append(s.Headline, name)
		}
	}
	var first, measured, names []string
	for _, t := range s.Targets {
		first = append(first, t.Metric)
	}
	for _, m := range query.Measured(s.Results) {
		measured = append(measured, m.Name)
	}
	for _, name := range slices.Concat(first, s.Headline, measured) {
		if slices.Contains(measured, name) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	s.Table, err = table.Build(s.Results, table.Options{Metrics: names, Targets: s.Targets, Notes: s.Notes})
	if err != nil {
		return err
	}
	for _, c := range s.Table.Columns {
		s.Metrics = append(s.Metrics, c.Metric)
	}
	return nil
}

// Column returns the index of a metric; -1 if no result has it.
func (s *Study) Column(metric string) int {
	return slices.IndexFunc(s.Metrics, func(m trial.Metric) bool { return m.Name == metric })
}

// factors finds what varies, and which of it is a condition.
func (s *Study) factors() {
	params := map[string]bool{}
	for i := range s.Results {
		for name := range s.Results[i].Trial.Params {
			params[name] = true
		}
	}
	strategy := slices.Index(s.Table.Factors, "strategy")
	for i, name := range s.Table.Factors {
		f := Factor{Name: name, Levels: query.Levels(s.Results, name), Condition: !params[name] && !slices.Contains(Chosen, name)}
		f.Levels = slices.DeleteFunc(f.Levels, func(level string) bool { return level == "" })
		if strategy >= 0 && i != strategy && !f.Condition {
			f.Told = s.varying(strategy, i)
		}
		s.Factors = append(s.Factors, f)
	}
}

// varying returns the strategies that have more than one level of a factor.
func (s *Study) varying(strategy, factor int) map[string]bool {
	first := map[string]string{}
	varies := map[string]bool{}
	for _, row := range s.Table.Rows {
		name, level := row.Levels[strategy], row.Levels[factor]
		if was, known := first[name]; known && was != level {
			varies[name] = true
		}
		first[name] = level
	}
	return varies
}

// namesOf returns the names of the factors that are conditions, or of those that
// are not.
func (s *Study) namesOf(conditions bool) []string {
	var names []string
	for _, f := range s.Factors {
		if f.Condition == conditions {
			names = append(names, f.Name)
		}
	}
	return names
}

// configurations gives each row its results, its condition and its choice.
func (s *Study) configurations() {
	all := query.Project(s.Table.Factors...)
	groups := query.ByKey(query.GroupBy(s.Results, all))
	byKey := query.Project(s.namesOf(false)...)
	choices := map[query.Key]*Choice{}
	conditions := map[string]int{}
	for _, row := range s.Table.Rows {
		x := &Configuration{Row: row, Results: groups[all.At(row.Levels)], Short: -1}
		s.Configurations = append(s.Configurations, x)
		condition := s.label(row.Levels, true)
		if _, known := conditions[condition]; !known {
			conditions[condition] = len(s.Conditions)
			s.Conditions = append(s.Conditions, condition)
		}
		x.Condition = conditions[condition]
		key := byKey.Of(&x.Results[0].Trial)
		if choices[key] == nil {
			choices[key] = &Choice{Label: s.label(row.Levels, false)}
			s.Choices = append(s.Choices, choices[key])
		}
		x.Choice = choices[key]
		x.Choice.Configurations = append(x.Choice.Configurations, x)
	}
}

// Ranked returns the configurations in the order of their choices, the best first.
func (s *Study) Ranked() []*Configuration {
	var all []*Configuration
	for _, c := range s.Choices {
		all = append(all, c.Configurations...)
	}
	return all
}

// Under returns the choice's configuration under a condition; nil if it was not run
// under it.
func (c *Choice) Under(condition int) *Configuration {
	if i := slices.IndexFunc(c.Configurations, func(x *Configuration) bool { return x.Condition == condition }); i >= 0 {
		return c.Configurations[i]
	}
	return nil
}

// Sound reports whether a configuration may be recommended at all: it has valid
// trials and none that are invalid.
func (x *Configuration) Sound() bool { return x.Counts.Valid > 0 && x.Counts.Invalid == 0 }

// Fit reports whether a configuration can be on a front: it is sound, is not short
// of anything, and loses nothing that others do not lose.
func (x *Configuration) Fit() bool { return x.Sound() && x.Short < 0 && !x.Lossy }

// Sound reports whether a choice may be named as the best in anything.
func (c *Choice) Sound() bool {
	return !slices.ContainsFunc(c.Configurations, func(x *Configuration) bool { return !x.Sound() })
}

// Fit reports whether a choice can be on a front: each of its configurations can.
func (c *Choice) Fit() bool {
	return !slices.ContainsFunc(c.Configurations, func(x *Configuration) bool { return !x.Fit() })
}

// lossy reports whether a choice is lossy under any condition.
func (c *Choice) lossy() bool {
	return slices.ContainsFunc(c.Configurations, func(x *Configuration) bool { return x.Lossy })
}
