package trial

import "testing"

func TestLabel(t *testing.T) {
	for name, want := range map[string]string{
		"stable-latency.p50": "stable-latency.p50 (ms)", "outage": "outage (ms)", "seconds": "seconds", "memory-per-node": "memory-per-node (bytes)",
		"bytes-per-op": "bytes-per-op", "throughput": "throughput (ops/s)", "msgs-per-op": "msgs-per-op", "lost": "lost", "coverage": "coverage",
	} {
		m, err := FindMetric(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Label(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
