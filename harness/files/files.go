// Package files reads and writes files for a program that may be stopped at any moment,
// on a disk that may be full, in folders that others can write to.
//
// Write is atomic: it writes a temporary file beside the target and then renames it. Open
// and Update open files of our own and accept only regular files: reading a pipe may
// never end, and writing through a symbolic link would change a file of somebody else's
// choice.
package files

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Open opens a regular file for reading. It follows symbolic links, since nothing is
// written.
func Open(path string) (*os.File, error) { return open(path, os.O_RDONLY) }

// Update opens a regular file for reading and writing, or for appending if flag is
// os.O_APPEND. It creates the file if it is missing. It follows no symbolic link.
func Update(path string, flag int) (*os.File, error) {
	return open(path, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW|flag)
}

// open opens a file without waiting for the other end of a pipe.
func open(path string, flag int) (*os.File, error) {
	file, err := os.OpenFile(path, flag|syscall.O_NONBLOCK, 0o666)
	if errors.Is(err, syscall.ELOOP) {
		return nil, fmt.Errorf("%s: a symbolic link, want a file of its own: nothing is written through a link", path)
	}
	if errors.Is(err, syscall.ENXIO) { // a pipe or a socket without another end
		return nil, fmt.Errorf("%s: no regular file", path)
	}
	if err != nil {
		return nil, err
	}
	about, err := file.Stat()
	if err == nil && !about.Mode().IsRegular() {
		err = fmt.Errorf("%s: no regular file (%s)", path, kind(about.Mode()))
	}
	if err != nil {
		_ = file.Close() // the error says more
		return nil, err
	}
	return file, nil
}

// kind names the kind of a file that is not regular.
func kind(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a folder"
	case mode&fs.ModeNamedPipe != 0:
		return "a pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	}
	return mode.Type().String()
}

// Read reads a regular file.
func Read(path string) ([]byte, error) {
	file, err := Open(path)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(file)
	return text, errors.Join(err, file.Close())
}

// Folder creates a folder and its parents. It refuses a symbolic link.
func Folder(path string) error {
	if about, err := os.Lstat(path); err == nil && about.Mode()&fs.ModeSymlink != 0 {
		return fmt.Errorf("%s: a symbolic link, want a folder of its own: nothing is written through a link", path)
	}
	return os.MkdirAll(path, 0o777)
}

// Write makes text the content of the file at path; if it fails, the file is unchanged.
// If path is a pipe or a device, such as /dev/stdout, the text goes there. If it is a
// symbolic link, Write replaces the file that it leads to.
func Write(path string, text []byte) error {
	d, err := Create(path)
	if err != nil {
		return err
	}
	return d.fill(text)
}

// WriteOwn is Write for a file of our own, in a folder that others may write to: it
// replaces whatever is at path.
func WriteOwn(path string, text []byte) error {
	d, err := CreateOwn(path)
	if err != nil {
		return err
	}
	return d.fill(text)
}

// Draft is a file that is being written. Keep gives it its name.
type Draft struct {
	*os.File        // nil after Keep or Drop
	path     string // its future name; "" if it is written directly
}

// Create is Write for a text in pieces.
func Create(path string) (*Draft, error) {
	target, direct, err := targetOf(path)
	if err != nil {
		return nil, err
	}
	if direct {
		file, err := os.OpenFile(path, os.O_WRONLY, 0)
		return &Draft{File: file}, err
	}
	file, err := draft(target)
	if err != nil {
		return nil, err
	}
	if about, err := os.Stat(target); err == nil {
		if err := file.Chmod(about.Mode().Perm()); err != nil {
			return nil, errors.Join(err, file.Close(), os.Remove(file.Name()))
		}
	}
	return &Draft{File: file, path: target}, nil
}

// CreateOwn is WriteOwn for a text in pieces.
func CreateOwn(path string) (*Draft, error) {
	file, err := draft(path)
	if err != nil {
		return nil, err
	}
	return &Draft{File: file, path: path}, nil
}

func (d *Draft) fill(text []byte) error {
	if _, err := d.Write(text); err != nil {
		d.Drop()
		return err
	}
	return d.Keep()
}

// Keep gives the draft its name once it is on disk. If that fails, it removes the draft.
func (d *Draft) Keep() error {
	file := d.File
	d.File = nil
	if d.path == "" {
		return file.Close()
	}
	err := errors.Join(file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), d.path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return Sync(filepath.Dir(d.path))
}

// Drop removes the draft. After Keep it does nothing.
func (d *Draft) Drop() {
	if d.File == nil {
		return
	}
	_ = d.Close() // its content is not wanted
	if d.path != "" {
		_ = os.Remove(d.Name())
	}
	d.File = nil
}

// targetOf returns the file that path leads to. direct is true if text must be written to
// it directly: if it is not a regular file, and for /dev/stdout in any case.
func targetOf(path string) (target string, direct bool, err error) {
	about, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		if link, err := os.Lstat(path); err == nil && link.Mode()&fs.ModeSymlink != 0 {
			return "", false, fmt.Errorf("%s: a symbolic link to a file that is not there", path)
		}
		return path, false, nil
	}
	switch {
	case err != nil:
		return "", false, err
	case about.IsDir():
		return "", false, fmt.Errorf("%s: a folder, want a file", path)
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return "", false, err
	}
	system := strings.HasPrefix(absolute, "/dev/") || strings.HasPrefix(absolute, "/proc/")
	if system || !about.Mode().IsRegular() {
		return path, true, nil
	}
	target, err = filepath.EvalSymlinks(path)
	return target, false, err
}

// draft creates a file with a unique name beside path.
func draft(path string) (*os.File, error) {
	folder, name := filepath.Split(path)
	for try := 0; ; try++ {
		// O_EXCL follows no link. The process ID distinguishes the drafts of two
		// processes.
		draft := filepath.Join(folder, fmt.Sprintf(".%s.%d.%d.part", name, os.Getpid(), try))
		file, err := os.OpenFile(draft, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if errors.Is(err, fs.ErrExist) && try < 100 {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, errors.Unwrap(err))
		}
		return file, nil
	}
}

// Sync writes the names in a folder to disk.
func Sync(folder string) error {
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
