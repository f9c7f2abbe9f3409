package files

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// alone checks that a folder has exactly these names, and no draft.
func alone(t *testing.T, folder string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if strings.Join(names, " ") != strings.Join(want, " ") {
		t.Errorf("the folder has %q, want %q", names, want)
	}
}

func TestWrite(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "a")
	for _, text := range []string{"one", "", "three"} {
		if err := Write(path, []byte(text)); err != nil || read(t, path) != text {
			t.Fatalf("got %q, %v, want %q", read(t, path), err, text)
		}
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Write(path, []byte("four")); err != nil {
		t.Fatal(err)
	}
	if about, err := os.Stat(path); err != nil || about.Mode().Perm() != 0o600 {
		t.Errorf("the mode is %v, %v, want that of before", about.Mode(), err)
	}
	alone(t, folder, "a")
	for _, bad := range []string{folder, filepath.Join(folder, "no", "a")} {
		if err := Write(bad, nil); err == nil {
			t.Errorf("%s: got no error", bad)
		}
	}
	alone(t, folder, "a")
}

// TestFull: on a full disk, which a limit on the size of files imitates, the file is
// unchanged and no draft is left.
func TestFull(t *testing.T) {
	if os.Getenv("FILES_FULL") == "" {
		t.Skip("see TestFullDisk, which runs this with a limit")
	}
	folder := os.Getenv("FILES_FULL")
	path := filepath.Join(folder, "a")
	for name, write := range map[string]func(string, []byte) error{"Write": Write, "WriteOwn": WriteOwn} {
		if err := write(path, []byte("longer than a byte")); !errors.Is(err, syscall.EFBIG) {
			t.Errorf("%s: got %v, want %v", name, err, syscall.EFBIG)
		}
	}
	d, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.WriteString("longer than a byte"); err == nil {
		t.Error("Create: a write did not fail")
	}
	d.Drop()
	d.Drop()
	if got := read(t, path); got != "was" {
		t.Errorf("the file has %q, want what it had", got)
	}
	alone(t, folder, "a")
}

// TestDevices: a file that the user names is written to, whatever it is.
func TestDevices(t *testing.T) {
	if err := Write("/dev/null", []byte("gone")); err != nil {
		t.Error(err)
	}
	if about, err := os.Lstat("/dev/null"); err != nil || about.Mode().IsRegular() {
		t.Fatalf("/dev/null is %v, %v", about.Mode(), err)
	}
	folder := t.TempDir()
	pipe := filepath.Join(folder, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	got := make(chan string)
	go func() {
		text, err := os.ReadFile(pipe)
		if err != nil {
			text = []byte(err.Error())
		}
		got <- string(text)
	}()
	if err := Write(pipe, []byte("through a pipe")); err != nil {
		t.Error(err)
	}
	if text := <-got; text != "through a pipe" {
		t.Errorf("got %q", text)
	}
	alone(t, folder, "pipe")
}

// TestLinks: a user's link is followed and kept; a link in place of a file of our own is
// not followed.
func TestLinks(t *testing.T) {
	folder, elsewhere := t.TempDir(), t.TempDir()
	victim, link := filepath.Join(elsewhere, "victim"), filepath.Join(folder, "link")
	if err := errors.Join(os.WriteFile(victim, []byte("precious"), 0o666), os.Symlink(victim, link)); err != nil {
		t.Fatal(err)
	}
	for _, flag := range []int{0, os.O_APPEND} {
		_, err := Update(link, flag)
		if want := link + ": a symbolic link, want a file of its own: nothing is written through a link"; err == nil || err.Error() != want {
			t.Errorf("Update: got %v, want %s", err, want)
		}
	}
	if err := WriteOwn(link, []byte("ours")); err != nil {
		t.Error(err)
	}
	if read(t, victim) != "precious" || read(t, link) != "ours" {
		t.Errorf("the victim has %q, the file %q", read(t, victim), read(t, link))
	}
	if err := errors.Join(os.Remove(link), os.Symlink(victim, link), Write(link, []byte("new"))); err != nil {
		t.Error(err)
	}
	if about, err := os.Lstat(link); err != nil || about.Mode()&os.ModeSymlink == 0 || read(t, victim) != "new" {
		t.Errorf("the link is %v, %v, and leads to %q", about.Mode(), err, read(t, victim))
	}
	if text, err := Read(link); err != nil || string(text) != "new" {
		t.Errorf("Read: got %q, %v", text, err)
	}
	if err := os.Remove(victim); err != nil {
		t.Fatal(err)
	}
	if err := Write(link, nil); err == nil {
		t.Error("a link to nothing: got no error")
	}
	if err := errors.Join(os.Remove(link), os.Symlink(elsewhere, link)); err != nil {
		t.Fatal(err)
	}
	if err := Folder(link); err == nil {
		t.Error("a folder that is a link: got no error")
	}
	if err := Folder(filepath.Join(folder, "a", "b")); err != nil {
		t.Error(err)
	}
}

// TestNotRegularFile: opening a pipe does not wait for its other end.
func TestNotRegularFile(t *testing.T) {
	folder := t.TempDir()
	pipe := filepath.Join(folder, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	for _, path := range []string{pipe, folder, "/dev/zero"} {
		done := make(chan error)
		go func() {
			_, err := Read(path)
			if path != folder {
				_, more := Update(path, os.O_APPEND)
				if more == nil {
					err = nil
				}
			}
			done <- err
		}()
		select {
		case err := <-done:
			if err == nil || !strings.Contains(err.Error(), "no regular file") {
				t.Errorf("%s: got %v", path, err)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("%s: waits", path)
		}
	}
}
