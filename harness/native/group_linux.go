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
