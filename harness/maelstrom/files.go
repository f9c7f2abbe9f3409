package maelstrom

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"

	"gossipbench/harness/edn"
	"gossipbench/harness/history"
)

// reading is a file that can be read until ctx ends.
type reading struct {
	*os.File
	ctx context.Context
}

func (r reading) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.File.Read(p)
}

// open opens a file that somebody else wrote. It must be a regular file: reading a pipe
// or a device may never end.
func open(ctx context.Context, path string) (reading, error) {
	if _, err := regular(path); err != nil {
		return reading{}, err
	}
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return reading{}, err
	}
	if about, err := file.Stat(); err != nil || !about.Mode().IsRegular() { // it was replaced meanwhile
		file.Close()
		return reading{}, errors.Join(err, fmt.Errorf("%s: no regular file", path))
	}
	return reading{file, ctx}, nil
}

// regular reports whether a file exists. It returns an error if path is not a regular
// file.
func regular(path string) (bool, error) {
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	about, err := os.Stat(path)
	switch {
	case err != nil:
		return false, err
	case about.IsDir():
		return false, fmt.Errorf("%s: a folder, want a file", path)
	case !about.Mode().IsRegular():
		return false, fmt.Errorf("%s: no regular file (%v)", path, about.Mode().Type())
	}
	return true, nil
}

// readResults reads a results.edn, which is a map with a verdict. name is its name in
// errors.
func readResults(ctx context.Context, path, name string) (edn.Value, []byte, error) {
	file, err := open(ctx, path)
	if err != nil {
		return edn.Value{}, nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, edn.MaxBytes+1))
	if err != nil {
		return edn.Value{}, nil, fmt.Errorf("%s: %w", name, err)
	}
	results, err := edn.Parse(name, text)
	if err != nil {
		return edn.Value{}, text, err
	}
	if !judged(results) {
		return edn.Value{}, text, fmt.Errorf("%s: no results of Jepsen's, want a map with :valid?", name)
	}
	return results, text, nil
}

// judged reports whether a value is a results.edn: a map with a :valid? of its own or of
// a checker.
func judged(results edn.Value) bool {
	if results.At("valid?").Present() {
		return true
	}
	for _, checker := range results.Pairs() {
		if checker.At("valid?").Present() {
			return true
		}
	}
	return false
}

// The kinds of a test's files.
const (
	resultsKind = "results"
	historyKind = "history"
)

// kindOf returns whether a file holds the results or the history of a test, by its
// content, or an error if it holds neither.
func kindOf(ctx context.Context, path string) (string, error) {
	neither := func(why string) (string, error) {
		return "", fmt.Errorf("%s: neither results nor a history of Jepsen's (%s), want the folder of a test, its results.edn or its history.edn", path, why)
	}
	file, err := open(ctx, path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	plain, err := history.Plain(path, file)
	if err != nil {
		return neither(err.Error())
	}
	d := edn.NewDecoder(path, plain)
	first, err := d.Next()
	if err == nil && first == edn.Tagged {
		first, err = d.Next()
	}
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case err != nil:
		return neither(err.Error())
	case first == edn.Absent:
		return neither("it is empty")
	case first != edn.Map:
		return neither("it begins with " + first.String())
	}
	nested := false
	for {
		kind, err := d.Next()
		if err != nil {
			return neither(err.Error())
		}
		if kind == edn.CloseCurly {
			break
		}
		key := bytes.Clone(d.Text())
		if kind != edn.Keyword {
			key = nil
		}
		if kind, err = d.Next(); err != nil {
			return neither(err.Error())
		}
		switch string(key) {
		case "valid?":
			return resultsKind, nil
		case "type", "process":
			return historyKind, nil
		}
		value, err := d.Value(kind)
		if err != nil {
			return neither(err.Error())
		}
		nested = nested || value.At("valid?").Present()
	}
	if nested {
		return resultsKind, nil
	}
	return neither("its first value has neither :valid? nor :type")
}
