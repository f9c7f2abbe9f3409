package cli

import (
	"bytes"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"gossipbench/harness/query"
	"gossipbench/harness/table"
	"gossipbench/harness/texttab"
	"gossipbench/harness/trial"
)

// Formats are the values of --format: jsonl is the trials as they are stored, a
// line each.
var Formats = append(slices.Clone(texttab.Formats), "jsonl")

// Pivot are the flags that say what a table shows.
type Pivot struct {
	Rows, Cols, Metrics []string
	Filters             []string
	Passed              []string // filters that the results have passed already
	Stat                string
	Format              string
	Notes               []string                 // on the results, for a table
	Plan                []trial.Trial            // that were to be run, as far as anybody knows
	fits                func(*trial.Result) bool // whether a result passes the filters; nil where all do
}

func (p *Pivot) Register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringSliceVar(&p.Rows, "row", nil, "settings whose levels are the rows (default: all that vary)")
	f.StringSliceVar(&p.Cols, "col", nil, "settings whose levels are the columns, beside the metrics")
	f.StringSliceVar(&p.Metrics, "metric", nil, "metrics, or families such as stable-latency (see harness help metrics)")
	f.StringVar(&p.Stat, "stat", "", "what a cell is of its valid trials: "+strings.Join(table.Stats, ", ")+" (default the median and the range)")
	f.StringArrayVar(&p.Filters, "filter", nil, `only these trials: "key=value,… key!=value …" (see harness help filters)`)
	f.StringVar(&p.Format, "format", "text", "text, markdown, latex, csv, json, html, or jsonl: the trials as they are stored")
	Complete(cmd, "row", LevelNames)
	Complete(cmd, "col", LevelNames)
	Complete(cmd, "metric", MetricNames)
	Complete(cmd, "stat", func() []string { return table.Stats })
	Complete(cmd, "format", func() []string { return Formats })
}

// Check finds what is wrong with the flags before the trials are run.
func (p *Pivot) Check(trials []trial.Trial) error {
	if err := OneOf("--format", p.Format, Formats); err != nil {
		return err
	}
	results := make([]trial.Result, len(trials))
	for i, t := range trials {
		results[i] = trial.Result{Trial: t, Outcome: trial.Valid}
	}
	fits, err := query.Fits(trials, p.Filters)
	if err != nil {
		return Usage("%w", err)
	}
	p.fits = fits
	err = p.Write(&bytes.Buffer{}, texttab.Screen{}, results, "", nil)
	p.Plan = trials
	if err != nil || strings.Contains(strings.Join(p.Filters, " "), "outcome") { // which nobody knows yet
		return err
	}
	if _, _, err := query.Choose(nil, trials, p.Filters); err != nil {
		return Usage("%w", err)
	}
	return nil
}

// Write writes results in the format asked for.
func (p *Pivot) Write(to *bytes.Buffer, screen texttab.Screen, results []trial.Result, title string, targets []trial.Target) error {
	if p.Format == "jsonl" {
		for i := range results {
			if p.fits == nil || p.fits(&results[i]) {
				to.Write(append(results[i].AppendLine(nil), '\n'))
			}
		}
		return nil
	}
	results, plan, err := query.FilterPlanned(results, p.Plan, p.Filters)
	if err != nil {
		return Usage("%w", err)
	}
	Declare(results)
	t, err := table.Build(results, table.Options{Title: title, Rows: p.Rows, Cols: p.Cols, Metrics: p.Metrics, Targets: targets, Plan: plan, Stat: p.Stat,
		Filters: slices.Concat(p.Passed, p.Filters), Notes: p.Notes, Remedy: "add it to --row or --col, or --filter it"})
	if err != nil {
		return Usage("%w", Flagged(err))
	}
	return t.Write(to, p.Format, screen)
}
