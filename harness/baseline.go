package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"gossipbench/harness/cli"
	"gossipbench/harness/files"
	"gossipbench/harness/plain"
	"gossipbench/harness/store"
	"gossipbench/harness/texttab"
	"gossipbench/strategies/param"
)

func baselineVerb(w *cli.World) *cobra.Command {
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
			return cli.Usage("baseline: want save, list or rm, see %s --help", cmd.CommandPath())
		},
	}
	save := &cobra.Command{
		Use: "save NAME [RESULTS]", Short: "Keep a copy of results as NAME: an experiment's, a file's or a folder's",
		Example: "  harness baseline save before quickstart",
		Args:    statusArgs(cobra.RangeArgs(1, 2)),
		RunE:    func(_ *cobra.Command, args []string) error { return saveBaseline(w, args[0], args[1:], force) },
	}
	save.Flags().BoolVar(&force, "force", false, "replace a baseline of that name")
	list := &cobra.Command{
		Use: "list", Short: "List the baselines", Args: statusArgs(cobra.NoArgs), Example: "  harness baseline list",
		RunE: func(*cobra.Command, []string) error { return listBaselines(w) },
	}
	rm := &cobra.Command{
		Use: "rm NAME...", Short: "Remove baselines", Args: statusArgs(cobra.MinimumNArgs(1)), Example: "  harness baseline rm before",
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return cli.BaselineNames(), cobra.ShellCompDirectiveNoFileComp
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
			return cli.Usage("%s: %w, see %s --help", cmd.Name(), err, cmd.CommandPath())
		}
		return nil
	}
}

func saveBaseline(w *cli.World, name string, args []string, force bool) error {
	if !cli.IsBaselineName(name) {
		return cli.Usage("baseline: want a name of letters, digits, dots, - and _, got %q", name)
	}
	chosen, results, err := w.Collect(args)
	if err != nil {
		return err
	}
	for i := range chosen {
		chosen[i].Warn(w)
	}
	if len(results) == 0 {
		return fmt.Errorf("baseline: no trials in %s: want results to keep", chosen[0].Dir)
	}
	dir := filepath.Join(cli.BaselinesFolder, name)
	if _, err := os.Lstat(dir); err == nil {
		if _, is := cli.FindBaseline(name); !is {
			return cli.Usage("baseline %s: %s is there and is none, want another name", name, dir)
		}
		if !force {
			return cli.Usage("baseline %s exists: --force replaces it", name)
		}
	}
	if err := files.Folder(cli.BaselinesFolder); err != nil {
		return err
	}
	n, err := replaceBaseline(chosen[0].Dir, dir)
	if err != nil {
		return err
	}
	fmt.Fprintf(w.Stderr, "harness: baseline %s: %s of %s\n", name, plain.Count(n, "trial"), chosen[0].Name)
	return nil
}

// replaceBaseline copies results into a folder that gets its name when it is whole.
// What is replaced may be what is copied.
func replaceBaseline(from, dir string) (n int, err error) {
	if err := ownFiles(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}
	draft := filepath.Join(cli.BaselinesFolder, fmt.Sprintf(".%s.%d.part", filepath.Base(dir), os.Getpid()))
	if err := errors.Join(os.RemoveAll(draft), os.Mkdir(draft, 0o777)); err != nil { // a killed process had our number
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(draft)) }()
	if n, err = store.Copy(from, draft); err != nil {
		return 0, err
	}
	old := draft + ".old"
	if err := errors.Join(os.RemoveAll(old), os.Rename(dir, old)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}
	if err := os.Rename(draft, dir); err != nil {
		if back := os.Rename(old, dir); !errors.Is(back, fs.ErrNotExist) {
			err = errors.Join(err, back)
		}
		return 0, err
	}
	return n, errors.Join(os.RemoveAll(old), files.Sync(cli.BaselinesFolder))
}

// baselineFiles are what is in the folder of a baseline.
var baselineFiles = []string{"trials.jsonl", "experiment.yaml", "run.json"}

// ownFiles makes sure that a folder has nothing but a baseline's files.
func ownFiles(dir string) error {
	entries, err := os.ReadDir(dir)
	for _, entry := range entries {
		if !slices.Contains(baselineFiles, entry.Name()) {
			return fmt.Errorf("baseline: %s is no file of a baseline's and would be lost: move it away", filepath.Join(dir, entry.Name()))
		}
	}
	return err
}

func listBaselines(w *cli.World) error {
	l := &texttab.Listing{}
	l.Column("baseline", false)
	l.Column("trials", true)
	l.Column("commit", false)
	names := cli.BaselineNames()
	for _, name := range names {
		p, _ := cli.FindBaseline(name)
		results, err := w.Results(p)
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
		fmt.Fprintf(w.Stderr, "harness: no baselines in %s; harness baseline save NAME EXPERIMENT makes one\n", cli.BaselinesFolder)
		return nil
	}
	return l.Write(w.Stdout, "text", w.Screen())
}

// removeBaselines removes all of names, or none where one is not there or has more
// than the files that save writes.
func removeBaselines(names []string) error {
	for _, name := range names {
		if _, found := cli.FindBaseline(name); !found {
			return cli.Usage("no baseline %q, %s", name, param.Hint(name, cli.BaselineNames()))
		}
		if err := ownFiles(filepath.Join(cli.BaselinesFolder, name)); err != nil {
			return err
		}
	}
	for _, name := range names {
		if err := os.RemoveAll(filepath.Join(cli.BaselinesFolder, name)); err != nil {
			return err
		}
	}
	return nil
}
