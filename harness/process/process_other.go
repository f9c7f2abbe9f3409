//go:build unix && !linux

package process

import "syscall"

func adopt() {}

// OwnGroup puts a process into a group of its own, so that its children can be ended with
// it. If the harness is killed by SIGKILL, the process only notices the end of its stdin.
func OwnGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// GroupLives reports whether the group has any process, including zombies.
func GroupLives(group int) bool { return syscall.Kill(-group, 0) == nil }

// Strays finds nothing on this system: a process that has left its group survives.
func Strays() []Stray { return nil }

// Marked finds nothing on this system.
func Marked(string) []Stray { return nil }
