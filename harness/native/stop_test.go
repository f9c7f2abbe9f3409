package native

import (
	"os/exec"
	"runtime"
	"syscall"
	"testing"
)

// TestZombies: a child that has ended is no child left behind, though nobody has
// waited for it yet.
func TestZombies(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells zombies apart")
	}
	c := exec.Command("cat")
	stdin, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: c}
	if !p.groupLives() {
		t.Error("cat is dead, want it alive")
	}
	stdin.Close()
	wait(t, "a zombie", func() bool { return !p.groupLives() })
	if err := syscall.Kill(-c.Process.Pid, 0); err != nil {
		t.Errorf("got %v, want a zombie that can still be signalled", err)
	}
	_ = c.Wait()
}
