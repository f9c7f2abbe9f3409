// Package store keeps results on disk. A folder holds one experiment: trials.jsonl with
// one line a trial, the experiment file, and the kept folders of trials.
//
// A result that was reported as stored survives any end of the program. A run locks its
// folder, so two runs cannot write to it. A reader needs no lock: it sees the complete
// lines.
package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"gossipbench/harness/experiment"
	"gossipbench/harness/files"
	"gossipbench/harness/trial"
)

// Names of files and folders in a folder of results.
const (
	trialsFile     = "trials.jsonl"
	experimentFile = "experiment.yaml"
	ranFile        = "run.json"
	keptFolder     = "trials"
	lockFile       = ".lock"
)

// Owns reports whether a file of that name in a folder of results is the store's own.
func Owns(name string) bool {
	return slices.Contains([]string{trialsFile, experimentFile, ranFile, keptFolder, lockFile}, name)
}

// Folder returns the folder of an experiment's results.
func Folder(results string, e experiment.Experiment) string {
	return filepath.Join(results, e.Name)
}

// TrialFolder returns the folder for the kept files of a trial, by its ID.
func TrialFolder(dir, id string) string { return filepath.Join(dir, keptFolder, id) }

// Store is a folder of results that is open for a run. It is safe for concurrent use.
type Store struct {
	dir      string
	contents Contents
	lock     *lock
	file     *os.File
	written  chan struct{} // closed when the writer has ended

	mu      sync.Mutex
	changed sync.Cond // signals changes of pending, closing and failed
	pending []appended
	closing bool
	failed  error // error of the writer; nothing is stored after it
}

// appended is a result that waits for the disk.
type appended struct {
	line   []byte
	stored func(error)
}

// maxPending bounds the results that wait for the disk.
const maxPending = 1000

// Open opens a folder for a run, and creates it if it is missing. It locks the folder
// until Close: a second run gets a LockedError. It removes an incomplete last line.
func Open(dir string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	// A run writes the kept files of trials there.
	if about, err := os.Lstat(filepath.Join(dir, keptFolder)); err == nil && !about.IsDir() {
		return nil, fmt.Errorf("%s: no folder (%s), want one: nothing is written through a link", filepath.Join(dir, keptFolder), about.Mode().Type())
	}
	held, err := acquire(filepath.Join(dir, lockFile), dir)
	if err != nil {
		return nil, err
	}
	s := &Store{dir: dir, lock: held, written: make(chan struct{})}
	s.changed.L = &s.mu
	if err := s.open(); err != nil {
		return nil, errors.Join(err, held.release())
	}
	go s.write()
	return s, nil
}

func (s *Store) open() (err error) {
	path := filepath.Join(s.dir, trialsFile)
	if s.contents, err = Load(s.dir); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if s.file, err = files.Update(path, os.O_APPEND); err != nil {
		return err
	}
	switch s.contents.rest {
	case torn:
		err = s.file.Truncate(s.contents.size)
	case whole:
		_, err = s.file.WriteString("\n")
	}
	// The entries of the folder must be on disk before the first line is.
	if err = errors.Join(err, s.file.Sync(), files.Sync(s.dir), files.Sync(filepath.Dir(s.dir))); err != nil {
		s.file.Close()
	}
	return err
}

// Contents returns what the folder held when it was opened.
func (s *Store) Contents() Contents { return s.contents }

// Append stores a result. It returns before the result is on disk. When the result is on
// disk, or cannot be, it calls stored: one call at a time, in the order of Append.
// Results that come while the disk is busy share the next write. Append blocks if
// maxPending results wait, so stored must not call it.
func (s *Store) Append(r trial.Result, stored func(error)) {
	line := append(r.AppendLine(make([]byte, 0, 2048)), '\n')
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.pending) >= maxPending && s.failed == nil {
		s.changed.Wait()
	}
	if s.closing {
		panic("store: Append after Close")
	}
	s.pending = append(s.pending, appended{line, stored})
	s.changed.Broadcast()
}

// write is the goroutine that appends to the file.
func (s *Store) write() {
	defer close(s.written)
	for {
		s.mu.Lock()
		for len(s.pending) == 0 && !s.closing {
			s.changed.Wait()
		}
		batch, err := s.pending, s.failed
		s.pending = nil
		s.changed.Broadcast()
		s.mu.Unlock()
		if len(batch) == 0 {
			return
		}
		if err == nil {
			if err = s.writeBatch(batch); err != nil {
				s.mu.Lock()
				s.failed = err
				s.mu.Unlock()
			}
		}
		for _, a := range batch {
			a.stored(err)
		}
	}
}

// writeBatch writes all lines and returns when they are on disk. If that fails it removes
// them, so that no incomplete line precedes those of the next run.
func (s *Store) writeBatch(batch []appended) error {
	size, err := s.file.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	var lines bytes.Buffer
	for _, a := range batch {
		lines.Write(a.line)
	}
	if _, err = s.file.Write(lines.Bytes()); err == nil {
		err = s.file.Sync()
	}
	if err != nil {
		_ = s.file.Truncate(size) // best effort: Open removes an incomplete line, too
		return fmt.Errorf("store: %w", err)
	}
	return nil
}

// Close waits until everything is stored, unlocks the folder, and returns the first error
// of the disk.
func (s *Store) Close() error {
	s.mu.Lock()
	s.closing = true
	s.changed.Broadcast()
	s.mu.Unlock()
	<-s.written
	return errors.Join(s.failed, s.file.Close(), s.lock.release())
}

// Ran says how the experiment of a folder was last run, so that it can be run again. The
// experiment file in the folder has the flags applied.
type Ran struct {
	File    string           `json:"file,omitempty"` // the experiment file that was run
	Sum     string           `json:"sum,omitempty"`  // SHA-256 of its text
	Flags   experiment.Flags `json:"flags,omitzero"`
	Depends []string         `json:"depends,omitempty"` // files that a user's own node depends on
}

// SaveExperiment writes into the folder the experiment file with flags applied, and how
// it was run.
func SaveExperiment(dir string, e experiment.Experiment, depends []string) error {
	ran := Ran{File: e.File, Sum: e.Sum, Flags: e.Flags, Depends: depends}
	text, err := json.MarshalIndent(ran, "", "  ")
	if err != nil {
		return err
	}
	return errors.Join(save(filepath.Join(dir, ranFile), append(text, '\n')), save(filepath.Join(dir, experimentFile), e.Source))
}

// save writes a file unless it already has that content.
func save(path string, text []byte) error {
	if was, err := files.Read(path); err == nil && bytes.Equal(was, text) {
		return nil
	}
	return files.WriteOwn(path, text)
}

// LoadRan returns how the experiment of a folder was last run, and false if that is
// unknown.
func LoadRan(dir string) (Ran, bool) {
	var ran Ran
	text, err := files.Read(filepath.Join(dir, ranFile))
	return ran, err == nil && json.Unmarshal(text, &ran) == nil
}
