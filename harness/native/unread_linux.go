package native

import (
	"os"

	"golang.org/x/sys/unix"
)

// unread returns the number of bytes in the pipe that have not been read.
func unread(pipe *os.File) int {
	conn, err := pipe.SyscallConn()
	if err != nil {
		return 0
	}
	n := 0
	_ = conn.Control(func(fd uintptr) { n, _ = unix.IoctlGetInt(int(fd), unix.TIOCINQ) })
	return n
}
