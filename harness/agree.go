package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"gossipbench/harness/cli"
	"gossipbench/harness/compare"
	"gossipbench/harness/texttab"
	"gossipbench/harness/trial"
)

// agreeOptions is one call of the verb agree.
type agreeOptions struct {
	*cli.World
	reference string
	metrics   []string
	format    string
}

func agreeVerb(w *cli.World) *cobra.Command {
	a := &agreeOptions{World: w}
	cmd := &cobra.Command{
		Use:   "agree EXPERIMENT...",
		Short: "Say whether the backends come to the same answers",
		Long: `Agree joins the results of experiments on all settings but the backend, and says
of each metric that both have whether the median of a backend lies inside the range
of the reference's runs; or near it: 3 % off, for latencies 15 % or 30 ms, for
shares 3 % or .01, for counts of events such as stale values 3 % or twice the square
root; or outside. Only valid trials count, and only those of which every setting is
known. The notes say what is left out, and what the trials of answers that lie
outside warn of.

Exit status: 1 where some answer lies outside.`,
		Example: `  harness agree agreement reference
  harness agree agreement --reference native --metric stable-latency.p50,op-latency.p50`,
		Args: cobra.MinimumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return cli.PlaceNames(), cobra.ShellCompDirectiveDefault
		},
		RunE: func(_ *cobra.Command, args []string) error { return a.run(args) },
	}
	cmd.Flags().StringVar(&a.reference, "reference", trial.Maelstrom, "the backend that the others are compared with")
	cmd.Flags().StringSliceVar(&a.metrics, "metric", nil, "what to compare (default all that both have)")
	cmd.Flags().StringVar(&a.format, "format", "text", "text, markdown, latex, csv, json or html")
	cli.Complete(cmd, "metric", cli.MetricNames)
	return cmd
}

func (a *agreeOptions) run(args []string) error {
	if err := cli.OneOf("--format", a.format, texttab.Formats); err != nil {
		return err
	}
	chosen, err := cli.ChosenPlaces(args)
	if err != nil {
		return err
	}
	var results []trial.Result
	var cautions []string
	for _, p := range chosen {
		s, err := a.Read(p)
		if err != nil {
			return err
		}
		results = append(results, s.Results...)
		cautions = append(cautions, s.NamedCautions(len(chosen) > 1)...)
	}
	lines, notes, err := compare.Agree(results, a.reference, a.metrics)
	if errors.Is(err, compare.ErrNothing) {
		a.Warn(cautions)
		return err
	}
	if err != nil {
		return cli.Usage("%w", cli.Flagged(err))
	}
	l, outside := agreementListing(lines, a.reference)
	l.Notes = slices.Concat(l.Notes, notes, cautions)
	if a.format == "csv" {
		a.Warn(l.Notes)
	}
	if err := l.Write(a.Stdout, a.format, a.Screen()); err != nil {
		return err
	}
	if outside > 0 {
		return cli.Exit(cli.ExitInvalid, fmt.Errorf("of %d answers %d lie outside", len(lines), outside))
	}
	return nil
}

// agreementListing shows lines, and counts those that lie outside.
func agreementListing(lines []compare.Answer, reference string) (l *texttab.Listing, outside int) {
	l = &texttab.Listing{Head: []string{"medians of valid trials beside the range of " + reference + "'s"}}
	l.Column("setting", false)
	l.Column("metric", false)
	l.Column(reference+" least", true)
	l.Column("most", true)
	l.Column("n", true)
	l.Column("backend", false)
	l.Column("median", true)
	l.Column("n", true)
	l.Column("verdict", false)
	for _, line := range lines {
		if line.Verdict == compare.Outside {
			outside++
		}
		l.Row(line.Setting, line.Metric, cli.Short(line.Reference.Least), cli.Short(line.Reference.Most), strconv.Itoa(line.Reference.N),
			line.Backend, cli.Short(line.Answer.Median), strconv.Itoa(line.Answer.N), string(line.Verdict))
	}
	l.Notes = []string{fmt.Sprintf("Of %d answers %d lie outside.", len(lines), outside)}
	return l, outside
}
