// Package table turns results into a table for a person: a row for each
// setting, a column for each metric, or for each level of a factor.
//
// Replicates of a setting become one cell: their median and range. Only valid
// trials count; those that are invalid, unknown or could not be run are
// counted in a column of their own and named in a note, never averaged in. The
// same results give the same bytes, in whatever order they come.
//
// A table promises no significance: two medians that differ may differ by
// chance.
package table

import (
	"gossipbench/harness/compare"
	"gossipbench/harness/stats"
	"gossipbench/harness/texttab"
	"gossipbench/harness/trial"
)

// Options say what a table shows.
type Options struct {
	Title string
	// Rows and Cols are the settings whose levels are the rows and the columns.
	// Without Rows, every setting that varies and is not of Cols is one.
	Rows, Cols []string
	// Metrics are names of metrics, or of families such as stable-latency.
	// Without them it is the metrics that the results have among the most
	// telling, and those of Targets.
	Metrics []string
	Targets []trial.Target
	// Filters are those that the results have passed; the caption tells them.
	Filters []string
	// Plan is the trials that were to be run, as far as anybody knows. A note tells
	// of those that have no result.
	Plan []trial.Trial
	// Notes are what a reader must know besides, as whole sentences; they come before those of trials.
	Notes []string
	// Remedy is what the note of settings that vary within cells advises.
	Remedy string
	// Stat is what a cell is of its valid trials, one of Stats; without it, the
	// median and the range.
	Stat string
}

// Table is what a person is shown.
type Table struct {
	Title   string
	Caption string   // what all rows have in common
	Factors []string // the settings that tell the rows apart
	Split   []string // the settings that tell the columns apart
	Stat    string   // what a cell is of its valid trials; "" is the median and the range
	Columns []Column
	Rows    []Row
	Notes   []string // what a reader must know before believing the numbers
	Pooled  []string // those of Notes that tell of settings that vary within cells
}

// Column is one metric, of all trials or of those at some levels.
type Column struct {
	Metric trial.Metric
	Levels []string      // of Table.Split
	Target *trial.Target // nil where none is set
}

// Row is one setting.
type Row struct {
	Levels []string // of Table.Factors; "" where the strategy has no such parameter
	Counts Counts
	Cells  []Cell // one for each column
}

// Counts are trials by outcome.
type Counts struct {
	Valid, Invalid, Unknown, Disturbed, Failed int
}

func (c *Counts) add(o trial.Outcome) {
	switch o {
	case trial.Valid:
		c.Valid++
	case trial.Invalid:
		c.Invalid++
	case trial.Unknown:
		c.Unknown++
	case trial.Disturbed:
		c.Disturbed++
	default:
		c.Failed++
	}
}

// Unused is the number of trials that are in no number but those of health.
func (c Counts) Unused() int { return c.Invalid + c.Unknown + c.Disturbed + c.Failed }

// Cell is one metric of one setting, of its valid trials, or of all that ended where
// the metric is one of health. Its Summary has N = 0 where none of them has the metric.
type Cell struct {
	stats.Summary
	// Stat is the table's, of the valid trials; nil where the table has none, or
	// the trials have none.
	Stat   *float64
	Counts Counts
	// Marred is how many of the valid trials may not be chosen for the metric: see
	// trial.Metric.Merit.
	Marred int
	known  int // valid trials that have it
	// Verdict is on the column's target, Missed the number of trials that
	// failed it.
	Verdict Verdict
	Missed  int
}

// Verdict says whether a configuration meets a target: see compare.Pass.
type Verdict = compare.Verdict

// The verdicts.
const (
	None Verdict = "" // there is no target, or no trial
	Pass         = compare.Pass
	Fail         = compare.Fail
	Open         = compare.Open
)

// Colors are the colours of verdicts and outcomes: green is well, red is not, yellow
// is not known.
var Colors = map[string]string{
	string(Pass): texttab.Green, string(trial.Valid): texttab.Green,
	string(Fail): texttab.Red, string(trial.Invalid): texttab.Red, string(trial.Failed): texttab.Red,
	string(Open): texttab.Yellow, string(trial.Unknown): texttab.Yellow, string(trial.Disturbed): texttab.Yellow,
}
