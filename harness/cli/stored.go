package cli

import (
	"fmt"
	"path/filepath"

	"gossipbench/harness/experiment"
	"gossipbench/harness/store"
	"gossipbench/harness/trial"
	"gossipbench/strategies/param"
)

// Results reads the results of a folder, and warns of what cannot be read.
func (w *World) Results(p Place) ([]trial.Result, error) {
	c, err := store.Load(p.Dir)
	for _, warning := range c.Warnings {
		fmt.Fprintln(w.Stderr, "harness: "+warning)
	}
	for i := range c.Results {
		c.Results[i].Plain()
		w.SetAside(&c.Results[i])
	}
	Declare(c.Results)
	return c.Results, err
}

// Stored is a folder of results with all that a reader must know of it.
type Stored struct {
	Place
	Results    []trial.Result
	Experiment experiment.Experiment // but for its Name empty where nobody knows it
	Known      bool                  // the experiment is
	Marks
}

// Read reads a folder of results. Those of a baseline are of other code on
// purpose.
func (w *World) Read(p Place) (Stored, error) {
	results, err := w.Results(p)
	if err != nil {
		return Stored{}, err
	}
	s := Stored{Place: p, Results: results}
	if s.Experiment, s.Known = p.LoadExperiment(); !s.Known {
		s.Experiment = experiment.Experiment{Name: p.Name}
	}
	checker, err := w.CodeChecker(nil)
	if err != nil {
		return Stored{}, err
	}
	if filepath.Dir(p.Dir) != BaselinesFolder {
		s.Marks = MarkCode(checker, results)
	}
	s.Orphans = OrphansOf(s.Experiment.Trials, results)
	s.all, s.folder = len(results), p.Name
	return s, nil
}

// Plan is the trials of the experiment where that is the one that made results, in
// whole or in part; nil where it made none of them.
func (s *Stored) Plan() []trial.Trial {
	if len(s.Orphans) == len(s.Results) {
		return nil
	}
	return s.Experiment.Trials
}

// Contents is read for those who want the results alone: it says on stderr what
// else there is to know.
func (w *World) Contents(p Place) ([]trial.Result, error) {
	s, err := w.Read(p)
	s.Warn(w)
	return s.Results, err
}

// NamedCautions are the cautions as a document has them, with the folder's name where it is one of
// several.
func (s *Stored) NamedCautions(several bool) []string {
	notes := s.Cautions()
	for i := range notes {
		if several {
			notes[i] = s.Name + ": " + notes[i]
		}
	}
	return notes
}

// Warn says on stderr what else there is to know of the results.
func (s *Stored) Warn(w *World) {
	for _, note := range s.notes() {
		fmt.Fprintf(w.Stderr, "harness: %s: %s\n", s.Name, note)
	}
}

// SetAside keeps a result that was disturbed out of all numbers, unless the user
// wants it there.
func (w *World) SetAside(r *trial.Result) {
	if !w.disturbed {
		r.SetAside()
	}
}

// Warn says on stderr what stands nowhere else.
func (w *World) Warn(notes []string) {
	for _, note := range notes {
		fmt.Fprintln(w.Stderr, "harness: "+note)
	}
}

// Collect reads the results that args mean, baselines among them.
func (w *World) Collect(args []string) ([]Stored, []trial.Result, error) {
	var chosen []Place
	for _, text := range args {
		if filepath.Base(text) == "trials.jsonl" {
			text = filepath.Dir(text)
		}
		p, err := findPlace(text)
		if err != nil {
			b, found := FindBaseline(text)
			if names := BaselineNames(); !found && len(names) > 0 {
				names = append(names, PlaceNames()...)
				return nil, nil, Usage("no results of %q in %s or %s, %s", text, ResultsFolder, BaselinesFolder, param.Hint(text, names))
			}
			if !found {
				return nil, nil, err
			}
			p = b
		}
		chosen = append(chosen, p)
	}
	if len(args) == 0 {
		only, err := ChosenPlaces(nil)
		if err != nil {
			return nil, nil, err
		}
		chosen = only
	}
	var all []Stored
	var results []trial.Result
	for _, p := range chosen {
		s, err := w.Read(p)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, s)
		results = Gather(results, s.Results)
	}
	return all, results, nil
}

// Gather appends results to others; the first are not copied, for there may be
// many.
func Gather(results, more []trial.Result) []trial.Result {
	if len(results) == 0 {
		return more
	}
	return append(results, more...)
}
