package native

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"gossipbench/harness/edn"
)

var (
	reference = flag.Bool("reference", false, "run the settings of shared/data/reference, and compare; takes minutes")
	program   = flag.String("program", "", "the harness's executable, to play the nodes of TestReference")
)

// TestReference runs settings that real Maelstrom has run three times, and prints our
// numbers beside Maelstrom's. It fails if they differ by more than 3 % in messages, or 15
// % and 30 ms in latencies.
func TestReference(t *testing.T) {
	if !*reference {
		t.Skip("needs -reference")
	}
	options := Options{}
	if *program != "" {
		options.Node = []string{*program, "node"}
	}
	b := New(options)
	flood, push := "honest", ""
	if *program != "" {
		flood, push = "flood", "gossip"
	}
	for _, tt := range []struct {
		name, topology, strategy string
		params                   map[string]string
	}{
		{"flood-tree4", "tree4", flood, nil},
		{"flood-grid", "grid", flood, nil},
		{"flood-line", "line", flood, nil},
		{"flood-total", "total", flood, nil},
		{"push-mixed-50", "grid", push, map[string]string{"mode": "push", "peers": "mixed", "fanout": "2", "interval": "50ms",
			"payload": "full", "idle": "always", "delivery": "fire-and-forget"}},
	} {
		if tt.strategy == "" {
			continue
		}
		t.Run(tt.name, func(t *testing.T) {
			theirs := recorded(t, tt.name)
			trial := quick(tt.strategy)
			trial.Nodes, trial.Topology, trial.Latency, trial.Params = 25, tt.topology, 100*time.Millisecond, tt.params
			trial.TimeLimit, trial.Recovery, trial.RPCTimeout = 20*time.Second, 10*time.Second, 5*time.Second
			trial.Seed = uint64(time.Now().UnixNano())
			before := usage()
			r, err := b.Run(context.Background(), trial)
			if err != nil {
				t.Fatal(err)
			}
			used := usage() - before
			m := r.Metrics
			fmt.Printf("%-14s msgs/broadcast %.2f (%s)  msgs/op %.2f (%s)  p50 %.0f (%s)  max %.0f (%s)  ops %.0f lost %.0f  delivery p50 %.0f max %.0f  op p50 %.1f  cpu %v  %s %q\n", tt.name,
				m["msgs-per-broadcast"], spell(theirs["broadcast"]), m["msgs-per-op"], spell(theirs["op"]),
				m["stable-latency.p50"], spell(theirs["p50"]), m["stable-latency.max"], spell(theirs["max"]),
				m["ops"], m["lost"], m["delivery-latency.p50"], m["delivery-latency.max"], m["op-latency.p50"], used.Round(10*time.Millisecond), r.Outcome, r.Warnings)
			near(t, "messages a broadcast", m["msgs-per-broadcast"], theirs["broadcast"], 0.03, 0)
			near(t, "median stable latency", m["stable-latency.p50"], theirs["p50"], 0.15, 30)
			near(t, "maximum stable latency", m["stable-latency.max"], theirs["max"], 0.15, 30)
		})
	}
}

// near fails if x is outside the range of theirs, widened by the larger of a share and an
// amount.
func near(t *testing.T, what string, x float64, theirs []float64, share, amount float64) {
	t.Helper()
	low, high := slices.Min(theirs), slices.Max(theirs)
	if x < low-max(share*low, amount) || x > high+max(share*high, amount) {
		t.Errorf("%s: got %.3f, Maelstrom's are %s", what, x, spell(theirs))
	}
}

func spell(xs []float64) string {
	words := make([]string, len(xs))
	for i, x := range xs {
		words[i] = fmt.Sprintf("%.4g", x)
	}
	return strings.Join(words, " ")
}

// recorded returns Maelstrom's metrics.
func recorded(t *testing.T, setting string) map[string][]float64 {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join("../../../shared/data/reference", setting, "*", "results.edn"))
	if len(files) == 0 {
		t.Skip("needs ../shared/data/reference")
	}
	found := map[string][]float64{}
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		results, err := edn.NewDecoder(name, file).Decode()
		file.Close()
		if err != nil {
			t.Fatal(err)
		}
		number := func(v edn.Value) float64 {
			x, ok := v.Float()
			if n, isInt := v.Int(); isInt {
				x, ok = float64(n), true
			}
			if !ok {
				t.Fatalf("%s: want a number, got %v", name, v)
			}
			return x
		}
		servers, workload := results.At("net", "servers"), results.At("workload")
		latencies := workload.At("stable-latencies")
		found["op"] = append(found["op"], number(servers.At("msgs-per-op")))
		found["broadcast"] = append(found["broadcast"], number(servers.At("msg-count"))/number(workload.At("attempt-count")))
		found["p50"] = append(found["p50"], number(latencies.Get(edn.NewFloat(0.5))))
		found["max"] = append(found["max"], number(latencies.Get(edn.NewInt(1))))
	}
	return found
}

// usage returns the processor time of this process without its children.
func usage() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
