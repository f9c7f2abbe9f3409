package scratch

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"
)

// TestMain, in the process that a test kills, creates a folder and waits.
func TestMain(m *testing.M) {
	if os.Getenv("TEST_OWNER") != "" {
		f, err := New("test")
		if err != nil {
			panic(err)
		}
		if err := os.WriteFile(filepath.Join(f.Path, "file"), []byte("x"), 0o666); err != nil {
			panic(err)
		}
		fmt.Println(f.Path)
		time.Sleep(time.Minute)
	}
	os.Exit(m.Run())
}

// owner starts a process with a folder, and returns the folder.
func owner(t *testing.T) (*exec.Cmd, string) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), "TEST_OWNER=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return cmd, line[:len(line)-1]
}

func names(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, filepath.Join(folder, e.Name()))
	}
	return all
}

// TestKilled: the next New removes the folder of a killed process. The folder of a living
// process stays, and so does everything that is not ours.
func TestKilled(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	other := filepath.Join(temporary, "gossipbench-other")
	victim := filepath.Join(t.TempDir(), "victim")
	for _, folder := range []string{other, victim} {
		if err := os.Mkdir(folder, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	link := filepath.Join(temporary, prefix+"link.1")
	if err := os.Symlink(victim, link); err != nil {
		t.Fatal(err)
	}
	living, kept := owner(t)
	killed, left := owner(t)
	if err := killed.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	killed.Wait()
	f, err := New("test")
	if err != nil {
		t.Fatal(err)
	}
	got := names(t, temporary)
	for _, want := range []string{kept, other, link, f.Path} {
		if !slices.Contains(got, want) {
			t.Errorf("%s is gone", want)
		}
	}
	if slices.Contains(got, left) {
		t.Errorf("%s of a killed process is still there", left)
	}
	if _, err := os.Stat(victim); err != nil {
		t.Errorf("what a link leads to is gone: %v", err)
	}
	if err := f.Remove(); err != nil {
		t.Fatal(err)
	}
	living.Process.Kill()
	living.Wait()
	if f, err = New("test"); err != nil {
		t.Fatal(err)
	}
	if err := f.Remove(); err != nil {
		t.Fatal(err)
	}
	if got := names(t, temporary); len(got) != 2 {
		t.Errorf("in the end there is %q, want %q", got, []string{other, link})
	}
}

// TestAtOnce: folders that are made concurrently do not remove each other.
func TestAtOnce(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				f, err := New("test")
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := os.Stat(f.Path); err != nil {
					t.Error(err)
				}
				if err := f.Remove(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}
