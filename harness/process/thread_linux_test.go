package process

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// firstThreadEnds is the environment variable that makes a test program end its first thread.
const firstThreadEnds = "GOSSIPBENCH_TEST_FIRST_THREAD_ENDS"

func init() {
	if os.Getenv(firstThreadEnds) != "" { // init runs on the first thread
		runtime.LockOSThread()
		go func() {
			time.Sleep(time.Minute)
			os.Exit(1)
		}()
		_, _, _ = syscall.RawSyscall(syscall.SYS_EXIT, 0, 0, 0)
	}
}

// TestFirstThreadEnds: a process whose first thread has ended is a zombie in ps, but
// lives while another thread runs.
func TestFirstThreadEnds(t *testing.T) {
	parent := exec.Command("sh", "-c", `"$1" >/dev/null 2>&1 </dev/null & exit 0`, "sh", os.Args[0])
	parent.Env = append(os.Environ(), firstThreadEnds+"=1")
	parent.SysProcAttr = OwnGroup()
	if out, err := Output(parent); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	group := parent.Process.Pid
	var headless []int
	wait(t, "a process without its first thread", func() bool {
		headless = nil
		for _, s := range all() {
			if first, ok := statusOf(filepath.Join("/proc", strconv.Itoa(s.pid), "stat")); ok && s.group == group && first.dead {
				headless = append(headless, s.pid)
			}
		}
		return len(headless) == 1
	})
	if !GroupLives(group) {
		t.Error("its group is taken for dead")
	}
	if !slices.ContainsFunc(Strays(), func(s Stray) bool { return s.PID == headless[0] }) {
		t.Error("it is no stray")
	}
	if err := syscall.Kill(headless[0], syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	wait(t, "its end", func() bool { _ = Strays(); return !GroupLives(group) })
}
