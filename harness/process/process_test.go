package process

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// wait waits until so returns true.
func wait(t *testing.T, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !so(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited 30 s for %s", what)
		}
	}
}

// TestStrays: a daemon that leaves its group, session and environment is found after its
// parent has ended. What the harness started is no stray.
func TestStrays(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux hands orphans to the harness")
	}
	own := exec.Command("sleep", "1000")
	if err := Start(own); err != nil {
		t.Fatal(err)
	}
	parent := exec.Command("sh", "-c", "env -i setsid sleep 1234 >/dev/null 2>&1 </dev/null & exit 0")
	parent.SysProcAttr = OwnGroup()
	if out, err := Output(parent); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var strays []Stray
	wait(t, "the daemon", func() bool {
		strays = slices.DeleteFunc(Strays(), func(s Stray) bool { return s.Command != "sleep 1234" })
		return len(strays) == 1
	})
	if slices.ContainsFunc(Strays(), func(s Stray) bool { return s.PID == own.Process.Pid }) {
		t.Error("what the harness has started is taken for a stray")
	}
	if err := syscall.Kill(strays[0].PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	wait(t, "the daemon's end", func() bool {
		return !slices.ContainsFunc(Strays(), func(s Stray) bool { return s.PID == strays[0].PID })
	})
	wait(t, "no zombie", func() bool { return syscall.Kill(strays[0].PID, 0) != nil || len(Strays()) == 0 })
	_ = own.Process.Kill()
	_ = Wait(own)
	if started[own.Process.Pid] > 0 {
		t.Error("a process that has ended is still known as started")
	}
}

// TestStraysMeanwhile: a program that starts and ends during a search for strays is no
// stray.
func TestStraysMeanwhile(t *testing.T) {
	var programs sync.WaitGroup
	for range 20 {
		programs.Go(func() {
			for range 15 {
				if _, err := Output(exec.Command("sleep", "0.005")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	ended := make(chan struct{})
	go func() { programs.Wait(); close(ended) }()
	for {
		for _, s := range Strays() {
			t.Errorf("%d, %s is taken for a stray", s.PID, s.Command)
		}
		select {
		case <-ended:
			return
		default:
		}
	}
}

// TestStraysEnding: a process that is ending no longer shows its environment, so its
// owner is unknown. It is no stray.
func TestStraysEnding(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux hands orphans to the harness")
	}
	for range 3 {
		ready := filepath.Join(t.TempDir(), "ready")
		parent := exec.Command("sh", "-c", `(x=$(head -c 50000000 /dev/zero | tr '\0' x); : >"$1"; sleep 1000; :) >/dev/null 2>&1 </dev/null & exit 0`, "sh", ready)
		parent.SysProcAttr = OwnGroup()
		if out, err := Output(parent); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		wait(t, "the orphan", func() bool { _, err := os.Stat(ready); return err == nil })
		if err := syscall.Kill(-parent.Process.Pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		wait(t, "its end", func() bool {
			strays := Strays()
			for _, s := range strays {
				if len(s.Env) == 0 {
					t.Errorf("%d, %q, which is ending, is taken for a stray", s.PID, s.Command)
				}
			}
			return len(strays) == 0
		})
	}
}

// TestGroupLives: a child that has ended does not count, even if nobody has waited for
// it.
func TestGroupLives(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells zombies apart")
	}
	c := exec.Command("cat")
	stdin, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.SysProcAttr = OwnGroup()
	if err := Start(c); err != nil {
		t.Fatal(err)
	}
	group := c.Process.Pid
	if !GroupLives(group) {
		t.Error("cat is dead, want it alive")
	}
	stdin.Close()
	wait(t, "a zombie", func() bool { return !GroupLives(group) })
	if err := syscall.Kill(-group, 0); err != nil {
		t.Errorf("got %v, want a zombie that can still be signalled", err)
	}
	_ = Wait(c)
}

func TestEnvironment(t *testing.T) {
	for name, value := range map[string]string{"AWS_SECRET": "s", "GITHUB_TOKEN": "t", "PYTHONPATH": "/p", "LC_ALL": "C", "MINE": "m", "MINE2": "no", More: "MINE, OTHER_*", "OTHER_X": "x"} {
		t.Setenv(name, value)
	}
	env := Environment()
	for _, want := range []string{"PYTHONPATH=/p", "LC_ALL=C", "MINE=m", "OTHER_X=x", "PATH=" + os.Getenv("PATH")} {
		if !slices.Contains(env, want) {
			t.Errorf("a node does not get %s", want)
		}
	}
	for _, variable := range env {
		if name, _, _ := strings.Cut(variable, "="); slices.Contains([]string{"AWS_SECRET", "GITHUB_TOKEN", "MINE2", More}, name) {
			t.Errorf("a node gets %s", variable)
		}
	}
	if !slices.IsSorted(Passed) {
		t.Error("the names are not in order")
	}
}
