package maelstrom

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	procs "gossipbench/harness/process"
)

// grace is how long Maelstrom and its nodes may take to end when they are asked
// to, before they are killed. Chosen.
const grace = time.Second

// What Maelstrom prints goes to these files of its folder.
const (
	stdoutLog = "stdout.log"
	stderrLog = "stderr.log"
)

// ended says how Maelstrom ended.
type ended struct {
	status   int            // its exit status; -1 where a signal ended it
	signal   syscall.Signal // that signal
	timedOut bool           // we ended it, because it took too long
}

// launch runs script with args in folder, in a process group of its own, and
// waits for its end, for limit or for ctx, whichever comes first. When it
// returns no process of the group lives: not the JVM, nor a node; nor, on Linux,
// one that has left the group. Maelstrom and its nodes get the environment that
// procs.Passed tells.
//
// The output goes to files and not to pipes, so that a left-over process that
// holds them open holds up nobody.
func launch(ctx context.Context, script string, args []string, folder string, limit time.Duration) (ended, error) {
	stdout, err := os.Create(filepath.Join(folder, stdoutLog))
	if err != nil {
		return ended{}, err
	}
	defer stdout.Close()
	stderr, err := os.Create(filepath.Join(folder, stderrLog))
	if err != nil {
		return ended{}, err
	}
	defer stderr.Close()
	cmd := exec.Command(script, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = folder, stdout, stderr
	cmd.SysProcAttr = procs.OwnGroup()
	mark := fmt.Sprintf("maelstrom.%d.%d", os.Getpid(), time.Now().UnixNano())
	cmd.Env = append(procs.Environment(), procs.Mark+"="+mark+".")
	runtime.LockOSThread() // to Linux, the end of the thread that started a process is the death of its parent
	defer runtime.UnlockOSThread()
	if err := procs.Start(cmd); err != nil {
		return ended{}, fmt.Errorf("cannot start Maelstrom: %w", err)
	}
	group := cmd.Process.Pid
	defer func() {
		syscall.Kill(-group, syscall.SIGKILL) // the nodes that outlive the JVM
		procs.Hunt(mark, 0)
	}()

	exited := make(chan error, 1)
	go func() { exited <- procs.Wait(cmd) }()
	timeout := time.NewTimer(limit)
	defer timeout.Stop()
	var end ended
	select {
	case err = <-exited:
	case <-ctx.Done():
		stop(group, exited)
		return ended{}, ctx.Err()
	case <-timeout.C:
		end.timedOut = true
		err = stop(group, exited)
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return ended{}, err
	}
	end.status = cmd.ProcessState.ExitCode()
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		end.signal = status.Signal()
	}
	return end, nil
}

// stop asks a process group to end, then kills it, and returns how its leader
// ended.
func stop(group int, exited <-chan error) error {
	syscall.Kill(-group, syscall.SIGTERM)
	select {
	case err := <-exited:
		return err
	case <-time.After(grace):
		syscall.Kill(-group, syscall.SIGKILL)
		return <-exited
	}
}
