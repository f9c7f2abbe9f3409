package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"al.essio.dev/pkg/shellescape"
	"github.com/spf13/cobra"

	"gossipbench/harness/code"
	"gossipbench/harness/experiment"
	"gossipbench/harness/plain"
	"gossipbench/harness/store"
	"gossipbench/harness/trial"
	"gossipbench/strategies/param"
)

// Sweep are the flags that make or change an experiment.
type Sweep struct {
	experiment.Flags
	bin       string
	depends   []string
	keepStale bool
	Rerun     bool
	replan    bool
	Maelstrom string
}

func (s *Sweep) Register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVar(&s.Set, "set", nil, "key=value: a setting or parameter of all trials (see harness help settings)")
	f.StringArrayVarP(&s.Vary, "param", "P", nil, "key=list: a factor and its levels, such as fanout=1,2,4 or nodes=pow2(2..5)")
	f.StringVar(&s.Replicates, "replicates", "", "how often each setting is run, each time with a seed of its own")
	f.StringVar(&s.Seed, "seed", "", "seed of the first replicate")
	f.StringVar(&s.bin, "bin", "", "your own node program, in any language; its arguments follow --")
	f.StringArrayVar(&s.depends, "depends", nil, "a file or a folder that --bin rests on, such as what a script imports: where it changes, results are stale")
	f.BoolVar(&s.keepStale, "keep-stale", false, "keep results that were made by other code than this, marked as stale (default: run their trials again)")
	f.BoolVar(&s.Rerun, "rerun", false, "run trials again that have a result")
	f.BoolVar(&s.replan, "replan", false, "make this the plan of a folder that has results of another, which are then not of the plan")
	f.StringVar(&s.Maelstrom, "maelstrom", "", "the maelstrom to run: its file, or the folder of a release")
	Complete(cmd, "set", SettingNames)
	Complete(cmd, "param", SettingNames)
}

// Load makes the experiment that FILE and flags describe.
func (s *Sweep) Load(cmd *cobra.Command, args []string) (experiment.Experiment, error) {
	var own []string
	if dash := cmd.ArgsLenAtDash(); dash >= 0 {
		args, own = args[:dash], args[dash:]
	}
	flags := s.Flags
	if s.keepStale && s.Rerun {
		return experiment.Experiment{}, Usage("%s: --keep-stale keeps what --rerun runs again: want one of them", cmd.Name())
	}
	if err := CheckDepends(s.depends); err != nil {
		return experiment.Experiment{}, err
	}
	switch {
	case len(args) > 1:
		return experiment.Experiment{}, Usage("%s: want at most one FILE, got %s", cmd.Name(), strings.Join(args, " "))
	case s.bin == "" && own != nil:
		return experiment.Experiment{}, Usage("%s: arguments after -- are for the node of --bin FILE, which is missing", cmd.Name())
	case s.bin != "":
		flags.Set = append(slices.Clone(flags.Set), "bin="+s.bin)
		if len(own) > 0 {
			flags.Set = append(flags.Set, "args="+shellescape.QuoteCommand(own))
		}
	}
	if len(args) == 0 {
		if len(flags.Set)+len(flags.Vary) == 0 {
			return experiment.Experiment{}, Usage("%s: want a FILE such as experiments/quickstart.yaml, or settings by --set or -P, see %s --help", cmd.Name(), cmd.CommandPath())
		}
		return experiment.AdHoc(flags, Catalog{})
	}
	file, err := experimentFile(args[0])
	if err != nil {
		return experiment.Experiment{}, err
	}
	return experiment.Load(file, Catalog{}, flags)
}

// CheckDepends says which of the files and folders that --depends names are none.
func CheckDepends(paths []string) error {
	for _, path := range paths {
		switch about, err := os.Stat(path); {
		case err != nil:
			return Usage("--depends: %w", err)
		case !about.IsDir() && !about.Mode().IsRegular(): // which has no hash
			return Usage("--depends: %s: want a file or a folder", path)
		}
	}
	return nil
}

// experimentFile returns the file that a person means by its path, or by the
// name of one in experiments/.
func experimentFile(text string) (string, error) {
	if about, err := os.Stat(text); err == nil {
		if about.IsDir() {
			return "", Usage("%s: want an experiment's file, got a folder", text)
		}
		return text, nil
	}
	if named := filepath.Join(ExperimentsFolder, text+".yaml"); Exists(named) {
		return named, nil
	}
	files, err := ExperimentFiles()
	if err != nil {
		return "", err
	}
	name := strings.TrimSuffix(filepath.Base(text), ".yaml")
	for i, file := range files {
		files[i] = strings.TrimSuffix(filepath.Base(file), ".yaml")
	}
	return "", Exit(ExitBadFile, fmt.Errorf("%s: there is no such file, nor in %s: %s", text, ExperimentsFolder, param.Hint(name, files)))
}

// Missing returns the trials to run, which have no result that counts, and notes on
// the results that are stale or whose code nobody knows.
func (s *Sweep) Missing(e experiment.Experiment, results []trial.Result, checker *code.Checker) (missing []trial.Trial, notes []string) {
	if s.Rerun {
		return e.Trials, nil
	}
	m := MarkCode(checker, ofPlan(e.Trials, results))
	if stale := m.staleText(); stale != "" && s.keepStale {
		notes = append(notes, stale+"; kept")
	} else if stale != "" {
		notes = append(notes, stale+"; they are run again")
	}
	if unknown := m.unknownText(); unknown != "" {
		notes = append(notes, unknown+"; kept")
	}
	return store.Missing(e.Trials, results, func(id string) bool { return !s.keepStale && m.Stale[id] != nil }), notes
}

// ofPlan returns the results of trials.
func ofPlan(trials []trial.Trial, results []trial.Result) []trial.Result {
	planned := make(map[string]bool, len(trials))
	for i := range trials {
		planned[trials[i].ID()] = true
	}
	return slices.DeleteFunc(slices.Clone(results), func(r trial.Result) bool { return !planned[r.ID] })
}

// ToRun says how many of all trials are missing.
func ToRun(all, missing int) string {
	switch missing {
	case all:
		return plain.Count(all, "trial") + " to run"
	case 0:
		if all == 1 {
			return "the only trial is done"
		}
		return "all of " + plain.Count(all, "trial") + " done"
	}
	return fmt.Sprintf("%d of %d done, %d to run", all-missing, all, missing)
}

// Adoption is what becomes of the plan of a folder when an experiment is run there.
type Adoption struct {
	Keep    bool     // the plan that is there is kept: it has all trials of the new one
	Orphans []string // IDs of results that the new plan does not have
	Depends []string // files that a node of the user's own rests on
}

// Adopt decides on the plan of a folder. A run of part of it leaves it as it is, and
// one of more extends it. Where the folder has results of trials that the new plan
// does not have, the plan of the file that was edited takes its place, and so does
// any that the user runs into a folder of that name; but an experiment that other
// flags, or another file of the same name, send into a folder by default is refused.
func (s *Sweep) Adopt(dir string, e experiment.Experiment, results []trial.Result) (Adoption, error) {
	ran, told := store.LoadRan(dir)
	a := Adoption{Depends: s.depends}
	if a.Depends == nil {
		a.Depends = ran.Depends
	}
	a.Orphans = OrphansOf(e.Trials, results)
	if len(a.Orphans) == 0 {
		return a, nil
	}
	was, known := PlaceAt(dir).LoadExperiment()
	same := told && ran.Sum == e.Sum && e.Sum != ""
	if known && same && !s.replan && within(e.Trials, was.Trials) {
		a.Keep = true
		return a, nil
	}
	byDefault := filepath.Clean(dir) == store.Folder(ResultsFolder, e)
	edited := told && samePath(ran.File, e.File) && !ran.Flags.Change() && !e.Flags.Change()
	if s.replan || !byDefault || edited || !told && !e.Flags.Change() {
		return a, nil
	}
	of := "trials of " + filepath.ToSlash(ran.File)
	if !told {
		of = "other trials"
	} else if ran.Flags.Change() {
		of += " run with " + ran.Flags.String()
	}
	return a, Usage("%s holds %s of %s, which this run does not have: run it into a folder of its own, such as -o %s-2, or make it the folder's plan by --replan, which leaves the others outside",
		dir, plain.Count(len(a.Orphans), "result"), of, filepath.Clean(dir))
}

func samePath(a, b string) bool {
	a, errA := filepath.Abs(a)
	b, errB := filepath.Abs(b)
	return errA == nil && errB == nil && a == b
}

// within reports whether a plan has all of trials.
func within(trials, plan []trial.Trial) bool {
	planned := map[string]bool{}
	for i := range plan {
		planned[plan[i].ID()] = true
	}
	return !slices.ContainsFunc(trials, func(t trial.Trial) bool { return !planned[t.ID()] })
}

// OrphansText says how many results are not of the plan, and what to do about them.
func OrphansText(orphans []string, all int, name string) string {
	which := shellescape.Quote(name)
	return strings.TrimSpace(fmt.Sprintf("%d of %s not of the plan: harness ls --orphans %s lists them, harness prune %s removes them", len(orphans), plain.Count(all, "trial"), which, which))
}
