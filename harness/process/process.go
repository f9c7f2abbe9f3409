// Package process starts and ends the programs of a trial. A program that the harness
// starts leads a process group of its own. On Linux, children that leave the group are
// found, even daemons that clear their environment and call setsid: the harness is the
// reaper of all orphans below it (PR_SET_CHILD_SUBREAPER, prctl(2)), so a process whose
// parent has ended becomes a child that the harness did not start. On other systems a
// process that leaves its group survives.
package process

import (
	"bytes"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// started counts, by PID, the processes that Start has started and Wait has not removed;
// the next process may get the PID before Wait removes it. The holder of mu for writing
// sees no process between fork and its entry here. The holder of startMu sees no process
// that has since lost its entry.
var (
	mu      sync.RWMutex
	startMu sync.Mutex
	started = map[int]int{}
)

// Start starts a program. Every child of the harness must be started by Start or Output:
// any other child counts as a stray.
func Start(cmd *exec.Cmd) error {
	adopt()
	mu.RLock()
	defer mu.RUnlock()
	if err := cmd.Start(); err != nil {
		return err
	}
	startMu.Lock()
	started[cmd.Process.Pid]++
	startMu.Unlock()
	return nil
}

// Wait waits for the end of a program that Start has started.
func Wait(cmd *exec.Cmd) error {
	err := cmd.Wait()
	startMu.Lock()
	if started[cmd.Process.Pid]--; started[cmd.Process.Pid] == 0 {
		delete(started, cmd.Process.Pid)
	}
	startMu.Unlock()
	return err
}

// Output runs a program and returns what it prints on stdout and stderr.
func Output(cmd *exec.Cmd) ([]byte, error) {
	var b bytes.Buffer
	cmd.Stdout, cmd.Stderr = &b, &b
	err := Start(cmd)
	if err == nil {
		err = Wait(cmd)
	}
	return b.Bytes(), err
}

// Mark is the environment variable that identifies the processes of a trial, including
// those that nodes start. Its value begins with the trial's mark and a dot.
const Mark = "GOSSIPBENCH_TRIAL"

// Hunt waits for grace and then kills the processes that programs have left behind. It
// returns those that it killed. A process with another trial's mark is left alone.
func Hunt(mark string, grace time.Duration) []Stray {
	var killed []Stray
	for began := time.Now(); time.Since(began) < grace+persistence; time.Sleep(poll) {
		found := Marked(Mark + "=" + mark + ".")
		for _, s := range Strays() {
			if !slices.ContainsFunc(s.Env, func(variable string) bool { return strings.HasPrefix(variable, Mark+"=") }) {
				found = append(found, s)
			}
		}
		if len(found) == 0 {
			break
		}
		if time.Since(began) < grace {
			continue
		}
		for _, s := range found {
			if syscall.Kill(s.PID, syscall.SIGKILL) == nil && !slices.ContainsFunc(killed, func(k Stray) bool { return k.PID == s.PID }) {
				killed = append(killed, s)
			}
		}
	}
	return killed
}

// How long Hunt continues to kill, and how often. Chosen: a program that starts a process
// for each one that is killed is left to the next trial's hunt.
const (
	persistence = 2 * time.Second
	poll        = 5 * time.Millisecond
)

// MarkOf returns what follows the trial's mark in the stray's environment, and false if
// it has no such mark.
func (s Stray) MarkOf(mark string) (string, bool) {
	for _, variable := range s.Env {
		if rest, ok := strings.CutPrefix(variable, Mark+"="+mark+"."); ok {
			return rest, true
		}
	}
	return "", false
}

// Stray is a process that a program has left behind.
type Stray struct {
	PID     int
	Command string   // with its arguments, if known
	Env     []string // its environment
}
