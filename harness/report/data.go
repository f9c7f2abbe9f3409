package report

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"

	"gossipbench/harness/choose"
	"gossipbench/harness/stats"
	"gossipbench/harness/table"
	"gossipbench/harness/trial"
)

// payload is what the page's scripts know of a study: columns, in which each
// configuration, and each trial, has its place. Configurations are in the order of their
// choices, the best first.
type payload struct {
	Name       string            `json:"name"`
	Factors    []factorData      `json:"factors"`
	Metrics    []metricData      `json:"metrics"`
	Beside     map[string]string `json:"beside"` // in names, after that of a strategy
	Conditions []string          `json:"conditions"`
	Cost       string            `json:"cost"`
	Delay      string            `json:"delay"`
	Telling    string            `json:"telling"`   // the factor that changes the cost the most
	Pick       []bool            `json:"pick"`      // of the choice that is advised
	Condition  []int             `json:"condition"` // an index of Conditions
	Valid      []int             `json:"valid"`     // trials
	Unused     []string          `json:"unused"`    // trials that are not in the numbers
	Unrun      []int             `json:"unrun"`     // trials that were planned and have no result
	Verdict    []table.Verdict   `json:"verdict"`   // on all targets
	Front      []bool            `json:"front"`
	Short      []bool            `json:"short"` // of coverage, answers or values, and so on no front
	Aims       []string          `json:"aims"`  // the metrics that the front is of
	Trials     trialData         `json:"trials"`
	Settings   int               `json:"settings"` // how many configurations there are, of which the page may show fewer
	AllTrials  int               `json:"allTrials"`
}

type factorData struct {
	Name      string   `json:"name"`
	Levels    []string `json:"levels"`
	Condition bool     `json:"condition"`
	Told      []string `json:"told"` // the strategies of which it is part of a configuration's name; absent if of all
	Of        []int    `json:"of"`   // by configuration: an index of Levels, or -1
}

type metricData struct {
	Name   string          `json:"name"`
	Words  string          `json:"words"`
	Unit   string          `json:"unit"`
	Better int             `json:"better"`
	Shown  bool            `json:"shown"` // as a column of the table, unless told otherwise
	Target *targetData     `json:"target"`
	Median json.RawMessage `json:"median"`
	Least  json.RawMessage `json:"least"` // absent if no configuration has a range
	Most   json.RawMessage `json:"most"`
	// Verdict and Missed, by configuration, are present if there is a target.
	Verdict []table.Verdict `json:"verdict,omitempty"`
	Missed  []int           `json:"missed,omitempty"`
}

type targetData struct {
	Op    string  `json:"op"`
	Value float64 `json:"value"`
	Text  string  `json:"text"`
}

type trialData struct {
	Setting   []int                      `json:"setting"`
	Replicate []int                      `json:"replicate"`
	Seed      []string                   `json:"seed"`
	ID        []string                   `json:"id"`
	Outcome   []trial.Outcome            `json:"outcome"`
	Values    map[string]json.RawMessage `json:"values"`
}

// extent is how much of a study a page holds.
type extent struct {
	digits         int // significant ones, of each number
	allMetrics     bool
	allOfTrials    bool // trials have all of them too
	configurations int
	trials         int
}

// fit returns a study's data in at most limit bytes, and sentences about what it
// leaves out: digits first, then metrics that nothing on the page speaks of,
// then trials, and configurations at last.
func (s *study) fit(limit int) ([]byte, []string) {
	e := extent{digits: 10, allMetrics: true, allOfTrials: true, configurations: len(s.Configurations), trials: len(s.Results)}
	for _, less := range []func(){
		func() {},
		func() { e.digits = 5 },
		func() { e.allOfTrials = false },
		func() { e.allMetrics = false },
	} {
		less()
		if s.least(e) > limit {
			continue
		}
		if text := s.encode(e); len(text) <= limit {
			return text, s.leftOut(e)
		}
	}
	fits := func(trials, configurations int) bool {
		e.trials, e.configurations = trials, configurations
		return s.least(e) <= limit && len(s.encode(e)) <= limit
	}
	trials := most(len(s.Results), func(n int) bool { return fits(n, len(s.Configurations)) })
	configurations := len(s.Configurations)
	if trials == 0 {
		configurations = max(most(len(s.Configurations), func(n int) bool { return fits(0, n) }), 1)
	}
	e.trials, e.configurations = trials, configurations
	return s.encode(e), s.leftOut(e)
}

// least is less than the size of the data: two bytes a number.
func (s *study) least(e extent) int {
	return 2*e.trials*len(s.metricsOf(e.allOfTrials && e.allMetrics)) + 2*e.configurations*len(s.metricsOf(e.allMetrics))
}

// most returns about how many of n fit, a little too few rather than too many,
// where so many do not fit as soon as one more than fit does not.
func most(n int, fit func(int) bool) int {
	const steps = 5 // so that the answer is within a thirtieth of n
	low, high := 0, n
	for range steps {
		if middle := (low + high) / 2; fit(middle) {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}

// leftOut says what an extent lacks.
func (s *study) leftOut(e extent) []string {
	var all []string
	say := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	if e.digits < 10 {
		say("So that the page stays small, its numbers have %d digits.", e.digits)
	}
	if !e.allOfTrials {
		say("Of each trial the page holds the metrics that it shows first; harness export has all.")
	}
	if !e.allMetrics {
		say("The page holds %d of %d metrics; harness table --metric shows the others.", len(s.metricsOf(false)), len(s.Metrics))
	}
	if e.trials < len(s.Results) {
		say("The page holds %d of %d trials one by one, those of the best configurations; all are in the medians.", e.trials, len(s.Results))
	}
	if e.configurations < len(s.Configurations) {
		say("Charts and table show the best %d of %d configurations; harness table shows all.", e.configurations, len(s.Configurations))
	}
	return all
}

// metricsOf returns the columns whose metrics a page holds.
func (s *study) metricsOf(all bool) []int {
	var columns []int
	for c, m := range s.Metrics {
		if all || slices.Contains(s.Headline, m.Name) || s.Table.Columns[c].Target != nil || slices.Contains(s.Aims, c) {
			columns = append(columns, c)
		}
	}
	return columns
}

// encode returns so much of the data as JSON that may stand in a script element:
// every < in it is \u003c.
func (s *study) encode(e extent) []byte {
	configurations := s.Ranked()[:e.configurations]
	p := payload{
		Name: s.Experiment.Name, Beside: s.Beside(), Conditions: s.Conditions, Settings: len(s.Configurations), AllTrials: len(s.Results), Aims: []string{},
		Cost: s.metricName(s.Cost), Delay: s.metricName(s.Delay),
	}
	for _, c := range s.Aims {
		p.Aims = append(p.Aims, s.Metrics[c].Name)
	}
	at := map[*choose.Configuration]int{}
	for i, x := range configurations {
		at[x] = i
		p.Condition = append(p.Condition, x.Condition)
		p.Valid = append(p.Valid, x.Counts.Valid)
		p.Unused = append(p.Unused, x.Counts.String())
		p.Unrun = append(p.Unrun, x.Unrun)
		p.Verdict = append(p.Verdict, s.verdict(x))
		p.Front = append(p.Front, x.Front)
		p.Short = append(p.Short, x.Short >= 0 || x.Lossy)
		p.Pick = append(p.Pick, x.Choice == s.picked())
	}
	if s.Cost >= 0 {
		for _, e := range s.Effects(s.Cost) {
			if p.Telling == "" || !e.Condition {
				p.Telling = e.Name
			}
			if !e.Condition {
				break
			}
		}
	}
	for i, f := range s.Factors {
		d := factorData{Name: f.Name, Levels: f.Levels, Condition: f.Condition, Of: make([]int, len(configurations))}
		if f.Told != nil {
			d.Told = append([]string{}, sortedKeys(f.Told)...)
		}
		index := map[string]int{"": -1}
		for j, l := range f.Levels {
			index[l] = j
		}
		for j, x := range configurations {
			d.Of[j] = index[x.Levels[i]]
		}
		p.Factors = append(p.Factors, d)
	}
	for _, c := range s.metricsOf(e.allMetrics) {
		p.Metrics = append(p.Metrics, s.metricData(c, configurations, e.digits))
	}
	p.Trials = s.trialData(at, e)
	text, err := json.Marshal(p)
	if err != nil {
		panic(err) // there is nothing in it that JSON cannot say
	}
	return text
}

func (s *study) metricName(column int) string {
	if column < 0 {
		return ""
	}
	return s.Metrics[column].Name
}

// verdict is on all targets of one configuration.
func (s *study) verdict(x *choose.Configuration) table.Verdict {
	v := table.None
	for c := range s.Metrics {
		switch cell := x.Cells[c].Verdict; {
		case cell == table.Fail:
			return table.Fail
		case cell == table.Open || v == table.None:
			v = cell
		}
	}
	return v
}

func (s *study) metricData(c int, configurations []*choose.Configuration, digits int) metricData {
	m := s.Metrics[c]
	d := metricData{Name: m.Name, Words: worded(m), Unit: m.Unit, Better: m.Better}
	d.Shown = slices.Contains(s.Headline, m.Name) || s.Table.Columns[c].Target != nil
	numbers := func(of func(stats.Summary) float64) json.RawMessage {
		return column(len(configurations), digits, func(i int) (float64, bool) {
			cell := configurations[i].Cells[c]
			return of(cell.Summary), cell.N > 0
		})
	}
	d.Median = numbers(func(s stats.Summary) float64 { return s.Median })
	if slices.ContainsFunc(configurations, func(x *choose.Configuration) bool { return x.Cells[c].Least != x.Cells[c].Most }) {
		d.Least = numbers(func(s stats.Summary) float64 { return s.Least })
		d.Most = numbers(func(s stats.Summary) float64 { return s.Most })
	}
	if t := s.Table.Columns[c].Target; t != nil {
		d.Target = &targetData{t.Op, t.Value, t.Text}
		for _, x := range configurations {
			d.Verdict = append(d.Verdict, x.Cells[c].Verdict)
			d.Missed = append(d.Missed, x.Cells[c].Missed)
		}
	}
	return d
}

// trialData are the trials of the best configurations, one by one.
func (s *study) trialData(at map[*choose.Configuration]int, e extent) trialData {
	d := trialData{Values: map[string]json.RawMessage{}}
	var held []*trial.Result
	for _, x := range s.Ranked() {
		i, known := at[x]
		if !known {
			continue
		}
		for _, r := range x.Results {
			if len(held) == e.trials {
				break
			}
			held = append(held, r)
			d.Setting = append(d.Setting, i)
			d.Replicate = append(d.Replicate, r.Trial.Replicate)
			d.Seed = append(d.Seed, strconv.FormatUint(r.Trial.Seed, 10))
			d.ID = append(d.ID, r.ID)
			d.Outcome = append(d.Outcome, r.Outcome)
		}
	}
	for _, c := range s.metricsOf(e.allOfTrials && e.allMetrics) {
		name := s.Metrics[c].Name
		d.Values[name] = column(len(held), e.digits, func(i int) (float64, bool) {
			x, has := held[i].Metrics[name]
			return x, has
		})
	}
	return d
}

// column is an array of numbers, null where one is not known.
func column(n, digits int, of func(int) (float64, bool)) json.RawMessage {
	text := []byte{'['}
	for i := range n {
		if i > 0 {
			text = append(text, ',')
		}
		x, known := of(i)
		if !known || math.IsNaN(x) || math.IsInf(x, 0) {
			text = append(text, "null"...)
			continue
		}
		text = strconv.AppendFloat(text, x, 'g', digits, 64)
	}
	return append(text, ']')
}
