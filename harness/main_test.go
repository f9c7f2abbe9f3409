package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"gossipbench/harness/cli"
	"gossipbench/harness/experiment"
	"gossipbench/harness/runner"
	"gossipbench/harness/trial"
)

var update = flag.Bool("update", false, "write what the scripts print into them")

// TestMain makes the scripts' harness: this one, but on backends that do at once
// what the number of nodes tells them.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"harness": func() {
		w := newWorld("harness", os.Stdin, os.Stdout, os.Stderr, mocks)
		if dir := os.Getenv("SOURCE"); dir != "" { // what a script says that the program is made of
			w.Source = os.DirFS(dir)
		}
		ctx, _ := interruptible(w)
		os.Exit(w.Execute(ctx, os.Args[1:]))
	}})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                filepath.Join("testdata", "script"),
		UpdateScripts:      *update,
		RequireUniqueNames: true,
		Cmds:               map[string]func(*testscript.TestScript, bool, []string){"status": status, "lines": lines},
	})
}

// status runs a command that ends with the exit status that comes first.
func status(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	if neg || err != nil {
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
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

// lines checks the number of lines of a file.
func lines(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	if neg || err != nil || len(args) != 2 {
		ts.Fatalf("usage: lines N FILE")
	}
	if got := strings.Count(ts.ReadFile(args[1]), "\n"); got != want {
		ts.Fatalf("%s has %d lines, want %d", args[1], got, want)
	}
}

// The numbers of nodes that tell a mock what to do. Any other is a valid trial.
const (
	invalidNodes = 13
	unknownNodes = 14
	failedNodes  = 15
	panicNodes   = 16
	endlessNodes = 17 // until it is cancelled
	deafNodes    = 18 // even then
	refusedNodes = 19 // by Check
	onceNodes    = 20 // could not be run where there is no file "ready"
)

type mock struct{}

func mocks(cli.Wiring) map[string]runner.Backend {
	return map[string]runner.Backend{"sim": mock{}, "native": mock{}}
}

func (mock) Parallel() int { return 2 }

func (mock) Check(t trial.Trial) error {
	if t.Nodes == refusedNodes {
		return fmt.Errorf("%s: nodes: want any other number, got %d", t.Backend, t.Nodes)
	}
	return nil
}

// Run measures nodes + seed/10 messages, and a latency that is that of the
// network.
func (mock) Run(ctx context.Context, t trial.Trial) (trial.Result, error) {
	r := trial.Result{Outcome: trial.Valid, Metrics: map[string]float64{
		"msgs-per-op":        float64(t.Nodes) + float64(t.Seed)/10,
		"stable-latency.p50": float64(t.Latency.Milliseconds()),
		"lost":               0,
	}}
	if text, err := os.ReadFile(t.Bin); err == nil {
		if each, err := strconv.ParseFloat(strings.TrimSpace(string(text)), 64); err == nil { // a program that says what it sends
			r.Metrics["msgs-per-op"] = each + float64(t.Seed)/10
		}
	}
	switch t.Nodes {
	case invalidNodes:
		r.Outcome, r.Metrics["lost"] = trial.Invalid, 3
	case unknownNodes:
		r.Outcome = trial.Unknown
	case failedNodes:
		return r, errors.New("java: executable file not found in $PATH")
	case panicNodes:
		panic("index out of range")
	case endlessNodes:
		fmt.Fprintln(os.Stderr, "endless")
		<-ctx.Done()
		return r, ctx.Err()
	case deafNodes:
		fmt.Fprintln(os.Stderr, "deaf")
		select {}
	case onceNodes:
		if _, err := os.Stat("ready"); err != nil {
			return r, err
		}
	}
	return r, nil
}

// heard is what a process has printed so far.
type heard struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (h *heard) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.Write(p)
}

func (h *heard) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.String()
}

// await waits until a process has printed text.
func (h *heard) await(t *testing.T, text string) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !strings.Contains(h.String(), text); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %q in\n%s", text, h)
		}
	}
}

// start runs the scripts' harness in a folder.
func start(t *testing.T, folder string, args ...string) (cmd *exec.Cmd, stdout, stderr *heard) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	stdout, stderr = &heard{}, &heard{}
	cmd = &exec.Cmd{Path: self, Args: append([]string{"harness"}, args...), Dir: folder, Stdout: stdout, Stderr: stderr}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() }) // an error says that it has ended
	return cmd, stdout, stderr
}

// TestInterrupt: the first Ctrl-C keeps what is done and says how to go on.
func TestInterrupt(t *testing.T) {
	folder := t.TempDir()
	args := []string{"run", "--set", "strategy=flood", "-P", "nodes=5,6,17", "-o", "out", "-j", "1"}
	cmd, stdout, stderr := start(t, folder, args...)
	stderr.await(t, "endless")
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // the exit status says it
	if got := cmd.ProcessState.ExitCode(); got != cli.ExitInterrupted {
		t.Errorf("exit status %d, want %d", got, cli.ExitInterrupted)
	}
	want := "harness: interrupted: 2 of 3 done and kept in out, go on by\nharness: harness run --set strategy=flood -P nodes=5,6,17 -o out -j 1\n"
	if !strings.HasSuffix(stderr.String(), want) {
		t.Errorf("stderr is\n%s\nwant it to end with\n%s", stderr, want)
	}
	if !strings.Contains(stdout.String(), "5.10") || !strings.Contains(stdout.String(), "6.10") {
		t.Errorf("the table lacks what is done:\n%s", stdout)
	}
	stored, err := os.ReadFile(filepath.Join(folder, "out", "trials.jsonl"))
	if err != nil || bytes.Count(stored, []byte("\n")) != 2 {
		t.Errorf("stored %q, %v, want two lines", stored, err)
	}
}

// TestSecondInterrupt: the second Ctrl-C kills, whatever hangs.
func TestSecondInterrupt(t *testing.T) {
	cmd, _, stderr := start(t, t.TempDir(), "run", "--set", "strategy=flood", "--set", "nodes=18")
	stderr.await(t, "deaf")
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	stderr.await(t, "press Ctrl-C again to kill")
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	state := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !state.Signaled() || state.Signal() != syscall.SIGINT {
		t.Errorf("ended by %v, want %v", cmd.ProcessState, syscall.SIGINT)
	}
}

// TestSecondRun: two runs of one folder would run every trial twice.
func TestSecondRun(t *testing.T) {
	folder := t.TempDir()
	args := []string{"run", "--set", "strategy=flood", "--set", "nodes=17", "-o", "out"}
	_, _, first := start(t, folder, args...)
	first.await(t, "endless")
	second, _, stderr := start(t, folder, args...)
	_ = second.Wait()
	if got := second.ProcessState.ExitCode(); got != cli.ExitFailed || !strings.Contains(stderr.String(), "harness: out: in use by ") {
		t.Errorf("exit status %d, want %d:\n%s", got, cli.ExitFailed, stderr)
	}
}

// TestKill: whenever a sweep is killed, the next run ends it as if nothing had
// been.
func TestKill(t *testing.T) {
	folder := t.TempDir()
	sweep := []string{"run", "--set", "strategy=flood", "-P", "nodes=100..400", "-P", "latency=0s,10ms", "-q", "--format", "jsonl", "-o"}
	whole, _, stderr := start(t, folder, append(sweep, "whole")...)
	if err := whole.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, stderr)
	}
	want, err := os.ReadFile(filepath.Join(folder, "whole", "trials.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	killed := 0
	for range 20 {
		cmd, _, _ := start(t, folder, append(sweep, "torn")...)
		time.Sleep(time.Duration(r.IntN(60_000)) * time.Microsecond)
		_ = cmd.Process.Kill() // it may have ended already
		if cmd.Wait() != nil {
			killed++
		}
	}
	if torn, err := os.ReadFile(filepath.Join(folder, "torn", "trials.jsonl")); err == nil {
		t.Logf("killed %d of 20 runs, with %d of %d trials done", killed, bytes.Count(torn, []byte("\n")), bytes.Count(want, []byte("\n")))
	}
	last, _, stderr := start(t, folder, append(sweep, "torn")...)
	if err := last.Wait(); err != nil {
		t.Fatalf("after %d kills: %v\n%s", killed, err, stderr)
	}
	got, err := os.ReadFile(filepath.Join(folder, "torn", "trials.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("after %d kills the results are not those of a sweep that was left alone: got %d lines, want %d",
			killed, bytes.Count(got, []byte("\n")), bytes.Count(want, []byte("\n")))
	}
}

// TestReplayCommand: the command that show prints runs the very trial.
func TestReplayCommand(t *testing.T) {
	e, err := experiment.AdHoc(experiment.Flags{
		Set:  []string{"strategy=flood", "backend=native", "latency=100ms", "delivery=ack-retry"},
		Vary: []string{"nodes=5,25", "topology=tree4,line"}, Replicates: "2", Seed: "41",
	}, cli.Catalog{})
	if err != nil {
		t.Fatal(err)
	}
	own, err := experiment.AdHoc(experiment.Flags{Set: []string{"bin=/bin/it's mine", `args=--say 'a b' c`}}, cli.Catalog{})
	if err != nil {
		t.Fatal(err)
	}
	for _, tr := range append(e.Trials, own.Trials...) {
		command := replayCommand(trial.Result{Trial: tr})
		words, err := exec.Command("sh", "-c", "printf '%s\\n' "+strings.TrimPrefix(command, "run ")).Output()
		if err != nil {
			t.Skipf("sh: %v", err)
		}
		var flags experiment.Flags
		all := strings.Split(strings.TrimSuffix(string(words), "\n"), "\n")
		for i := 0; i < len(all); i += 2 {
			switch all[i] {
			case "--set":
				flags.Set = append(flags.Set, all[i+1])
			case "--seed":
				flags.Seed = all[i+1]
			}
		}
		again, err := experiment.AdHoc(flags, cli.Catalog{})
		if err != nil || len(again.Trials) != 1 || again.Trials[0].ID() != tr.ID() {
			t.Errorf("%s\nmakes %v, %v\nwant trial %s", command, again.Trials, err, tr.ID())
		}
	}
}

// TestSignals: each of the three signals ends a verb that has nothing to finish
// at once, here one whose output nobody takes.
func TestSignals(t *testing.T) {
	folder := t.TempDir()
	cmd, _, stderr := start(t, folder, "run", "-q", "--set", "strategy=flood", "--set", "nodes=5", "-o", "out")
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %s", err, stderr)
	}
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		full, write, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		var errors heard
		cmd = &exec.Cmd{Path: cmd.Path, Args: []string{"harness", "report", "out"}, Dir: folder, Stdout: write, Stderr: &errors}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		one := make([]byte, 1)
		if _, err := full.Read(one); err != nil { // the page is bigger than a pipe
			t.Fatal(err)
		}
		if err := cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		select {
		case <-ended:
		case <-time.After(20 * time.Second):
			_ = cmd.Process.Kill()
			t.Fatalf("%v: the verb goes on", signal)
		}
		if got := cmd.ProcessState.ExitCode(); got != cli.ExitInterrupted || errors.String() != "harness: interrupted\n" {
			t.Errorf("%v: exit status %d and %q, want %d and that it was interrupted", signal, got, errors.String(), cli.ExitInterrupted)
		}
		full.Close()
		write.Close()
	}
}

// TestFatal: when Go's runtime gives up, the exit status is not that of an unknown
// trial.
func TestFatal(t *testing.T) {
	if os.Getenv("TEST_FATAL") != "" {
		abortWhenBroken()
		m := map[int]int{}
		go func() {
			for {
				m[1]++
			}
		}()
		for { // "concurrent map writes", which nobody can recover from
			m[2]++
		}
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestFatal$")
	cmd.Env = append(os.Environ(), "TEST_FATAL=1")
	out, _ := cmd.CombinedOutput()
	if state := cmd.ProcessState; state.ExitCode() == cli.ExitUnknown || state.Success() || !bytes.Contains(out, []byte("fatal error: ")) {
		t.Errorf("ended with %v:\n%.300s", state, out)
	}
}
