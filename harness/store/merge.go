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

// Merged says what Merge did.
type Merged struct {
	Added    int      // results that were copied
	Known    int      // results of trials that already have one
	Warnings []string // warnings from loading the folders
}

// Merge copies results from other folders, perhaps of other machines, with the kept
// folders of their trials. A trial keeps the result that it has, or else gets that of the
// first folder with one; an error does not count as a result. Lines are copied unchanged,
// with anything that a newer program added. When Merge returns, everything is on disk.
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

// copyLines appends, for each trial in wanted, its last line with the wanted outcome. It
// returns when the lines are on disk.
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

// copyFolders copies the kept folders of trials.
func (s *Store) copyFolders(dir string, wanted map[string]trial.Outcome) error {
	for _, id := range slices.Sorted(maps.Keys(wanted)) {
		from, to := TrialFolder(dir, id), TrialFolder(s.dir, id)
		if _, err := os.Stat(from); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err := os.RemoveAll(to); err != nil { // the folder of an error, if there is one
			return err
		}
		if err := os.CopyFS(to, os.DirFS(from)); err != nil {
			return err
		}
	}
	return nil
}
