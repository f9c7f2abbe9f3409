package main

import (
	"bytes"
	"path/filepath"

	"al.essio.dev/pkg/shellescape"
	"github.com/spf13/cobra"

	"gossipbench/harness/cli"
	"gossipbench/harness/files"
	"gossipbench/harness/query"
	"gossipbench/harness/report"
	"gossipbench/harness/trial"
)

// reportOptions is one call of the verb report.
type reportOptions struct {
	*cli.World
	out, title string
	filters    []string
}

func reportVerb(w *cli.World) *cobra.Command {
	r := &reportOptions{World: w}
	cmd := &cobra.Command{
		Use:   "report [EXPERIMENT]...",
		Short: "Write one HTML page that tells what came out, and what to choose",
		Long: `Report writes a page about the results of experiments, each of its name, its file
or a folder: what was asked and run, which setting to choose and why, tables to
sort and filter, charts whose selections filter each other, and the trials that
are not in the numbers with the commands that run them again. Without a name it
is the only one in results/.

The page is one file that needs no network. The same trials make the same page.`,
		Example: `  harness report quickstart -o quickstart.html
  harness report seed-article --filter "fanout!=4" -o page.html
  harness report agreement results/reference -o both.html`,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return cli.PlaceNames(), cobra.ShellCompDirectiveDefault
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, is := cli.Terminal(r.Stdout); is && r.out == "" {
				return cli.Usage("report: want -o FILE such as report.html: a terminal cannot show a page")
			}
			chosen, err := cli.ChosenPlaces(args)
			if err != nil {
				return err
			}
			return r.write(chosen)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&r.out, "out", "o", "", "file to write (default stdout)")
	f.StringVar(&r.title, "title", "", "title of the page (default the experiments' names)")
	f.StringArrayVar(&r.filters, "filter", nil, `only these trials: "key=value,… key!=value …" (see harness help filters)`)
	return cmd
}

func (r *reportOptions) write(chosen []cli.Place) error {
	var parts []report.Part
	for _, p := range chosen {
		s, err := r.Read(p)
		if err != nil {
			return err
		}
		e := s.Experiment
		var results []trial.Result
		if results, e.Trials, err = query.Choose(s.Results, s.Plan(), r.filters); err != nil {
			return cli.Usage("%w", err)
		}
		if len(results) == 0 {
			return cli.Usage("report: no results of %s are left to report", p.Name)
		}
		parts = append(parts, report.Part{Experiment: e, Results: results, Notes: s.Cautions()})
	}
	var b bytes.Buffer
	err := report.Write(&b, parts, report.Options{
		Title:   r.title,
		Filters: r.filters,
		Catalog: cli.Catalog{},
		Replay:  func(part int, result trial.Result) string { return again(chosen[part], result) },
	})
	if err != nil {
		return err
	}
	if r.out != "" {
		return files.Write(r.out, b.Bytes())
	}
	_, err = r.Raw.Write(b.Bytes())
	return err
}

// again is the command that repeats a trial where that can be repeated, and else
// runs it again.
func again(p cli.Place, r trial.Result) string {
	switch {
	case len(r.Trial.Unknown) > 0:
		return "" // nobody knows all of its settings
	case !r.Trial.Virtual():
		return "harness " + replayCommand(r)
	case p.Dir == filepath.Join(cli.ResultsFolder, p.Name):
		return "harness replay " + r.ID
	}
	return "harness replay " + r.ID + " --in " + shellescape.Quote(p.Dir)
}
