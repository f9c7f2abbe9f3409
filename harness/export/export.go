// Package export writes stored results for other programs: for a spreadsheet
// or a data frame as CSV, for anything else as JSON, and in the format of Go's
// benchmarks, which benchstat reads.
//
// Nothing is summed up, left out or rounded: that is for whoever reads. Only the
// bench format has no place for a trial that is not valid. The same results give
// the same bytes.
package export

import (
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"gossipbench/harness/query"
	"gossipbench/harness/trial"
	"gossipbench/strategies/param"
)

// Part is the results of one experiment.
type Part struct {
	Name    string
	Results []trial.Result
}

// Options say what Write writes.
type Options struct {
	Format string // one of Formats
	// Metrics are names of metrics, or of families such as stable-latency; none
	// is all. The formats json and jsonl always have all.
	Metrics []string
}

// Formats are the names of the forms in which results can be written:
//
//	wide   CSV, a line a trial, a column a metric
//	long   CSV, a line for each metric of each trial
//	json   one document, which schema.json describes
//	jsonl  a line of JSON a trial, as it is stored; schema.json describes it too
//	bench  Go's benchmark format: https://go.dev/design/14313-benchmark-format
var Formats = []string{"wide", "long", "json", "jsonl", "bench"}

// endings are the formats of files by their endings.
var endings = map[string]string{".csv": "wide", ".json": "json", ".jsonl": "jsonl", ".txt": "bench", ".bench": "bench"}

// Endings are those of files whose formats are known.
func Endings() []string { return slices.Sorted(maps.Keys(endings)) }

// FormatOf returns the format that a file's ending asks for; "" where it asks
// for none.
func FormatOf(path string) string { return endings[strings.ToLower(filepath.Ext(path))] }

// Write writes results. A metric that is not known is an error.
func Write(w io.Writer, parts []Part, o Options) error {
	metrics, err := chosen(parts, o.Metrics)
	if err != nil {
		return err
	}
	switch o.Format {
	case "wide":
		return wide(w, parts, metrics)
	case "long":
		return long(w, parts, metrics)
	case "bench":
		return bench(w, parts, metrics)
	}
	if o.Metrics != nil {
		return query.In("metric", fmt.Errorf("format %s has all metrics; wide, long and bench can choose", o.Format))
	}
	switch o.Format {
	case "json":
		return document(w, parts, metrics)
	case "jsonl":
		return lines(w, parts)
	}
	return fmt.Errorf("no such format: %q, %s", o.Format, param.Hint(o.Format, Formats))
}

// chosen returns the metrics of those names or families that some result has, or
// without names all that some result has, in the order of query.Measured.
func chosen(parts []Part, names []string) ([]trial.Metric, error) {
	var results []trial.Result
	for _, p := range parts {
		results = append(results, p.Results...)
	}
	measured := query.Measured(results)
	if names == nil {
		return measured, nil
	}
	wanted, err := query.Metrics(results, names)
	return slices.DeleteFunc(measured, func(m trial.Metric) bool {
		return !slices.ContainsFunc(wanted, func(w trial.Metric) bool { return w.Name == m.Name })
	}), err
}
