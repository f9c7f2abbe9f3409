package runner

import (
	"context"
	"errors"
	"fmt"
	"gossipbench/harness/trial"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// mock is a backend that calls run, in real time or in a synctest bubble.
type mock struct {
	parallel int
	run      func(context.Context, trial.Trial) (trial.Result, error)

	mu            sync.Mutex
	running, most int
}

func (m *mock) Parallel() int { return m.parallel }

func (m *mock) Check(t trial.Trial) error {
	if t.Nodes > 100 {
		return fmt.Errorf("%s: nodes: want at most 100, got %d", t.Backend, t.Nodes)
	}
	return nil
}

func (m *mock) Run(ctx context.Context, t trial.Trial) (trial.Result, error) {
	m.mu.Lock()
	m.running++
	m.most = max(m.most, m.running)
	m.mu.Unlock()
	defer func() {
		m.mu.Lock()
		m.running--
		m.mu.Unlock()
	}()
	return m.run(ctx, t)
}

// well is a successful run that takes as many seconds as the trial has nodes.
func well(ctx context.Context, t trial.Trial) (trial.Result, error) {
	select {
	case <-time.After(time.Duration(t.Nodes) * time.Second):
		return trial.Result{Outcome: trial.Valid, Metrics: map[string]float64{"ops": float64(t.Nodes)}}, nil
	case <-ctx.Done():
		return trial.Result{}, ctx.Err()
	}
}

// trials returns one trial for each number of nodes.
func trials(backend string, nodes ...int) []trial.Trial {
	var all []trial.Trial
	for _, n := range nodes {
		all = append(all, trial.Trial{Backend: backend, Strategy: "flood", Nodes: n, Replicate: 1})
	}
	return all
}

// collect runs trials and returns the results in order of arrival.
func collect(t *testing.T, ctx context.Context, ts []trial.Trial, backends map[string]Backend, opts Options) ([]trial.Result, error) {
	t.Helper()
	var results []trial.Result
	err := All(ctx, ts, backends, opts, func(r trial.Result) error {
		results = append(results, r)
		return nil
	})
	return results, err
}

// order lists results by backend and nodes.
func order(results []trial.Result) string {
	var names []string
	for _, r := range results {
		names = append(names, fmt.Sprintf("%s%d", r.Trial.Backend, r.Trial.Nodes))
	}
	return strings.Join(names, " ")
}

func TestOrder(t *testing.T) {
	for _, tt := range []struct {
		name          string
		backend       string
		allows, asked int
		wantMost      int
		wantOrder     string
		wantTime      time.Duration // of the sweep of 5, 1, 1 and 2 seconds
	}{
		{"one at a time", "native", 1, 0, 1, "native5 native1 native1 native2", 9 * time.Second},
		{"backend has the last word", "native", 1, 8, 1, "native5 native1 native1 native2", 9 * time.Second},
		// One worker runs the trial of 5 s, the other one the rest, in 4 s.
		{"as they finish", "native", 2, 0, 2, "native1 native1 native2 native5", 5 * time.Second},
		{"virtual time in order", "sim", 2, 0, 2, "sim5 sim1 sim1 sim2", 5 * time.Second},
		{"as asked", "sim", 8, 2, 2, "sim5 sim1 sim1 sim2", 5 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := &mock{parallel: tt.allows, run: well}
				began := time.Now()
				results, err := collect(t, t.Context(), trials(tt.backend, 5, 1, 1, 2), map[string]Backend{tt.backend: m}, Options{Parallel: tt.asked})
				if err != nil {
					t.Fatal(err)
				}
				if got := order(results); got != tt.wantOrder {
					t.Errorf("order: got %s, want %s", got, tt.wantOrder)
				}
				if m.most != tt.wantMost {
					t.Errorf("%d ran at once, want %d", m.most, tt.wantMost)
				}
				if got := time.Since(began); got != tt.wantTime {
					t.Errorf("took %s, want %s", got, tt.wantTime)
				}
			})
		})
	}
}

// TestBackendsTakeTurns: a simulation must not run beside trials in real time, which it
// would slow down.
func TestBackendsTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		native, sim := &mock{parallel: 9, run: well}, &mock{parallel: 9}
		sim.run = func(ctx context.Context, tr trial.Trial) (trial.Result, error) {
			native.mu.Lock()
			beside := native.running
			native.mu.Unlock()
			if beside > 0 {
				t.Errorf("%d native trials run beside a simulated one", beside)
			}
			return well(ctx, tr)
		}
		var ts []trial.Trial
		for replicate := 1; replicate <= 2; replicate++ {
			for _, tr := range slices.Concat(trials("native", 3), trials("sim", 2), trials("native", 1), trials("sim", 4)) {
				tr.Replicate = replicate
				ts = append(ts, tr)
			}
		}
		results, err := collect(t, t.Context(), ts, map[string]Backend{"native": native, "sim": sim}, Options{})
		want := "native1 native3 sim2 sim4 native1 native3 sim2 sim4"
		if got := order(results); err != nil || got != want {
			t.Errorf("got %s, %v\nwant %s", got, err, want)
		}
	})
}

// TestFailedTrialDoesNotEndSweep: a failed trial does not end the sweep.
func TestFailedTrialDoesNotEndSweep(t *testing.T) {
	m := &mock{parallel: 2, run: func(_ context.Context, tr trial.Trial) (trial.Result, error) {
		switch tr.Nodes {
		case 1:
			return trial.Result{}, errors.New("java: executable file not found in $PATH")
		case 2:
			panic("index out of range")
		case 3:
			return trial.Result{}, nil
		case 4:
			return trial.Result{Outcome: trial.Invalid, Metrics: map[string]float64{"rmr": math.Inf(1), "lost": 2}}, nil
		}
		return trial.Result{Outcome: trial.Valid}, nil
	}}
	results, err := collect(t, t.Context(), trials("sim", 1, 2, 3, 4, 5), map[string]Backend{"sim": m}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		outcome trial.Outcome
		message string
	}{
		{trial.Failed, "java: executable file not found in $PATH"},
		{trial.Failed, "backend sim: panic: index out of range\n"},
		{trial.Failed, "backend sim: panic: a result without an outcome\n"},
		{trial.Invalid, ""},
		{trial.Valid, ""},
	}
	if len(results) != len(want) {
		t.Fatalf("got %d results, want %d", len(results), len(want))
	}
	for i, w := range want {
		r := results[i]
		message := ""
		if r.Error != nil {
			message = *r.Error
		}
		if r.Outcome != w.outcome || !strings.HasPrefix(message, w.message) {
			t.Errorf("trial %d: got %s %q, want %s %q", i+1, r.Outcome, message, w.outcome, w.message)
		}
		if r.Schema != trial.Schema || r.ID != r.Trial.ID() || r.Metrics == nil || r.Warnings == nil {
			t.Errorf("trial %d: incomplete: %+v", i+1, r)
		}
	}
	if _, there := results[3].Metrics["rmr"]; there || len(results[3].Warnings) != 1 {
		t.Errorf("an infinite metric: got %v, warnings %q", results[3].Metrics, results[3].Warnings)
	}
}

// TestCancel: complete results are kept, and the caller gets an error for the rest.
func TestCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &mock{parallel: 2, run: well}
		ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
		defer cancel()
		// The trial of 9 s is cut short; those of 1 s waited for it and are kept.
		results, err := collect(t, ctx, trials("sim", 9, 1, 1, 1, 1), map[string]Backend{"sim": m}, Options{})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got error %v, want %v", err, context.DeadlineExceeded)
		}
		if got, want := order(results), "sim1 sim1"; got != want {
			t.Errorf("kept %s, want %s", got, want)
		}
	})
}

// TestCancelTooLate: a complete sweep is not interrupted.
func TestCancelTooLate(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	m := &mock{parallel: 1, run: func(context.Context, trial.Trial) (trial.Result, error) {
		cancel()
		return trial.Result{Outcome: trial.Valid}, nil
	}}
	if results, err := collect(t, ctx, trials("native", 1), map[string]Backend{"native": m}, Options{}); err != nil || len(results) != 1 {
		t.Errorf("got %d results and error %v, want 1 and none", len(results), err)
	}
}

// TestDoneFails: an error of done, such as a full disk, ends the sweep at once.
func TestDoneFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		full := errors.New("no space left on device")
		calls := 0
		began := time.Now()
		err := All(t.Context(), trials("native", 1, 900, 900), map[string]Backend{"native": &mock{parallel: 2, run: well}}, Options{},
			func(trial.Result) error { calls++; return full })
		if !errors.Is(err, full) || calls != 1 || time.Since(began) != time.Second {
			t.Errorf("got %v after %d calls and %s, want %v after 1 call and 1s", err, calls, time.Since(began), full)
		}
	})
}

func TestCheck(t *testing.T) {
	ts := slices.Concat(trials("native", 5, 101, 101), trials("maelstrom", 5, 6))
	errs := Check(ts, map[string]Backend{"native": &mock{}})
	want := "native: nodes: want at most 100, got 101\nthis program has no backend maelstrom"
	if got := errors.Join(errs...); got == nil || got.Error() != want {
		t.Errorf("got %v\nwant %s", got, want)
	}
}

// TestProvenance: a result of virtual time contains nothing of the clock or the machine;
// one of real time does.
func TestProvenance(t *testing.T) {
	made := trial.Provenance{Commit: "c0ffee", Go: "go1.26.0", OS: "linux/amd64", CPU: "Z80", Cores: 2}
	run := func(backend string) trial.Provenance {
		m := &mock{parallel: 1, run: func(context.Context, trial.Trial) (trial.Result, error) {
			return trial.Result{Outcome: trial.Valid, Made: trial.Provenance{Node: "abc"}}, nil
		}}
		results, err := collect(t, t.Context(), trials(backend, 1), map[string]Backend{backend: m}, Options{Made: made})
		if err != nil {
			t.Fatal(err)
		}
		return results[0].Made
	}
	sim := run("sim")
	if sim.Commit != "c0ffee" || sim.Backend != "sim" || sim.Node != "abc" || sim.CPU+sim.Time != "" || sim.Cores != 0 || sim.Seconds != 0 {
		t.Errorf("sim: got %+v", sim)
	}
	native := run("native")
	if native.CPU != "Z80" || native.Cores != 2 || native.Time == "" {
		t.Errorf("native: got %+v", native)
	}
}

// TestDisturbedTrialsAreRunAgain: a disturbed trial is run again, at most repeats times,
// unless Enough accepts its result.
func TestDisturbedTrialsAreRunAgain(t *testing.T) {
	for _, tt := range []struct {
		name   string
		enough func(*trial.Result) bool
		calm   int // the run that is not disturbed
		want   int // runs
	}{
		{"once", nil, 2, 2},
		{"always disturbed", nil, 9, 1 + repeats},
		{"enough", func(r *trial.Result) bool { return r.Metrics["ops"] == 1 }, 9, 1},
		{"not enough", func(r *trial.Result) bool { return r.Metrics["ops"] > 1 }, 9, 2},
	} {
		runs := 0
		m := &mock{parallel: 1, run: func(context.Context, trial.Trial) (trial.Result, error) {
			runs++
			r := trial.Result{Outcome: trial.Valid, Metrics: map[string]float64{"ops": float64(runs)}}
			if runs != tt.calm {
				r.Disturbances = []string{"a message was delivered 120ms late"}
			}
			return r, nil
		}}
		if _, err := collect(t, t.Context(), trials("native", 1), map[string]Backend{"native": m}, Options{Enough: tt.enough}); err != nil {
			t.Fatal(err)
		}
		if runs != tt.want {
			t.Errorf("%s: run %d times, want %d", tt.name, runs, tt.want)
		}
	}
}
