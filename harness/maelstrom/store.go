package maelstrom

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// The policies for keeping the files of trials.
const (
	KeepFailed = "failed" // of trials that are not valid
	KeepAll    = "all"
	KeepNone   = "none"
)

// runFolder returns the only test folder, store/WORKLOAD/TIME, in the folder in which
// Maelstrom ran; "" if there is none. It does not follow links such as latest.
func runFolder(work string) (string, error) {
	var found []string
	workloads, err := subfolders(filepath.Join(work, "store"))
	if err != nil {
		return "", err
	}
	for _, workload := range workloads {
		tests, err := subfolders(workload)
		if err != nil {
			return "", err
		}
		found = append(found, tests...)
	}
	switch len(found) {
	case 0:
		return "", nil
	case 1:
		return found[0], nil
	}
	return "", fmt.Errorf("maelstrom left %d tests in one store, want 1: %s and %s", len(found), found[0], found[1])
}

// subfolders returns the folders in a folder, without links; none if the folder is
// missing.
func subfolders(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var folders []string
	for _, entry := range entries {
		if entry.IsDir() {
			folders = append(folders, filepath.Join(folder, entry.Name()))
		}
	}
	return folders, nil
}

// keep moves the files worth keeping from the folder in which Maelstrom ran to another
// folder, and replaces an earlier one: results.edn, history.edn (compressed), jepsen.log,
// node-logs, and what Maelstrom printed.
func keep(work, folder string) error {
	fresh := folder + ".part"
	if err := os.RemoveAll(fresh); err != nil {
		return err
	}
	if err := os.MkdirAll(fresh, 0o777); err != nil {
		return err
	}
	defer os.RemoveAll(fresh)
	if err := gather(work, fresh); err != nil {
		return err
	}
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	return os.Rename(fresh, folder)
}

// gather copies the files worth keeping from one folder to another.
func gather(work, to string) error {
	for _, name := range []string{stdoutLog, stderrLog} {
		if err := copyFile(filepath.Join(work, name), filepath.Join(to, name), false); err != nil {
			return err
		}
	}
	test, err := runFolder(work)
	if err != nil || test == "" {
		return err
	}
	for _, name := range []string{"results.edn", "jepsen.log"} {
		if err := copyFile(filepath.Join(test, name), filepath.Join(to, name), false); err != nil {
			return err
		}
	}
	if err := copyFile(filepath.Join(test, "history.edn"), filepath.Join(to, "history.edn.gz"), true); err != nil {
		return err
	}
	logs, err := filepath.Glob(filepath.Join(test, "node-logs", "*"))
	if err != nil || len(logs) == 0 {
		return err
	}
	if err := os.Mkdir(filepath.Join(to, "node-logs"), 0o777); err != nil {
		return err
	}
	for _, log := range logs {
		if err := copyFile(log, filepath.Join(to, "node-logs", filepath.Base(log)), false); err != nil {
			return err
		}
	}
	return nil
}

// copyFile copies a file, if it exists.
func copyFile(from, to string, compress bool) (err error) {
	in, err := os.Open(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	if !compress {
		_, err = io.Copy(out, in)
		return err
	}
	packed := gzip.NewWriter(out)
	if _, err := io.Copy(packed, in); err != nil {
		return err
	}
	return packed.Close()
}
