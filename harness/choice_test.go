package main

import (
	"context"
	"fmt"
	"html"
	"os"
	"regexp"
	"strings"
	"testing"

	"gossipbench/harness/sim"
	"gossipbench/harness/trial"
)

// jepsens is the simulator, but only the trials that Jepsen calls valid: others get
// another seed.
type jepsens struct{ *sim.Backend }

func (b jepsens) Run(ctx context.Context, t trial.Trial) (trial.Result, error) {
	for {
		r, err := b.Backend.Run(ctx, t)
		lost := r.Metrics[trial.Undelivered] > 0
		if err != nil || r.Outcome == trial.Valid && lost == (t.Strategy == "flood") {
			return r, err
		}
		t.Seed += 1000
	}
}

// TestNeverChoosesTheLossy: a flood that loses one message in a thousand, and with it
// values that Jepsen does not miss, is faster and cheaper than gossip, which brings
// all of them everywhere. Nobody who goes by how fast values arrive is told to take it:
// not by pareto, compare or gate, nor by the page.
func TestNeverChoosesTheLossy(t *testing.T) {
	t.Chdir(t.TempDir())
	backend := jepsens{sim.New(sim.Options{})}
	run := func(args ...string) string {
		t.Helper()
		stdout, stderr := verb(t, backend, args...)
		if strings.Contains(stderr, "harness: ") && !strings.Contains(stderr, "gate") {
			t.Fatalf("%q: %s", args, stderr)
		}
		return stdout
	}
	const base = `base: {backend: sim, nodes: 5, topology: line, rate: 50, latency: 10ms, latency_dist: uniform, time_limit: 2s, recovery: 2s, loss: 0.002}
matrix: {strategy: [flood, gossip]}
replicates: 6
`
	for i, targets := range []string{"", `targets: {delivery-latency.p50: "< 10s"}`, `targets: {delivery-latency.max: "< 60s", msgs-per-op: "< 1000"}`} {
		if err := os.WriteFile("loses.yaml", []byte(base+targets), 0o666); err != nil {
			t.Fatal(err)
		}
		out := fmt.Sprint("out", i)
		if i > 0 { // the same trials
			if err := os.CopyFS(out, os.DirFS("out0")); err != nil {
				t.Fatal(err)
			}
		}
		table := run("run", "-q", "loses.yaml", "-o", out)
		if !strings.Contains(table, "values undelivered: ") || !strings.Contains(lineOf(table, "strategy "), "undelivered") {
			t.Errorf("the table does not say what is undelivered:\n%s", table)
		}
		run("report", out, "-o", "page.html")
		page, err := os.ReadFile("page.html")
		if err != nil {
			t.Fatal(err)
		}
		advice := html.UnescapeString(regexp.MustCompile(`(?s)<section id="[^"]*" class="advice.*?</section>`).FindString(string(page)))
		if pick := regexp.MustCompile(`class="pick"[^>]*>([^<]*)`).FindStringSubmatch(advice); len(pick) != 2 || !strings.Contains(pick[1], "gossip") {
			t.Errorf("%s: the page recommends %q:\n%.2000s", targets, pick, advice)
		}
		if !strings.Contains(advice, "leaves values undelivered that others bring everywhere under the same condition, and is no choice") {
			t.Errorf("%s: the page does not say that flood loses values", targets)
		}
		if targets == "" {
			continue
		}
		if checks := lineOf(run("gate", out), "delivery-latency"); !strings.Contains(lineOf(checks, "flood"), "fail") || strings.Contains(lineOf(checks, "gossip"), "fail") {
			t.Errorf("%s: gate lets flood pass:\n%s", targets, checks)
		}
	}
	for _, q := range trial.Quantiles {
		metric := "delivery-latency." + q.Name
		if front := run("pareto", "out0", "--x", "msgs-per-op", "--y", metric); !strings.Contains(front, "(undelivered in 6 of 6 trials)") || strings.Contains(lineOf(front, "strategy=flood"), "*") {
			t.Errorf("the front of %s:\n%s", metric, front)
		}
		if line := lineOf(run("compare", "out0", "--col", "strategy", "--base", "gossip", "--metric", metric), "delivery-latency"); strings.Contains(line, "better") {
			t.Errorf("flood is better than gossip: %s", line)
		}
	}
}

// lineOf returns the lines of a text that hold a word.
func lineOf(text, word string) string {
	var lines []string
	for line := range strings.Lines(text) {
		if strings.Contains(line, word) {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}
