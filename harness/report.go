package main

import (
	"bytes"
	"path/filepath"

	"github.com/spf13/cobra"

	"gossipbench/harness/files"
	"gossipbench/harness/query"
	"gossipbench/harness/report"
	"gossipbench/harness/trial"
)

// reported is one call of the verb report.
type reported struct {
	*world
	out, title string
	filters    []string
}

func reportVerb(w *world) *cobra.Command {
	r := &reported{world: w}
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
			return placeNames(), cobra.ShellCompDirectiveDefault
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, is := terminal(r.stdout); is && r.out == "" {
				return usage("report: want -o FILE such as report.html: a terminal cannot show a page")
			}
			chosen, err := chosenPlaces(args)
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

func (r *reported) write(chosen []place) error {
	var parts []report.Part
	for _, p := range chosen {
		s, err := r.read(p)
		if err != nil {
			return err
		}
		e := s.e
		var results []trial.Result
		if results, e.Trials, err = query.Choose(s.results, s.plan(), r.filters); err != nil {
			return usage("%w", err)
		}
		if len(results) == 0 {
			return usage("report: no results of %s are left to report", p.name)
		}
		parts = append(parts, report.Part{Experiment: e, Results: results, Notes: s.careful()})
	}
	var b bytes.Buffer
	err := report.Write(&b, parts, report.Options{
		Title:   r.title,
		Filters: r.filters,
		Catalog: catalog{},
		Replay:  func(part int, result trial.Result) string { return again(chosen[part], result) },
	})
	if err != nil {
		return err
	}
	if r.out != "" {
		return files.Write(r.out, b.Bytes())
	}
	_, err = r.raw.Write(b.Bytes())
	return err
}

// again is the command that repeats a trial where that can be repeated, and else
// runs it again.
func again(p place, r trial.Result) string {
	switch {
	case len(r.Trial.Unknown) > 0:
		return "" // nobody knows all of its settings
	case r.Trial.Backend != "sim":
		return "harness " + replayCommand(r)
	case p.dir == filepath.Join(resultsFolder, p.name):
		return "harness replay " + r.ID
	}
	return "harness replay " + r.ID + " --in " + quoteAll([]string{p.dir})
}
