package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"gossipbench/harness/cli"
	"gossipbench/harness/plain"
	"gossipbench/harness/timeline"
	"gossipbench/harness/trial"
	"gossipbench/strategies/param"
)

// hostileText has an escape sequence, one of C1, a mark that turns the reading
// direction, and what a spreadsheet, a browser and TeX would obey. The reader of
// stored lines refuses the first three in a setting, so visible is without them.
const (
	visible     = "=1+1</script><script>alert(1)</script>\\input{x}"
	hostileText = visible + "\x1b[2J\u009b5m\u202e"
)

// hostileStore makes results whose every text is hostile, in a folder whose name is,
// and a test of Maelstrom's beside them.
func hostileStore(t *testing.T) (name string) {
	t.Helper()
	t.Chdir(t.TempDir())
	name = "ev\x1b[31mil\u202e"
	dir := filepath.Join("results", name)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	var lines []byte
	for seed := range uint64(4) {
		tr := trial.Default()
		tr.Strategy, tr.Bin, tr.Args, tr.Seed, tr.Replicate = trial.External, visible, visible, seed+1, int(seed)+1
		tr.Nodes = 3 + int(seed%2)
		tr.Params = param.Values{hostileText: hostileText}
		r := trial.Result{Schema: trial.Schema, ID: tr.ID(), Trial: tr, Outcome: trial.Valid,
			Metrics:  map[string]float64{"msgs-per-op": 3 + float64(seed), "stable-latency.p50": 100 + float64(seed), hostileText: 1},
			Warnings: []string{hostileText}, Made: trial.Provenance{Commit: hostileText, Go: hostileText, OS: hostileText, CPU: hostileText, Backend: hostileText, Node: hostileText,
				Code: trial.Code{Engine: hostileText, Strategy: hostileText}, Depends: map[string]string{hostileText: hostileText}, Extra: map[string]string{hostileText: hostileText}}}
		if seed == 3 {
			text := hostileText + "\n" + hostileText
			r.Outcome, r.Error = trial.Failed, &text
		}
		lines = append(r.AppendLine(lines), '\n')
	}
	if err := os.WriteFile(filepath.Join(dir, "trials.jsonl"), lines, 0o666); err != nil {
		t.Fatal(err)
	}
	test := filepath.Join("store", name)
	if err := os.MkdirAll(test, 0o777); err != nil {
		t.Fatal(err)
	}
	for file, text := range map[string]string{
		"results.edn": `{:workload {:valid? "` + hostileText + `"}, :valid? :` + "x\u202ey" + `}`,
		"history.edn": `{:index 0, :time 1, :type :invoke, :process 0, :f :` + "re\u202ead" + `, :value "` + hostileText + `"}`,
		"jepsen.log":  "INFO " + hostileText + "\n",
	} {
		if err := os.WriteFile(filepath.Join(test, file), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return name
}

// TestUnreadableFolder: results that cannot be read are an error, which hides no others.
func TestUnreadableFolder(t *testing.T) {
	name := hostileStore(t)
	id := regexp.MustCompile(`[0-9a-f]{12}`)
	all, _, _ := ran("ls", name)
	trial := id.FindString(all)
	if err := os.MkdirAll("results/a/trials.jsonl", 0o777); err != nil {
		t.Fatal(err)
	}
	const told = "results/a/trials.jsonl: no regular file (a folder)"
	if out, errs, code := ran("ls"); !strings.Contains(out, "ev") || !strings.Contains(errs, told) || code == cli.ExitWell {
		t.Errorf("ls: got exit status %d, %s\n%s", code, errs, out)
	}
	if out, errs, _ := ran("show", trial); !strings.Contains(out, trial) || !strings.Contains(errs, told) {
		t.Errorf("show: got %s\n%s", errs, out)
	}
}

// TestTraceOfNoFile: what is no file is refused, and a long trace ends with ctx.
func TestTraceOfNoFile(t *testing.T) {
	var b bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if _, err := (timeline.Timeline{}).DrawFile(ctx, &b, "/dev/zero"); err == nil || err.Error() != "/dev/zero: no regular file (a device)" {
		t.Errorf("got %v", err)
	}
	path := filepath.Join(t.TempDir(), "trace.jsonl")
	if err := os.WriteFile(path, []byte("{}\n{}\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := (timeline.Timeline{}).DrawFile(t.Context(), &b, path); err != nil {
		t.Error(err)
	}
	cancel()
	if _, err := (timeline.Timeline{}).DrawFile(ctx, &b, path); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// TestJudgeNames: no name of a folder makes lines that look like a verdict.
func TestJudgeNames(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"a\n  verdict: valid; Jepsen: valid\nb", "c"} {
		for file, text := range map[string]string{"history.edn": "x", "results.edn": "{:valid? true}"} {
			if err := os.MkdirAll(filepath.Join("store", name), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join("store", name, file), []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	out, _, code := ran("judge", "store")
	if n := strings.Count(out, "\n"); n != 4 || code != cli.ExitUnknown {
		t.Errorf("got %d lines and exit status %d, want a line for each name and one for each reason:\n%s", n, code, out)
	}
}

// ran runs a verb and returns what it printed.
func ran(args ...string) (stdout, stderr string, code int) {
	var out, errs bytes.Buffer
	w := newWorld("harness", strings.NewReader(""), &out, &errs, mocks)
	code = w.Execute(context.Background(), args)
	return out.String(), errs.String(), code
}

// TestHostileTexts: whatever strangers have written into results, names and
// tests, no verb prints it as an instruction to a terminal, in any format.
func TestHostileTexts(t *testing.T) {
	name := hostileStore(t)
	calls := [][]string{
		{"ls"}, {"ls", name}, {"agree", name}, {"judge", "store"}, {"judge", filepath.Join("store", name)},
		{"import", "store", "-o", "imported"}, {"replay", "00"}, {"run", name}, {"run", "--set", "nodes=" + hostileText}, {"plan", "--set", hostileText},
		{"table", name, "--metric", hostileText}, {"table", name, "--filter", hostileText}, {"table", hostileText}, {hostileText}, {"table", "--" + hostileText},
		{"baseline", "save", hostileText, name}, {"gate", name, "--against", name},
	}
	id := ""
	if all, _, _ := ran("ls", name); true {
		id = regexp.MustCompile(`[0-9a-f]{12}`).FindString(all)
	}
	if id == "" {
		t.Fatal("ls names no trial")
	}
	for _, format := range []string{"text", "json"} {
		calls = append(calls, []string{"show", id, "--format", format})
	}
	for _, format := range []string{"text", "markdown", "latex", "csv", "json", "jsonl", "html"} {
		calls = append(calls, []string{"table", name, "--format", format}, []string{"table", name, "--format", format, "--row", "bin", "--col", hostileText},
			[]string{"compare", name, "--col", "nodes", "--format", format}, []string{"pareto", name, "--x", "msgs-per-op", "--y", "stable-latency.p50", "--format", format},
			[]string{"effects", name, "--format", format})
	}
	for _, format := range []string{"wide", "long", "json", "jsonl", "bench"} {
		calls = append(calls, []string{"export", name, "--format", format})
	}
	calls = append(calls, []string{"plot", name, "--kind", "front"}, []string{"plot", name, "--kind", "factor", "--x", "nodes"})
	for _, args := range calls {
		out, errs, code := ran(args...)
		for _, printed := range []string{strings.ReplaceAll(out, "\r\n", "\n"), errs} {
			if plain.Lines(printed) != printed {
				t.Errorf("harness %q (exit status %d) prints what is not plain:\n%q", args, code, printed)
			}
		}
		if args[0] == "plot" || strings.Contains(strings.Join(args, " "), "html") {
			if strings.Contains(out, "<script>alert") {
				t.Errorf("harness %q lets a browser run what a stranger wrote", args)
			}
		}
		if csv := strings.Join(args, " "); strings.Contains(csv, "--format csv") || strings.Contains(csv, "--format wide") || strings.Contains(csv, "--format long") {
			for line := range strings.Lines(out) {
				if regexp.MustCompile(`(^|,)"?[=@]`).MatchString(line) {
					t.Errorf("harness %q: a spreadsheet runs a cell of\n%s", args, line)
				}
			}
		}
		if strings.Contains(strings.Join(args, " "), "latex") && strings.Contains(out, `\input{x}`) {
			t.Errorf("harness %q lets TeX run what a stranger wrote", args)
		}
	}
	page, _, code := ran("report", name)
	for _, bad := range []string{"\x1b", "\u009b", "\u202e", "<script>alert"} {
		if i := strings.Index(page, bad); i >= 0 {
			t.Errorf("the page (exit status %d) has %q: %q", code, bad, page[max(0, i-60):min(len(page), i+60)])
		}
	}
}
