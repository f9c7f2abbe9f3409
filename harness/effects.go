package main

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"gossipbench/harness/cli"
	"gossipbench/harness/compare"
	"gossipbench/harness/query"
	"gossipbench/harness/texttab"
)

// effectsOptions is one call of the verb effects.
type effectsOptions struct {
	*cli.World
	cli.Output
	metrics []string
}

func effectsVerb(w *cli.World) *cobra.Command {
	e := &effectsOptions{World: w}
	cmd := &cobra.Command{
		Use:   "effects [EXPERIMENT]...",
		Short: "Say which factor matters, and how much",
		Long: `Effects splits the variance of a metric among the factors of an experiment: what
goes with each alone (main effects), what with two together beyond that
(interactions), and what with neither (residual: replicates, and three factors
and more). The shares are of type II sums of squares; in a balanced experiment
they add up to 1. Where strategies differ, their parameters count within each
strategy that has them. Only valid trials count.`,
		Example: `  harness effects seed-article --filter peers=mixed
  harness effects seed-article --metric msgs-per-op,stable-latency.p50 --format markdown`,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return append(cli.PlaceNames(), cli.BaselineNames()...), cobra.ShellCompDirectiveDefault
		},
		RunE: func(cmd *cobra.Command, args []string) error { return e.run(cmd, args) },
	}
	cmd.Flags().StringSliceVar(&e.metrics, "metric", nil, "metrics, or families such as stable-latency (see harness help metrics)")
	e.Register(cmd)
	cli.Complete(cmd, "metric", cli.MetricNames)
	return cmd
}

func (e *effectsOptions) run(cmd *cobra.Command, args []string) error {
	if err := e.Check(cmd); err != nil {
		return err
	}
	_, results, err := e.Load(e.World, args, false)
	if err != nil {
		return err
	}
	if results, _, err = query.Choose(results, nil, e.Filters); err != nil {
		return cli.Usage("%w", err)
	}
	found, err := compare.Effects(results, e.metrics)
	if err != nil {
		return failedOrUsage(err)
	}
	l := &texttab.Listing{Head: []string{"which factor matters", found.Caption}, Notes: found.Notes}
	l.Column("metric", false)
	l.Column("effect", false)
	l.Column("share of variance", true)
	l.Column("degrees of freedom", true)
	l.Column("p", false)
	for _, line := range found.Lines {
		share, freedom := fmt.Sprintf("%.3f", line.Share), "–"
		switch {
		case line.DF > 0:
			freedom = strconv.Itoa(line.DF)
		case line.Name != compare.Residual:
			share = "–"
		}
		l.Row(line.Metric.Name, line.Name, share, freedom, compare.PText(line.P))
	}
	return e.Print(e.World, l)
}
