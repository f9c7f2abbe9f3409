package maelstrom

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gossipbench/harness/edn"
	"gossipbench/harness/experiment"
	"gossipbench/harness/history"
)

// Test is what Maelstrom left of a test.
type Test struct {
	Outcome  experiment.Outcome
	Reasons  []experiment.Reason
	Metrics  map[string]float64
	Warnings []string

	// Settings are what is known of the test, under the names of an experiment
	// file. One that is absent nobody knows.
	Settings map[string]string
	Told     map[string]string // those of them that the log of the test tells, which nobody need doubt
	Assumed  string            // how nodes and concurrency were guessed; empty where they were not
	Began    string            // RFC 3339; empty where it is not known
	Hash     string            // of results.edn and the history, in hexadecimal digits
}

// paths are where the files of a test are; empty where they are missing.
type paths struct{ folder, results, history, log string }

// locate finds the files of a test, whose folder path is, or its results.edn,
// or its history.edn. Under another name they are foo.edn and foo.history.edn. A
// history may be compressed.
func locate(path string) (paths, error) {
	about, err := os.Stat(path)
	if err != nil {
		return paths{}, err
	}
	folder, prefix := path, ""
	if !about.IsDir() {
		folder = filepath.Dir(path)
		name := strings.TrimSuffix(filepath.Base(path), ".gz")
		if before, isHistory := strings.CutSuffix(name, "history.edn"); isHistory {
			prefix = before
		} else if name != "results.edn" {
			prefix = strings.TrimSuffix(name, ".edn") + "."
		}
	}
	p := paths{folder: folder}
	if prefix == "" {
		p.log = existing(filepath.Join(folder, "jepsen.log"))
		p.results = existing(filepath.Join(folder, "results.edn"))
	} else {
		p.results = existing(filepath.Join(folder, prefix+"edn"))
	}
	if p.history = existing(filepath.Join(folder, prefix+"history.edn")); p.history == "" {
		p.history = existing(filepath.Join(folder, prefix+"history.edn.gz"))
	}
	if !about.IsDir() && path != p.results && path != p.history { // a name that tells nothing
		p.results = path
	}
	return p, nil
}

// existing returns path if there is a file.
func existing(path string) string {
	if about, err := os.Stat(path); err != nil || !about.Mode().IsRegular() {
		return ""
	}
	return path
}

// Read reads the test at path, its folder or its results.edn. Where the test
// came to no result the error says why, as far as its log tells, and the Test
// has what is known of it all the same.
func Read(path string) (Test, error) {
	p, err := locate(path)
	if err != nil {
		return Test{}, err
	}
	var log testLog
	if p.log != "" {
		if log, err = readLog(p.log); err != nil {
			return Test{}, err
		}
	}
	return read(p, log)
}

// read reads a test whose log has been read.
func read(p paths, log testLog) (Test, error) {
	test := Test{Settings: maps.Clone(constants), Began: began(log.settings, p.folder)}
	var results edn.Value
	var failure error
	if p.results == "" {
		failure = errors.New("no results.edn: the analysis did not come to its end")
	} else {
		text, err := os.ReadFile(p.results)
		if err != nil {
			return Test{}, err
		}
		results, failure = edn.Parse(filepath.Base(p.results), text)
	}
	heard, err := hear(p.history, results.At("workload", "stable-count").Present())
	if err != nil {
		test.Warnings = append(test.Warnings, fmt.Sprintf("how long ops took is not known: %v", err))
	}
	if test.Hash, err = contentHash(p.results, p.history, p.log); err != nil {
		return Test{}, err
	}
	workload := workloadOf(p.folder, results, heard)
	if workload != "" {
		test.Settings["workload"] = workload
	}
	maps.Copy(test.Settings, heard.settings(workload))
	test.Told = logged(log.settings)
	maps.Copy(test.Settings, test.Told)
	if _, told := test.Told["nodes"]; !told && heard.assumed != "" {
		test.Assumed = heard.assumed
	}
	if crash := logFailure(log, p.folder); crash != nil {
		return test, crash // which is why there is no more to read, if there is not
	}
	if failure != nil {
		return test, failure
	}
	test.Metrics = heard.metrics
	maps.Copy(test.Metrics, metrics(results)) // Maelstrom's own word is the last
	outcome, reasons, warnings, err := verdict(results)
	test.Outcome, test.Reasons = outcome, reasons
	test.Warnings = slices.Concat(test.Warnings, warnings, heard.findings)
	return test, err
}

// Judge checks the history of a test again, and compares what it finds with the
// test's results.edn, if there is one. The path is the test's folder, one of
// the two files, or a history by any other name.
func Judge(path string) (history.Judgement, error) {
	p, err := locate(path)
	if err != nil {
		return history.Judgement{}, err
	}
	if p.history == "" && p.results == path && filepath.Base(path) != "results.edn" {
		p.history, p.results = path, "" // a history by another name
	}
	if p.history == "" {
		return history.Judgement{}, fmt.Errorf("%s: there is no history.edn or history.edn.gz, without which nothing can be judged", p.folder)
	}
	var results edn.Value
	if p.results != "" {
		text, err := os.ReadFile(p.results)
		if err != nil {
			return history.Judgement{}, err
		}
		if results, err = edn.Parse(p.results, text); err != nil {
			return history.Judgement{}, err
		}
	}
	file, err := os.Open(p.history)
	if err != nil {
		return history.Judgement{}, err
	}
	defer file.Close()
	return history.Judge(history.NewReader(p.history, file), results)
}

// contentHash hashes the first of the files that there is, and the next: what
// tells a test from all others wherever it lies. A history that was compressed
// is the same test as one that was not, so where there are results they alone
// count.
func contentHash(results, history, log string) (string, error) {
	sum := sha256.New()
	for _, path := range []string{results, history, log} {
		if path == "" {
			continue
		}
		file, err := os.Open(path)
		if err != nil {
			return "", err
		}
		_, err = io.Copy(sum, file)
		file.Close()
		if err != nil {
			return "", err
		}
		break
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// Tests returns the paths of all tests at or below path, in order: each a path
// for Read. Links, such as latest, are not followed; what lies within a test,
// such as the results of each key of lin-kv, is part of it.
func Tests(path string) ([]string, error) {
	about, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !about.IsDir() {
		return []string{path}, nil
	}
	if path, err = filepath.EvalSymlinks(path); err != nil { // one that is named is followed
		return nil, err
	}
	var tests []string
	err = filepath.WalkDir(path, func(at string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		p, err := locate(at)
		if err != nil {
			return err
		}
		if p.results != "" || p.history != "" || p.log != "" {
			tests = append(tests, at)
			return fs.SkipDir
		}
		return nil
	})
	return tests, err
}
