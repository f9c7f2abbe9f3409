package native

import (
	"os"

	"golang.org/x/sys/unix"
)

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
