// Package plot draws results for a person: as SVG, PNG or PDF, fit for a paper.
//
// A figure shows the same numbers as a table: it is drawn from one, medians of
// valid trials with their range, and says below what they are of. The same
// results give the same bytes.
//
// Nothing is told by colour alone: series differ in marks and dashes too, and
// the colours are those of Okabe and Ito, which the colour-blind can tell apart
// ("Color Universal Design", 2008, jfly.uni-koeln.de/color).
//
// A figure promises no significance: two medians that differ may differ by
// chance.
package plot

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"gossipbench/harness/plain"
	"gossipbench/harness/query"
	"gossipbench/harness/table"
	"gossipbench/harness/trial"
	"gossipbench/strategies/param"
)

// The kinds of figures.
const (
	Front        = "front"        // two metrics, a point a setting, and which settings no other beats
	Factor       = "factor"       // a metric by a factor, a line for each of the other settings
	Heat         = "heat"         // a metric by two factors
	Delivery     = "delivery"     // share of the nodes that have a value over time
	Distribution = "distribution" // how latencies are spread, a row a setting
)

// Kinds are the names of the kinds of figures.
var Kinds = []string{Front, Factor, Heat, Delivery, Distribution}

// Options say what a figure shows. What is empty is chosen from the results.
type Options struct {
	Kind  string
	Title string
	// X and Y are metrics of a front and factors of a heat map; X is the factor of
	// Factor.
	X, Y string
	// Metric is what Factor and Heat show, and families of metrics, parted by
	// commas, what Distribution does.
	Metric string
	Stat   string // one of Stats: what of a setting's trials a point or a cell is
	By     string // the factor that colours tell; all that vary otherwise
	// LogX and LogY ask for logarithmic axes, which there are anyhow where the
	// numbers are above zero and span more than two decades.
	LogX, LogY bool
	Targets    []trial.Target
	Filters    []string // that the results have passed, for the caption
	Remedy     string   // what the note of settings that vary within points or cells advises
	// Curve repeats a trial and returns how its values spread; Delivery needs it.
	Curve func(trial.Result) (Curve, error)
}

// Stats are what points and cells can be of the valid trials of a setting; the
// first is it unless told otherwise.
var Stats = []string{"median", "least", "most"}

// maxSeries is the most series that styles can tell apart.
const maxSeries = 24

// maxRows is the most rows of a distribution. Chosen: a page.
const maxRows = 40

// Build makes a figure of results. Names that the results do not have, and
// series that are too many to tell apart, are errors. What is wrong with one of the
// Options is a query.OptionError.
func Build(results []trial.Result, o Options) (*Figure, error) {
	if len(results) == 0 {
		return nil, fmt.Errorf("no results to draw")
	}
	b := &builder{results: results, o: o, varying: query.Varying(results)}
	if o.Stat == "" {
		b.o.Stat = Stats[0]
	} else if !slices.Contains(Stats, o.Stat) {
		return nil, query.In("stat", fmt.Errorf("no such statistic: %q, %s", o.Stat, param.Hint(o.Stat, Stats)))
	}
	if err := b.checkFactor("by", o.By); err != nil {
		return nil, err
	}
	build := map[string]func() (*Figure, error){
		Front: b.front, Factor: b.factor, Heat: b.heat, Delivery: b.delivery, Distribution: b.distribution,
	}[o.Kind]
	if build == nil {
		return nil, fmt.Errorf("no such kind: %q, %s", o.Kind, param.Hint(o.Kind, Kinds))
	}
	f, err := build()
	if err != nil {
		return nil, err
	}
	if o.LogX && !f.x.log || o.LogY && !f.y.log {
		f.note("An axis that was to be logarithmic is not: not all of it are numbers above zero.")
	}
	return f, nil
}

// builder makes one figure.
type builder struct {
	results []trial.Result
	o       Options
	varying []string // the settings that tell the results apart
}

// checkFactor says whether some result has a setting or parameter of that name, unless
// the name is empty.
func (b *builder) checkFactor(option, name string) error {
	if name == "" {
		return nil
	}
	return query.In(option, query.Check(b.results, name)...)
}

// metric returns the metric of a name, or the first of some that a valid result
// has where the name is empty.
func (b *builder) metric(option, name string, usual ...string) (trial.Metric, error) {
	var valid []trial.Result
	for _, r := range b.results {
		if r.Outcome == trial.Valid {
			valid = append(valid, r)
		}
	}
	measured := query.Measured(valid)
	has := func(name string) bool {
		return slices.ContainsFunc(measured, func(m trial.Metric) bool { return m.Name == name })
	}
	if name == "" {
		at := slices.IndexFunc(usual, has)
		if at < 0 {
			return trial.Metric{}, query.In(option, fmt.Errorf("want a metric: no valid trial has any of %s", strings.Join(usual, ", ")))
		}
		name = usual[at]
	}
	m, err := query.Metric(valid, name)
	if err == nil && !has(name) {
		err = fmt.Errorf("no valid trial has the metric %s", name)
	}
	return m, query.In(option, err)
}

// costs and delays are the metrics that a figure shows unless told otherwise,
// the most telling first.
var (
	costs  = []string{"msgs-per-op", "msgs-per-broadcast", "traffic"}
	delays = []string{"stable-latency.p50", "delivery-latency.p50", "t-last", "t100", "op-latency.p50"}
)

// others are the settings that vary, without those named.
func (b *builder) others(without ...string) []string {
	return slices.DeleteFunc(slices.Clone(b.varying), func(name string) bool { return slices.Contains(without, name) })
}

// table sums the results up: a row for each combination of levels of rows.
func (b *builder) table(rows []string, metrics ...trial.Metric) (*table.Table, error) {
	var names []string // none are those that a table shows
	for _, m := range metrics {
		names = append(names, m.Name)
	}
	if len(rows) == 0 {
		rows = []string{"strategy"}
	}
	return table.Build(b.results, table.Options{Rows: rows, Metrics: names, Filters: b.o.Filters, Remedy: b.o.Remedy})
}

// label names levels for a legend: "gossip fanout=2".
func label(names, levels []string) string {
	return plain.Text(cmp.Or(query.Project(names...).At(levels).Short(), "all"))
}

// axisOf labels the axis of a metric.
func axisOf(m trial.Metric) string {
	if m.Unit == "" {
		return m.Name
	}
	return fmt.Sprintf("%s (%s)", m.Name, m.Unit)
}

// figure begins a figure of a table: its title, its caption and what must be
// known of its trials.
func (b *builder) figure(t *table.Table, what string) *Figure {
	f := &Figure{title: plain.Text(b.o.Title), caption: plain.Text(t.Caption)}
	f.note("%s", what)
	if unused := len(b.results) - query.All(b.results).Count(trial.Valid); unused > 0 {
		f.note("%d of %d trials are not valid and not drawn; harness table names them.", unused, len(b.results))
	}
	for _, n := range t.Pooled {
		f.note("%s", n)
	}
	return f
}

// value is what is drawn of a cell.
func (b *builder) value(c table.Cell) float64 {
	switch b.o.Stat {
	case "least":
		return c.Least
	case "most":
		return c.Most
	}
	return c.Median
}

// tooMany is the error of more series than can be told apart.
func tooMany(n int, what string, most int, names []string) error {
	return fmt.Errorf("%d %s are too many to tell apart, want at most %d: choose levels of %s", n, what, most, strings.Join(names, ", "))
}
