package main

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gossipbench/harness/cli"
	"gossipbench/harness/store"
	"gossipbench/harness/trial"
)

// others is where the results lie that other people published, and a table of them.
func others(t *testing.T) (folder string, valid map[string]string) {
	t.Helper()
	folder, err := filepath.Abs("../../shared/data/community")
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(filepath.Join(folder, "INDEX.tsv"))
	if err != nil {
		t.Skip("there is no recorded data in ../shared/data")
	}
	defer file.Close()
	valid = map[string]string{}
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if columns := strings.Split(lines.Text(), "\t"); strings.HasSuffix(columns[0], ".edn") {
			valid[columns[0]] = columns[5]
		}
	}
	if len(valid) < 60 {
		t.Fatalf("%s/INDEX.tsv names %d results", folder, len(valid))
	}
	return folder, valid
}

// TestImportOthers imports all that other people published: each has Jepsen's
// verdict, but where a checker crashed, of which we say that nobody judged, and
// where only the pictures were missing.
func TestImportOthers(t *testing.T) {
	folder, valid := others(t)
	t.Chdir(t.TempDir())
	if _, errs, code := ran("import", folder); code != cli.ExitWell {
		t.Fatalf("exit status %d: %s", code, errs)
	}
	contents, err := store.Load("results/imported")
	if err != nil {
		t.Fatal(err)
	}
	outcomes := map[string]trial.Outcome{"true": trial.Valid, "false": trial.Invalid, ":unknown": trial.Unknown}
	for _, r := range contents.Results {
		name := filepath.Base(r.Made.Extra["imported"])
		want := outcomes[valid[name]]
		delete(valid, name)
		told := strings.Join(r.Warnings, "\n")
		switch {
		case r.Outcome == want:
		case want == trial.Unknown && r.Outcome == trial.Valid && strings.Contains(told, "perf: not drawn, which does not count"):
		case want == trial.Unknown && r.Outcome == trial.Failed && strings.Contains(told, "the analysis crashed: workload: "):
		default:
			t.Errorf("%s: got %s, Jepsen has %s; %s", name, r.Outcome, want, told)
		}
		if _, told := r.Made.Extra[historyKey]; told != fileExists(filepath.Join(folder, strings.TrimSuffix(name, ".edn")+".history.edn.gz")) {
			t.Errorf("%s: a history was found: %v", name, told)
		}
	}
	if len(valid) > 0 {
		t.Errorf("not imported: %v", valid)
	}
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// TestJudgeOthers judges all recorded histories, by their folders: each verdict is
// Jepsen's, and results without a history are a line each.
func TestJudgeOthers(t *testing.T) {
	folder, valid := others(t)
	out, errs, code := ran("judge", filepath.Dir(folder))
	if code != cli.ExitUnknown || strings.Contains(out+errs, "panic") {
		t.Errorf("exit status %d: %s", code, errs)
	}
	judged, without := 0, 0
	path := ""
	for line := range strings.Lines(out) {
		switch line = strings.TrimSuffix(line, "\n"); {
		case !strings.HasPrefix(line, " "):
			path = line
		case strings.HasPrefix(line, "  verdict: "):
			judged++
			ours, jepsen, compared := strings.Cut(strings.TrimPrefix(line, "  verdict: "), "; Jepsen: ")
			if compared && ours != jepsen || !compared && !strings.HasSuffix(path, "echo-exit") { // which crashed
				t.Errorf("%s: %s", path, line)
			}
		case strings.HasPrefix(line, "  not judged: "):
			without++
			if !strings.HasSuffix(line, "there is no history.edn or history.edn.gz, without which nothing can be judged") {
				t.Errorf("%s: %s", path, line)
			}
		case strings.HasPrefix(line, "  differs: "):
			t.Errorf("%s: %s", path, line)
		}
	}
	histories, err := filepath.Glob(filepath.Join(folder, "*.history.edn.gz"))
	if err != nil {
		t.Fatal(err)
	}
	if judged < 60 || without != len(valid)-len(histories) {
		t.Errorf("judged %d, and %d have no history, want 60 and %d", judged, without, len(valid)-len(histories))
	}
}
