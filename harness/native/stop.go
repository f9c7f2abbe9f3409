package native

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"

	procs "gossipbench/harness/process"
)

// Time for a node and its children to end. Chosen.
const (
	stdinGrace = 500 * time.Millisecond // after its stdin was closed
	termGrace  = 2 * time.Second        // after SIGTERM
	childGrace = 500 * time.Millisecond // for its children, after it has ended
	pollGroup  = 5 * time.Millisecond
)

// spawner starts processes on one thread, which lives as long as they do: Linux takes the
// end of the thread that started a process for the death of its parent.
type spawner struct {
	jobs chan func()
	done chan struct{}
}

// newSpawner returns a spawner that can queue that many jobs.
func newSpawner(jobs int) *spawner {
	s := &spawner{make(chan func(), jobs), make(chan struct{})}
	go func() {
		runtime.LockOSThread()
		for job := range s.jobs {
			job()
		}
		close(s.done)
		runtime.UnlockOSThread()
	}()
	return s
}

func (s *spawner) do(job func()) { s.jobs <- job }

// close waits for the jobs and ends the spawner.
func (s *spawner) close() {
	close(s.jobs)
	<-s.done
}

// signal sends a signal to the process and its group. The group may be gone.
func (p *process) signal(s syscall.Signal) { _ = syscall.Kill(-p.cmd.Process.Pid, s) }

// stop ends the process and its group, gently or at once. It returns what the process did
// wrong, or "".
//
// A gentle stop is what doc/protocol.md leads a node to expect: its stdin ends, then
// SIGTERM comes. Maelstrom itself sends SIGKILL at once.
func (p *process) stop(gently bool) (wrong string) {
	if !gently || p.doomed {
		p.kill()
		return ""
	}
	_ = p.stdin.Close()
	if p.endsWithin(stdinGrace) {
		return p.stopChildren()
	}
	p.signal(syscall.SIGCONT)
	p.signal(syscall.SIGTERM)
	if p.endsWithin(termGrace) {
		return p.stopChildren()
	}
	p.kill()
	return fmt.Sprintf("did not end when its stdin was closed, and ignored SIGTERM for %v", termGrace)
}

// kill ends the whole group with SIGKILL.
func (p *process) kill() {
	p.signal(syscall.SIGKILL)
	_ = p.stdin.Close()
	<-p.ended
	p.signal(syscall.SIGKILL) // children started meanwhile
}

// endsWithin waits for the end of the process for at most d, and reports whether it
// ended.
func (p *process) endsWithin(d time.Duration) bool {
	select {
	case <-p.ended:
		return true
	case <-time.After(d):
		return false
	}
}

// stopChildren ends the children that a node left in its group.
func (p *process) stopChildren() (wrong string) {
	for deadline := time.Now().Add(childGrace); procs.GroupLives(p.cmd.Process.Pid); time.Sleep(pollGroup) {
		if time.Now().After(deadline) {
			p.signal(syscall.SIGKILL)
			return "ended and left children behind, which have been killed"
		}
	}
	return ""
}

// release waits until the goroutines of an ended process have ended. If its pipes are
// still open, their holder has escaped from its group.
func (p *process) release() {
	deadline := time.Now().Add(drainTime)
	for _, done := range []chan struct{}{p.outDone, p.errDone} {
		select {
		case <-done:
		case <-time.After(time.Until(deadline)):
		}
	}
	closeAll([]*os.File{p.stdout, p.stderr, p.stdin})
	p.threads.Wait()
	p.released = true
}

// stopAll stops processes concurrently, and returns what one of them did wrong.
func stopAll(processes []*process, gently bool) error {
	wrongs := make([]string, len(processes))
	var all sync.WaitGroup
	for i, p := range processes {
		all.Go(func() {
			wrongs[i] = p.stop(gently)
			p.release()
		})
	}
	all.Wait()
	for i, wrong := range wrongs {
		if wrong != "" {
			return processes[i].misbehaved(wrong).under(unnoticed)
		}
	}
	return nil
}
