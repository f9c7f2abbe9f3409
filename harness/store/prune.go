package store

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"gossipbench/harness/files"
	"gossipbench/harness/trial"
)

// Pruned says what Prune removed.
type Pruned struct {
	Results int // results that drop selected
	Damaged int // damaged lines
	Earlier int // earlier results of trials that were run again
}

// Prune removes the results whose IDs drop selects, with the kept folders of their
// trials. It also removes damaged lines, and all but the effective result of each trial.
// If it fails, nothing has changed.
func Prune(dir string, drop func(id string) bool) (Pruned, error) {
	var p Pruned
	s, err := Open(dir)
	if err != nil {
		return p, err
	}
	keep := map[string]trial.Outcome{}
	var gone []string
	for _, r := range s.contents.Results {
		if drop(r.ID) {
			gone = append(gone, r.ID)
		} else {
			keep[r.ID] = r.Outcome
		}
	}
	p.Results = len(gone)
	path := filepath.Join(dir, trialsFile)
	p.Damaged, p.Earlier, err = rewrite(path, path, keep)
	p.Earlier -= len(gone)
	for _, id := range gone {
		if err == nil {
			err = os.RemoveAll(TrialFolder(dir, id))
		}
	}
	return p, errors.Join(err, s.Close())
}

// Copy writes the results of one folder to another, which must have none, and returns
// their number. Of each trial it copies the effective line unchanged. It does not copy
// kept folders.
func Copy(from, to string) (int, error) {
	c, err := Load(from)
	if err != nil {
		return 0, err
	}
	keep := map[string]trial.Outcome{}
	for _, r := range c.Results {
		keep[r.ID] = r.Outcome
	}
	for _, name := range []string{experimentFile, ranFile} {
		text, err := files.Read(filepath.Join(from, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = files.WriteOwn(filepath.Join(to, name), text)
		}
		if err != nil {
			return 0, err
		}
	}
	_, _, err = rewrite(filepath.Join(from, trialsFile), filepath.Join(to, trialsFile), keep)
	return len(keep), err
}

// rewrite writes the effective line (see joiner.result) of each trial in keep, unchanged
// and in the order of the lines. It returns how many lines were damaged and how many
// others were left out.
func rewrite(from, to string, keep map[string]trial.Outcome) (damaged, others int, err error) {
	last := map[string]int{} // number of the effective line of each trial
	err = eachLine(from, func(n int, _ []byte, r trial.Result, wrong error) {
		if wrong != nil {
			damaged++
			return
		}
		others++
		if outcome, wanted := keep[r.ID]; wanted && r.Outcome == outcome {
			last[r.ID] = n
		}
	})
	if err != nil {
		return 0, 0, err
	}
	draft, err := files.CreateOwn(to)
	if err != nil {
		return 0, 0, err
	}
	defer draft.Drop()
	w := bufio.NewWriterSize(draft, 1<<20)
	err = eachLine(from, func(n int, line []byte, r trial.Result, wrong error) {
		if at, counts := last[r.ID]; wrong == nil && counts && at == n {
			_, _ = w.Write(append(line, '\n')) // Flush returns the first error
		}
	})
	if err = errors.Join(err, w.Flush()); err == nil {
		err = draft.Keep()
	}
	return damaged, others - len(last), err
}

// eachLine calls each with every line of results.
func eachLine(path string, each func(n int, line []byte, r trial.Result, damaged error)) error {
	file, err := files.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	var d trial.Decoder
	lines := bufio.NewReaderSize(file, 1<<20)
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			r, damaged := d.DecodeLine(line)
			each(n, line, r, damaged)
		}
		if err != nil {
			return nil
		}
	}
}
