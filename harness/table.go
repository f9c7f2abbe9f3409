package main

import (
	"bytes"
	"slices"

	"github.com/spf13/cobra"

	"gossipbench/harness/cli"
	"gossipbench/harness/compare"
	"gossipbench/harness/files"
	"gossipbench/harness/query"
	"gossipbench/harness/texttab"
	"gossipbench/harness/trial"
)

// tableOptions is one call of the verb table.
type tableOptions struct {
	*cli.World
	cli.TableFlags
}

func tableVerb(w *cli.World) *cobra.Command {
	t := &tableOptions{World: w}
	cmd := &cobra.Command{
		Use:   "table [EXPERIMENT]...",
		Short: "Show results as a table",
		Long: `Table shows the results of an experiment: of its name, its file, or a folder;
of several as if they were one. Without a name it is the only one in results/.

A row is a setting, and a cell the median and the range of its valid replicates.
Trials that are not valid are counted apart and named below the table.`,
		Example: `  harness table quickstart
  harness table quickstart --row fanout --col interval --metric msgs-per-op,stable-latency.max
  harness table seed-article --split peers --row fanout --col interval --metric msgs-per-op --stat mean
  harness table seed-article --filter "peers=mixed fanout!=4" -o table.tex`,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return cli.PlaceNames(), cobra.ShellCompDirectiveDefault
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := cli.FormatByEnding(&t.Format, t.Out, cmd.Flags().Changed("format"), texttab.FormatOf, texttab.Endings()); err != nil {
				return err
			}
			if err := cli.OneOf("--format", t.Format, cli.Formats); err != nil {
				return err
			}
			chosen, err := cli.ChosenPlaces(args)
			if err != nil {
				return err
			}
			return t.print(chosen)
		},
	}
	t.Register(cmd)
	return cmd
}

func (t *tableOptions) print(chosen []cli.Place) error {
	var results []trial.Result
	var targets []trial.Target
	heading := ""
	for _, p := range chosen {
		s, err := t.Read(p)
		if err != nil {
			return err
		}
		results = cli.Gather(results, s.Results)
		name := p.Name
		if s.Known {
			t.Plan = append(t.Plan, s.Plan()...)
			targets = append(targets, s.Experiment.Targets...)
			name = cli.Title(s.Experiment)
		}
		t.Notes = append(t.Notes, s.NamedCautions(len(chosen) > 1)...)
		if heading != "" {
			heading += "; "
		}
		heading += name
	}
	results, plan, err := query.Choose(results, t.Plan, t.Filters)
	if err != nil {
		return cli.Usage("%w", err)
	}
	t.Passed, t.Filters, t.Plan = t.Filters, nil, plan
	screen := t.Screen()
	if t.Out != "" {
		screen = t.FileScreen()
	}
	if t.Format == "csv" || t.Format == "jsonl" { // which have no room for it
		t.Warn(t.Notes)
	}
	var b bytes.Buffer
	if err := t.writeSplit(&b, screen, results, heading, targets); err != nil {
		return err
	}
	if t.Out != "" {
		return files.Write(t.Out, b.Bytes())
	}
	_, err = t.Stdout.Write(b.Bytes())
	return err
}

// writeSplit writes a table for each level of the splits. A format that has room
// for one table alone gets the splits as rows.
func (t *tableOptions) writeSplit(to *bytes.Buffer, screen texttab.Screen, results []trial.Result, title string, targets []trial.Target) error {
	if len(t.Splits) == 0 || t.Format == "jsonl" {
		return t.Write(to, screen, results, title, targets)
	}
	parts, err := compare.Split(results, t.Splits)
	if err != nil {
		return cli.Usage("--split: %w", err)
	}
	if slices.Contains([]string{"csv", "json", "html"}, t.Format) {
		whole := t.Pivot
		if whole.Rows == nil {
			whole.Rows = slices.DeleteFunc(query.Varying(results), func(name string) bool {
				return slices.Contains(t.Splits, name) || slices.Contains(t.Cols, name)
			})
		}
		whole.Rows = slices.Concat(t.Splits, whole.Rows)
		return whole.Write(to, screen, results, title, targets)
	}
	for i, p := range parts {
		if i > 0 {
			to.WriteString("\n")
		}
		own := t.Pivot
		own.Plan = t.planOf(parts, i)
		if err := own.Write(to, screen, p.Results, title+", "+p.Name, targets); err != nil {
			return err
		}
	}
	return nil
}

// planOf is the part of the plan that a split's table is of. What is of none is
// told by the last.
func (t *tableOptions) planOf(parts []compare.Side, at int) []trial.Trial {
	p := query.Project(t.Splits...)
	of := map[query.Key]int{}
	for i := range parts {
		of[p.Of(&parts[i].Results[0].Trial)] = i
	}
	var own []trial.Trial
	for i := range t.Plan {
		part, known := of[p.Of(&t.Plan[i])]
		if !known {
			part = len(parts) - 1
		}
		if part == at {
			own = append(own, t.Plan[i])
		}
	}
	return own
}
