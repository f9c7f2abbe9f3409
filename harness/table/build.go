package table

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"gossipbench/harness/query"
	"gossipbench/harness/stats"
	"gossipbench/harness/trial"
	"gossipbench/strategies/param"
)

// headline are the metrics that a table shows unless told otherwise, as far as
// the results have them.
var headline = []string{
	"msgs-per-op", "stable-latency.p50", "stable-latency.max", "delivery-latency.max", "heal-to-last", "op-latency.p50", "lost",
	trial.Undelivered, trial.Unanswered, // where there are any
	"coverage", "residue", "traffic", "rmr", "ldh", "rounds", "t-last",
	"seconds", "memory-per-node", // where the cost was asked for
}

// requests come before them where nodes may refuse, or be slow to answer: in
// workloads that have an outage. Where clients ask more than one thing, the
// latency is told of each. Throughput is not among them: it is the rate that was
// asked, as far as ok-fraction and outage allow.
var requests = []string{
	"msgs-per-op", "ok-fraction", "outage", "read-latency.p50", "add-latency.p50", "write-latency.p50", "cas-latency.p50",
	"send-latency.p50", "poll-latency.p50", "stale-read-share", "store-bytes",
}

// usual returns the metrics that are shown unless told otherwise.
func (b *builder) usual(has map[string]bool) []string {
	all := headline
	if has["outage"] {
		all = slices.Concat(requests, headline)
	}
	var names []string
	for _, name := range all {
		if has[name] && !slices.Contains(names, name) && (!slices.Contains(quiet, name) || b.any(name)) {
			names = append(names, name)
		}
	}
	if has["outage"] && !slices.ContainsFunc(b.results, withoutKinds) {
		names = slices.DeleteFunc(names, func(name string) bool { return name == "op-latency.p50" })
	}
	return names
}

// quiet are those of the usual metrics that are not shown where they are 0 throughout.
var quiet = []string{trial.Undelivered, trial.Unanswered}

// any reports whether a metric is above 0 in any result.
func (b *builder) any(name string) bool {
	return slices.ContainsFunc(b.results, func(r trial.Result) bool { return r.Metrics[name] > 0 })
}

// withoutKinds reports whether latencies are in op-latency.p50 alone.
func withoutKinds(r trial.Result) bool {
	_, has := r.Metrics["op-latency.p50"]
	return has && !slices.ContainsFunc(requests, func(name string) bool {
		_, is := r.Metrics[name]
		return is && strings.HasSuffix(name, "-latency.p50")
	})
}

// Build makes a table of results. Names that the results do not have are
// errors, all of which it returns.
func Build(results []trial.Result, o Options) (*Table, error) {
	b := builder{results: results, names: trial.NamesOf(results), levels: map[string][]string{}}
	b.table.Title, b.table.Stat = o.Title, o.Stat
	if err := checkStat(o.Stat); err != nil {
		b.errs = append(b.errs, err)
	}
	for _, name := range b.names {
		b.levels[name] = query.Levels(results, name)
	}
	b.factors(o)
	b.columns(o)
	if err := errors.Join(b.errs...); err != nil {
		return nil, err
	}
	b.rows()
	b.table.Caption = b.caption() + Filtered(o.Filters)
	b.notes(o)
	return &b.table, nil
}

type builder struct {
	results []trial.Result
	names   []string            // of all settings and parameters
	levels  map[string][]string // of each name, in order
	groups  []group             // one for each row of the table
	table   Table
	errs    []error
}

// group is the results of one row.
type group struct {
	levels  []string
	results []*trial.Result
}

// factors chooses the settings that tell rows and columns apart.
func (b *builder) factors(o Options) {
	known := append(slices.Clone(b.names), "seed", "replicate")
	if !slices.Contains(known, "rpc_timeout") { // nobody chose it, see trial.NamesOf
		known = append(known, "rpc_timeout")
	}
	check := func(flag string, chosen []string) {
		for _, name := range chosen {
			if !slices.Contains(known, name) {
				b.errs = append(b.errs, fmt.Errorf("%s: no such setting or parameter: %q, %s", flag, name, param.Hint(name, known)))
			}
		}
	}
	check("--row", o.Rows)
	check("--col", o.Cols)
	b.table.Factors, b.table.Split = o.Rows, o.Cols
	if o.Rows != nil {
		return
	}
	for _, name := range b.names {
		if len(b.levels[name]) > 1 && !slices.Contains(o.Cols, name) {
			b.table.Factors = append(b.table.Factors, name)
		}
	}
	if b.table.Factors == nil && o.Cols == nil {
		b.table.Factors = []string{"strategy"}
	}
}

// columns chooses the metrics, and crosses them with the levels of the split.
func (b *builder) columns(o Options) {
	targets := map[string]*trial.Target{}
	for i := range o.Targets {
		targets[o.Targets[i].Metric] = &o.Targets[i]
	}
	metrics := b.chosen(o)
	seen := map[string]bool{}
	var crossed [][]string
	for i := range b.results {
		l := query.LevelsOf(&b.results[i].Trial, b.table.Split)
		if key := strings.Join(l, "\x00"); !seen[key] {
			seen[key] = true
			crossed = append(crossed, l)
		}
	}
	slices.SortFunc(crossed, func(a, b []string) int { return slices.CompareFunc(a, b, query.CompareLevels) })
	for _, l := range crossed {
		for _, m := range metrics {
			b.table.Columns = append(b.table.Columns, Column{Metric: m, Levels: l, Target: targets[m.Name]})
		}
	}
}

// chosen returns the metrics to show.
func (b *builder) chosen(o Options) []trial.Metric {
	has := map[string]bool{}
	for i := range b.results {
		for name := range b.results[i].Metrics {
			has[name] = true
		}
	}
	var found []trial.Metric
	if o.Metrics != nil {
		for _, name := range o.Metrics {
			found = append(found, b.find(name, has)...)
		}
		return found
	}
	names := b.usual(has)
	for _, t := range o.Targets {
		if !slices.Contains(names, t.Metric) {
			names = append(names, t.Metric)
		}
	}
	for _, name := range names {
		found = append(found, b.find(name, has)...)
	}
	return found
}

// Metrics returns the metrics of those names or families; without any, those
// that results have among the most telling. A name that is not known is an
// error.
func Metrics(results []trial.Result, wanted []string) ([]trial.Metric, error) {
	b := builder{results: results}
	found := b.chosen(Options{Metrics: wanted})
	return found, errors.Join(b.errs...)
}

// find returns the metric, or the family of metrics, of that name.
func (b *builder) find(name string, has map[string]bool) []trial.Metric {
	found, err := trial.MetricsNamed(trial.Metrics, name)
	if err != nil && has[name] { // of a newer or a foreign harness
		return []trial.Metric{{Name: name}}
	}
	if err != nil {
		b.errs = append(b.errs, fmt.Errorf("--metric: %w", err))
	}
	return found
}

// rows groups the results by the levels of the factors, and sums them up.
func (b *builder) rows() {
	index := map[string]int{}
	for i := range b.results {
		r := &b.results[i]
		l := query.LevelsOf(&r.Trial, b.table.Factors)
		key := strings.Join(l, "\x00")
		at, known := index[key]
		if !known {
			at = len(b.groups)
			index[key] = at
			b.groups = append(b.groups, group{levels: l})
		}
		b.groups[at].results = append(b.groups[at].results, r)
	}
	slices.SortFunc(b.groups, func(x, y group) int { return slices.CompareFunc(x.levels, y.levels, query.CompareLevels) })
	for _, g := range b.groups {
		row := Row{Levels: g.levels}
		for _, r := range g.results {
			row.Counts.add(r.Outcome)
		}
		parts := map[string][]*trial.Result{} // by level of the split
		for _, r := range g.results {
			key := strings.Join(query.LevelsOf(&r.Trial, b.table.Split), "\x00")
			parts[key] = append(parts[key], r)
		}
		for _, c := range b.table.Columns {
			row.Cells = append(row.Cells, b.cell(c, parts[strings.Join(c.Levels, "\x00")]))
		}
		b.table.Rows = append(b.table.Rows, row)
	}
}

// cell sums up one metric of the results of one setting.
func (b *builder) cell(c Column, results []*trial.Result) Cell {
	var made Cell
	var xs []float64
	for _, r := range results {
		made.Counts.add(r.Outcome)
		x, has := r.Metrics[c.Metric.Name]
		if has && c.Metric.In(r.Outcome) {
			xs = append(xs, x)
		}
		valid := has && r.Outcome == trial.Valid
		if valid {
			made.known++
		}
		if valid && !c.Metric.Merit(r) {
			made.Marred++
		}
		if r.Outcome == trial.Invalid || valid && c.Target != nil && !(c.Target.Met(x) && c.Metric.Merit(r)) {
			made.Missed++
		}
	}
	if len(xs) > 0 {
		made.Summary = stats.Summarize(xs)
		made.Stat = stat(b.table.Stat, xs)
	}
	switch {
	case c.Target == nil || len(results) == 0:
		made.Missed = 0
	case made.Missed > 0:
		made.Verdict = Fail
	case made.known < len(results):
		made.Verdict = Open
	default:
		made.Verdict = Pass
	}
	return made
}
