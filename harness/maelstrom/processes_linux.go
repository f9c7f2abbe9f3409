package maelstrom

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// processes returns the processes of a group.
func processes(group int) []process {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var all []process
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		if of, err := syscall.Getpgid(pid); err != nil || of != group {
			continue
		}
		folder := filepath.Join("/proc", entry.Name())
		line, err := os.ReadFile(filepath.Join(folder, "cmdline"))
		if err != nil || len(line) == 0 {
			continue
		}
		p := process{args: strings.Split(strings.TrimSuffix(string(line), "\x00"), "\x00")}
		p.folder, _ = os.Readlink(filepath.Join(folder, "cwd"))
		environment, _ := os.ReadFile(filepath.Join(folder, "environ"))
		for variable := range strings.SplitSeq(string(environment), "\x00") {
			if value, is := strings.CutPrefix(variable, "CLASSPATH="); is {
				p.classPath = value
			}
		}
		all = append(all, p)
	}
	return all
}
