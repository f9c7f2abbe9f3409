// Package process ends what a trial has started. A program that the harness
// starts leads a process group of its own. Children that leave the group, even
// daemons that clear their environment and call setsid, are found on Linux: the
// harness is the reaper of all orphans below it (PR_SET_CHILD_SUBREAPER, prctl(2)),
// so that a process whose parent has ended becomes a child of the harness that it
// has not started. On other systems a process that leaves its group survives.
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

// started counts the processes that Start has started and Wait has not seen end yet,
// by PID: the next process may get it before Wait comes to that. Whoever holds mu for
// writing sees no process between fork and its entry here. Whoever holds startMu
// sees none that has lost its entry since.
var (
	mu      sync.RWMutex
	startMu sync.Mutex
	started = map[int]int{}
)

// Start starts a program. Every child of the harness is started by it or by Run,
// for any other is taken to be a stray.
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

// Mark is the variable by which the processes of a trial are known, those that
// nodes start included. Its text begins with the trial's own mark and a point.
const Mark = "GOSSIPBENCH_TRIAL"

// Hunt kills the processes that programs have left behind, after a time of grace
// in which they may end, and returns those that it killed. A process that has
// another trial's mark belongs to that one, and is left alone.
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

// How long Hunt goes on killing, and how often. Chosen: who starts a process for
// each that is killed is left to the next trial's hunt.
const (
	persistence = 2 * time.Second
	poll        = 5 * time.Millisecond
)

// MarkOf returns what follows the trial's mark in the stray's environment, and
// false where it has none.
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
	Command string   // with its arguments, as far as it tells
	Env     []string // its environment
}
