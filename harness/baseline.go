package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"gossipbench/harness/files"
	"gossipbench/harness/store"
	"gossipbench/harness/texttab"
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
	chosen, results, err := w.collect(args)
	if err != nil {
		return err
	}
	for i := range chosen {
		chosen[i].warn(w)
	}
	if len(results) == 0 {
		return fmt.Errorf("baseline: no trials in %s: want results to keep", chosen[0].dir)
	}
	dir := filepath.Join(baselinesFolder, name)
	if _, err := os.Lstat(dir); err == nil {
		if _, is := findBaseline(name); !is {
			return usage("baseline %s: %s is there and is none, want another name", name, dir)
		}
		if !force {
			return usage("baseline %s exists: --force replaces it", name)
		}
	}
	if err := files.Folder(baselinesFolder); err != nil {
		return err
	}
	n, err := replaceBaseline(chosen[0].dir, dir)
	if err != nil {
		return err
	}
	fmt.Fprintf(w.stderr, "harness: baseline %s: %s of %s\n", name, count(n, "trial"), chosen[0].name)
	return nil
}

// replaceBaseline copies results into a folder that gets its name when it is whole.
// What is replaced may be what is copied.
func replaceBaseline(from, dir string) (n int, err error) {
	if err := ownFiles(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}
	draft := filepath.Join(baselinesFolder, fmt.Sprintf(".%s.%d.part", filepath.Base(dir), os.Getpid()))
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
	return n, errors.Join(os.RemoveAll(old), files.Sync(baselinesFolder))
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

func (w *world) listBaselines() error {
	l := &texttab.Listing{}
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

// removeBaselines removes all of names, or none where one is not there or has more
// than the files that save writes.
func removeBaselines(names []string) error {
	for _, name := range names {
		if _, found := findBaseline(name); !found {
			return usage("no baseline %q, %s", name, param.Hint(name, baselineNames()))
		}
		if err := ownFiles(filepath.Join(baselinesFolder, name)); err != nil {
			return err
		}
	}
	for _, name := range names {
		if err := os.RemoveAll(filepath.Join(baselinesFolder, name)); err != nil {
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
