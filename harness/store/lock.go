package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"time"

	"gossipbench/harness/files"
)

// LockedError is the error if another run uses the folder.
type LockedError struct {
	Dir    string
	Holder string // the process that uses it
}

func (e *LockedError) Error() string {
	return fmt.Sprintf("%s: in use by %s: wait for it, or write elsewhere by -o", e.Dir, e.Holder)
}

// lock is a locked file. The kernel releases the lock when the process ends, however it
// ends.
type lock struct {
	file *os.File
}

// acquire locks the file at path, for the folder dir.
func acquire(path, dir string) (*lock, error) {
	for {
		file, err := files.Update(path, 0)
		if err != nil {
			return nil, err
		}
		if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
			holder, _ := io.ReadAll(file)
			file.Close()
			if errors.Is(err, syscall.EWOULDBLOCK) {
				return nil, &LockedError{dir, named(string(holder))}
			}
			return nil, fmt.Errorf("%s: cannot be locked: %w", path, err)
		}
		// The last holder may have removed the file between our open and our lock. Then
		// nobody else can see the file that we have locked.
		mine, errMine := file.Stat()
		there, errThere := os.Lstat(path)
		if errMine != nil || errThere != nil || !os.SameFile(mine, there) {
			file.Close()
			continue
		}
		host, _ := os.Hostname()
		holder := fmt.Sprintf("process %d on %s since %s\n", os.Getpid(), host, time.Now().Format(time.RFC3339))
		if err := errors.Join(file.Truncate(0), writeAt(file, holder)); err != nil {
			file.Close()
			return nil, err
		}
		return &lock{file}, nil
	}
}

func writeAt(file *os.File, text string) error {
	_, err := file.WriteAt([]byte(text), 0)
	return err
}

// named returns the holder of a lock, from the text of its file.
func named(holder string) string {
	if holder = strings.TrimSpace(holder); holder != "" {
		return holder
	}
	return "another process"
}

// release unlocks and removes the file.
func (l *lock) release() error {
	return errors.Join(os.Remove(l.file.Name()), l.file.Close())
}
