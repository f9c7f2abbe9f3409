package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gossipbench/harness/experiment"
	"gossipbench/harness/store"
	"gossipbench/harness/trial"
	"gossipbench/strategies/param"
)

// experimentsFolder is where experiment files lie.
const experimentsFolder = "experiments"

// place is a folder of results.
type place struct {
	name string
	dir  string
}

// results reads the results of a folder, and warns of what cannot be read.
func (w *world) results(p place) ([]trial.Result, error) {
	c, err := store.Load(p.dir)
	for _, warning := range c.Warnings {
		fmt.Fprintln(w.stderr, "harness: "+warning)
	}
	for i := range c.Results {
		c.Results[i].Plain()
		w.setAside(&c.Results[i])
	}
	return c.Results, err
}

// stored is a folder of results with all that a reader must know of it.
type stored struct {
	place
	results []trial.Result
	e       experiment.Experiment // but for its Name empty where nobody knows it
	known   bool                  // e is
	marks
}

// read reads a folder of results. Those of a baseline are of other code on
// purpose.
func (w *world) read(p place) (stored, error) {
	results, err := w.results(p)
	if err != nil {
		return stored{}, err
	}
	s := stored{place: p, results: results}
	if s.e, s.known = p.experiment(); !s.known {
		s.e = experiment.Experiment{Name: p.name}
	}
	checker, err := w.checker(nil)
	if err != nil {
		return stored{}, err
	}
	if filepath.Dir(p.dir) != baselinesFolder {
		s.marks = markCode(checker, results)
	}
	s.orphans = orphansOf(s.e.Trials, results)
	s.all, s.folder = len(results), p.name
	return s, nil
}

// plan is the trials of the experiment where that is the one that made results, in
// whole or in part; nil where it made none of them.
func (s *stored) plan() []trial.Trial {
	if len(s.orphans) == len(s.results) {
		return nil
	}
	return s.e.Trials
}

// contents is read for those who want the results alone: it says on stderr what
// else there is to know.
func (w *world) contents(p place) ([]trial.Result, error) {
	s, err := w.read(p)
	s.warn(w)
	return s.results, err
}

// told are the notes as a document has them, with the folder's name where it is one of
// several.
func (s *stored) told(several bool) []string {
	notes := s.careful()
	for i := range notes {
		if several {
			notes[i] = s.name + ": " + notes[i]
		}
	}
	return notes
}

// warn says on stderr what else there is to know of the results.
func (s *stored) warn(w *world) {
	for _, note := range s.notes() {
		fmt.Fprintf(w.stderr, "harness: %s: %s\n", s.name, note)
	}
}

// setAside keeps a result that was disturbed out of all numbers, unless the user
// wants it there.
func (w *world) setAside(r *trial.Result) {
	if !w.disturbed {
		r.SetAside()
	}
}

// experiment returns the experiment that made the results, where its file is
// there and still makes sense.
func (p place) experiment() (experiment.Experiment, bool) {
	path := filepath.Join(p.dir, "experiment.yaml")
	e, err := experiment.LoadStored(path, catalog{})
	if err != nil { // the file may make sense without the flags, but its trials are others
		e, err = experiment.LoadStoredFile(path, catalog{})
		e.Trials = nil
	}
	e.Name = p.name
	return e, err == nil
}

// places returns all folders of results, sorted by name.
func places() ([]place, error) {
	entries, err := os.ReadDir(resultsFolder)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	var all []place
	for _, entry := range entries {
		p := place{entry.Name(), filepath.Join(resultsFolder, entry.Name())}
		if p.there() {
			all = append(all, p)
		}
	}
	return all, nil
}

// there reports whether the folder holds results.
func (p place) there() bool {
	_, err := os.Stat(filepath.Join(p.dir, "trials.jsonl"))
	return err == nil
}

// findPlace returns the results that a person means by the name of an
// experiment, its file, or a folder.
func findPlace(text string) (place, error) {
	name := strings.TrimSuffix(filepath.Base(filepath.Clean(text)), ".yaml")
	for _, dir := range []string{text, filepath.Join(resultsFolder, text), filepath.Join(resultsFolder, name)} {
		if p := (place{name, dir}); p.there() {
			return p, nil
		}
	}
	all, err := places()
	if err != nil {
		return place{}, err
	}
	var names []string
	for _, p := range all {
		names = append(names, p.name)
	}
	return place{}, usage("no results of %q in %s, %s", text, resultsFolder, param.Hint(name, names))
}

// chosenPlaces returns the results that args mean; without args those of the
// only experiment that has any.
func chosenPlaces(args []string) ([]place, error) {
	var chosen []place
	var errs []error
	for _, text := range args {
		p, err := findPlace(text)
		if err != nil {
			errs = append(errs, err)
		}
		chosen = append(chosen, p)
	}
	if len(args) > 0 {
		return chosen, errors.Join(errs...)
	}
	all, err := places()
	if err != nil || len(all) == 1 {
		return all, err
	}
	var names []string
	for _, p := range all {
		names = append(names, p.name)
	}
	if names == nil {
		return nil, usage("no results in %s: run an experiment first, or name a folder", resultsFolder)
	}
	return nil, usage("want the name of an experiment, one of %s", strings.Join(names, ", "))
}

// experimentFiles returns the experiment files, sorted by name.
func experimentFiles() ([]string, error) {
	all, err := filepath.Glob(filepath.Join(experimentsFolder, "*.yaml"))
	all = slices.DeleteFunc(all, func(path string) bool {
		about, err := os.Stat(path)
		return err != nil || !about.Mode().IsRegular() || filepath.Base(path)[0] == '.'
	})
	slices.Sort(all)
	return all, err
}

// placeNames are the names of all folders of results.
func placeNames() []string {
	all, _ := places() // a shell that completes has no use for the error
	var names []string
	for _, p := range all {
		names = append(names, p.name)
	}
	return names
}
