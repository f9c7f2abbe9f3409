package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"gossipbench/harness/plain"
	"gossipbench/harness/query"
	"gossipbench/harness/table"
	"gossipbench/harness/trial"
)

// study is one experiment, taken apart for a page.
type study struct {
	Part
	table   *table.Table // a row for each setting, a column for each metric that is told
	factors []factor
	metrics []trial.Metric    // of the table's columns
	beside  map[string]string // in names of settings, after that of a strategy
	// settings are in the order of the table's rows.
	settings []*setting
	// choices are the settings without their conditions, the best first.
	choices []*choice
	// conditions are the levels of the factors that are no choice, in order; one
	// that is empty where no such factor varies.
	conditions []string
	cost       int   // the metric that a choice is to have little of; -1 where there is none
	delay      int   // the metric that is weighed against it; -1 where there is none
	aims       []int // the metrics that are weighed: cost, delay and prices
	// headline are the metrics of which the page speaks beside the targets'.
	headline []string
	// known says, by metric and condition, whether any setting has it.
	known  [][]bool
	replay func(trial.Result) string
	// effectsOf are those of the columns that were asked for.
	effectsOf map[int][]effect
	// front are the choices on that of the aims, where no targets are set: told
	// are those that are not ahead by chance alone, as chance are.
	front, told, chance []*choice
	picked              *choice // that is recommended; nil where none is
	unrun               []unrun // the settings of which trials were planned that have no result
}

// factor is a setting or parameter that varies.
type factor struct {
	name   string
	levels []string // in order; those of strategies that lack the parameter are not among them
	// condition is true of what the world brings and nobody chooses: the number
	// of nodes, latency, loss, faults.
	condition bool
	// told says of which strategies it tells settings apart; nil of all.
	told map[string]bool
}

// setting is one combination of levels: a row of the table.
type setting struct {
	table.Row
	results   []*trial.Result // by replicate, then ID
	condition int             // which of study.conditions it is under
	choice    *choice
	front     bool // on the Pareto front of the aims, under its condition
	short     int  // the metric of which it has much less than the best; -1 where there is none
	lossy     bool // leaves values undelivered that others bring everywhere
	unrun     int  // trials that were planned and have no result
}

// chosen are the settings, beside the parameters of a strategy, that a person
// chooses. All others are conditions: a choice has to do well under each.
var chosen = []string{"strategy", "bin", "args", "topology", "degree"}

func newStudy(p Part, replay func(trial.Result) string) (*study, error) {
	p.Results = inOrder(p.Results)
	e := &p.Experiment
	e.Name, e.Question, e.Source = plain.Text(e.Name), plain.Lines(e.Question), []byte(plain.Lines(string(e.Source)))
	if len(p.Results) == 0 {
		return nil, fmt.Errorf("%s: no results", p.Experiment.Name)
	}
	s := &study{Part: p, replay: replay, effectsOf: map[int][]effect{}}
	var err error
	if s.headline, err = headlineOf(p.Results); err != nil {
		return nil, err
	}
	made, err := table.Build(p.Results, table.Options{Metrics: s.measuredBy(), Targets: p.Experiment.Targets, Notes: p.Notes})
	if err != nil {
		return nil, err
	}
	s.table = made
	for _, c := range made.Columns {
		s.metrics = append(s.metrics, c.Metric)
	}
	s.takeFactors()
	s.takeBeside()
	s.takeSettings()
	s.takeUnrun()
	s.takeAims()
	s.fronts()
	s.choose()
	return s, nil
}

// measuredBy returns the metrics that the results have: first those that the page
// speaks of, then the others that this program knows, in its order.
func (s *study) measuredBy() []string {
	has := map[string]bool{}
	for i := range s.Results {
		for name := range s.Results[i].Metrics {
			has[name] = true
		}
	}
	var names []string
	add := func(name string) {
		if has[name] {
			names = append(names, name)
			delete(has, name)
		}
	}
	for _, t := range s.Experiment.Targets {
		add(t.Metric)
	}
	for _, name := range s.headline {
		add(name)
	}
	for _, m := range trial.Metrics {
		add(m.Name)
	}
	return append(names, slices.Sorted(maps.Keys(has))...) // of a newer or a foreign harness
}

// column returns the index of a metric among those told, or -1.
func (s *study) column(name string) int {
	return slices.IndexFunc(s.metrics, func(m trial.Metric) bool { return m.Name == name })
}

// takeFactors finds what varies, and which of it is a condition.
func (s *study) takeFactors() {
	params := map[string]bool{}
	for i := range s.Results {
		for name := range s.Results[i].Trial.Params {
			params[name] = true
		}
	}
	for i, name := range s.table.Factors {
		f := factor{name: name, condition: !params[name] && !slices.Contains(chosen, name)}
		seen := map[string]bool{}
		for _, row := range s.table.Rows {
			seen[row.Levels[i]] = true
		}
		delete(seen, "")
		f.levels = slices.SortedFunc(maps.Keys(seen), query.CompareLevels)
		if strategy := slices.Index(s.table.Factors, "strategy"); strategy >= 0 && i != strategy && !f.condition {
			f.told = s.varying(strategy, i)
		}
		s.factors = append(s.factors, f)
	}
}

// varying returns the strategies of which a factor has more than one level.
func (s *study) varying(strategy, factor int) map[string]bool {
	first := map[string]string{}
	varies := map[string]bool{}
	for _, row := range s.table.Rows {
		name, l := row.Levels[strategy], row.Levels[factor]
		if was, known := first[name]; known && was != l {
			varies[name] = true
		}
		first[name] = l
	}
	return varies
}

// takeSettings gives each row its results, its condition and its choice.
func (s *study) takeSettings() {
	byLevels := map[string]*setting{}
	choices := map[string]*choice{}
	conditions := map[string]int{}
	for _, row := range s.table.Rows {
		x := &setting{Row: row, short: -1}
		byLevels[strings.Join(row.Levels, "\x00")] = x
		s.settings = append(s.settings, x)
		condition := s.label(row.Levels, true)
		if _, known := conditions[condition]; !known {
			conditions[condition] = len(s.conditions)
			s.conditions = append(s.conditions, condition)
		}
		x.condition = conditions[condition]
		key := s.choiceKey(row.Levels)
		if choices[key] == nil {
			choices[key] = &choice{label: s.label(row.Levels, false)}
			s.choices = append(s.choices, choices[key])
		}
		x.choice = choices[key]
		x.choice.settings = append(x.choice.settings, x)
	}
	levels := make([]string, len(s.factors))
	for i := range s.Results {
		r := &s.Results[i]
		for j, f := range s.factors {
			levels[j], _ = r.Trial.Value(f.name)
		}
		x := byLevels[strings.Join(levels, "\x00")]
		x.results = append(x.results, r)
	}
}

// choiceKey tells choices apart.
func (s *study) choiceKey(levels []string) string {
	var b strings.Builder
	for i, f := range s.factors {
		if !f.condition {
			b.WriteString(levels[i] + "\x00")
		}
	}
	return b.String()
}
