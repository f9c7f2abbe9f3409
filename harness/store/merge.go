package store

import (
	"errors"
	"gossipbench/harness/trial"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// Merged is what Merge did.
type Merged struct {
	Added    int      // results that were copied
	Known    int      // results of trials that have one already
	Warnings []string // of the folders that were read
}

// Merge copies the results of other folders, which may be those of other
// machines, with the folders of their kept trials. A trial keeps the result it
// has, or else gets that of the first folder that has one; an error counts as
// no result. Lines are copied as they are, with all that a newer program wrote
// in them. When Merge returns, all is on the disk.
func (s *Store) Merge(dirs ...string) (Merged, error) {
	var m Merged
	have := map[string]trial.Outcome{}
	for _, r := range s.contents.Results {
		have[r.ID] = r.Outcome
	}
	for _, dir := range dirs {
		c, err := Load(dir)
		if err != nil {
			return m, err
		}
		m.Warnings = append(m.Warnings, c.Warnings...)
		wanted := map[string]trial.Outcome{}
		for _, r := range c.Results {
			was, known := have[r.ID]
			if known && (was != trial.Failed || r.Outcome == trial.Failed) {
				m.Known++
				continue
			}
			have[r.ID], wanted[r.ID] = r.Outcome, r.Outcome
			m.Added++
		}
		if err := s.copyLines(filepath.Join(dir, trialsFile), wanted); err != nil {
			return m, err
		}
		if err := s.copyFolders(dir, wanted); err != nil {
			return m, err
		}
	}
	return m, nil
}

// copyLines appends the last line of each trial wanted that has the outcome
// wanted, and waits for the disk.
func (s *Store) copyLines(path string, wanted map[string]trial.Outcome) error {
	lines := map[string][]byte{}
	var order []string
	err := eachLine(path, func(_ int, line []byte, r trial.Result, damaged error) {
		if outcome, wants := wanted[r.ID]; damaged != nil || !wants || outcome != r.Outcome {
			return
		}
		if lines[r.ID] == nil {
			order = append(order, r.ID)
		}
		lines[r.ID] = line
	})
	if err != nil {
		return err
	}
	stored := make(chan error, len(order))
	for _, id := range order {
		s.append(append(lines[id], '\n'), func(err error) { stored <- err })
	}
	for range order {
		err = errors.Join(err, <-stored)
	}
	return err
}

// copyFolders copies the kept folders of trials that have none here.
func (s *Store) copyFolders(dir string, wanted map[string]trial.Outcome) error {
	for _, id := range slices.Sorted(maps.Keys(wanted)) {
		from, to := TrialFolder(dir, id), TrialFolder(s.dir, id)
		if _, err := os.Stat(from); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err := os.RemoveAll(to); err != nil { // of an error, if it is there
			return err
		}
		if err := os.CopyFS(to, os.DirFS(from)); err != nil {
			return err
		}
	}
	return nil
}
