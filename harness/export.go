package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"gossipbench/harness/cli"
	"gossipbench/harness/export"
	"gossipbench/harness/files"
	"gossipbench/harness/plain"
	"gossipbench/harness/query"
	"gossipbench/harness/trial"
)

// exportOptions is one call of the verb export.
type exportOptions struct {
	*cli.World
	metrics, filters []string
	format, out      string
	schema           bool
}

func exportVerb(w *cli.World) *cobra.Command {
	e := &exportOptions{World: w}
	cmd := &cobra.Command{
		Use:   "export [EXPERIMENT]...",
		Short: "Write results for other programs: CSV, JSON, or what benchstat reads",
		Long: `Export writes the trials of experiments, each of its name, its file or a folder,
without summing anything up. Without a name it is the only one in results/.

  wide   CSV, a line a trial, a column a setting and a column a metric
  long   CSV, a line for each metric of each trial: trials without metrics have none
  json   one document with what the metrics mean; --schema prints its JSON Schema
  jsonl  a line of JSON a trial, as results/ has it
  bench  Go's benchmark format, of valid trials: replicates are repetitions

CSV is as RFC 4180 has it. Durations are milliseconds: those of settings stand in
columns that end in _ms, those of metrics under the metric's name, whose unit long,
json and harness help metrics tell. A text that a spreadsheet would run as a formula begins with an apostrophe.`,
		Example: `  harness export quickstart -o quickstart.csv
  harness export seed-article --format long --metric msgs-per-op,stable-latency --filter outcome=valid
  harness export seed-article --format bench -o trials.txt && benchstat -col /fanout trials.txt
  harness export --schema`,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return cli.PlaceNames(), cobra.ShellCompDirectiveDefault
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := cli.FormatByEnding(&e.format, e.out, cmd.Flags().Changed("format"), export.FormatOf, export.Endings()); err != nil {
				return err
			}
			if meant := export.FormatOf("." + e.format); meant != "" && !slices.Contains(export.Formats, e.format) {
				return cli.Usage("--format: no such format: %q, did you mean %s?", e.format, meant)
			}
			if err := cli.OneOf("--format", e.format, export.Formats); err != nil {
				return err
			}
			if e.schema {
				return e.write(export.Schema)
			}
			chosen, err := cli.ChosenPlaces(args)
			if err != nil {
				return err
			}
			return e.run(chosen)
		},
	}
	f := cmd.Flags()
	f.StringVar(&e.format, "format", "wide", strings.Join(export.Formats, ", "))
	f.StringSliceVar(&e.metrics, "metric", nil, "metrics, or families such as stable-latency (default all; see harness help metrics)")
	f.StringArrayVar(&e.filters, "filter", nil, `only these trials: "key=value,… key!=value …" (see harness help filters)`)
	f.StringVarP(&e.out, "out", "o", "", "file to write: .csv, .json, .jsonl, or .txt for bench, unless --format is given (default stdout)")
	f.BoolVar(&e.schema, "schema", false, "print the JSON Schema of json, whose $defs/result is that of a line of jsonl")
	cli.Complete(cmd, "format", func() []string { return export.Formats })
	cli.Complete(cmd, "metric", cli.MetricNames)
	return cmd
}

func (e *exportOptions) run(chosen []cli.Place) error {
	parts := make([]export.Part, len(chosen))
	var all []trial.Result
	for i, p := range chosen {
		results, err := e.Contents(p)
		if err != nil {
			return err
		}
		parts[i] = export.Part{Name: p.Name, Results: results}
		all = append(all, results...)
	}
	kept, _, err := query.Choose(all, nil, e.filters)
	if err != nil {
		return cli.Usage("%w", err)
	}
	left := 0
	for i := range parts {
		// A filter may name what only another experiment has, so it sees all.
		both, err := query.Filter(slices.Concat(parts[i].Results, all), e.filters)
		if err != nil {
			return cli.Usage("%w", err)
		}
		parts[i].Results = both[:len(both)-len(kept)]
		for _, r := range parts[i].Results {
			if r.Outcome != trial.Valid {
				left++
			}
		}
	}
	var b bytes.Buffer
	if err := export.Write(&b, parts, export.Options{Format: e.format, Metrics: e.metrics}); err != nil {
		return cli.Usage("%w", cli.Flagged(err))
	}
	if left > 0 && e.format == "bench" {
		fmt.Fprintf(e.Stderr, "harness: left out as not valid: %s, which the other formats have\n", plain.Count(left, "trial"))
	}
	return e.write(b.Bytes())
}

func (e *exportOptions) write(text []byte) error {
	if e.out != "" {
		return files.Write(e.out, text)
	}
	_, err := e.Stdout.Write(text)
	return err
}
