package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"gossipbench/harness/experiment"
	"gossipbench/harness/store"
	"gossipbench/harness/trial"
)

// adopted is what becomes of the plan of a folder when an experiment is run there.
type adopted struct {
	keep    bool     // the plan that is there is kept: it has all trials of the new one
	orphans []string // IDs of results that the new plan does not have
	depends []string // files that a node of the user's own rests on
}

// adopt decides on the plan of a folder. A run of part of it leaves it as it is, and
// one of more extends it. Where the folder has results of trials that the new plan
// does not have, the plan of the file that was edited takes its place, and so does
// any that the user runs into a folder of that name; but an experiment that other
// flags, or another file of the same name, send into a folder by default is refused.
func (s *sweep) adopt(dir string, e experiment.Experiment, results []trial.Result) (adopted, error) {
	ran, told := store.LoadRan(dir)
	a := adopted{depends: s.depends}
	if a.depends == nil {
		a.depends = ran.Depends
	}
	a.orphans = orphansOf(e.Trials, results)
	if len(a.orphans) == 0 {
		return a, nil
	}
	was, known := place{filepath.Base(dir), dir}.experiment()
	same := told && ran.Sum == e.Sum && e.Sum != ""
	if known && same && !s.replan && within(e.Trials, was.Trials) {
		a.keep = true
		return a, nil
	}
	byDefault := filepath.Clean(dir) == store.Folder(resultsFolder, e)
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
	return a, usage("%s holds %s of %s, which this run does not have: run it into a folder of its own, such as -o %s-2, or make it the folder's plan by --replan, which leaves the others outside",
		dir, count(len(a.orphans), "result"), of, filepath.Clean(dir))
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

// orphansText says how many results are not of the plan, and what to do about them.
func orphansText(orphans []string, all int, name string) string {
	which := quoteAll([]string{name})
	return strings.TrimSpace(fmt.Sprintf("%d of %s not of the plan: harness ls --orphans %s lists them, harness prune %s removes them", len(orphans), count(all, "trial"), which, which))
}
