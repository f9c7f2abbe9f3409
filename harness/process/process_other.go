//go:build unix && !linux

package process

import "syscall"

func adopt() {}

// OwnGroup puts a process into a group of its own, so that its children can be
// ended with it. When the harness dies of SIGKILL, nothing but the end of its
// stdin tells the process.
func OwnGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// GroupLives reports whether any process of the group is left, zombies included.
func GroupLives(group int) bool { return syscall.Kill(-group, 0) == nil }

// Strays finds nothing here: a process that has left its group survives.
func Strays() []Stray { return nil }

// Marked finds nothing here.
func Marked(string) []Stray { return nil }
