package report

import (
	"strings"

	"gossipbench/harness/plain"
)

// notRun is what the page says of trials that were not run.
type notRun struct {
	Text prose
	Rows []unrunView
	More int // configurations that are not among Rows
}

type unrunView struct {
	Setting     string
	Missing, Of int
}

func (s *study) notRun() notRun {
	var n notRun
	if s.Unrun == nil {
		return n
	}
	var without []string
	missing, partly := 0, 0
	for i, u := range s.Unrun {
		missing += u.Missing
		if u.Begun {
			partly++
		} else if u.Label != "" {
			without = append(without, u.Label)
		}
		if i < maxUnused {
			n.Rows = append(n.Rows, unrunView{u.Label, u.Missing, u.Of})
		} else {
			n.More++
		}
	}
	n.Text = say("Careful: ", fraction(missing, len(s.Plan)), " were not run.")
	if without != nil {
		n.Text = say(n.Text, " Nothing was run of ", strings.Join(short(without), "; "), ".")
	}
	if partly > 0 && without != nil {
		n.Text = say(n.Text, " ", plain.Count(partly, "other configuration"), map[bool]string{true: " lacks some of its trials.", false: " lack some of their trials."}[partly == 1])
	} else if partly > 0 {
		n.Text = say(n.Text, " ", plain.Count(partly, "configuration"), map[bool]string{true: " lacks some of its trials.", false: " lack some of their trials."}[partly == 1])
	}
	end := " This page knows nothing of them"
	if len(s.Targets) > 0 {
		end += ", so their targets are open"
	}
	n.Text = say(n.Text, end, ". The command that ran the others goes on where it ended.")
	return n
}

// neverRun counts the configurations that were planned and of which nothing was run.
func (s *study) neverRun() int {
	n := 0
	for _, u := range s.Unrun {
		if !u.Begun {
			n++
		}
	}
	return n
}
