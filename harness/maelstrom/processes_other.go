//go:build !linux

package maelstrom

// processes returns nothing: only Linux tells without the help of other programs.
func processes(int) []process { return nil }
