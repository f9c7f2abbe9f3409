package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"gossipbench/harness/cli"
	"gossipbench/harness/compare"
	"gossipbench/harness/plain"
	"gossipbench/harness/query"
	"gossipbench/harness/stats"
	"gossipbench/harness/texttab"
)

// paretoOptions is one call of the verb pareto.
type paretoOptions struct {
	*cli.World
	cli.Output
	x, y, reference string
}

func paretoVerb(w *cli.World) *cobra.Command {
	p := &paretoOptions{World: w}
	cmd := &cobra.Command{
		Use:   "pareto [EXPERIMENT]...",
		Short: "Say which settings no other beats in two metrics",
		Long: `Pareto lists the settings by two metrics, medians of valid trials: first those on
the front, which no other setting beats in one without being worse in the other;
then the dominated ones, each with one of the front that dominates it. A setting
of which some trial is not valid is on no front.

The hypervolume is the area between the front and a reference: the more, the
better. It is told of the worst median in each metric unless --reference says
otherwise; only hypervolumes of one reference can be compared.`,
		Example: `  harness pareto seed-article
  harness pareto challenge-3d --x msgs-per-op --y stable-latency.max --reference 30,600
  harness pareto seed-article --filter peers=mixed -o front.md`,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return append(cli.PlaceNames(), cli.BaselineNames()...), cobra.ShellCompDirectiveDefault
		},
		RunE: func(cmd *cobra.Command, args []string) error { return p.run(cmd, args) },
	}
	f := cmd.Flags()
	f.StringVar(&p.x, "x", "msgs-per-op", "a metric")
	f.StringVar(&p.y, "y", "stable-latency.p50", "another metric")
	f.StringVar(&p.reference, "reference", "", "X,Y of the hypervolume's reference (default the worst median of each)")
	p.Register(cmd)
	cli.Complete(cmd, "x", cli.MetricNames)
	cli.Complete(cmd, "y", cli.MetricNames)
	return cmd
}

func (p *paretoOptions) run(cmd *cobra.Command, args []string) error {
	if err := p.Check(cmd); err != nil {
		return err
	}
	var reference *stats.Point
	if p.reference != "" {
		x, y, _ := strings.Cut(p.reference, ",")
		a, err := strconv.ParseFloat(x, 64)
		b, err2 := strconv.ParseFloat(y, 64)
		if err != nil || err2 != nil {
			return cli.Usage("--reference: want two numbers such as 30,600, got %q", p.reference)
		}
		reference = &stats.Point{X: a, Y: b}
	}
	_, results, err := p.Load(p.World, args, false)
	if err != nil {
		return err
	}
	if results, _, err = query.Choose(results, nil, p.Filters); err != nil {
		return cli.Usage("%w", err)
	}
	front, err := compare.Front(results, p.x, p.y, reference)
	if err != nil {
		return cli.Usage("pareto: %w", cli.Flagged(err))
	}
	return p.Print(p.World, paretoListing(front))
}

// paretoListing shows a front.
func paretoListing(p *compare.Pareto) *texttab.Listing {
	x, y := p.X.Label(), p.Y.Label()
	l := &texttab.Listing{Head: []string{"front of " + x + " and " + y, p.Caption}, Notes: p.Notes}
	l.Column("setting", false)
	l.Column("n", true)
	l.Column(x, true)
	l.Column(y, true)
	l.Column("front", false)
	l.Column("dominated by", false)
	number := func(s stats.Summary) string {
		if s.N == 0 {
			return "–"
		}
		return cli.Short(s.Median)
	}
	on := 0
	for _, c := range p.Candidates {
		mark, by := "", c.By
		if c.Front {
			on++
			mark = "*"
		} else if c.Why != "" {
			by = "(" + c.Why + ")"
		}
		setting := c.Setting
		if setting == "" {
			setting = "the only setting"
		}
		l.Row(setting, strconv.Itoa(c.X.N), number(c.X), number(c.Y), mark, by)
	}
	l.Notes = append([]string{
		fmt.Sprintf("On the front (*): %d of %s, by medians; a difference within the range of the replicates may be chance.", on, plain.Count(len(p.Candidates), "setting")),
		fmt.Sprintf("Hypervolume %s, of the reference %s = %s, %s = %s.", cli.Short(p.Hypervolume), p.X.Name, cli.Short(p.Reference.X), p.Y.Name, cli.Short(p.Reference.Y)),
	}, l.Notes...)
	return l
}
