package store

import (
	"bufio"
	"errors"
	"fmt"
	"gossipbench/harness/trial"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// childDir is the environment variable with the folder of a child process.
const childDir = "STORE_TEST_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		sweep(dir)
		return
	}
	os.Exit(m.Run())
}

// sweep is a run that stores the missing results of a sweep and prints the ID of each
// stored result. It is slow enough to be killed.
func sweep(dir string) {
	s, err := Open(dir)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("open")
	for _, t := range Missing(trials(sweepSize), s.Contents().Results, nil) {
		r := result(t.Seed, trial.Valid)
		s.Append(r, func(err error) {
			if err == nil {
				fmt.Println(r.ID)
			}
		})
		if t.Seed%8 == 0 {
			time.Sleep(100 * time.Microsecond)
		}
	}
	if err := s.Close(); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

const sweepSize = 2000

// child starts the test program as a run in a folder.
func child(t *testing.T, dir string) (*exec.Cmd, *bufio.Reader) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, bufio.NewReader(out)
}

// TestKilledAnywhere kills runs at random moments until the sweep is done. No reported
// result is lost, and none is there twice.
func TestKilledAnywhere(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	chance := rand.New(rand.NewPCG(seed, 0))
	dir := filepath.Join(t.TempDir(), "x")
	reported := map[string]bool{}
	kills := 0
	for done := false; !done; {
		cmd, out := child(t, dir)
		after := chance.IntN(sweepSize / 8)
		for lines := 0; ; lines++ {
			if lines == after {
				time.Sleep(time.Duration(chance.IntN(2000)) * time.Microsecond)
				cmd.Process.Kill()
			}
			line, err := out.ReadString('\n')
			if err != nil {
				break
			}
			if line = strings.TrimSpace(line); line != "open" {
				if reported[line] {
					t.Errorf("%s: reported twice", line)
				}
				reported[line] = true
			}
		}
		if done = cmd.Wait() == nil; !done {
			kills++
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, trialsFile))
	if err != nil {
		t.Fatal(err)
	}
	stored := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		var d trial.Decoder
		r, err := d.DecodeLine([]byte(strings.TrimSpace(line)))
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if stored[r.ID] {
			t.Errorf("%s: stored twice", r.ID)
		}
		stored[r.ID] = true
	}
	for id := range reported {
		if !stored[id] {
			t.Errorf("%s: reported, but not stored", id)
		}
	}
	if len(stored) != sweepSize {
		t.Errorf("got %d results, want %d", len(stored), sweepSize)
	}
	if kills == 0 {
		t.Error("no run was killed")
	}
	t.Logf("%d runs were killed", kills)
}

// TestLock: a second run gets the name of the holder. The lock of a killed run does not
// hold.
func TestLock(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	host, _ := os.Hostname()
	_, err = Open(dir)
	var locked *LockedError
	if want := fmt.Sprintf("process %d on %s since ", os.Getpid(), host); !errors.As(err, &locked) || locked.Dir != dir || !strings.HasPrefix(locked.Holder, want) {
		t.Errorf("got %v, want a LockedError whose holder begins %q", err, want)
	}
	cmd, out := child(t, dir)
	line, _ := io.ReadAll(out)
	if err := cmd.Wait(); err == nil || !strings.HasPrefix(string(line), dir+": in use by process ") {
		t.Errorf("a second process: got %q, %v", line, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	cmd, out = child(t, dir)
	if line, err := out.ReadString('\n'); line != "open\n" {
		t.Fatalf("got %q, %v", line, err)
	}
	cmd.Process.Kill()
	io.Copy(io.Discard, out)
	cmd.Wait()
	if _, err := os.Stat(filepath.Join(dir, lockFile)); err != nil {
		t.Fatalf("a killed run should leave its lock behind: %v", err)
	}
	fill(t, dir)
}

// TestLockOneAtATime opens and closes a folder concurrently. The lock file is removed and
// created again, and still only one has the lock.
func TestLockOneAtATime(t *testing.T) {
	path := filepath.Join(t.TempDir(), lockFile)
	var holders, held atomic.Int32
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for held.Load() < 300 {
				l, err := acquire(path, "x")
				var locked *LockedError
				if errors.As(err, &locked) {
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				if n := holders.Add(1); n != 1 {
					t.Errorf("%d have the lock", n)
				}
				held.Add(1)
				holders.Add(-1)
				if err := l.release(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
}

// TestLockWithoutHolder: the lock is held, but the holder's name is not yet written.
func TestLockWithoutHolder(t *testing.T) {
	dir := t.TempDir()
	held, err := acquire(filepath.Join(dir, lockFile), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer held.release()
	if err := held.file.Truncate(0); err != nil {
		t.Fatal(err)
	}
	want := dir + ": in use by another process: wait for it, or write elsewhere by -o"
	if _, err := Open(dir); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
