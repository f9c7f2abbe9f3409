package main

import (
	"bytes"
	"context"
	"errors"
	"html"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"gossipbench/harness/checker"
	"gossipbench/harness/cli"
	"gossipbench/harness/history"
	"gossipbench/harness/runner"
	"gossipbench/harness/trial"
	"gossipbench/harness/workload"
)

// planted is a backend whose every trial has the same history, which the checkers
// of its workload judge; or cannot be run.
type planted struct {
	ops     string // as history.edn has them
	err     error
	checker checker.Checker // in place of the workload's
}

func (planted) Parallel() int           { return 1 }
func (planted) Check(trial.Trial) error { return nil }

func (p planted) Run(_ context.Context, t trial.Trial) (trial.Result, error) {
	goal, err := checker.ParseGoal(t.Availability)
	if p.err != nil || err != nil {
		return trial.Result{}, errors.Join(p.err, err)
	}
	check := p.checker
	if check == nil {
		check = workload.Protocols[t.Workload].Checker(t)
	}
	checkers := checker.NewCheckers(check, goal)
	for r := history.NewReader("history.edn", strings.NewReader(p.ops)); ; {
		op, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return trial.Result{}, err
		}
		checkers.Add(op)
	}
	results := checkers.Results(history.Net{}, nil)
	return trial.Result{
		Outcome: results.Outcome(), Reasons: results.Reasons(), Metrics: results.Metrics(), Warnings: results.Warnings(),
	}, nil
}

// asked is an op of process p that is answered, or ends as typ says.
func asked(p, typ, f, value, ended string) string {
	return "{:type :invoke, :process " + p + ", :f :" + f + ", :value " + value + "}{:type :" + typ + ", :process " + p + ", :f :" + f + ", :value " + ended + "}"
}

// finalRead is a last read of process p.
func finalRead(p, value string) string {
	return "{:type :invoke, :process " + p + ", :f :read, :value nil, :final? true}{:type :ok, :process " + p + ", :f :read, :value " + value + ", :final? true}"
}

// TestSaysWhy: whatever made a trial invalid, unknown or fail is told by the table
// that run prints, by table, by show and by the page.
func TestSaysWhy(t *testing.T) {
	set := func(add string) string {
		return asked("0", "ok", add, "7", "7") + asked("1", "ok", add, "8", "8") + finalRead("0", "[7 8]") + finalRead("1", "[7]") + finalRead("2", "[7]")
	}
	counter := asked("0", "ok", "add", "3", "3") + asked("0", "ok", "read", "nil", "3") + finalRead("1", "2")
	unread := func(add string) string { return asked("0", "info", add, "7", "7") + asked("1", "ok", add, "8", "8") }
	send := func(p, offset string) string {
		return asked(p, "ok", "send", `[[:send "5" 1`+offset+`]]`, `[[:send "5" [`+offset+` 1`+offset+`]]]`)
	}
	poll := func(p, shown string) string {
		return asked(p, "ok", "poll", "[[:poll]]", `[[:poll {"5" [`+shown+`]}]]`)
	}
	txn := func(p, value, ended string) string { return asked(p, "ok", "txn", value, ended) }
	race := `{:type :invoke, :process 0, :f :txn, :value [[:r 1 nil] [:append 1 6]]}` + `{:type :invoke, :process 1, :f :txn, :value [[:r 1 nil] [:append 1 7]]}` +
		`{:type :ok, :process 0, :f :txn, :value [[:r 1 [5]] [:append 1 6]]}` + `{:type :ok, :process 1, :f :txn, :value [[:r 1 [5]] [:append 1 7]]}`
	for _, tt := range []struct {
		workload, name string
		outcome        trial.Outcome
		plant          planted
		want           string
	}{
		{"broadcast", "lost", trial.Invalid, planted{ops: set("broadcast")}, "1 value lost: 8 (at n1, n2)"},
		{"broadcast", "none", trial.Unknown, planted{ops: finalRead("0", "[]")}, "nothing is stable, so nothing is proved: no value was broadcast or added"},
		{"broadcast", "unread", trial.Unknown, planted{ops: unread("broadcast")}, "no read showed any of 2 values"},
		{"g-set", "lost", trial.Invalid, planted{ops: set("add")}, "1 value lost: 8 (at n1, n2)"},
		{"g-set", "none", trial.Unknown, planted{ops: finalRead("0", "[]")}, "no value was broadcast or added"},
		{"echo", "another's", trial.Invalid, planted{ops: asked("0", "ok", "echo", `"a"`, `{:echo "b"}`)}, `asked "a", got {:echo "b"}`},
		{"unique-ids", "twice", trial.Invalid, planted{ops: asked("0", "ok", "generate", "nil", "4") + asked("1", "ok", "generate", "nil", "4")}, "1 id given more than once: 4 (2 times)"},
		{"g-counter", "wrong", trial.Invalid, planted{ops: counter}, "1 of 1 final read cannot be: 2 by n1; acceptable is 3"},
		{"pn-counter", "wrong", trial.Invalid, planted{ops: counter}, "1 of 1 final read cannot be: 2 by n1; acceptable is 3"},
		{"lin-kv", "stale", trial.Invalid, planted{ops: asked("0", "ok", "write", "[7 1]", "[7 1]") + asked("1", "ok", "read", "[7 nil]", "[7 2]")}, "1 of 1 key not linearizable, their ops having no order in which each sees what was written before: 7"},
		{"lin-kv", "undecided", trial.Unknown, planted{checker: &checker.Linearizable{Limit: time.Nanosecond}, ops: asked("0", "ok", "write", "[7 1]", "[7 1]")}, "there was no time to decide whether 1 key is linearizable: 7"},
		{"kafka", "lost", trial.Invalid, planted{ops: send("0", "0") + send("0", "1") + poll("1", "[1 11]")}, "nobody polled 1 acknowledged message: of key 5 10"},
		{"kafka", "empty", trial.Unknown, planted{ops: poll("0", "")}, "so little happened that nothing is proved"},
		{"kafka", "from nowhere", trial.Unknown, planted{ops: send("0", "0") + poll("1", "[0 10] [1 99]")}, "1 messages were polled that nobody sent, such as 99 of 5"},
		{"txn-rw-register", "stale", trial.Invalid, planted{ops: txn("0", "[[:w 1 5]]", "[[:w 1 5]]") + txn("1", "[[:r 1 nil]]", "[[:r 1 nil]]")}, "G-single-item-realtime, once: T1 = 3"},
		{"txn-list-append", "lost update", trial.Invalid, planted{ops: txn("0", "[[:append 1 5]]", "[[:append 1 5]]") + race}, "G2-item, once: T1 = "},
		{"txn-list-append", "empty", trial.Unknown, planted{ops: txn("0", "[[:append 1 5]]", "[[:append 1 5]]")}, "empty-transaction-graph, once"},
	} {
		t.Run(tt.workload+" "+tt.name, func(t *testing.T) { saysWhy(t, tt.workload, tt.outcome, tt.plant, tt.want) })
	}
	// What every workload can meet.
	for _, name := range append([]string{"dissemination"}, slices.Sorted(func(yield func(string) bool) {
		for name := range workload.Protocols {
			if !yield(name) {
				return
			}
		}
	})...) {
		t.Run(name+" failed", func(t *testing.T) {
			saysWhy(t, name, trial.Failed, planted{err: errors.New("n0 fell silent\nlast lines: none")}, "n0 fell silent")
		})
		if name == "dissemination" {
			continue
		}
		t.Run(name+" without success", func(t *testing.T) {
			saysWhy(t, name, trial.Invalid, planted{ops: asked("0", "info", "try", "nil", "nil")}, "no try succeeded: 0 failed, of 1 nobody knows")
		})
		t.Run(name+" unavailable", func(t *testing.T) {
			ops := strings.Repeat(asked("0", "ok", "try", "nil", "nil"), 3) + asked("0", "info", "try", "nil", "nil")
			saysWhy(t, name, trial.Invalid, planted{ops: ops}, "availability 0.75, want at least 1: 3 of 4 ops succeeded", "availability=total")
		})
	}
}

// saysWhy runs one trial on a planted backend and looks for why it is not valid.
func saysWhy(t *testing.T, name string, outcome trial.Outcome, plant planted, want string, settings ...string) {
	t.Helper()
	t.Chdir(t.TempDir())
	strategy := map[string]string{"broadcast": "flood", "dissemination": "flood", "g-set": "flood", "echo": "echo", "unique-ids": "uuid", "g-counter": "seqkv",
		"pn-counter": "seqkv", "lin-kv": "raft", "kafka": "ring", "txn-rw-register": "lock", "txn-list-append": "lock"}[name]
	args := []string{"run", "-o", "out", "--set", "backend=sim", "--set", "nodes=3", "--set", "workload=" + name, "--set", "strategy=" + strategy}
	for _, s := range settings {
		args = append(args, "--set", s)
	}
	stdout, _ := verb(t, plant, args...)
	line := regexp.MustCompile(`Not in the numbers: trial ([0-9a-f]+) .*`).FindStringSubmatch(stdout)
	if line == nil || !strings.Contains(line[0], string(outcome)+": ") || !strings.Contains(line[0], want) {
		t.Fatalf("run does not say %s: %s\n%s", outcome, want, stdout)
	}
	if told, _ := verb(t, plant, "table", "out"); !strings.Contains(told, line[0]) {
		t.Errorf("table does not say %s\n%s", line[0], told)
	}
	if told, _ := verb(t, plant, "show", line[1], "--in", "out"); !strings.Contains(told, string(outcome)+": ") || !strings.Contains(told, want) {
		t.Errorf("show does not say %s: %s\n%s", outcome, want, told)
	}
	verb(t, plant, "report", "out", "-o", "page.html")
	page, err := os.ReadFile("page.html")
	if err != nil || !strings.Contains(html.UnescapeString(string(page)), want) {
		t.Errorf("the page does not say %s, %v", want, err)
	}
}

// verb runs the harness on a backend and returns what it prints.
func verb(t *testing.T, backend runner.Backend, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	w := newWorld("harness", strings.NewReader(""), &out, &err,
		func(cli.Wiring) map[string]runner.Backend { return map[string]runner.Backend{"sim": backend} })
	w.Execute(context.Background(), args)
	return out.String(), err.String()
}
