package maelstrom

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"gossipbench/harness/maelstrom/standin"
)

// TestKilledLeavesNothing: the next run removes what a killed run left in the temporary
// folder.
func TestKilledLeavesNothing(t *testing.T) {
	if os.Getenv("TEST_KILLED_OWNER") != "" {
		New(Options{Maelstrom: os.Getenv("TEST_KILLED_OWNER"), Node: ours(t)}).Run(t.Context(), someTrial())
		return
	}
	play(t, "neg-bc-dup", standin.Hang)
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	killed := exec.Command(program, "-test.run=^TestKilledLeavesNothing$")
	killed.Env = append(os.Environ(), "TEST_KILLED_OWNER="+release(t, someJar))
	if err := killed.Start(); err != nil {
		t.Fatal(err)
	}
	there := func() []string {
		found, err := filepath.Glob(filepath.Join(temporary, "gossipbench*"))
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	for end := time.Now().Add(30 * time.Second); len(there()) == 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the run that is to be killed makes no folder")
		}
	}
	killed.Process.Kill()
	killed.Wait()
	if len(there()) != 1 {
		t.Fatalf("a killed run left %q, want one folder", there())
	}
	t.Setenv(standin.FailureVariable, "")
	if _, err := backend(t, nil).Run(t.Context(), someTrial()); err != nil {
		t.Fatal(err)
	}
	if left := there(); len(left) > 0 {
		t.Errorf("after the next run there is %q, want nothing", left)
	}
}
