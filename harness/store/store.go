// Package store keeps results on disk: a folder an experiment, in it
// trials.jsonl with a line a trial, the experiment file that made them, and
// the folders of the trials that were kept whole.
//
// A result that was reported as stored survives whatever ends the program. The
// folder of a run is locked, so that no two runs write to it. A reader needs no
// lock: it sees the lines that are complete.
package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"gossipbench/harness/experiment"
	"gossipbench/harness/files"
	"gossipbench/harness/trial"
)

// The names in a folder of results.
const (
	trialsFile     = "trials.jsonl"
	experimentFile = "experiment.yaml"
	ranFile        = "run.json"
	keptFolder     = "trials"
	lockFile       = ".lock"
)

// Folder returns the folder of an experiment's results.
func Folder(results string, e experiment.Experiment) string {
	return filepath.Join(results, e.Name)
}

// TrialFolder returns where the files of a trial are kept, by its ID.
func TrialFolder(dir, id string) string { return filepath.Join(dir, keptFolder, id) }

// Store is a folder of results that is open for a run. Its methods may be
// called from any goroutine.
type Store struct {
	dir      string
	contents Contents
	lock     *lock
	file     *os.File
	written  chan struct{} // closed when the writer has ended

	mu      sync.Mutex
	changed sync.Cond // pending, closing or failed
	pending []appended
	closing bool
	failed  error // of the writer; nothing is stored after it
}

// appended is a result on its way to the disk.
type appended struct {
	line   []byte
	stored func(error)
}

// maxPending bounds the results that wait for the disk.
const maxPending = 1000

// Open opens a folder for a run and makes it where it is missing. It locks the
// folder until Close: a second run gets an error that says who has it. What the
// end of the last run tore is cut off.
func Open(dir string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	// What a run keeps of trials is written there.
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
		held.release()
		return nil, err
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
	// The folder's own entries must be on the disk before the first line is.
	if err = errors.Join(err, s.file.Sync(), files.Sync(s.dir), files.Sync(filepath.Dir(s.dir))); err != nil {
		s.file.Close()
	}
	return err
}

// Contents returns what the folder held when it was opened.
func (s *Store) Contents() Contents { return s.contents }

// Append stores a result. It returns before the result is on the disk; once it
// is, or cannot be, stored is called, one call at a time and in the order of
// Append. Results that come while the disk is busy share its next write. Where
// many of them wait already, Append waits, so stored must not call it.
func (s *Store) Append(r trial.Result, stored func(error)) {
	s.append(append(r.AppendLine(make([]byte, 0, 2048)), '\n'), stored)
}

func (s *Store) append(line []byte, stored func(error)) {
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

// write is the goroutine that owns the file's end.
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

// writeBatch returns when all lines are on the disk. Where that fails it takes
// them back, so that no half line stands before those of the next run.
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
		s.file.Truncate(size) // on a best effort: Open cuts a torn line, too
		return fmt.Errorf("store: %w", err)
	}
	return nil
}

// Close waits until all is stored, unlocks the folder, and returns the first
// error of the disk.
func (s *Store) Close() error {
	s.mu.Lock()
	s.closing = true
	s.changed.Broadcast()
	s.mu.Unlock()
	<-s.written
	return errors.Join(s.failed, s.file.Close(), s.lock.release())
}

// Ran is how the experiment of a folder was run last: for those who run it again.
// What was run is its experiment file, flags applied.
type Ran struct {
	File    string           `json:"file,omitempty"` // that was run
	Sum     string           `json:"sum,omitempty"`  // SHA-256 of its text
	Flags   experiment.Flags `json:"flags,omitzero"`
	Depends []string         `json:"depends,omitempty"` // files that a node of the user's own rests on
}

// SaveExperiment lays beside the results the experiment file that makes their
// trials, flags applied, and how it was run.
func SaveExperiment(dir string, e experiment.Experiment, depends []string) error {
	ran := Ran{File: e.File, Sum: e.Sum, Flags: e.Flags, Depends: depends}
	text, err := json.MarshalIndent(ran, "", "  ")
	if err != nil {
		return err
	}
	return errors.Join(save(filepath.Join(dir, ranFile), append(text, '\n')), save(filepath.Join(dir, experimentFile), e.Source))
}

// save writes a file where it is not as it should be.
func save(path string, text []byte) error {
	if was, err := files.Read(path); err == nil && bytes.Equal(was, text) {
		return nil
	}
	return files.WriteOwn(path, text)
}

// LoadRan reads how the experiment of a folder was run; false where nobody knows.
func LoadRan(dir string) (Ran, bool) {
	var ran Ran
	text, err := files.Read(filepath.Join(dir, ranFile))
	return ran, err == nil && json.Unmarshal(text, &ran) == nil
}
