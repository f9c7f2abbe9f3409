package native

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// ownGroup puts a process into a group of its own, so that its children can be
// ended with it. When the harness dies, even of SIGKILL, the kernel kills it.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// unread is the number of bytes that nobody has read from the pipe yet.
func unread(pipe *os.File) int {
	conn, err := pipe.SyscallConn()
	if err != nil {
		return 0
	}
	n := 0
	_ = conn.Control(func(fd uintptr) { n, _ = unix.IoctlGetInt(int(fd), unix.TIOCINQ) })
	return n
}

// marked returns the processes that have a variable whose text begins so in
// their environment, each with the rest of it. This finds children that left
// their group.
func marked(prefix string) map[int]string {
	found := map[int]string{}
	files, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, file := range files {
		env, err := os.ReadFile(file)
		if err != nil { // ended, or somebody else's
			continue
		}
		for variable := range bytes.SplitSeq(env, []byte{0}) {
			rest, ok := bytes.CutPrefix(variable, []byte(prefix))
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
			if ok && err == nil {
				found[pid] = string(rest)
				break
			}
		}
	}
	return found
}

// onlyZombies reports whether nobody in the group is alive. Fields 3 and 5 of
// stat are the state and the group; what stands before them ends in the last
// parenthesis: see proc_pid_stat(5).
func onlyZombies(group int) bool {
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range files {
		stat, err := os.ReadFile(file)
		if err != nil { // ended
			continue
		}
		fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
		if len(fields) < 3 || string(fields[2]) != strconv.Itoa(group) {
			continue
		}
		if state := string(fields[0]); state != "Z" && state != "X" {
			return false
		}
	}
	return true
}
