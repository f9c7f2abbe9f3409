package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"

	"github.com/spf13/cobra"

	"gossipbench/harness/table"
	"gossipbench/strategies/param"
)

// baselinesFolder is where baselines lie, a folder each, beside results/: so
// that they can be committed, and no run or import touches them.
const baselinesFolder = "baselines"

// baselineName is what a baseline may be called.
var baselineName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

func baselineVerb(w *world) *cobra.Command {
	force := false
	cmd := &cobra.Command{
		Use:   "baseline",
		Short: "Keep results under a name, to compare later ones with",
		Long: `Baseline keeps a copy of an experiment's results in baselines/NAME, whatever is
run later. The verbs compare, pareto, effects and gate take its name.`,
		Example: `  harness baseline save before quickstart
  harness baseline list
  harness compare before quickstart
  harness gate quickstart --against before --max-regression 5%
  harness baseline rm before`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return usage("baseline: want save, list or rm, see %s --help", cmd.CommandPath())
		},
	}
	save := &cobra.Command{
		Use: "save NAME [RESULTS]", Short: "Keep a copy of results as NAME: an experiment's, a file's or a folder's",
		Example: "  harness baseline save before quickstart",
		Args:    statusArgs(cobra.RangeArgs(1, 2)),
		RunE:    func(_ *cobra.Command, args []string) error { return w.saveBaseline(args[0], args[1:], force) },
	}
	save.Flags().BoolVar(&force, "force", false, "replace a baseline of that name")
	list := &cobra.Command{
		Use: "list", Short: "List the baselines", Args: statusArgs(cobra.NoArgs), Example: "  harness baseline list",
		RunE: func(*cobra.Command, []string) error { return w.listBaselines() },
	}
	rm := &cobra.Command{
		Use: "rm NAME...", Short: "Remove baselines", Args: statusArgs(cobra.MinimumNArgs(1)), Example: "  harness baseline rm before",
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return baselineNames(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error { return removeBaselines(args) },
	}
	cmd.AddCommand(save, list, rm)
	return cmd
}

// statusArgs gives a check of arguments the exit status of wrong usage.
func statusArgs(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return usage("%s: %w, see %s --help", cmd.Name(), err, cmd.CommandPath())
		}
		return nil
	}
}

func (w *world) saveBaseline(name string, args []string, force bool) error {
	if !baselineName.MatchString(name) {
		return usage("baseline: want a name of letters, digits, dots, - and _, got %q", name)
	}
	chosen, results, err := w.gather(args)
	if err != nil {
		return err
	}
	if len(results) == 0 {
		return fmt.Errorf("baseline: no trials in %s: want results to keep", chosen[0].dir)
	}
	// What is kept is read before what is replaced is removed: they may be one.
	text, err := os.ReadFile(filepath.Join(chosen[0].dir, "experiment.yaml"))
	asked := err == nil
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	dir := filepath.Join(baselinesFolder, name)
	if _, err := os.Stat(dir); err == nil {
		if !force {
			return usage("baseline %s exists: --force replaces it", name)
		}
		if err := removeBaselines([]string{name}); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	// The results come last: a folder without them is no baseline.
	if asked {
		if err := os.WriteFile(filepath.Join(dir, "experiment.yaml"), text, 0o666); err != nil {
			return err
		}
	}
	var lines []byte
	for _, r := range results {
		lines = append(r.AppendLine(lines), '\n')
	}
	if err := os.WriteFile(filepath.Join(dir, "trials.jsonl"), lines, 0o666); err != nil {
		return err
	}
	fmt.Fprintf(w.stderr, "harness: baseline %s: %d trials of %s\n", name, len(results), chosen[0].name)
	return nil
}

func (w *world) listBaselines() error {
	l := &table.Listing{}
	l.Column("baseline", false)
	l.Column("trials", true)
	l.Column("commit", false)
	names := baselineNames()
	for _, name := range names {
		p, _ := findBaseline(name)
		results, err := w.results(p)
		if err != nil {
			return err
		}
		commit := ""
		for _, r := range results {
			if commit == "" {
				commit = r.Made.Commit
			}
			if r.Made.Commit != commit {
				commit = "several"
				break
			}
		}
		l.Row(name, strconv.Itoa(len(results)), commit)
	}
	if len(names) == 0 {
		fmt.Fprintf(w.stderr, "harness: no baselines in %s; harness baseline save NAME EXPERIMENT makes one\n", baselinesFolder)
		return nil
	}
	return l.Write(w.stdout, "text", w.screen())
}

// removeBaselines removes all of names, or none where one is not there. Only the
// files that save writes are removed: what else lies in the folder stays.
func removeBaselines(names []string) error {
	for _, name := range names {
		if _, found := findBaseline(name); !found {
			return usage("no baseline %q, %s", name, param.Hint(name, baselineNames()))
		}
	}
	for _, name := range names {
		dir := filepath.Join(baselinesFolder, name)
		for _, file := range []string{"trials.jsonl", "experiment.yaml"} {
			if err := os.Remove(filepath.Join(dir, file)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
		if err := os.Remove(dir); err != nil {
			return err
		}
	}
	return nil
}

// findBaseline returns the baseline of a name.
func findBaseline(name string) (place, bool) {
	p := place{name, filepath.Join(baselinesFolder, name)}
	return p, baselineName.MatchString(name) && p.there()
}

// baselineNames are the names of all baselines, sorted.
func baselineNames() []string {
	entries, _ := os.ReadDir(baselinesFolder) // without the folder there are none
	var names []string
	for _, entry := range entries {
		if _, found := findBaseline(entry.Name()); found {
			names = append(names, entry.Name())
		}
	}
	return names
}
