package table

import (
	"errors"
	"slices"

	"gossipbench/harness/compare"
	"gossipbench/harness/query"
	"gossipbench/harness/stats"
	"gossipbench/harness/trial"
)

// Build makes a table of results. Names that the results do not have are
// errors, all of which it returns: each is a query.OptionError of row, col, metric
// or stat.
func Build(results []trial.Result, o Options) (*Table, error) {
	b := builder{survey: query.NewSurvey(results), results: results}
	b.table.Title, b.table.Stat = o.Title, o.Stat
	errs := []error{checkStat(o.Stat), query.In("row", query.Check(results, o.Rows...)...), query.In("col", query.Check(results, o.Cols...)...)}
	b.factors(o)
	errs = append(errs, b.columns(o))
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	b.rows()
	b.table.Caption = b.survey.Caption(b.replicates(), slices.Concat(b.table.Factors, b.table.Split)...) + query.Filtered(o.Filters)
	b.notes(o)
	return &b.table, nil
}

type builder struct {
	results []trial.Result
	survey  *query.Survey
	groups  []query.Group     // one for each row of the table
	split   *query.Projection // onto the settings that tell columns apart
	table   Table
}

// factors chooses the settings that tell rows and columns apart.
func (b *builder) factors(o Options) {
	b.table.Factors, b.table.Split = o.Rows, o.Cols
	b.split = query.Project(o.Cols...)
	if o.Rows != nil {
		return
	}
	for _, name := range b.survey.Names {
		if len(b.survey.Levels[name]) > 1 && !slices.Contains(o.Cols, name) {
			b.table.Factors = append(b.table.Factors, name)
		}
	}
	if b.table.Factors == nil && o.Cols == nil {
		b.table.Factors = []string{"strategy"}
	}
}

// columns chooses the metrics, and crosses them with the levels of the split.
func (b *builder) columns(o Options) error {
	targets := map[string]*trial.Target{}
	for i := range o.Targets {
		targets[o.Targets[i].Metric] = &o.Targets[i]
	}
	names := o.Metrics
	if names == nil {
		names = query.Usual(b.results)
		for _, t := range o.Targets {
			if !slices.Contains(names, t.Metric) {
				names = append(names, t.Metric)
			}
		}
	}
	metrics, err := query.Metrics(b.results, names)
	crossed := query.GroupBy(b.results, b.split)
	query.Sort(crossed)
	for _, g := range crossed {
		for _, m := range metrics {
			b.table.Columns = append(b.table.Columns, Column{Metric: m, Levels: g.Levels(), Target: targets[m.Name]})
		}
	}
	return err
}

// rows groups the results by the levels of the factors, and sums them up.
func (b *builder) rows() {
	b.groups = query.GroupBy(b.results, query.Project(b.table.Factors...))
	query.Sort(b.groups)
	for _, g := range b.groups {
		row := Row{Levels: g.Levels()}
		for _, r := range g.Results {
			row.Counts.add(r.Outcome)
		}
		parts := query.ByKey(g.By(b.split))
		for _, c := range b.table.Columns {
			row.Cells = append(row.Cells, b.cell(c, parts[b.split.At(c.Levels)]))
		}
		b.table.Rows = append(b.table.Rows, row)
	}
}

// cell sums up one metric of the results of one configuration.
func (b *builder) cell(c Column, results []*trial.Result) Cell {
	var made Cell
	g := query.Group{Results: results}
	for _, r := range results {
		made.Counts.add(r.Outcome)
		if _, has := r.Metrics[c.Metric.Name]; has && r.Outcome == trial.Valid {
			made.known++
		}
	}
	made.Marred = g.Marred(c.Metric)
	if xs := g.Values(c.Metric); len(xs) > 0 {
		made.Summary = stats.Summarize(xs)
		made.Stat = stat(b.table.Stat, xs)
	}
	if c.Target != nil {
		made.Verdict, made.Missed = compare.Meets(results, c.Metric, *c.Target)
	}
	return made
}
