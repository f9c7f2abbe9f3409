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

// grace is the time that Maelstrom and its nodes have to end before they are killed.
// Chosen.
const grace = time.Second

// Files in Maelstrom's folder with what it prints.
const (
	stdoutLog = "stdout.log"
	stderrLog = "stderr.log"
)

// ended says how Maelstrom ended.
type ended struct {
	status   int            // exit status; -1 if a signal ended it
	signal   syscall.Signal // that signal
	timedOut bool           // we ended it because it exceeded its limit
}

// launch runs script with args in folder, in a process group of its own, until it ends,
// limit has passed or ctx ends. When launch returns, no process of the group is left:
// neither the JVM nor a node, nor, on Linux, one that has left the group. Maelstrom and
// its nodes get the environment that procs.Passed selects.
//
// The output goes to files instead of pipes, so a left-over process that holds them open
// blocks nothing.
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
	runtime.LockOSThread() // Linux takes the end of the thread that started a process for the death of its parent
	defer runtime.UnlockOSThread()
	if err := procs.Start(cmd); err != nil {
		return ended{}, fmt.Errorf("cannot start Maelstrom: %w", err)
	}
	group := cmd.Process.Pid
	defer func() {
		syscall.Kill(-group, syscall.SIGKILL) // nodes that outlive the JVM
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

// stop asks a process group to end, then kills it, and returns how its leader ended.
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
