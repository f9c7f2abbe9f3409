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

// unknown stands for what cannot be found out.
const unknown = "unknown"

// Here returns what this program and this machine put into the provenance of
// every result.
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

// commit returns the commit that the program was built from, and "+dirty" where
// files had been changed. `go run`, and `go build -buildvcs=false`, leave it out
// of the program: then it is that of the first of folders that lies in a
// checkout of the program's own module, which is what `go run` has just built.
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

// checkout returns the commit of the Git checkout of module that folder lies
// in; "" where it lies in none.
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
	// Only what the program is built from counts: a sweep writes results into
	// the checkout, and the second must not look changed because of the first.
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

// cpuName finds the processor's name in the text of /proc/cpuinfo.
func cpuName(text string) string {
	for line := range strings.Lines(text) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return unknown
}
