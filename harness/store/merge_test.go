package store

import (
	"gossipbench/harness/trial"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// measured returns a result that names the machine where.
func measured(seed uint64, outcome trial.Outcome, where string) trial.Result {
	r := result(seed, outcome)
	r.Made.CPU = where
	return r
}

func TestMerge(t *testing.T) {
	root := t.TempDir()
	into, a, b := filepath.Join(root, "into"), filepath.Join(root, "a"), filepath.Join(root, "b")
	fill(t, into, measured(0, trial.Valid, "into"), measured(1, trial.Failed, "into"), measured(2, trial.Failed, "into"))
	fill(t, a, measured(0, trial.Valid, "a"), measured(1, trial.Failed, "a"), measured(1, trial.Invalid, "a"), measured(2, trial.Failed, "a"), measured(3, trial.Failed, "a"))
	fill(t, b, measured(1, trial.Valid, "b"), measured(3, trial.Valid, "b"), measured(4, trial.Valid, "b"))
	keep := func(dir string, seed uint64, text string) {
		folder := filepath.Join(TrialFolder(dir, newTrial(seed).ID()), "node-logs")
		if err := os.MkdirAll(folder, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "n0.log"), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	keep(into, 1, "of the error")
	keep(a, 0, "of a result not wanted")
	keep(a, 1, "of a")
	keep(b, 4, "of b")
	file, err := os.OpenFile(filepath.Join(b, trialsFile), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	newer := strings.Replace(string(measured(5, trial.Valid, "b").AppendJSON(nil)), `"outcome"`, `"mood":"fair","outcome"`, 1)
	newer = string(summed(newer))
	if _, err := file.WriteString("garbage\n" + newer); err != nil { // without a newline at the end
		t.Fatal(err)
	}
	file.Close()

	s, err := Open(into)
	if err != nil {
		t.Fatal(err)
	}
	m, err := s.Merge(a, b)
	if err != nil {
		t.Fatal(err)
	}
	want := Merged{
		Added: 5, // 1 and 3 of a, 3, 4 and 5 of b
		Known: 3, // 0 and 2 of a, 1 of b
		Warnings: []string{
			filepath.Join(b, trialsFile) + `:4: damaged and left out: byte 1: want '{', got 'g'`,
		},
	}
	if !reflect.DeepEqual(m, want) {
		t.Errorf("got %+v, want %+v", m, want)
	}
	if _, err := s.Merge(filepath.Join(root, "nowhere")); !os.IsNotExist(err) {
		t.Errorf("a folder that is not there: got %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	c, err := Load(into)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range c.Results {
		got = append(got, string(r.Outcome)+" "+r.Made.CPU)
	}
	if want := []string{"valid into", "invalid a", "error into", "valid b", "valid b", "valid b"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	text, err := os.ReadFile(filepath.Join(into, trialsFile))
	if err != nil || !strings.HasSuffix(string(text), newer+"\n") {
		t.Errorf("a line of a newer program was not copied as it is: %v", err)
	}
	for seed, want := range map[uint64]string{0: "", 1: "of a", 4: "of b"} {
		got, _ := os.ReadFile(filepath.Join(TrialFolder(into, newTrial(seed).ID()), "node-logs", "n0.log"))
		if string(got) != want {
			t.Errorf("kept of trial %d: got %q, want %q", seed, got, want)
		}
	}
}
