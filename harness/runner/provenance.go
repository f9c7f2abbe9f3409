package runner

import (
	"bytes"
	"gossipbench/harness/trial"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
)

// unknown stands for a value that cannot be determined.
const unknown = "unknown"

// Here returns the part of the provenance that depends on this program and this machine
// only.
func Here() trial.Provenance {
	info, _ := debug.ReadBuildInfo()
	var folders []string
	if program, err := os.Executable(); err == nil {
		folders = append(folders, filepath.Dir(program))
	}
	if cwd, err := os.Getwd(); err == nil {
		folders = append(folders, cwd)
	}
	return trial.Provenance{
		Commit: commit(info, folders),
		Go:     runtime.Version(),
		OS:     runtime.GOOS + "/" + runtime.GOARCH,
		CPU:    cpu(),
		Cores:  runtime.NumCPU(),
	}
}

// commit returns the commit that the program was built from, and "+dirty" if files had
// been changed. `go run` and `go build -buildvcs=false` leave the commit out of the
// program. Then it is the commit of the first of folders that lies in a checkout of the
// program's own module, which `go run` has just built.
func commit(info *debug.BuildInfo, folders []string) string {
	if info == nil {
		return unknown
	}
	var revision, modified string
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			revision = s.Value
		case "vcs.modified":
			modified = s.Value
		}
	}
	if revision != "" {
		if modified == "true" {
			revision += "+dirty"
		}
		return revision
	}
	for _, folder := range folders {
		if revision := checkout(folder, info.Main.Path); revision != "" {
			return revision
		}
	}
	return unknown
}

// checkout returns the commit of the Git checkout of module that folder lies in, or "" if
// there is none.
func checkout(folder, module string) string {
	top, err := git(folder, "rev-parse", "--show-toplevel")
	if err != nil {
		return ""
	}
	text, err := os.ReadFile(filepath.Join(top, "go.mod"))
	if err != nil || !bytes.HasPrefix(text, []byte("module "+module+"\n")) {
		return ""
	}
	revision, err := git(top, "rev-parse", "HEAD")
	if err != nil {
		return ""
	}
	// Only files that the program is built from count: a sweep writes results into the
	// checkout, and that must not make the next sweep look changed.
	changed, err := git(top, "status", "--porcelain", "--", "*.go", "go.mod", "go.sum")
	if err != nil || changed != "" {
		revision += "+dirty"
	}
	return revision
}

func git(folder string, args ...string) (string, error) {
	out, err := exec.Command("git", append([]string{"-C", folder}, args...)...).Output()
	return strings.TrimSpace(string(out)), err
}

// cpu returns the processor's name.
func cpu() string {
	switch runtime.GOOS {
	case "linux":
		text, _ := os.ReadFile("/proc/cpuinfo")
		return cpuName(string(text))
	case "darwin":
		out, _ := exec.Command("sysctl", "-n", "machdep.cpu.brand_string").Output()
		if name := strings.TrimSpace(string(out)); name != "" {
			return name
		}
	}
	return unknown
}

// cpuName returns the processor's name from the text of /proc/cpuinfo.
func cpuName(text string) string {
	for line := range strings.Lines(text) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return unknown
}
