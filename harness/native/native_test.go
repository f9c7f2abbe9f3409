package native

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"gossipbench/harness/history"
	procs "gossipbench/harness/process"
	"gossipbench/harness/trial"
)

// quick returns a trial that takes as little time as possible.
func quick(strategy string) trial.Trial {
	return trial.Trial{
		Workload: "broadcast", Backend: "native", Strategy: strategy,
		Nodes: 3, Topology: "line", Degree: 4,
		Latency: 10 * time.Millisecond, LatencyDist: "constant", Network: "maelstrom",
		Rate: 100, TimeLimit: 300 * time.Millisecond, Concurrency: "1n",
		Recovery: 500 * time.Millisecond, RPCTimeout: 2 * time.Second,
		Nemesis: "none", NemesisInterval: 10 * time.Second, Seed: 1, Replicate: 1,
	}
}

// kept runs a trial and returns its folder.
func kept(t *testing.T, trial trial.Trial) (trial.Result, string) {
	t.Helper()
	r, folder, err := tried(t, trial)
	if err != nil {
		t.Fatal(err)
	}
	return r, folder
}

func tried(t *testing.T, trial trial.Trial) (r trial.Result, folder string, err error) {
	folder = filepath.Join(t.TempDir(), "kept")
	b := New(Options{Keep: All, Folder: func(string) string { return folder }})
	r, err = b.Run(context.Background(), trial)
	return r, folder, err
}

// alone is locked during the later tries of patient.
var alone sync.Mutex

// patient repeats a test in real time, since a busy machine may spoil a try. All tries
// but the first run one at a time.
func patient(t *testing.T, try func() error) {
	t.Helper()
	err := try()
	if err == nil {
		return
	}
	alone.Lock()
	defer alone.Unlock()
	for range 4 {
		t.Logf("trying again after: %v", err)
		if err = try(); err == nil {
			return
		}
	}
	t.Error(err)
}

// ops reads the history in a folder.
func ops(t *testing.T, folder string) []history.Op {
	t.Helper()
	file, err := os.Open(filepath.Join(folder, "history.edn"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var all []history.Op
	for r := history.NewReader(file.Name(), file); ; {
		op, err := r.Read()
		if err != nil {
			return all
		}
		all = append(all, op)
	}
}

func TestHonest(t *testing.T) {
	t.Parallel()
	tr := quick("honest")
	tr.Recovery = time.Second // on a busy machine the last message may be late
	r, folder := kept(t, tr)
	if r.Outcome != trial.Valid || len(r.Made.Node) != 64 || r.Made.Backend != "native" {
		t.Errorf("got %+v, want a valid result with the hash of its node", r)
	}
	m := r.Metrics
	// Each value crosses both links of the line once. The middle node sends or receives
	// every message.
	if m["msgs-per-broadcast"] != 2 || m["busiest-node-share"] != 1 || m["lost"] != 0 || m["ok-fraction"] != 1 {
		t.Errorf("got %v, want 2 messages a broadcast, all of them through n1", m)
	}
	// A message has at least {"type":"rumor","values":[0]}, an envelope of 29 bytes and
	// two names of 2.
	if least := m["msgs-per-op"] * float64(29+4+len(`{"type":"rumor","values":[0]}`)); m["bytes-per-op"] < least*0.999 {
		t.Errorf("got %v bytes an op, want at least %v", m["bytes-per-op"], least)
	}
	// Two links of 10 ms; a message may arrive one millisecond early.
	if got := m["delivery-latency.max"]; got < 18 {
		t.Errorf("got a delivery latency of at most %v ms, want two links of 10", got)
	}

	history := ops(t, folder)
	final := 0
	for i, op := range history {
		if op.Index != i || i > 0 && op.Time < history[i-1].Time {
			t.Errorf("op %d: %+v comes after %+v", i, op, history[max(i-1, 0)])
		}
		if op.Final && op.Type == 0 {
			final++
		}
	}
	if first := history[0]; first.Time < 0 || first.Time > 100*time.Millisecond || final != 3 {
		t.Errorf("got %d final reads, the first op at %v, want 3 and the beginning", final, first.Time)
	}
	for _, file := range []string{"results.edn", "node-logs/n0.log", "node-logs/n2.log"} {
		if _, err := os.Stat(filepath.Join(folder, file)); err != nil {
			t.Error(err)
		}
	}
}

// TestNoRecovery: a trial without final ops does not wait for the recovery. It takes half
// a second and a tenth of the recovery.
func TestNoRecovery(t *testing.T) {
	t.Parallel()
	tr := quick("honest")
	tr.Workload, tr.Recovery = "echo", time.Minute
	began := time.Now()
	r, folder := kept(t, tr)
	if took := time.Since(began); took > 40*time.Second || r.Outcome != trial.Valid {
		t.Errorf("got %v after %v, want valid, and no minute of recovery", r.Outcome, took)
	}
	if n := len(ops(t, folder)); n < 4 {
		t.Errorf("got %d lines of the history, want some", n)
	}
}

// TestAnswers: a wrong answer that does not break the protocol gives a result.
func TestAnswers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		program string
		outcome trial.Outcome
		warning string
		info    bool // some op ended as info
	}{
		{"malformed", trial.Valid, "ops ended in an exception of their client, the first with n1: malformed answer: want no key count, got {", true},
		{"answers twice", trial.Valid, "", false},
		{"liar", trial.Valid, "", false},
		{"asks services oddly", trial.Valid, "", false},
		{"loses", trial.Invalid, "", false},
		{"is late", trial.Valid, "", true},
		{"floods stderr", trial.Valid, "", false},
	} {
		t.Run(tt.program, func(t *testing.T) {
			t.Parallel()
			trial := quick(tt.program)
			trial.TimeLimit, trial.Recovery = time.Second, time.Second
			if tt.info {
				trial.RPCTimeout = 500 * time.Millisecond
			}
			patient(t, func() error {
				r, folder, err := tried(t, trial)
				if err != nil {
					return err
				}
				if r.Outcome != tt.outcome {
					return fmt.Errorf("got %s, want %s", r.Outcome, tt.outcome)
				}
				if !strings.Contains(strings.Join(r.Warnings, "\n"), tt.warning) {
					return fmt.Errorf("got warnings %q, want %q", r.Warnings, tt.warning)
				}
				info, clients := false, map[int]bool{}
				for _, op := range ops(t, folder) {
					info = info || op.Type == history.Info
					clients[op.Process] = true
				}
				if info != tt.info || info != (len(clients) > 3) {
					return fmt.Errorf("got an op that ended as info: %v, and %d clients, want %v", info, len(clients), tt.info)
				}
				log, err := os.Stat(filepath.Join(folder, "node-logs/n1.log"))
				if err != nil || log.Size() > maxLog+1000 {
					return fmt.Errorf("got a log %v, %w, want at most %d bytes", log, err, maxLog)
				}
				return nil
			})
		})
	}
}

// TestKeep: the policy and the outcome decide which files are kept.
func TestKeep(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		keep    Keep
		program string
		want    string // files, if any
	}{
		{None, "loses", ""},
		{Failed, "honest", ""},
		{Failed, "loses", "history.edn node-logs results.edn"},
		{Failed, "dies", "history.edn node-logs"},
		{All, "honest", "history.edn node-logs results.edn"},
	} {
		t.Run(tt.keep.String()+" "+tt.program, func(t *testing.T) {
			t.Parallel()
			folder := filepath.Join(t.TempDir(), "trials")
			b := New(Options{Keep: tt.keep, Folder: func(id string) string { return filepath.Join(folder, id) }})
			trial := quick(tt.program)
			_, err := b.Run(context.Background(), trial)
			if m := (*Misbehavior)(nil); err != nil && !errors.As(err, &m) {
				t.Fatal(err)
			}
			entries, err := os.ReadDir(filepath.Join(folder, trial.ID()))
			if err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
			var got []string
			for _, e := range entries {
				got = append(got, e.Name())
			}
			if strings.Join(got, " ") != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	for _, k := range []Keep{None, Failed, All} {
		if got, err := ParseKeep(k.String()); err != nil || got != k {
			t.Errorf("ParseKeep(%v): got %v, %v", k, got, err)
		}
	}
	if _, err := ParseKeep("some"); err == nil || err.Error() != `keep: want none, failed, all, got "some"` {
		t.Errorf("ParseKeep(some): got %v", err)
	}
}

// TestInterrupted: a trial ends at once with its context, and leaves nothing behind.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	trial := quick("ignores SIGTERM")
	trial.TimeLimit = time.Minute
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(700*time.Millisecond, cancel)
	began := time.Now()
	_, err := New(Options{}).Run(ctx, trial)
	if took := time.Since(began); !errors.Is(err, context.Canceled) || took > 30*time.Second {
		t.Errorf("got %v after %v, want the context's end at once", err, took)
	}
	if alive := procs.Marked(fmt.Sprintf("%s=%s.%d.", procs.Mark, trial.ID(), os.Getpid())); len(alive) > 0 {
		t.Errorf("processes survive: %v", alive)
	}
}

// orphans returns a trial whose nodes ignore the end of their stdin.
func orphans() trial.Trial {
	trial := quick("ignores SIGTERM")
	trial.TimeLimit, trial.Seed = time.Minute, 2 // gives a unique ID
	return trial
}

// TestOrphans: nodes do not outlive a harness that is killed.
func TestOrphans(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux kills the children of the dead")
	}
	harness := exec.Command(os.Args[0], "harness")
	if err := procs.Start(harness); err != nil {
		t.Fatal(err)
	}
	mark := fmt.Sprintf("%s=%s.%d.", procs.Mark, orphans().ID(), harness.Process.Pid)
	wait(t, "three nodes", func() bool { return len(procs.Marked(mark)) == 3 })
	if err := harness.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = procs.Wait(harness)
	wait(t, "no node", func() bool { return len(procs.Marked(mark)) == 0 })
}

// wait waits until so returns true.
func wait(t *testing.T, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !so(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited a minute for %s", what)
		}
	}
}

// TestCheck: a trial that cannot be run is refused before any trial runs.
func TestCheck(t *testing.T) {
	plain := filepath.Join(t.TempDir(), "plain")
	if err := os.WriteFile(plain, []byte("no program"), 0o600); err != nil {
		t.Fatal(err)
	}
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		change func(*trial.Trial)
		want   string
	}{
		{"well", func(*trial.Trial) {}, ""},
		{"workload", func(t *trial.Trial) { t.Workload = "dissemination" }, "backend native: it has no workload dissemination"},
		{"nodes", func(t *trial.Trial) { t.Nodes = 501 }, "backend native: nodes: want at most 500 processes, got 501"},
		{"topology", func(t *trial.Trial) { t.Topology = "random" }, "backend native: "},
		{"bin", func(t *trial.Trial) { t.Bin = "./nowhere" }, "backend native: bin: ./nowhere: there is no such program"},
		{"name", func(t *trial.Trial) { t.Bin = "nowhere-at-all" }, "backend native: bin: nowhere-at-all: there is no such program"},
		{"absolute", func(t *trial.Trial) { t.Bin = plain }, "backend native: bin: " + plain + ": want a program, and this may not be executed"},
		{"pipe", func(t *trial.Trial) { t.Bin = pipe }, "backend native: bin: " + pipe + ": want a program, and this is no regular file"},
		{"directory", func(t *trial.Trial) { t.Bin = "/" }, "backend native: bin: /: "},
		{"found", func(t *trial.Trial) { t.Bin = "sh" }, ""},
	} {
		trial := quick("honest")
		tt.change(&trial)
		err := New(Options{}).Check(trial)
		if got := errorText(err); !strings.HasPrefix(got, tt.want) || (tt.want == "") != (err == nil) {
			t.Errorf("%s: got %v, want %s", tt.name, err, tt.want)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// TestNoLeaks: a trial leaves no goroutine and no open file, however it ends.
func TestNoLeaks(t *testing.T) {
	for _, program := range []string{"honest", "dies", "floods", "leaves strangers"} {
		before, files := runtime.NumGoroutine(), openFiles(t)
		_, _ = New(Options{}).Run(context.Background(), quick(program))
		deadline := time.Now().Add(2 * time.Second)
		for runtime.NumGoroutine() > before && time.Now().Before(deadline) {
			time.Sleep(10 * time.Millisecond)
		}
		if now := runtime.NumGoroutine(); now > before {
			stacks := make([]byte, 1<<16)
			t.Errorf("%s: got %d goroutines more:\n%s", program, now-before, stacks[:runtime.Stack(stacks, true)])
		}
		if now := openFiles(t); now > files {
			t.Errorf("%s: got %d open files, want %d", program, now, files)
		}
	}
}

// openFiles counts the open files of this process, if the system shows them.
func openFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(entries)
}
