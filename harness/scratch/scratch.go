// Package scratch creates folders in the system's temporary folder. If a process ends
// without removing its folder, even by SIGKILL, the next process that creates one removes
// it.
package scratch

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// prefix is the beginning of all folder names.
const prefix = "gossipbench."

// Folder is a folder of this process. The kernel holds a lock on it while the process
// lives.
type Folder struct {
	Path string
	lock *os.File
}

// New removes the folders of processes that have ended, and creates one whose name
// contains name.
func New(name string) (*Folder, error) {
	sweep(os.TempDir())
	for {
		path, err := os.MkdirTemp("", prefix+name+".")
		if err != nil {
			return nil, err
		}
		lock, err := os.Open(path)
		if errors.Is(err, os.ErrNotExist) {
			continue // another process removed it before it was locked
		}
		if err != nil {
			return nil, err
		}
		if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
			lock.Close()
			return nil, fmt.Errorf("%s: lock: %w", path, err)
		}
		if isAt(lock, path) {
			return &Folder{path, lock}, nil
		}
		lock.Close()
	}
}

// Remove removes the folder with all that is in it.
func (f *Folder) Remove() error {
	err := os.RemoveAll(f.Path)
	return errors.Join(err, f.lock.Close())
}

// isAt reports whether an open folder is still the one at path.
func isAt(open *os.File, path string) bool {
	a, err := open.Stat()
	if err != nil {
		return false
	}
	b, err := os.Lstat(path)
	return err == nil && os.SameFile(a, b)
}

// sweep removes the folders in temporary whose processes have ended. Folders that it may
// not remove stay.
func sweep(temporary string) {
	entries, err := os.ReadDir(temporary)
	if err != nil {
		return
	}
	for _, entry := range entries {
		if entry.IsDir() && len(entry.Name()) > len(prefix) && entry.Name()[:len(prefix)] == prefix {
			removeUnlocked(filepath.Join(temporary, entry.Name()))
		}
	}
}

// removeUnlocked removes a folder of this user that nobody has locked.
func removeUnlocked(path string) {
	fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_DIRECTORY|syscall.O_NOFOLLOW|syscall.O_CLOEXEC, 0)
	if err != nil {
		return
	}
	lock := os.NewFile(uintptr(fd), path)
	defer lock.Close()
	about, err := lock.Stat()
	if err != nil {
		return
	}
	if owner, known := about.Sys().(*syscall.Stat_t); !known || int(owner.Uid) != os.Getuid() {
		return
	}
	if syscall.Flock(fd, syscall.LOCK_EX|syscall.LOCK_NB) == nil && isAt(lock, path) {
		os.RemoveAll(path)
	}
}
