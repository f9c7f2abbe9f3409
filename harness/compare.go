package main

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"gossipbench/harness/cli"
	"gossipbench/harness/compare"
	"gossipbench/harness/plain"
	"gossipbench/harness/query"
	"gossipbench/harness/stats"
	"gossipbench/harness/texttab"
	"gossipbench/harness/trial"
	"gossipbench/strategies/param"
)

// compareOptions is one call of the verb compare.
type compareOptions struct {
	*cli.World
	cli.Output
	compare.Options
	base string
}

func compareVerb(w *cli.World) *cobra.Command {
	c := &compareOptions{World: w}
	cmd := &cobra.Command{
		Use:   "compare A [B]...",
		Short: "Say what differs between results, by how much and how sure that is",
		Long: `Compare sets results beside those of a base, setting by setting: the ratio of a
metric with an interval of 95 % (--confidence), a p-value, and a verdict, which is ~ where
nothing can be said. A and B are names of experiments, their files, folders, or
baselines; A is the base. With --col the sides are the levels of a setting within
one experiment, and the base is the first of them or --base.

Replicates are paired by seed where both sides were simulated with the same
seeds: p is then Wilcoxon's signed-rank test's, else the Mann–Whitney U test's,
after correction for the number of tests. Only valid trials count.`,
		Example: `  harness compare seed-article --col peers --filter fanout=2
  harness compare challenge-3d challenge-3e --metric msgs-per-op
  harness baseline save before quickstart; harness compare before quickstart
  harness compare seed-article --col fanout --base 2 --metric msgs-per-op -o fanout.tex`,
		Args: cobra.MinimumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return append(cli.PlaceNames(), cli.BaselineNames()...), cobra.ShellCompDirectiveDefault
		},
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd, args) },
	}
	f := cmd.Flags()
	f.StringVar(&c.Setting, "col", "", "the setting whose levels are the sides, within one experiment")
	f.StringVar(&c.base, "base", "", "the side that the others are compared with (default the first)")
	f.StringSliceVar(&c.Metrics, "metric", nil, "metrics, or families such as stable-latency (see harness help metrics)")
	f.StringVar(&c.Correction, "correction", compare.Corrections[0], "of p-values for their number: holm, bh (Benjamini and Hochberg) or none")
	f.Float64Var(&c.Confidence, "confidence", compare.Confidence, "of the intervals; p of at most 1 less it is a difference")
	c.Register(cmd)
	cli.Complete(cmd, "col", cli.SettingNames)
	cli.Complete(cmd, "metric", cli.MetricNames)
	cli.Complete(cmd, "correction", func() []string { return compare.Corrections })
	return cmd
}

func (c *compareOptions) run(cmd *cobra.Command, args []string) error {
	if err := c.Check(cmd); err != nil {
		return err
	}
	if err := cli.OneOf("--correction", c.Correction, compare.Corrections); err != nil {
		return err
	}
	if !(c.Confidence > 0 && c.Confidence < 1) {
		return cli.Usage("--confidence: want a number above 0 and below 1 such as 0.95, got %v", c.Confidence)
	}
	sides, err := c.sides(args)
	if err != nil {
		return err
	}
	if c.base != "" {
		var names []string
		for _, s := range sides {
			names = append(names, s.Name)
		}
		at := slices.Index(names, c.base)
		if at < 0 && c.Setting != "" {
			at = slices.Index(names, query.Pair(c.Setting, c.base))
		}
		if at < 0 {
			return cli.Usage("--base: no side %q, %s", c.base, param.Hint(c.base, names))
		}
		base := sides[at]
		sides = append([]compare.Side{base}, slices.Delete(sides, at, at+1)...)
	}
	result, err := compare.Compare(sides[0], sides[1:], c.Options)
	if err != nil {
		return failedOrUsage(err)
	}
	return c.Print(c.World, comparisonListing(result, c.Confidence))
}

// sides are what the command line wants compared, the base first unless --base
// says otherwise.
func (c *compareOptions) sides(args []string) ([]compare.Side, error) {
	if c.Setting == "" {
		if len(args) < 2 {
			return nil, cli.Usage("compare: want two sides, such as two experiments, or --col SETTING to compare within %s", args[0])
		}
		var sides []compare.Side
		var all []trial.Result
		for _, text := range args {
			_, results, err := c.Load(c.World, []string{text}, true)
			if err != nil {
				return nil, err
			}
			sides = append(sides, compare.Side{Name: text, Results: results})
			all = append(all, results...)
		}
		for i := range sides {
			// A filter may name what only another side has, so it sees all.
			kept, err := query.Filter(slices.Concat(sides[i].Results, all), c.Filters)
			if err != nil {
				return nil, cli.Usage("%w", err)
			}
			rest, _, err := query.Choose(all, nil, c.Filters)
			if err != nil {
				return nil, cli.Usage("%w", err)
			}
			sides[i].Results = kept[:len(kept)-len(rest)]
		}
		return sides, nil
	}
	_, results, err := c.Load(c.World, args, false)
	if err != nil {
		return nil, err
	}
	if results, _, err = query.Choose(results, nil, c.Filters); err != nil {
		return nil, cli.Usage("%w", err)
	}
	sides, err := compare.By(results, c.Setting)
	if err != nil {
		return nil, cli.Usage("--col: %w", err)
	}
	if len(sides) < 2 {
		return nil, cli.Usage("--col %s: want two levels to compare, the results have %d", c.Setting, len(sides))
	}
	return sides, nil
}

// comparisonListing shows a comparison.
func comparisonListing(c *compare.Comparison, confidence float64) *texttab.Listing {
	l := &texttab.Listing{Head: []string{"compared with " + c.Base, c.Caption}, Notes: c.Notes}
	one := !slices.ContainsFunc(c.Lines, func(line compare.Line) bool { return line.Setting != "" })
	if !one {
		l.Column("setting", false)
	}
	l.Column("metric", false)
	l.Column(c.Base, true)
	l.Column("n", true)
	l.Column("side", false)
	l.Column("median", true)
	l.Column("n of side", true)
	l.Column("ratio", true)
	l.Column(fmt.Sprintf("%.3g %% from", 100*confidence), true)
	l.Column("to", true)
	l.Column("p", false)
	l.Column("verdict", false)
	said := map[string]int{}
	var order []string
	for _, line := range c.Lines {
		var cells []string
		if !one {
			cells = append(cells, line.Setting)
		}
		cells = append(cells, line.Metric.Label(), cli.Short(line.A.Median), strconv.Itoa(line.A.N), line.Side, cli.Short(line.B.Median), strconv.Itoa(line.B.N))
		cells = append(cells, ratioCells(line.Ratio, confidence)...)
		l.Row(append(cells, compare.PText(line.P), string(line.Verdict))...)
		for _, w := range line.Warnings {
			if said[w]++; said[w] == 1 {
				order = append(order, w)
			}
		}
	}
	for _, w := range order {
		l.Notes = append(l.Notes, fmt.Sprintf("In %d of %s: %s.", said[w], plain.Count(len(c.Lines), "line"), w))
	}
	return l
}

// ratioCells are a ratio and the ends of its interval, which has no ends where
// there are too few samples.
func ratioCells(s stats.Shift, confidence float64) []string {
	if math.IsNaN(s.Estimate) {
		return []string{"–", "–", "–"}
	}
	cells := []string{fmt.Sprintf("%.3f", s.Estimate)}
	if !s.Interval.Reaches(confidence) {
		return append(cells, "–", "–")
	}
	return append(cells, fmt.Sprintf("%.3f", s.Interval.Low), fmt.Sprintf("%.3f", s.Interval.High))
}

// failedOrUsage parts an error of what was asked for from one of what there is.
func failedOrUsage(err error) error {
	if o := (*query.OptionError)(nil); errors.As(err, &o) {
		return cli.Usage("%w", cli.Flagged(err))
	}
	return err
}
