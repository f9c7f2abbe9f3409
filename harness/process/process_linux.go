package process

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// adopt makes the harness the parent of all orphans below it. With an old kernel orphans
// become children of init.
var adopt = sync.OnceFunc(func() { _ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) })

// OwnGroup puts a process into a group of its own, so that its children can be ended with
// it. If the harness dies, even by SIGKILL, the kernel kills the process.
func OwnGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// status is the part of /proc/PID/stat that is used here.
type status struct {
	pid, parent, group int
	dead               bool // a zombie, or about to become one
}

// exiting is the flag of a process that is ending and may have lost everything but its
// PID: PF_EXITING in include/linux/sched.h.
const exiting = 0x4

// statusOf parses a stat file. ok is false if the process or thread has ended. Fields 3
// to 5 are the state, the parent and the group; field 9 has the flags. The name in field
// 2 ends at the last parenthesis: see proc_pid_stat(5).
func statusOf(file string) (s status, ok bool) {
	stat, err := os.ReadFile(file)
	if err != nil {
		return status{}, false
	}
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 7 {
		return status{}, false
	}
	s.pid, _ = strconv.Atoi(filepath.Base(filepath.Dir(file)))
	s.parent, _ = strconv.Atoi(string(fields[1]))
	s.group, _ = strconv.Atoi(string(fields[2]))
	flags, _ := strconv.ParseUint(string(fields[6]), 10, 64)
	s.dead = fields[0][0] == 'Z' || fields[0][0] == 'X' || flags&exiting != 0
	return s, true
}

// all returns the processes of this machine, except those that end meanwhile. The first
// thread of a process may end before the others: a process is dead if all its threads
// are.
func all() []status {
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	found := make([]status, 0, len(files))
	for _, file := range files {
		s, ok := statusOf(file)
		if !ok {
			continue
		}
		if s.dead {
			threads, _ := filepath.Glob(filepath.Join(filepath.Dir(file), "task", "[0-9]*", "stat"))
			s.dead = !slices.ContainsFunc(threads, func(file string) bool {
				thread, ok := statusOf(file)
				return ok && !thread.dead
			})
		}
		found = append(found, s)
	}
	return found
}

// GroupLives reports whether any process of the group is alive. Zombies do not count:
// their parent may never wait for them.
func GroupLives(group int) bool {
	if syscall.Kill(-group, 0) != nil {
		return false
	}
	for _, s := range all() {
		if s.group == group && !s.dead {
			return true
		}
	}
	return false
}

// Strays returns the living children of the harness that it did not start, in order of
// PID. It reaps those that have ended.
func Strays() []Stray {
	mu.Lock()
	defer mu.Unlock()
	startMu.Lock()
	defer startMu.Unlock()
	var strays []Stray
	for _, s := range all() {
		if s.parent != os.Getpid() || started[s.pid] > 0 {
			continue
		}
		if s.dead {
			_, _ = syscall.Wait4(s.pid, nil, syscall.WNOHANG, nil)
			continue
		}
		strays = append(strays, Stray{s.pid, command(s.pid), environment(s.pid)})
	}
	return strays
}

// Marked returns the processes with an environment variable that begins with prefix. They
// need not be children of the harness.
func Marked(prefix string) []Stray {
	var found []Stray
	for _, s := range all() {
		for _, variable := range environment(s.pid) {
			if strings.HasPrefix(variable, prefix) {
				found = append(found, Stray{s.pid, command(s.pid), environment(s.pid)})
				break
			}
		}
	}
	return found
}

func command(pid int) string {
	text, _ := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline"))
	return strings.TrimSpace(strings.ReplaceAll(string(text), "\x00", " "))
}

func environment(pid int) []string {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "environ"))
	if err != nil || len(text) == 0 { // it has ended, or belongs to another user
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(text), "\x00"), "\x00")
}
