package native

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gossipbench/harness/checker"
	"gossipbench/harness/history"
	"gossipbench/harness/trial"
	"gossipbench/strategies/broadcast"
)

// Keep says which trials' folders are kept.
type Keep uint8

// The policies.
const (
	None   Keep = iota
	Failed      // trials that are not valid
	All
)

var keeps = [...]string{"none", "failed", "all"}

func (k Keep) String() string { return keeps[k] }

// ParseKeep is the inverse of String.
func ParseKeep(name string) (Keep, error) {
	for i, n := range keeps {
		if n == name {
			return Keep(i), nil
		}
	}
	return None, fmt.Errorf("keep: want %s, got %q", strings.Join(keeps[:], ", "), name)
}

// folder is the folder of a trial, in Jepsen's layout:
//
//	history.edn        one op a line, in order
//	results.edn        the verdict; missing if the trial could not be run
//	node-logs/n0.log   the stderr of n0
type folder struct {
	path    string // "" if nothing is kept
	keep    Keep
	logs    []*log // by node; nil if nothing is kept
	file    *os.File
	history *history.Writer
	err     error // first error of writing the history
}

// open creates the trial's folder, if it may be kept.
func (b *Backend) open(t trial.Trial) (*folder, error) {
	f := &folder{keep: b.options.Keep}
	if f.keep == None || b.options.Folder == nil {
		return f, nil
	}
	f.path = b.options.Folder(t.ID())
	if err := f.create(t.Nodes); err != nil {
		return nil, fmt.Errorf("keep: %w", errors.Join(err, f.shut()))
	}
	return f, nil
}

func (f *folder) create(nodes int) error {
	logs := filepath.Join(f.path, "node-logs")
	if err := os.RemoveAll(f.path); err != nil { // left by the trial's last run, or a link
		return err
	}
	if err := os.MkdirAll(logs, 0o777); err != nil {
		return err
	}
	for i := range nodes {
		l, err := newLog(filepath.Join(logs, nodeName(broadcast.NodeID(i))+".log"))
		if err != nil {
			return err
		}
		f.logs = append(f.logs, l)
	}
	var err error
	if f.file, err = os.Create(filepath.Join(f.path, "history.edn")); err == nil {
		f.history = history.NewWriter(f.file)
	}
	return err
}

func (f *folder) results() string { return filepath.Join(f.path, "results.edn") }

// write adds an op to the history.
func (f *folder) write(op history.Op) {
	if f.history != nil && f.err == nil {
		f.err = f.history.Write(op)
	}
}

// close ends a trial. results is nil if it could not be run. close keeps or removes the
// folder.
func (f *folder) close(outcome trial.Outcome, results *checker.Results) error {
	if f.path == "" {
		return nil
	}
	err := f.shut()
	if f.keep == Failed && outcome == trial.Valid {
		err = errors.Join(err, os.RemoveAll(f.path))
	} else if results != nil {
		err = errors.Join(err, os.WriteFile(f.results(), results.AppendEDN(nil), 0o666))
	}
	if err != nil {
		return fmt.Errorf("keep: %w", err)
	}
	return nil
}

// shut closes the files and returns their errors.
func (f *folder) shut() error {
	err := f.err
	if f.history != nil {
		err = errors.Join(err, f.history.Flush(), f.file.Close())
	}
	for _, l := range f.logs {
		err = errors.Join(err, l.close())
	}
	return err
}
