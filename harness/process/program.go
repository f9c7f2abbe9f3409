package process

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Program returns the absolute path of a program, given as a file or as a name that the
// shell would find. The error says what is wrong with it.
func Program(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err != nil && !strings.ContainsRune(name, filepath.Separator) {
		path, err = exec.LookPath("." + string(filepath.Separator) + name)
	}
	switch {
	case err == nil:
		if about, err := os.Stat(path); err == nil && !about.Mode().IsRegular() { // nothing may ever be written to a pipe
			return "", fmt.Errorf("%s: want a program, and this is no regular file", name)
		}
		return filepath.Abs(path)
	case errors.Is(err, fs.ErrPermission):
		return "", fmt.Errorf("%s: want a program, and this may not be executed: try chmod +x", name)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, exec.ErrNotFound):
		return "", fmt.Errorf("%s: there is no such program", name)
	}
	return "", fmt.Errorf("%s: %w", name, err)
}

// Files caches hashes of files until they are written to. The zero Files is ready to use
// and safe for concurrent use.
type Files struct{ known sync.Map }

// file is the state of a file when it was hashed.
type file struct {
	size int64
	time time.Time
	hash string
}

// Hash returns the SHA-256 of a regular file, or of all files below a folder with their
// names. It skips names that begin with a dot, folders with such names, and __pycache__.
func (f *Files) Hash(path string) (string, error) {
	about, err := os.Stat(path)
	switch {
	case err != nil:
		return "", err
	case about.IsDir():
		return f.folder(path)
	case !about.Mode().IsRegular():
		return "", fmt.Errorf("%s: want a file or a folder", path)
	}
	if was, known := f.known.Load(path); known && was.(file).size == about.Size() && was.(file).time.Equal(about.ModTime()) {
		return was.(file).hash, nil
	}
	hash, err := hashOf(path)
	if err == nil {
		f.known.Store(path, file{about.Size(), about.ModTime(), hash})
	}
	return hash, err
}

func hashOf(path string) (string, error) {
	from, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = from.Close() }() // it was only read
	sum := sha256.New()
	if _, err := io.Copy(sum, from); err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

func (f *Files) folder(path string) (string, error) {
	sum := sha256.New()
	err := filepath.WalkDir(path, func(below string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := d.Name(); below != path && (name[0] == '.' || name == "__pycache__") {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() {
			return nil
		}
		hash, err := f.Hash(below)
		fmt.Fprintf(sum, "%q %s\n", strings.TrimPrefix(below, path), hash)
		return err
	})
	return hex.EncodeToString(sum.Sum(nil)), err
}
