package maelstrom

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// paths are the files of a test; a missing file is empty.
type paths struct{ folder, results, history, log string }

// Names of a test's files in a folder of its own. A test may also have the files foo.edn
// and foo.history.edn. A history may be compressed.
const (
	resultsName = "results.edn"
	historyName = "history.edn"
	packedName  = "history.edn.gz"
	logName     = "jepsen.log"
)

// own are the names that identify the folder of a test.
var own = []string{resultsName, historyName, packedName, logName}

// locate finds the files of a test. path is its folder or one of its files. It returns an
// error if path is a file of no test, or if one of the names is not a regular file.
func locate(ctx context.Context, path string) (paths, error) {
	about, err := os.Stat(path)
	if err != nil {
		return paths{}, err
	}
	if about.IsDir() {
		return inFolder(path, "")
	}
	folder, name := filepath.Dir(path), filepath.Base(path)
	if slices.Contains(own, name) {
		return inFolder(folder, "")
	}
	if before, isHistory := strings.CutSuffix(strings.TrimSuffix(name, ".gz"), "."+historyName); isHistory {
		return inFolder(folder, before+".")
	}
	kind, err := kindOf(ctx, path)
	if err != nil {
		return paths{}, err
	}
	if kind == historyKind {
		return paths{folder: folder, history: path}, nil
	}
	p, err := inFolder(folder, strings.TrimSuffix(name, ".edn")+".")
	p.results = path
	return p, err
}

// inFolder finds the files of a test whose names begin with prefix.
func inFolder(folder, prefix string) (paths, error) {
	p := paths{folder: folder}
	var errs []error
	find := func(to *string, name string) {
		path := filepath.Join(folder, name)
		is, err := regular(path)
		if is && *to == "" {
			*to = path
		}
		errs = append(errs, err)
	}
	if prefix == "" {
		find(&p.log, logName)
		find(&p.results, resultsName)
	} else {
		find(&p.results, prefix+"edn")
	}
	find(&p.history, prefix+historyName)
	if p.history == "" {
		find(&p.history, prefix+packedName)
	}
	return p, errors.Join(errs...)
}

// Tests returns the paths of all tests at or below path, in order, for Read and Judge. It
// also returns the joined errors of what could not be examined.
//
// It follows no links to folders, such as latest, except path itself. The folders of the
// keys of lin-kv within a test are part of the test, unless path is one of them.
func Tests(ctx context.Context, path string) ([]string, error) {
	about, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !about.IsDir() {
		return []string{path}, nil
	}
	if path, err = filepath.EvalSymlinks(path); err != nil { // path itself is followed
		return nil, err
	}
	w := walk{ctx: ctx}
	w.folder(path)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return w.tests, errors.Join(w.errs...)
}

// walk searches for tests below a folder.
type walk struct {
	ctx   context.Context
	tests []string
	errs  []error
}

// independent is the folder of a test that has a folder for each key.
//
// Source: dir in jepsen.independent.
const independent = "independent"

func (w *walk) folder(at string) {
	if w.ctx.Err() != nil {
		return
	}
	entries, err := os.ReadDir(at)
	if err != nil {
		w.errs = append(w.errs, err)
		return
	}
	isTest := slices.ContainsFunc(entries, func(e os.DirEntry) bool { return slices.Contains(own, e.Name()) })
	if isTest {
		w.tests = append(w.tests, at)
	}
	pairs := map[string]bool{} // tests found, by the prefix of their names
	var folders []string
	for _, entry := range entries {
		path := filepath.Join(at, entry.Name())
		about, err := os.Stat(path)
		switch {
		case err != nil, slices.Contains(own, entry.Name()): // a broken link is no test
		case about.IsDir():
			if entry.IsDir() && (entry.Name() != independent || !isTest) {
				folders = append(folders, path)
			}
		case about.Mode().IsRegular():
			w.file(at, entry.Name(), pairs)
		}
	}
	for _, folder := range folders {
		w.folder(folder)
	}
}

// file adds the test of a file foo.edn or foo.history.edn, once.
func (w *walk) file(at, name string, pairs map[string]bool) {
	stem, isHistory := strings.CutSuffix(strings.TrimSuffix(name, ".gz"), "."+historyName)
	if !isHistory {
		var isResults bool
		if stem, isResults = strings.CutSuffix(name, ".edn"); !isResults {
			return
		}
	}
	if pairs[stem] {
		return
	}
	path := filepath.Join(at, name)
	if !isHistory {
		if _, err := kindOf(w.ctx, path); err != nil {
			return // any other EDN file
		}
	}
	pairs[stem] = true
	if results := filepath.Join(at, stem+".edn"); isHistory {
		if is, _ := regular(results); is {
			path = results
		}
	}
	w.tests = append(w.tests, path)
}

// Same returns what the paths of one test have in common: its folder if it has its own,
// else the file.
func Same(path string) string {
	if really, err := filepath.EvalSymlinks(path); err == nil {
		path = really
	}
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute
	}
	if slices.Contains(own, filepath.Base(path)) {
		return filepath.Dir(path)
	}
	return path
}

var errNoHistory = fmt.Errorf("there is no %s or %s, without which nothing can be judged", historyName, packedName)
