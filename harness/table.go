package main

import (
	"bytes"
	"slices"

	"github.com/spf13/cobra"

	"gossipbench/harness/compare"
	"gossipbench/harness/files"
	"gossipbench/harness/query"
	"gossipbench/harness/texttab"
	"gossipbench/harness/trial"
)

// tabular is one call of the verb table.
type tabular struct {
	*world
	pivot
	splits []string
	out    string
}

func tableVerb(w *world) *cobra.Command {
	t := &tabular{world: w}
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
			return placeNames(), cobra.ShellCompDirectiveDefault
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := byEnding(&t.format, t.out, cmd.Flags().Changed("format"), texttab.FormatOf, texttab.Endings()); err != nil {
				return err
			}
			if err := oneOf("--format", t.format, formats); err != nil {
				return err
			}
			chosen, err := chosenPlaces(args)
			if err != nil {
				return err
			}
			return t.tell(chosen)
		},
	}
	t.register(cmd)
	cmd.Flags().StringSliceVar(&t.splits, "split", nil, "settings for each level of which there is a table of its own; columns of it in csv, json and html")
	complete(cmd, "split", settingNames)
	cmd.Flags().StringVarP(&t.out, "out", "o", "", "file to write, in the format of its ending unless --format is given (default stdout)")
	return cmd
}

func (t *tabular) tell(chosen []place) error {
	var results []trial.Result
	var targets []trial.Target
	heading := ""
	for _, p := range chosen {
		s, err := t.read(p)
		if err != nil {
			return err
		}
		results = gathered(results, s.results)
		name := p.name
		if s.known {
			t.plan = append(t.plan, s.plan()...)
			targets = append(targets, s.e.Targets...)
			name = title(s.e)
		}
		t.notes = append(t.notes, s.told(len(chosen) > 1)...)
		if heading != "" {
			heading += "; "
		}
		heading += name
	}
	results, plan, err := query.Choose(results, t.plan, t.filters)
	if err != nil {
		return usage("%w", err)
	}
	t.passed, t.filters, t.plan = t.filters, nil, plan
	screen := t.screen()
	if t.out != "" {
		screen = t.fileScreen()
	}
	if t.format == "csv" || t.format == "jsonl" { // which have no room for it
		t.warn(t.notes)
	}
	var b bytes.Buffer
	if err := t.writeSplit(&b, screen, results, heading, targets); err != nil {
		return err
	}
	if t.out != "" {
		return files.Write(t.out, b.Bytes())
	}
	_, err = t.stdout.Write(b.Bytes())
	return err
}

// writeSplit writes a table for each level of the splits. A format that has room
// for one table alone gets the splits as rows.
func (t *tabular) writeSplit(to *bytes.Buffer, screen texttab.Screen, results []trial.Result, title string, targets []trial.Target) error {
	if len(t.splits) == 0 || t.format == "jsonl" {
		return t.write(to, screen, results, title, targets)
	}
	parts, err := compare.Split(results, t.splits)
	if err != nil {
		return usage("--split: %w", err)
	}
	if slices.Contains([]string{"csv", "json", "html"}, t.format) {
		whole := t.pivot
		if whole.rows == nil {
			whole.rows = slices.DeleteFunc(query.Varying(results), func(name string) bool {
				return slices.Contains(t.splits, name) || slices.Contains(t.cols, name)
			})
		}
		whole.rows = slices.Concat(t.splits, whole.rows)
		return whole.write(to, screen, results, title, targets)
	}
	for i, p := range parts {
		if i > 0 {
			to.WriteString("\n")
		}
		own := t.pivot
		own.plan = t.planOf(parts, i)
		if err := own.write(to, screen, p.Results, title+", "+p.Name, targets); err != nil {
			return err
		}
	}
	return nil
}

// planOf is the part of the plan that a split's table is of. What is of none is
// told by the last.
func (t *tabular) planOf(parts []compare.Side, at int) []trial.Trial {
	of := func(part compare.Side, trial *trial.Trial) bool {
		return !slices.ContainsFunc(t.splits, func(name string) bool {
			has, _ := trial.Value(name)
			want, _ := part.Results[0].Trial.Value(name)
			return has != want
		})
	}
	var own []trial.Trial
	for i := range t.plan {
		trial := &t.plan[i]
		last := at == len(parts)-1 && !slices.ContainsFunc(parts, func(p compare.Side) bool { return of(p, trial) })
		if last || of(parts[at], trial) {
			own = append(own, *trial)
		}
	}
	return own
}
