package maelstrom

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"gossipbench/harness/maelstrom/standin"
	"gossipbench/harness/trial"
	"gossipbench/strategies/param"
)

// play sets what the stand-in plays during a test. The java on PATH only reports its
// version, which takes a real java a second.
func play(t *testing.T, recording, failure string) {
	t.Helper()
	store, err := filepath.Abs(filepath.Join("testdata", recording))
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(standin.StoreVariable, store)
	t.Setenv(standin.FailureVariable, failure)
	folder := t.TempDir()
	java := "#!/bin/sh\necho 'openjdk version \"17.0.15\" 2025-04-15' >&2\n"
	if err := os.WriteFile(filepath.Join(folder, "java"), []byte(java), 0o777); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", folder+string(os.PathListSeparator)+os.Getenv("PATH"))
}

// backend returns a backend whose Maelstrom is the stand-in.
func backend(t *testing.T, change func(*Options)) *Backend {
	t.Helper()
	folder := t.TempDir()
	opts := Options{Maelstrom: release(t, someJar), Node: ours(t), Folder: func(id string) string { return filepath.Join(folder, "trials", id) }}
	if change != nil {
		change(&opts)
	}
	return New(opts)
}

// TestRunPlaysBack: a trial has the metrics of results.edn, which are copied here from
// the file.
func TestRunPlaysBack(t *testing.T) {
	play(t, "neg-bc-dup", "")
	result, err := backend(t, nil).Run(context.Background(), someTrial())
	if err != nil {
		t.Fatal(err)
	}
	if result.Outcome != trial.Valid {
		t.Errorf("outcome is %s, want valid", result.Outcome)
	}
	for name, want := range map[string]float64{
		"msgs-per-op": 2.940594, "msgs-per-op.all": 5, "msgs-per-broadcast": 594.0 / 99, "ops": 202, "broadcasts": 99,
		"duplicated": 2, "ok-fraction": 1, "stable": 99, "lost": 0, "never-read": 0, "stale": 0, "stable-latency.p50": 0, "stable-latency.max": 0,
	} {
		if got, is := result.Metrics[name]; !is || got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	for _, name := range []string{"op-latency.p50", "broadcast-latency.max", "read-latency.min"} {
		if result.Metrics[name] <= 0 {
			t.Errorf("%s is %v, want a time above zero", name, result.Metrics[name])
		}
	}
	made := result.Made
	if made.Backend != "maelstrom 0.2.3" {
		t.Errorf("backend is %q, want %q", made.Backend, "maelstrom 0.2.3")
	}
	if hash := regexp.MustCompile(`^[0-9a-f]{64}$`); !hash.MatchString(made.Extra["jar"]) || !hash.MatchString(made.Node) {
		t.Errorf("want hashes of the jar and of the node, got %q and %q", made.Extra["jar"], made.Node)
	}
	if made.Extra["java"] != "17.0.15" {
		t.Errorf("java is %q, want 17.0.15", made.Extra["java"])
	}
	if made.Extra["files"] != "" {
		t.Errorf("files of a valid trial are kept in %s", made.Extra["files"])
	}
}

// TestFailures: each failure of Maelstrom has its own error, which says what to do, if
// known.
func TestFailures(t *testing.T) {
	const hint = "; get a JDK: apt-get install default-jdk-headless (Debian), brew install openjdk (macOS)"
	for _, tt := range []struct {
		failure string
		want    string // a regular expression
	}{
		{standin.NoJava, regexp.QuoteMeta("no java, which Maelstrom needs" + hint)},
		{standin.OldJava, regexp.QuoteMeta("java is too old: Maelstrom wants version 11 or newer, found 8" + hint)},
		{standin.NoJar, regexp.QuoteMeta("maelstrom is not complete: Unable to access jarfile /opt/maelstrom/lib/maelstrom.jar; run scripts/install-maelstrom again")},
		{standin.NodeCrash, regexp.QuoteMeta(`node n1 crashed with exit status 134 before it was told to end
its last lines on standard error:
  panic: index out of range
  goroutine 1 [running]:
its last lines on standard output:
  {"src":"n1","dest":"c4","body":{"type":"init_ok","in_reply_to":1}}`)},
		{standin.AnalysisCrash, regexp.QuoteMeta("maelstrom's analysis crashed: java.lang.OutOfMemoryError: Java heap space; give it more memory, as by JDK_JAVA_OPTIONS=-Xmx4g, or ask for fewer nodes, a lower rate or a shorter time_limit")},
		{standin.CheckerCrash, regexp.QuoteMeta("maelstrom's analysis crashed: workload: java.lang.NullPointerException: x is null")},
		{standin.NoResults, `maelstrom ended with exit status 0 after its analysis, and left no results\.edn\nits last lines:\n(?s:.*)Analysis complete`},
		{standin.CutResults, `results\.edn:\d+:\d+: .*`},
		{standin.Mute, `node n0 went mute: .*, and may call the test valid even so: Node n0 printed a line to STDOUT which was not well-formed JSON:\nthis is not json\n.*`},
		{standin.TwoTests, `maelstrom left 2 tests in one store, want 1: .*`},
	} {
		t.Run(tt.failure, func(t *testing.T) {
			play(t, "neg-bc-dup", tt.failure)
			result, err := backend(t, nil).Run(context.Background(), someTrial())
			if err == nil {
				t.Fatalf("Run = %s %v, want an error", result.Outcome, result.Metrics)
			}
			if !regexp.MustCompile("^" + tt.want + "$").MatchString(err.Error()) {
				t.Errorf("error is\n%v\nwant\n%s", err, tt.want)
			}
			if result.Made.Backend != "maelstrom 0.2.3" {
				t.Errorf("an error's provenance is %+v, want maelstrom 0.2.3", result.Made)
			}
		})
	}
}

// TestBadOption: the error quotes Maelstrom's message about a refused option.
func TestBadOption(t *testing.T) {
	play(t, "neg-bc-dup", "")
	trial := someTrial()
	trial.LatencyDist = "zipf"
	_, err := backend(t, nil).Run(context.Background(), trial)
	want := `maelstrom refuses its options (exit status 254): Failed to validate "--latency-dist zipf": Must be one of constant, uniform, exponential`
	if err == nil || err.Error() != want {
		t.Errorf("error is %v, want %s", err, want)
	}
}

// TestNodeThatEnds: the error about a node that ends has its last lines, from Maelstrom's
// log, whether it ends before its first answer or later.
func TestNodeThatEnds(t *testing.T) {
	for _, tt := range []struct{ name, script, want string }{
		{"at once", "read line\necho 'no such flag: '$1 >&2\nexit 2",
			"node n0 did not answer init within 10 s\nits last lines on standard error:\n  no such flag: --zeal"},
		{"in silence", "exit 2", "node n0 did not answer init within 10 s; it printed nothing to standard error"},
		{"with a wrong answer", `read line; echo '{"src":"n0","dest":"c0","body":{"type":"error","in_reply_to":1}}'`,
			`maelstrom crashed: Expected an init_ok message, but node responded with {"src":"n0","dest":"c0","body":{"type":"error","in_reply_to":1}}`},
		{"later", `for type in init topology; do
  read -r line
  client=$(printf %s "$line" | sed 's/.*"src":"\([^"]*\)".*/\1/')
  echo "{\"src\":\"n0\",\"dest\":\"$client\",\"body\":{\"type\":\"${type}_ok\",\"in_reply_to\":1}}"
done
echo 'out of ideas' >&2
exit 4`,
			"node n0 crashed with exit status 4 before it was told to end\nits last lines on standard error:\n  out of ideas\nits last lines on standard output:\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			play(t, "neg-bc-dup", "")
			t.Setenv(standin.PauseVariable, "200ms")
			bin := filepath.Join(t.TempDir(), "bad-node")
			if err := os.WriteFile(bin, []byte("#!/bin/sh\n"+tt.script+"\n"), 0o777); err != nil {
				t.Fatal(err)
			}
			tr := someTrial()
			tr.Strategy, tr.Bin, tr.Args = trial.External, bin, "--zeal 9"
			_, err := backend(t, nil).Run(context.Background(), tr)
			if err == nil || err.Error() != tt.want && !(strings.HasSuffix(tt.want, "\n") && strings.HasPrefix(err.Error(), tt.want)) {
				t.Errorf("error is\n%v\nwant\n%s", err, tt.want)
			}
		})
	}
}

// TestOutcomes: an invalid analysis is a result, and missing pictures do not change the
// outcome.
func TestOutcomes(t *testing.T) {
	for _, tt := range []struct {
		recording, failure string
		want               trial.Outcome
		warning            string
	}{
		{"neg-bc-dup", "", trial.Valid, "more than once"},
		{"neg-bc-dup", standin.NoGnuplot, trial.Valid, "perf: not drawn, which does not count: java.lang.IllegalStateException: Error rendering plot, verify gnuplot is installed and reachable"},
		{"bc5-ruby-part", "", trial.Invalid, "4 values lost: "},
	} {
		t.Run(tt.recording+" "+tt.failure, func(t *testing.T) {
			play(t, tt.recording, tt.failure)
			result, err := backend(t, nil).Run(context.Background(), someTrial())
			if err != nil {
				t.Fatal(err)
			}
			if result.Outcome != tt.want {
				t.Errorf("outcome is %s, want %s", result.Outcome, tt.want)
			}
			for _, r := range result.Reasons {
				result.Warnings = append(result.Warnings, r.Text)
			}
			if tt.warning != "" && !slices.ContainsFunc(result.Warnings, func(w string) bool { return strings.Contains(w, tt.warning) }) {
				t.Errorf("warnings are %q, want %q within one", result.Warnings, tt.warning)
			}
		})
	}
}

// TestNothingSurvives: after a time-out or an interrupt no process of Maelstrom or of a
// node is left, even if it ignores SIGTERM.
func TestNothingSurvives(t *testing.T) {
	for _, how := range []string{"time-out", "interrupt"} {
		t.Run(how, func(t *testing.T) {
			play(t, "neg-bc-dup", standin.Hang)
			pids := t.TempDir()
			bin := filepath.Join(t.TempDir(), "stubborn")
			program := ours(t)[0]
			script := "#!/bin/sh\ntrap '' TERM\necho $$ > " + pids + "/$$\nexec " + program + " node\n"
			if err := os.WriteFile(bin, []byte(script), 0o777); err != nil {
				t.Fatal(err)
			}
			tr := someTrial()
			tr.Strategy, tr.Bin = trial.External, bin
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			b := backend(t, func(o *Options) { o.Patience = time.Hour })
			if how == "time-out" {
				tr.TimeLimit = time.Second
				b.opts.Patience = 200*time.Millisecond - recovery
			}
			running := make(chan error, 1)
			go func() {
				_, err := b.Run(ctx, tr)
				running <- err
			}()
			for len(files(t, pids)) < tr.Nodes && how == "interrupt" {
				time.Sleep(10 * time.Millisecond)
			}
			if how == "interrupt" {
				cancel()
			}
			err := <-running
			switch {
			case how == "interrupt" && !errors.Is(err, context.Canceled):
				t.Errorf("error is %v, want %v", err, context.Canceled)
			case how == "time-out" && (err == nil || !strings.HasPrefix(err.Error(), "maelstrom had not ended after 1.2s and was killed while it was running the clients; it may be given more time\nits last lines:")):
				t.Errorf("error is %v, want that it had not ended after 1.2s", err)
			}
			left := files(t, pids)
			if len(left) == 0 {
				t.Error("no node was ever started")
			}
			for _, name := range left {
				pid, err := strconv.Atoi(name)
				if err != nil {
					t.Fatal(err)
				}
				if !gone(pid) {
					t.Errorf("node %d is still there", pid)
				}
			}
		})
	}
}

// gone waits a little for the end of a killed process: it stays in the system's table
// until its new parent has waited for it.
func gone(pid int) bool {
	for range 200 {
		text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		if err == nil && strings.Contains(string(text), ") Z ") {
			return true
		}
		if syscall.Kill(pid, 0) != nil {
			return true
		}
		time.Sleep(10 * time.Millisecond)
	}
	return false
}

func files(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

// TestKeep: the policy decides whether a trial's files are kept.
func TestKeep(t *testing.T) {
	all := []string{"history.edn.gz", "jepsen.log", "node-logs", "results.edn", "stderr.log", "stdout.log"}
	for _, tt := range []struct {
		keep, recording, failure string
		want                     []string
	}{
		{"", "neg-bc-dup", "", nil},
		{"", "bc5-ruby-part", "", all},
		{KeepFailed, "neg-bc-dup", standin.NoJava, []string{"stderr.log", "stdout.log"}},
		{KeepFailed, "neg-bc-dup", standin.NodeCrash, []string{"history.edn.gz", "jepsen.log", "node-logs", "stderr.log", "stdout.log"}},
		{KeepAll, "neg-bc-dup", "", all},
		{KeepNone, "bc5-ruby-part", "", nil},
	} {
		t.Run(tt.keep+" "+tt.recording+" "+tt.failure, func(t *testing.T) {
			play(t, tt.recording, tt.failure)
			b := backend(t, func(o *Options) { o.Keep = tt.keep })
			trial := someTrial()
			for range 2 { // the second run replaces the first
				result, _ := b.Run(context.Background(), trial)
				kept := b.opts.Folder(trial.ID())
				if tt.want == nil {
					if _, err := os.Stat(filepath.Dir(kept)); !os.IsNotExist(err) {
						t.Errorf("something was kept in %s: %v", filepath.Dir(kept), err)
					}
					continue
				}
				if diff := cmp.Diff(tt.want, files(t, kept)); diff != "" {
					t.Errorf("kept (-want +got):\n%s", diff)
				}
				if result.Made.Extra["files"] != kept {
					t.Errorf("the result says its files are in %q, want %q", result.Made.Extra["files"], kept)
				}
			}
		})
	}
	if left, err := filepath.Glob(filepath.Join(os.TempDir(), "gossipbench.maelstrom.*")); err != nil || len(left) > 0 {
		t.Logf("folders of trials that run elsewhere, or were left: %v %v", left, err)
	}
}

// TestArgsAreAccepted: arguments that Check allows pass Maelstrom's own checks, as far as
// these are known.
func TestArgsAreAccepted(t *testing.T) {
	b := New(Options{Node: []string{"/bin/harness", "node"}})
	settings := map[string][]string{}
	for _, s := range trial.Settings() {
		settings[s.Name] = s.Choices
	}
	rapid.Check(t, func(t *rapid.T) {
		trial := someTrial()
		trial.Nodes = rapid.IntRange(1, 10_000).Draw(t, "nodes")
		trial.Topology = rapid.SampledFrom(settings["topology"]).Draw(t, "topology")
		trial.LatencyDist = rapid.SampledFrom(settings["latency_dist"]).Draw(t, "latency_dist")
		trial.Latency = time.Duration(rapid.Int64Range(0, 10_000_000).Draw(t, "latency")) * time.Microsecond
		trial.Rate = rapid.Float64Range(0, 1e6).Draw(t, "rate")
		trial.TimeLimit = time.Duration(rapid.Int64Range(0, 100).Draw(t, "time_limit")) * 500 * time.Millisecond
		trial.Nemesis = rapid.SampledFrom([]string{"none", "partition", "kill"}).Draw(t, "nemesis")
		trial.NemesisInterval = time.Duration(rapid.Int64Range(1e6, 86400e9).Draw(t, "nemesis_interval"))
		trial.Concurrency = rapid.SampledFrom([]string{"1n", "3n", "7"}).Draw(t, "concurrency")
		trial.Availability = rapid.SampledFrom([]string{"", "total", "0.99", "0", "1"}).Draw(t, "availability")
		trial.Params = param.Values{"word": rapid.String().Draw(t, "word")}
		if b.Check(trial) != nil {
			return
		}
		args := Args(trial, b.opts.Node)
		if complaints := standin.Complaints(args); len(complaints) > 0 {
			t.Fatalf("maelstrom %s\n%s", strings.Join(args, " "), strings.Join(complaints, "\n"))
		}
	})
}

// TestProvenanceIsShared: versions and hashes are determined once for all trials, and
// results share no map that they may change.
func TestProvenanceIsShared(t *testing.T) {
	play(t, "neg-bc-dup", "")
	b := backend(t, func(o *Options) { o.Keep = KeepAll })
	first, err := b.Run(context.Background(), someTrial())
	if err != nil {
		t.Fatal(err)
	}
	other := someTrial()
	other.Seed++
	second, err := b.Run(context.Background(), other)
	if err != nil {
		t.Fatal(err)
	}
	if first.Made.Extra["files"] == second.Made.Extra["files"] {
		t.Errorf("two trials share the folder %s", first.Made.Extra["files"])
	}
	a, c := maps.Clone(first.Made.Extra), maps.Clone(second.Made.Extra)
	delete(a, "files")
	delete(c, "files")
	if diff := cmp.Diff(a, c); diff != "" {
		t.Errorf("two trials of one backend differ in provenance:\n%s", diff)
	}
}
