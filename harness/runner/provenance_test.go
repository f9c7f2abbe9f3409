package runner

import (
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
)

func TestCommitOfBuild(t *testing.T) {
	stamped := func(modified string) *debug.BuildInfo {
		return &debug.BuildInfo{Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "c0ffee"}, {Key: "vcs.modified", Value: modified}}}
	}
	for _, tt := range []struct {
		name string
		info *debug.BuildInfo
		want string
	}{
		{"clean", stamped("false"), "c0ffee"},
		{"changed", stamped("true"), "c0ffee+dirty"},
		{"not stamped", &debug.BuildInfo{}, "unknown"},
		{"none", nil, "unknown"},
	} {
		if got := commit(tt.info, nil); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

// TestCommitOfCheckout: `go run` stamps no commit, so the checkout must give it.
func TestCommitOfCheckout(t *testing.T) {
	top := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(top, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(top, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	run := func(args ...string) string {
		t.Helper()
		out, err := git(top, args...)
		if err != nil {
			t.Skipf("git %v: %v", args, err)
		}
		return out
	}
	write("go.mod", "module gossipbench\n\ngo 1.26\n")
	write("harness/main.go", "package main\n")
	run("init", "-q")
	run("add", ".")
	run("-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-q", "-m", "first")
	head := run("rev-parse", "HEAD")
	folders := []string{t.TempDir(), filepath.Join(top, "harness")}
	ours := &debug.BuildInfo{Main: debug.Module{Path: "gossipbench"}}

	if got := commit(ours, folders); got != head {
		t.Errorf("clean: got %s, want %s", got, head)
	}
	write("results/quickstart/trials.jsonl", "{}\n")
	if got := commit(ours, folders); got != head {
		t.Errorf("after a sweep: got %s, want %s", got, head)
	}
	write("harness/main.go", "package main // changed\n")
	if got := commit(ours, folders); got != head+"+dirty" {
		t.Errorf("changed: got %s, want %s+dirty", got, head)
	}
	other := &debug.BuildInfo{Main: debug.Module{Path: "elsewhere"}}
	if got := commit(other, folders); got != "unknown" {
		t.Errorf("a checkout of another module: got %s, want unknown", got)
	}
}

func TestCPUName(t *testing.T) {
	text := "processor\t: 0\nmodel\t\t: 17\nmodel name\t: AMD EPYC\n"
	if got := cpuName(text); got != "AMD EPYC" {
		t.Errorf("got %q, want AMD EPYC", got)
	}
	if got := cpuName("Processor: ARMv8\n"); got != unknown {
		t.Errorf("got %q, want %s", got, unknown)
	}
}

func TestHere(t *testing.T) {
	made := Here()
	if made.Commit == "" || !strings.HasPrefix(made.Go, "go") || !strings.Contains(made.OS, "/") || made.CPU == "" || made.Cores < 1 {
		t.Errorf("got %+v", made)
	}
}
