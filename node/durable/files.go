package durable

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// draftName is an incomplete merged segment.
const draftName = "merge.tmp"

// errKilled is the error of a store that a test has killed.
var errKilled = errors.New("killed")

// segment returns the name of a segment's file.
func segment(dir string, number uint64) string {
	return filepath.Join(dir, fmt.Sprintf("%08d.log", number))
}

// fail makes the first error final.
func (s *Store) fail(err error) error {
	if s.err == nil {
		s.err = err
	}
	return s.err
}

// step returns how much of a change of n units a test allows. If it is not all, the
// store is dead.
func (s *Store) step(n int) int {
	if s.allow == nil {
		return n
	}
	allowed := s.allow(n)
	if allowed < n {
		_ = s.fail(errKilled)
	}
	return allowed
}

// create creates a segment with its header.
func (s *Store) create(name string, h header) (*os.File, error) {
	if s.step(1) == 0 {
		return nil, s.err
	}
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return nil, s.fail(err)
	}
	if err := s.write(f, h.append(nil)); err != nil {
		return nil, err
	}
	return f, s.flush(f)
}

func (s *Store) write(f *os.File, data []byte) error {
	if n := s.step(len(data)); n < len(data) {
		_, _ = f.Write(data[:n]) // the store is dead
		return s.err
	}
	if _, err := f.Write(data); err != nil {
		return s.fail(err)
	}
	return nil
}

// flush returns when the file's data is on disk.
func (s *Store) flush(f *os.File) error {
	if s.options.Lazy {
		return nil
	}
	if err := f.Sync(); err != nil {
		return s.fail(err)
	}
	return nil
}

// flushFolder returns when the names of the files are on disk.
func (s *Store) flushFolder() error {
	if s.options.Lazy {
		return nil
	}
	d, err := os.Open(s.dir)
	if err != nil {
		return s.fail(err)
	}
	err = s.flush(d)
	_ = d.Close()
	return err
}

func (s *Store) remove(name string) error {
	if s.step(1) == 0 {
		return s.err
	}
	if err := os.Remove(name); err != nil {
		return s.fail(err)
	}
	return nil
}
