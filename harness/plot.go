package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"gossipbench/harness/cli"
	"gossipbench/harness/files"
	"gossipbench/harness/plot"
	"gossipbench/harness/query"
	"gossipbench/harness/sim"
	"gossipbench/harness/trial"
)

// plotOptions is one call of the verb plot.
type plotOptions struct {
	*cli.World
	cli.PlotFlags
}

func plotVerb(w *cli.World) *cobra.Command {
	p := &plotOptions{World: w}
	cmd := &cobra.Command{
		Use:   "plot [EXPERIMENT]...",
		Short: "Draw results as SVG, PNG or PDF",
		Long: `Plot draws the results of experiments, each of its name, its file or a folder, of
several as if they were one. Without a name it is the only one in results/.

  front         two metrics (--x, --y), a point a setting, and the Pareto front
  factor        a metric by a factor (--x), a line for each of the other settings
  heat          a metric by two factors (--x, --y)
  delivery      share of the nodes that have a value over time, median and range
                over replicates; simulated trials are repeated for it
  distribution  latencies by their stored quantiles, a row a setting

A point is the median of a setting's valid trials, and a bar the interval that
holds the true median with probability 0.95, or the range of trials that are too
few, of which the figure tells the probability. The same results give the same
bytes.`,
		Example: `  harness plot seed-article -o front.svg
  harness plot seed-article --kind factor --x fanout --metric stable-latency.p50 --filter peers=mixed -o fanout.pdf
  harness plot seed-article --kind heat --x fanout --y interval --filter peers=mixed -o heat.png
  harness plot seed-article --kind distribution --filter "fanout=2 peers=mixed" -o latency.svg
  harness plot agreement --kind delivery --filter "backend=sim strategy=flood" -o spread.svg`,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return cli.PlaceNames(), cobra.ShellCompDirectiveDefault
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := p.checkFlags(cmd.Flags().Changed("format")); err != nil {
				return err
			}
			chosen, err := cli.ChosenPlaces(args)
			if err != nil {
				return err
			}
			return p.draw(cmd.Context(), chosen)
		},
	}
	p.Register(cmd)
	return cmd
}

func (p *plotOptions) checkFlags(formatGiven bool) error {
	if err := cli.OneOf("--kind", p.Kind, plot.Kinds); err != nil {
		return err
	}
	if ending := plot.FormatOf(p.Out); ending != "" && !formatGiven {
		p.Format = ending
	} else if p.Out != "" && ending == "" && !formatGiven {
		return cli.Usage("-o %s: want a file that ends in .%s, or --format", p.Out, strings.Join(plot.Formats, ", ."))
	}
	if err := cli.OneOf("--format", p.Format, plot.Formats); err != nil {
		return err
	}
	if _, is := cli.Terminal(p.Stdout); is && p.Out == "" {
		return cli.Usage("plot: want -o FILE such as figure.svg: a terminal cannot show it")
	}
	return nil
}

func (p *plotOptions) draw(ctx context.Context, chosen []cli.Place) error {
	var results []trial.Result
	var headings []string
	for _, at := range chosen {
		more, err := p.Contents(at)
		if err != nil {
			return err
		}
		results = append(results, more...)
		heading := at.Name
		if e, known := at.LoadExperiment(); known {
			p.Targets = append(p.Targets, e.Targets...)
			heading = cli.Title(e)
		}
		headings = append(headings, heading)
	}
	results, _, err := query.Choose(results, nil, p.Filters)
	if err != nil {
		return cli.Usage("%w", err)
	}
	if p.Title == "" {
		p.Title = strings.Join(headings, "; ")
	}
	done := 0
	p.Curve = func(r trial.Result) (plot.Curve, error) {
		if done++; done == 1 {
			fmt.Fprintln(p.Stderr, "harness: repeating the trials for their curves")
		}
		return p.curve(ctx, r)
	}
	p.Remedy = "choose one of its levels by --filter"
	figure, err := plot.Build(results, p.Options)
	if err != nil {
		return cli.Usage("plot: %w", cli.Flagged(err))
	}
	var b bytes.Buffer
	if err := figure.Write(&b, p.Format); err != nil {
		return err
	}
	if p.Out != "" {
		return files.Write(p.Out, b.Bytes())
	}
	_, err = p.Raw.Write(b.Bytes())
	return err
}

// curve repeats a trial to see how its values spread.
func (p *plotOptions) curve(ctx context.Context, r trial.Result) (plot.Curve, error) {
	var c plot.Curve
	last, live := int64(-1), 0
	again, err := repeat(ctx, r, sim.Options{Learn: func(value int64, after time.Duration, nodes int) {
		c.After = append(c.After, float64(after)/float64(time.Millisecond))
		last, live = max(last, value), nodes
	}})
	if err != nil {
		return c, err
	}
	if differences := differ(r, again); len(differences) > 0 {
		fmt.Fprintf(p.Stderr, "harness: trial %s came to another result than is stored; harness replay %s says in what\n", r.ID, r.ID)
	}
	slices.Sort(c.After)
	c.Of = int(last+1) * live
	return c, nil
}
