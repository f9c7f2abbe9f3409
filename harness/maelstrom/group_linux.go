package maelstrom

import "syscall"

// ownGroup puts Maelstrom into a process group of its own. When this program
// dies, even of SIGKILL, the kernel kills Maelstrom, and the nodes end with
// their standard input.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
