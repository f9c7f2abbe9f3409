package native

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// runDelays returns how long each thread of a process was ready but waited for a
// processor, by thread ID.
//
// Source: Linux, Documentation/scheduler/sched-stats.rst, "/proc/<pid>/schedstat": the
// second number, in nanoseconds.
func runDelays(pid int) map[string]time.Duration {
	files, _ := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/task/*/schedstat")
	all := make(map[string]time.Duration, len(files))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil { // the thread has ended
			continue
		}
		fields := bytes.Fields(text)
		if len(fields) != 3 {
			continue
		}
		if wait, err := strconv.ParseInt(string(fields[1]), 10, 64); err == nil {
			all[filepath.Base(filepath.Dir(file))] = time.Duration(wait)
		}
	}
	return all
}

// readProcessors reads the first line of /proc/stat. Its eighth number is the time stolen
// by the hypervisor. See proc_stat(5).
func readProcessors() processors {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return processors{}
	}
	line, _, _ := strings.Cut(string(text), "\n")
	var p processors
	for i, field := range strings.Fields(line) {
		ticks, err := strconv.ParseUint(field, 10, 64)
		if i == 0 || err != nil {
			continue
		}
		if i <= 8 { // later fields are included in earlier ones
			p.all += ticks
		}
		if i == 8 {
			p.stolen = ticks
		}
	}
	return p
}
