package report

import (
	"fmt"
	"slices"

	"gossipbench/harness/choose"
	"gossipbench/harness/experiment"
	"gossipbench/harness/plain"
	"gossipbench/harness/trial"
)

// study is one experiment, taken apart for a page.
type study struct {
	*choose.Study
	Experiment experiment.Experiment
	advice     choose.Advice
	replay     func(trial.Result) string
}

func newStudy(p Part, replay func(trial.Result) string) (*study, error) {
	e := p.Experiment
	e.Name, e.Question, e.Source = plain.Text(e.Name), plain.Lines(e.Question), []byte(plain.Lines(string(e.Source)))
	taken, err := choose.New(p.Results, choose.Options{Targets: e.Targets, Plan: e.Trials, Notes: p.Notes})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", e.Name, err)
	}
	return &study{Study: taken, Experiment: e, advice: taken.Advise(), replay: replay}, nil
}

// picked returns the choice that the page marks as recommended; nil if there is none.
// What is not proved to meet the targets is named, but not marked.
func (s *study) picked() *choose.Choice {
	if s.advice.Ground == choose.Unproved {
		return nil
	}
	return s.advice.Pick
}

// levelsOf returns the levels of a setting or parameter, and whether it is a factor.
func (s *study) levelsOf(name string) (levels []string, varied bool) {
	if i := slices.IndexFunc(s.Factors, func(f choose.Factor) bool { return f.Name == name }); i >= 0 {
		return s.Factors[i].Levels, true
	}
	seen := map[string]bool{}
	for i := range s.Results {
		if l, has := s.Results[i].Trial.Value(name); has {
			seen[l] = true
		}
	}
	return sortedKeys(seen), false
}
