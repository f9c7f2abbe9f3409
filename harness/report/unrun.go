package report

import (
	"strings"

	"gossipbench/harness/query"
	"gossipbench/harness/table"
	"gossipbench/harness/trial"
)

// unrun is a setting of which trials were planned that have no result.
type unrun struct {
	label    string
	missing  int
	of       int
	anything bool // some of its trials were run
}

// takeUnrun finds what was planned and not run. Nothing that lacks a trial is
// proved to keep a target.
func (s *study) takeUnrun() {
	left := table.Unrun(s.Experiment.Trials, s.Results)
	if len(left) == 0 {
		return
	}
	all := s.Results[:len(s.Results):len(s.Results)]
	for _, t := range left {
		all = append(all, trial.Result{Trial: t})
	}
	names := query.Varying(all)
	key := func(t *trial.Trial) string { return strings.Join(levelsOf(t, names), "\x00") }
	run := map[string]int{}
	settings := map[string]*setting{}
	choices := map[string]*choice{}
	factors := s.table.Factors
	for _, x := range s.settings {
		choices[s.choiceKey(x.Levels)] = x.choice
		for _, r := range x.results {
			run[key(&r.Trial)]++
			settings[key(&r.Trial)] = x
		}
	}
	at := map[string]int{} // index of s.unrun
	for i := range left {
		t := &left[i]
		k := key(t)
		if _, known := at[k]; !known {
			at[k] = len(s.unrun)
			s.unrun = append(s.unrun, unrun{label: described(names, levelsOf(t, names)), of: run[k], anything: run[k] > 0})
		}
		s.unrun[at[k]].missing++
		s.unrun[at[k]].of++
		if x := settings[k]; x != nil {
			x.unrun++
		}
		if c := choices[s.choiceKey(levelsOf(t, factors))]; c != nil {
			c.unrun++
		}
	}
	for _, x := range s.settings {
		for c := range x.Cells {
			if cell := &x.Cells[c]; x.unrun > 0 && cell.Verdict == table.Pass {
				cell.Verdict = table.Open
			}
		}
	}
}

// levelsOf returns a trial's levels of some names.
func levelsOf(t *trial.Trial, names []string) []string {
	levels := make([]string, len(names))
	for i, name := range names {
		levels[i], _ = t.Value(name)
	}
	return levels
}

// notRun is what the page says of trials that were not run.
type notRun struct {
	Text prose
	Rows []unrunView
	More int // settings that are not among Rows
}

type unrunView struct {
	Setting     string
	Missing, Of int
}

func (s *study) notRun() notRun {
	var n notRun
	if s.unrun == nil {
		return n
	}
	var without []string
	missing, partly := 0, 0
	for i, u := range s.unrun {
		missing += u.missing
		if u.anything {
			partly++
		} else if u.label != "" {
			without = append(without, u.label)
		}
		if i < maxUnused {
			n.Rows = append(n.Rows, unrunView{u.label, u.missing, u.of})
		} else {
			n.More++
		}
	}
	n.Text = say("Careful: ", fraction(missing, len(s.Experiment.Trials)), " were not run.")
	if without != nil {
		n.Text = say(n.Text, " Nothing was run of ", strings.Join(short(without), "; "), ".")
	}
	if partly > 0 && without != nil {
		n.Text = say(n.Text, " ", count(partly, "other setting"), map[bool]string{true: " lacks some of its trials.", false: " lack some of their trials."}[partly == 1])
	} else if partly > 0 {
		n.Text = say(n.Text, " ", count(partly, "setting"), map[bool]string{true: " lacks some of its trials.", false: " lack some of their trials."}[partly == 1])
	}
	end := " This page knows nothing of them"
	if len(s.Experiment.Targets) > 0 {
		end += ", so their targets are open"
	}
	n.Text = say(n.Text, end, ". The command that ran the others goes on where it ended.")
	return n
}

// neverRun counts the settings that were planned and of which nothing was run.
func (s *study) neverRun() int {
	n := 0
	for _, u := range s.unrun {
		if !u.anything {
			n++
		}
	}
	return n
}
