//go:build !linux

package maelstrom

import "syscall"

// ownGroup puts Maelstrom into a process group of its own. When this program is
// killed by SIGKILL, Maelstrom runs on to the end of its test.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
