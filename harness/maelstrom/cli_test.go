package maelstrom

import (
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"gossipbench/harness/maelstrom/standin"
	procs "gossipbench/harness/process"
)

var update = flag.Bool("update", false, "write what the scripts print into them")

// TestScripts runs the harness from the command line, with the stand-in as Maelstrom and
// the harness itself as the node.
func TestScripts(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the harness")
	}
	bin := t.TempDir()
	if out, err := exec.Command("go", "build", "-o", filepath.Join(bin, "harness"), "gossipbench/harness").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	java := "#!/bin/sh\necho 'openjdk version \"17.0.15\" 2025-04-15' >&2\n"
	if err := os.WriteFile(filepath.Join(bin, "java"), []byte(java), 0o777); err != nil {
		t.Fatal(err)
	}
	recordings, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	folder := release(t, someJar)
	testscript.Run(t, testscript.Params{
		Dir:                filepath.Join("testdata", "script"),
		UpdateScripts:      *update,
		RequireUniqueNames: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATH", bin+string(os.PathListSeparator)+env.Getenv("PATH"))
			env.Setenv(Variable, folder)
			env.Setenv(procs.More, os.Getenv(procs.More)+",WORK")
			env.Setenv("RECORDINGS", recordings)
			env.Setenv(standin.StoreVariable, filepath.Join(recordings, "neg-bc-dup"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"status": status, "lines": countLines},
	})
}

// status runs a command that must end with the given exit status.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N COMMAND")
	}
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit status %d, want %s", got, args[0])
	}
}

// countLines checks the number of lines of a file.
func countLines(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: lines N FILE")
	}
	if got := strings.Count(ts.ReadFile(args[1]), "\n"); strconv.Itoa(got) != args[0] {
		ts.Fatalf("%s has %d lines, want %s", args[1], got, args[0])
	}
}
