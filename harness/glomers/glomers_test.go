package glomers

import (
	"encoding/xml"
	"fmt"
	"strings"
	"testing"

	"gossipbench/harness/trial"
)

func TestChoose(t *testing.T) {
	for _, tt := range []struct{ names, want string }{
		{"", "1 2 3a 3b 3c 3d 3e 4 5a 5b 5c 6a 6b 6c"},
		{"3d", "3d"},
		{"6 1 6b", "1 6a 6b 6c"}, // in their order, each once
		{"3f", `no such challenge: "3f", want one of 1, 2, 3a, 3b, 3c, 3d, 3e, 4, 5a, 5b, 5c, 6a, 6b, 6c`},
	} {
		chosen, err := Choose(strings.Fields(tt.names))
		var names []string
		for _, c := range chosen {
			names = append(names, c.Name)
		}
		got := strings.Join(names, " ")
		if err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("Choose(%q)\n got %s\nwant %s", tt.names, got, tt.want)
		}
	}
}

// plan returns the lines of the entries of a plan.
func plan(t *testing.T, names string, o Options) []string {
	t.Helper()
	challenges, err := Choose(strings.Fields(names))
	if err != nil {
		t.Fatal(err)
	}
	o.Runs = max(o.Runs, 1)
	var entries []string
	for line := range strings.Lines(string(NewPlan(challenges, o).Text)) {
		if entry, is := strings.CutPrefix(line, "  - "); is {
			entries = append(entries, strings.TrimSpace(entry))
		}
	}
	return entries
}

func TestPlan(t *testing.T) {
	for _, tt := range []struct {
		name, challenges string
		o                Options
		want             []string
	}{
		{"two challenges of one trial", "3d 3e", Options{Backend: "native", Bin: "./n"}, []string{
			`{workload: "broadcast", nodes: "25", time_limit: "20s", rate: "100", latency: "100ms", backend: "native", bin: "./n"}`}},
		{"but not of two programs", "3d 3e", Options{Backend: "native", Bin: "./{challenge}", Args: "--{workload}"}, []string{
			`{workload: "broadcast", nodes: "25", time_limit: "20s", rate: "100", latency: "100ms", backend: "native", bin: "./3d", args: "--broadcast"}`,
			`{workload: "broadcast", nodes: "25", time_limit: "20s", rate: "100", latency: "100ms", backend: "native", bin: "./3e", args: "--broadcast"}`}},
		{"quick, with faults and final reads", "3c", Options{Backend: "native", Quick: true}, []string{
			`{workload: "broadcast", nodes: "5", time_limit: "4s", rate: "10", nemesis: "partition", nemesis_interval: "1s", recovery: "4s", backend: "native", strategy: "flood", delivery: "ack-retry"}`}},
		{"quick, without", "1", Options{Backend: "native", Quick: true}, []string{
			`{workload: "echo", nodes: "1", time_limit: "4s", backend: "native", strategy: "echo"}`}},
		{"quick, where the recovery is Maelstrom's", "4", Options{Backend: "maelstrom", Quick: true, Bin: `a "b"`}, []string{
			`{workload: "g-counter", nodes: "3", rate: "100", time_limit: "4s", nemesis: "partition", nemesis_interval: "1s", backend: "maelstrom", bin: "a \"b\""}`}},
	} {
		got := plan(t, tt.challenges, tt.o)
		if strings.Join(got, "\n") != strings.Join(tt.want, "\n") {
			t.Errorf("%s: got\n%s\nwant\n%s", tt.name, strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
		}
	}
}

// TestRuns: each test finds the trials of all its seeds, shared or not.
func TestRuns(t *testing.T) {
	challenges, err := Choose([]string{"1", "3d", "3e"})
	if err != nil {
		t.Fatal(err)
	}
	p := NewPlan(challenges, Options{Backend: "native", Runs: 2})
	var trials []trial.Trial // replicates vary slowest, as in an experiment
	for seed := range uint64(2) {
		for _, workload := range []string{"echo", "broadcast"} {
			tr := trial.Default()
			tr.Workload, tr.Seed = workload, seed+1
			trials = append(trials, tr)
		}
	}
	// With nodes of ours 3d and 3e are of the same strategy, and so the same trial.
	want := "1 echo 1, 1 echo 2, 3d broadcast 1, 3d broadcast 2, 3e broadcast 1, 3e broadcast 2"
	var got []string
	for _, r := range p.Runs(trials) {
		got = append(got, fmt.Sprintf("%s %s %d", r.Challenge.Name, r.Trial.Workload, r.Trial.Seed))
	}
	if strings.Join(got, ", ") != want {
		t.Errorf("got %s\nwant %s", strings.Join(got, ", "), want)
	}
}

// result is one of challenge 3d.
func result(outcome trial.Outcome, perOp, median, most float64) *trial.Result {
	return &trial.Result{Outcome: outcome, Metrics: map[string]float64{"msgs-per-op": perOp, "stable-latency.p50": median, "stable-latency.max": most}}
}

// run is the only run of a challenge.
func run(t *testing.T, name string) Run {
	t.Helper()
	challenges, err := Choose([]string{name})
	if err != nil {
		t.Fatal(err)
	}
	return NewPlan(challenges, Options{Runs: 1}).Runs([]trial.Trial{trial.Default()})[0]
}

func TestJudge(t *testing.T) {
	busy := result(trial.Disturbed, 1.72, 259, 600)
	busy.Disturbances = []string{"a message was delivered 120ms late"}
	lost := result(trial.Invalid, 1.72, 259, 300)
	lost.Reasons = []trial.Reason{{Kind: trial.LostValues, Text: "3 values lost"}, {Kind: trial.NoSuccess, Text: "no read succeeded"}}
	message := "n0 exited with exit status 3\nlast lines of n0 on stderr:"
	for i := range 40 {
		message += fmt.Sprintf("\n  line %d", i+1)
	}
	crashed := &trial.Result{Outcome: trial.Failed, Error: &message, Reasons: []trial.Reason{{Kind: Misbehaved, Text: "n0 exited with exit status 3"}}}
	failed := &trial.Result{Outcome: trial.Failed, Error: &message}
	for _, tt := range []struct {
		name   string
		result *trial.Result
		want   Verdict
		why    string // its first and its last line
	}{
		{"all met", result(trial.Valid, 29.99, 399, 599), Pass, ""},
		{"a limit is not within itself", result(trial.Valid, 30, 399, 599), Fail, "msgs-per-op is 30, want < 30"},
		{"two missed", result(trial.Valid, 1.72, 400, 600), Fail, "stable-latency.p50 is 400 ms, want < 400ms … stable-latency.max is 600 ms, want < 600ms"},
		{"lost", lost, Fail, "3 values lost … no read succeeded"},
		{"proves nothing", result(trial.Unknown, 1.72, 259, 300), Unknown, ""},
		{"missed on a busy machine", busy, Unknown, "stable-latency.max is 600 ms, want < 600ms … a message was delivered 120ms late"},
		{"met on a busy machine", result(trial.Disturbed, 1.72, 259, 300), Pass, ""},
		{"the node is to blame", crashed, Fail, "n0 exited with exit status 3 …   line 40"},
		{"somebody else is", failed, NotRun, "n0 exited with exit status 3 …   line 40"},
		{"not run", nil, NotRun, ""},
		{"nothing is known", &trial.Result{Outcome: trial.Valid}, Unknown, "nobody knows msgs-per-op, want < 30 … nobody knows stable-latency.max, want < 600ms"},
	} {
		r := run(t, "3d")
		j := r.Judge(tt.result)
		why := ""
		if n := len(j.Why); n == 1 {
			why = j.Why[0]
		} else if n > 1 {
			why = j.Why[0] + " … " + j.Why[n-1]
		}
		if j.Verdict != tt.want || why != tt.why {
			t.Errorf("%s:\n got %s: %s\nwant %s: %s", tt.name, j.Verdict, why, tt.want, tt.why)
		}
		if len(j.Why) > maxWhy+1 {
			t.Errorf("%s: %d lines say why", tt.name, len(j.Why))
		}
	}
}

// TestCell: what is not within a limit never looks like it.
func TestCell(t *testing.T) {
	r := run(t, "2")
	for _, tt := range []struct {
		x    float64
		want string
	}{{1, "1 (= 1)"}, {0.99999, "0.9999 (not = 1)"}} {
		j := r.Judge(&trial.Result{Outcome: trial.Valid, Metrics: map[string]float64{"ok-fraction": tt.x, "op-latency.p50": 12.345}})
		if got := j.Cell("ok-fraction"); got != tt.want {
			t.Errorf("Cell of %v: got %s, want %s", tt.x, got, tt.want)
		}
		if got := j.Cell("op-latency.p50") + "," + j.Cell("msgs-per-op"); got != "12.35," {
			t.Errorf("cells without a limit, and without a number: got %q", got)
		}
	}
}

// judged are one of each verdict.
func judged(t *testing.T) []Judgement {
	r := run(t, "3d")
	bad := result(trial.Invalid, 1.72, 259, 300)
	bad.Reasons = []trial.Reason{{Kind: trial.LostValues, Text: "50 % lost: <1>\n& 2"}}
	return []Judgement{r.Judge(result(trial.Valid, 1.72, 259, 300)), r.Judge(bad), r.Judge(result(trial.Unknown, 1, 2, 3)), r.Judge(nil)}
}

func TestGitHub(t *testing.T) {
	var b strings.Builder
	if err := Write(&b, "github", "glomers-x", judged(t)); err != nil {
		t.Fatal(err)
	}
	want := `::error title=3d Efficient Broadcast%2C Part I (seed 0)%3A fail::50 %25 lost: <1>%0A& 2
::warning title=3d Efficient Broadcast%2C Part I (seed 0)%3A unknown::unknown
::error title=3d Efficient Broadcast%2C Part I (seed 0)%3A not run::not run
::notice title=glomers-x::of 4 tests 1 pass, 1 fail, 1 unknown, 1 not run
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestJUnit(t *testing.T) {
	var b strings.Builder
	if err := Write(&b, "junit", "glomers-x", judged(t)); err != nil {
		t.Fatal(err)
	}
	var s suite
	if err := xml.Unmarshal([]byte(b.String()), &s); err != nil {
		t.Fatalf("%v in\n%s", err, b.String())
	}
	if s.Tests != 4 || s.Failures != 1 || s.Errors != 2 || len(s.Cases) != 4 {
		t.Errorf("got %d tests, %d failures, %d errors, %d cases, want 4, 1, 2, 4", s.Tests, s.Failures, s.Errors, len(s.Cases))
	}
	if c := s.Cases[0]; c.Failure != nil || c.Error != nil || c.Out != "msgs-per-op 1.72 (< 30), stable-latency.p50 259 (< 400ms), stable-latency.max 300 (< 600ms)" {
		t.Errorf("the pass: got %+v", c)
	}
	if f := s.Cases[1].Failure; f == nil || f.Message != "50 % lost: <1>\n& 2" || f.Type != "fail" {
		t.Errorf("the failure: got %+v", f)
	}
	if s.Cases[2].Error == nil || s.Cases[3].Error == nil {
		t.Errorf("the unknown one and the one that was not run are no errors in\n%s", b.String())
	}
}
