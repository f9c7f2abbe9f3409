package maelstrom

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"

	"gossipbench/harness/checker"
	"gossipbench/harness/edn"
	"gossipbench/harness/history"
	"gossipbench/harness/trial"
)

// Test is a test that Maelstrom ran.
type Test struct {
	Outcome  trial.Outcome
	Reasons  []trial.Reason
	Metrics  map[string]float64
	Warnings []string

	// Settings are the known settings of the test, by the names of an experiment file. An
	// absent setting is unknown.
	Settings map[string]string
	Told     map[string]string // the settings that the test's log has, which are certain
	Assumed  string            // how nodes and concurrency were guessed; empty if they were not
	Began    string            // RFC 3339; empty if unknown
	// Hash is the hash of the first of results.edn, history and log that exists. History
	// is the hash of the ops. Both are in hexadecimal digits. A compressed history has
	// the hash of the unpacked one.
	Hash, History string

	silence checker.SilenceResult
	pauses  *checker.Pauses // nil without a history
}

// Read reads the test at path, which is its folder or one of its files. If the test has
// no result, the error says why, as far as its log shows, and the Test has what is known.
// If nothing is known, or it is not a test of Maelstrom's, the Test is empty.
func Read(ctx context.Context, path string) (Test, error) {
	p, err := locate(ctx, path)
	if err != nil {
		return Test{}, err
	}
	var log testLog
	if p.log != "" {
		if log, err = readLog(ctx, p.log); err != nil {
			return Test{}, err
		}
	}
	return read(ctx, p, log, nil)
}

// read reads a test whose log has been read. trial has the settings of its trial. If
// trial is nil, the test was found on disk and may not be one of Maelstrom's.
func read(ctx context.Context, p paths, log testLog, trial map[string]string) (Test, error) {
	test := Test{Settings: maps.Clone(constants), Began: began(log.settings, p.folder)}
	var results edn.Value
	var text []byte
	var failure error
	if p.results == "" {
		failure = errors.New("no results.edn: the analysis did not come to its end")
	} else {
		name := p.results
		if trial != nil { // its folder will be gone when somebody reads the error
			name = resultsName
		}
		results, text, failure = readResults(ctx, p.results, name)
	}
	test.Told = logged(log)
	heard, err := hear(ctx, p.history, checkersOf(known(trial, test.Told, p.folder, results)))
	if ctx.Err() != nil {
		return Test{}, ctx.Err()
	}
	if err != nil {
		test.Warnings = append(test.Warnings, fmt.Sprintf("what only the history tells is not known: %v", err))
	}
	if failure != nil && heard.ops == 0 && log.entries == 0 {
		if p.results == "" {
			failure = fmt.Errorf("%s: %w", p.folder, cmp.Or(err, failure))
		}
		return Test{}, failure
	}
	workload := workloadOf(p.folder, results, heard)
	if trial == nil {
		if why := foreign(p, results, log); why != "" {
			return Test{}, errors.New(why)
		}
		test.Warnings = append(test.Warnings, doubts(p, results, log)...)
	}
	test.Hash, test.History = digest(text), heard.digest
	if text == nil {
		if test.Hash = heard.digest; test.Hash == "" {
			test.Hash = log.digest
		}
	}
	if workload != "" {
		test.Settings["workload"] = workload
	}
	maps.Copy(test.Settings, heard.settings(workload))
	maps.Copy(test.Settings, test.Told)
	if _, told := test.Told["nodes"]; !told && heard.assumed != "" {
		test.Assumed = heard.assumed
	}
	if crash := logFailure(log, p.folder); crash != nil {
		return test, crash // which explains why nothing else can be read
	}
	if failure != nil {
		return test, failure
	}
	outcome, reasons, warnings, err := verdict(results)
	test.Outcome, test.Reasons = outcome, reasons
	test.Warnings = append(test.Warnings, warnings...)
	test.tell(heard.checkers, results)
	test.Warnings = append(test.Warnings, log.notes()...)
	return test, err
}

// foreign says why a test is not one of Maelstrom's. It is empty if the test is one, and
// for the results of one key, which do not show it.
//
// Every results.edn of Maelstrom's has :net with counts of messages, which no other test
// of Jepsen has. Without results the log or the folder shows it.
func foreign(p paths, results edn.Value, log testLog) string {
	switch {
	case ofNet(results), log.maelstrom, oneKey(results):
		return ""
	case log.entries > 0:
		return fmt.Sprintf("%s: a test of Jepsen's that is none of Maelstrom's: its log does not name Maelstrom, and no results.edn has its counts of messages", p.folder)
	case namedFolder(p.folder) != "":
		return ""
	case results.Present():
		return fmt.Sprintf("%s: not known to be a test of Maelstrom's: there are no counts of messages (:net) in it, no jepsen.log beside it, and its folder has no workload's name", p.results)
	}
	return fmt.Sprintf("%s: not known to be a test of Maelstrom's: it has no results.edn and no jepsen.log, and its folder has no workload's name", p.folder)
}

// doubts returns a warning if it is not certain that the test is one of Maelstrom's.
func doubts(p paths, results edn.Value, log testLog) []string {
	switch {
	case oneKey(results):
		return []string{"the results of one key, as Jepsen has them of any test of independent keys: neither those of a whole test nor known to be of Maelstrom"}
	case ofNet(results), log.maelstrom:
		return nil
	}
	return []string{fmt.Sprintf("that Maelstrom ran it is known only by its folder's name, %s", namedFolder(p.folder))}
}

// ofNet reports whether results have counts of messages.
func ofNet(results edn.Value) bool {
	return results.At("net", "all", "msg-count").Present()
}

// oneKey reports whether results are those of one key of a test of registers.
func oneKey(results edn.Value) bool {
	return results.At("linearizable").Present() && !results.At("workload").Present()
}

// Judge checks the history of a test and compares the result with its results.edn, if
// there is one. path is the test's folder, one of its files, or a history with any name.
// Judge stops when ctx ends.
func Judge(ctx context.Context, path string) (checker.Judgement, error) {
	p, err := locate(ctx, path)
	if err != nil {
		return checker.Judgement{}, err
	}
	if p.history == "" {
		return checker.Judgement{}, fmt.Errorf("%s: %w", path, errNoHistory)
	}
	var results edn.Value
	var models string
	switch {
	case p.results != "":
		results, _, err = readResults(ctx, p.results, p.results)
	case p.log != "":
		var log testLog
		log, err = readLog(ctx, p.log)
		models = logged(log)["consistency_models"]
	}
	if err != nil {
		return checker.Judgement{}, err
	}
	file, err := open(ctx, p.history)
	if err != nil {
		return checker.Judgement{}, err
	}
	defer file.Close()
	return checker.Judge(ctx, history.NewReader(p.history, file), results, models)
}

// digest returns the hash of a file's content; empty if text is nil.
func digest(text []byte) string {
	if text == nil {
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
