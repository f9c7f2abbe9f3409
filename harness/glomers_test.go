package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gossipbench/harness/cli"
	"gossipbench/harness/experiment"
	"gossipbench/harness/glomers"
	"gossipbench/harness/maelstrom"
)

// official are the commands of the challenges' pages, https://fly.io/dist-sys/1 to 6c,
// as they stand there; but for --nemesis of 6c, whose first - is a dash on the page.
const official = `
1  ./maelstrom test -w echo --bin ~/go/bin/maelstrom-echo --node-count 1 --time-limit 10
2  ./maelstrom test -w unique-ids --bin ~/go/bin/maelstrom-unique-ids --time-limit 30 --rate 1000 --node-count 3 --availability total --nemesis partition
3a ./maelstrom test -w broadcast --bin ~/go/bin/maelstrom-broadcast --node-count 1 --time-limit 20 --rate 10
3b ./maelstrom test -w broadcast --bin ~/go/bin/maelstrom-broadcast --node-count 5 --time-limit 20 --rate 10
3c ./maelstrom test -w broadcast --bin ~/go/bin/maelstrom-broadcast --node-count 5 --time-limit 20 --rate 10 --nemesis partition
3d ./maelstrom test -w broadcast --bin ~/go/bin/maelstrom-broadcast --node-count 25 --time-limit 20 --rate 100 --latency 100
3e ./maelstrom test -w broadcast --bin ~/go/bin/maelstrom-broadcast --node-count 25 --time-limit 20 --rate 100 --latency 100
4  ./maelstrom test -w g-counter --bin ~/go/bin/maelstrom-counter --node-count 3 --rate 100 --time-limit 20 --nemesis partition
5a ./maelstrom test -w kafka --bin ~/go/bin/maelstrom-kafka --node-count 1 --concurrency 2n --time-limit 20 --rate 1000
5b ./maelstrom test -w kafka --bin ~/go/bin/maelstrom-kafka --node-count 2 --concurrency 2n --time-limit 20 --rate 1000
5c ./maelstrom test -w kafka --bin ~/go/bin/maelstrom-kafka --node-count 2 --concurrency 2n --time-limit 20 --rate 1000
6a ./maelstrom test -w txn-rw-register --bin ~/go/bin/maelstrom-txn --node-count 1 --time-limit 20 --rate 1000 --concurrency 2n --consistency-models read-uncommitted --availability total
6b ./maelstrom test -w txn-rw-register --bin ~/go/bin/maelstrom-txn --node-count 2 --concurrency 2n --time-limit 20 --rate 1000 --consistency-models read-uncommitted
6b ./maelstrom test -w txn-rw-register --bin ~/go/bin/maelstrom-txn --node-count 2 --concurrency 2n --time-limit 20 --rate 1000 --consistency-models read-uncommitted --availability total --nemesis partition
6c ./maelstrom test -w txn-rw-register --bin ~/go/bin/maelstrom-txn --node-count 2 --concurrency 2n --time-limit 20 --rate 1000 --consistency-models read-committed --availability total --nemesis partition
`

// unsaid are the values of Maelstrom's options that the pages leave out: its defaults,
// as maelstrom test --help has them.
var unsaid = map[string]string{
	"--node-count": "5", "--rate": "5", "--concurrency": "1n", "--latency": "0", "--latency-dist": "constant", "--topology": "grid", "--nemesis-interval": "10",
	"--key-count": "10", "--max-writes-per-key": "16", "--max-txn-length": "4",
}

// TestOfficialConditions: what is run of each challenge is, on real Maelstrom, its
// official command.
func TestOfficialConditions(t *testing.T) {
	plan := glomers.NewPlan(glomers.Challenges, glomers.Options{Backend: "maelstrom", Bin: "./maelstrom-x", Runs: 1, Seed: 1})
	e, err := experiment.Parse("glomers.yaml", plan.Text, cli.Catalog{}, experiment.Flags{})
	if err != nil {
		t.Fatal(err)
	}
	runs := plan.Runs(e.Trials)
	lines := strings.Split(strings.TrimSpace(official), "\n")
	if len(runs) != len(lines) {
		t.Fatalf("there are %d tests, want %d", len(runs), len(lines))
	}
	for i, line := range lines {
		name, command, _ := strings.Cut(line, " ")
		want := optionsOf(strings.Fields(command)[2:])
		got := optionsOf(maelstrom.Args(runs[i].Trial, []string{"./maelstrom-x"})[1:])
		delete(want, "--bin")
		delete(got, "--bin")
		for option, value := range got {
			if _, said := want[option]; !said && value == unsaid[option] {
				delete(got, option)
			}
		}
		if runs[i].Challenge.Name != name || !mapsEqual(got, want) {
			t.Errorf("challenge %s:\n got %v\nwant %s: %v", runs[i].Challenge.Name, got, name, want)
		}
	}
	// What Maelstrom does not have as an option: the limits of the text.
	for name, want := range map[string]string{
		"3d": "msgs-per-op < 30, stable-latency.p50 < 400ms, stable-latency.max < 600ms",
		"3e": "msgs-per-op < 20, stable-latency.p50 < 1s, stable-latency.max < 2s",
	} {
		for _, c := range glomers.Challenges {
			if c.Name != name {
				continue
			}
			var got []string
			for _, l := range c.Limits {
				got = append(got, l.Metric+" "+l.Want)
			}
			if strings.Join(got, ", ") != want {
				t.Errorf("limits of %s: got %s, want %s", name, strings.Join(got, ", "), want)
			}
		}
	}
}

// optionsOf are options and their values, up to a --.
func optionsOf(words []string) map[string]string {
	all := map[string]string{}
	for i := 0; i+1 < len(words) && words[i] != "--"; i += 2 {
		all[words[i]] = words[i+1]
	}
	return all
}

func mapsEqual(a, b map[string]string) bool {
	for name, value := range a {
		if b[name] != value {
			return false
		}
	}
	return len(a) == len(b)
}

// glom runs the verb on real nodes, in the folder that holds them.
func glom(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	w := newWorld("harness", strings.NewReader(""), &out, &err, backends)
	code = w.Execute(t.Context(), append([]string{"glomers"}, args...))
	return code, out.String(), err.String()
}

// TestBrokenNodes: a node that does not replicate, one whose ids come twice and one
// that is mute are named for what they do; mended, they pass.
func TestBrokenNodes(t *testing.T) {
	if testing.Short() {
		t.Skip("runs nodes in real time")
	}
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip(err)
	}
	t.Parallel()
	dir := t.TempDir()
	const loop = `#!/usr/bin/env python3
import json, sys
me, values = None, []
for line in sys.stdin:
    m = json.loads(line)
    body = m["body"]
    answer = {"type": body["type"] + "_ok", "in_reply_to": body.get("msg_id")}
    if body["type"] == "init":
        me, nodes = body["node_id"], body["node_ids"]
`
	const say = `    print(json.dumps({"src": me, "dest": m["src"], "body": answer}), flush=True)
`
	for name, text := range map[string]string{
		"hermit.py": loop + `    elif body["type"] == "read":
        answer["messages"] = values
    elif body["type"] == "broadcast":
        values.append(body["message"])
` + say,
		"twins.py": loop + `    elif body["type"] == "generate":
        values.append(1)
        answer["id"] = len(values)
` + say,
		"mute.py": loop + `    else:
        continue
` + say,
		"late.py": strings.Replace(loop, "me, values", "import time\ntime.sleep(2)\nme, values", 1) + `    else:
        answer["echo"] = body["echo"]
` + say,
		"unique.py": loop + `    elif body["type"] == "generate":
        values.append(1)
        answer["id"] = [me, len(values)]
` + say,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		node, challenge string
		code            int
		want            []string
	}{
		{"hermit.py", "3b", cli.ExitInvalid, []string{"of 1 test 0 pass, 1 fail", "values lost: ", "show "}},
		{"twins.py", "2", cli.ExitInvalid, []string{"of 1 test 0 pass, 1 fail", "ids given more than once: "}},
		{"mute.py", "1", cli.ExitInvalid, []string{"of 1 test 0 pass, 1 fail", "n0 never answered: "}},
		{"late.py", "1", cli.ExitWell, []string{"of 1 test 1 pass"}}, // to start is no failure
		{"unique.py", "2", cli.ExitWell, []string{"of 1 test 1 pass", "1 (= 1)"}},
	} {
		t.Run(tt.node, func(t *testing.T) {
			t.Parallel()
			out := filepath.Join(dir, strings.TrimSuffix(tt.node, ".py"))
			args := []string{tt.challenge, "--quick", "--bin", filepath.Join(dir, tt.node), "-o", out}
			code, stdout, stderr := glom(t, args...)
			for again := 0; code != tt.code && again < 2; again++ { // the machine may be too busy
				code, stdout, stderr = glom(t, append(args, "--rerun")...)
			}
			for _, want := range tt.want {
				if code != tt.code || !strings.Contains(stdout, want) {
					t.Errorf("exit status %d, want %d and %q in\n%s%s", code, tt.code, want, stdout, stderr)
				}
			}
			kept, err := filepath.Glob(filepath.Join(out, "trials", "*", "history.edn"))
			if err != nil || len(kept) != 1 && tt.node != "mute.py" {
				t.Errorf("histories %q, %v, want one", kept, err)
			}
		})
	}
	code, stdout, stderr := glom(t, "1", "--quick", "--bin", filepath.Join(dir, "none.py"), "-o", filepath.Join(dir, "none"))
	if code != cli.ExitFailed || stdout != "" || !strings.Contains(stderr, "there is no such program") {
		t.Errorf("a program that is not there: exit status %d, want %d:\n%s%s", code, cli.ExitFailed, stdout, stderr)
	}
}

// lockedBuffer is written to by a verb while a test reads it.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// TestWatch: a node that changes is run again, and one that does not is not; an
// interrupt ends it with what the last time came to.
func TestWatch(t *testing.T) {
	dir := t.TempDir()
	node := filepath.Join(dir, "node.sh")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(node, []byte(text), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	write("#!/bin/sh\n")
	var out, err lockedBuffer
	w := newWorld("harness", strings.NewReader(""), &out, &err, mocks)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	status := make(chan int)
	go func() {
		status <- w.Execute(ctx, []string{"glomers", "1", "--bin", node, "--watch", "-o", filepath.Join(dir, "results")})
	}()
	await := func(times int) {
		t.Helper()
		for range 600 {
			if strings.Count(err.String(), "waiting for a change") >= times {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
		t.Fatalf("not run %d times:\n%s%s", times, out.String(), err.String())
	}
	await(1)
	write("#!/bin/sh\nexit\n")
	await(2)
	cancel()
	if code := <-status; code != cli.ExitWell {
		t.Errorf("exit status %d, want %d:\n%s", code, cli.ExitWell, err.String())
	}
	if n := strings.Count(out.String(), "of 1 test 1 pass"); n != 2 {
		t.Errorf("%d tables, want 2:\n%s", n, out.String())
	}
}
