package cli

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gossipbench/harness/experiment"
	"gossipbench/strategies/param"
)

// ExperimentsFolder is where experiment files lie, and ResultsFolder where results lie
// unless told otherwise.
const (
	ExperimentsFolder = "experiments"
	ResultsFolder     = "results"
)

// Place is a folder of results.
type Place struct {
	Name string
	Dir  string
}

// PlaceAt returns the place of a folder.
func PlaceAt(dir string) Place { return Place{filepath.Base(dir), dir} }

// LoadExperiment returns the experiment that made the results, where its file is
// there and still makes sense.
func (p Place) LoadExperiment() (experiment.Experiment, bool) {
	path := filepath.Join(p.Dir, "experiment.yaml")
	e, err := experiment.LoadStored(path, Catalog{})
	if err != nil { // the file may make sense without the flags, but its trials are others
		e, err = experiment.LoadStoredFile(path, Catalog{})
		e.Trials = nil
	}
	e.Name = p.Name
	return e, err == nil
}

// Places returns all folders of results, sorted by name.
func Places() ([]Place, error) {
	entries, err := os.ReadDir(ResultsFolder)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	var all []Place
	for _, entry := range entries {
		p := PlaceAt(filepath.Join(ResultsFolder, entry.Name()))
		if p.there() {
			all = append(all, p)
		}
	}
	return all, nil
}

// there reports whether the folder holds results.
func (p Place) there() bool {
	_, err := os.Stat(filepath.Join(p.Dir, "trials.jsonl"))
	return err == nil
}

// findPlace returns the results that a person means by the name of an
// experiment, its file, or a folder.
func findPlace(text string) (Place, error) {
	name := strings.TrimSuffix(filepath.Base(filepath.Clean(text)), ".yaml")
	for _, dir := range []string{text, filepath.Join(ResultsFolder, text), filepath.Join(ResultsFolder, name)} {
		if p := (Place{name, dir}); p.there() {
			return p, nil
		}
	}
	all, err := Places()
	if err != nil {
		return Place{}, err
	}
	var names []string
	for _, p := range all {
		names = append(names, p.Name)
	}
	return Place{}, Usage("no results of %q in %s, %s", text, ResultsFolder, param.Hint(name, names))
}

// ChosenPlaces returns the results that args mean; without args those of the
// only experiment that has any.
func ChosenPlaces(args []string) ([]Place, error) {
	var chosen []Place
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
	all, err := Places()
	if err != nil || len(all) == 1 {
		return all, err
	}
	var names []string
	for _, p := range all {
		names = append(names, p.Name)
	}
	if names == nil {
		return nil, Usage("no results in %s: run an experiment first, or name a folder", ResultsFolder)
	}
	return nil, Usage("want the name of an experiment, one of %s", strings.Join(names, ", "))
}

// ExperimentFiles returns the experiment files, sorted by name.
func ExperimentFiles() ([]string, error) {
	all, err := filepath.Glob(filepath.Join(ExperimentsFolder, "*.yaml"))
	all = slices.DeleteFunc(all, func(path string) bool {
		about, err := os.Stat(path)
		return err != nil || !about.Mode().IsRegular() || filepath.Base(path)[0] == '.'
	})
	slices.Sort(all)
	return all, err
}

// PlaceNames are the names of all folders of results.
func PlaceNames() []string {
	all, _ := Places() // a shell that completes has no use for the error
	var names []string
	for _, p := range all {
		names = append(names, p.Name)
	}
	return names
}
