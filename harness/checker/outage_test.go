package checker

import (
	"gossipbench/harness/history"
	"testing"
	"time"
)

// TestOutage: failed ops do not end an outage. Final ops and ops after the load are
// ignored.
func TestOutage(t *testing.T) {
	history := []history.Op{
		{Time: 5 * time.Millisecond, Process: history.Nemesis, Type: history.Info, F: "start-kill"},
		{Time: 10 * time.Millisecond, Process: 0, Type: history.Invoke, F: "write"},
		{Time: 30 * time.Millisecond, Process: 0, Type: history.OK, F: "write"}, // 20 ms after the first invocation
		{Time: 40 * time.Millisecond, Process: 1, Type: history.Invoke, F: "cas"},
		{Time: 60 * time.Millisecond, Process: 1, Type: history.Fail, F: "cas"},
		{Time: 65 * time.Millisecond, Process: 0, Type: history.Invoke, F: "read"},
		{Time: 72 * time.Millisecond, Process: 0, Type: history.OK, F: "read"}, // 42 ms after the last success
		{Time: 90 * time.Millisecond, Process: 0, Type: history.Invoke, F: "read"},
		{Time: 95 * time.Millisecond, Process: 0, Type: history.Info, F: "read"},
		{Time: 98 * time.Millisecond, Process: 2, Type: history.Invoke, F: "read"},
		{Time: 222 * time.Millisecond, Process: 2, Type: history.OK, F: "read"}, // 150 ms after the last success
		{Time: 10 * time.Second, Process: 1, Type: history.OK, F: "read", Final: true},
	}
	for _, test := range []struct {
		load time.Duration
		want float64
	}{
		{0, 150},
		{100 * time.Millisecond, 42},
		{120 * time.Millisecond, 48}, // from 72 ms to the end
		{300 * time.Millisecond, 150},
	} {
		o := Outage{Load: test.load}
		for _, op := range history {
			o.Add(op)
		}
		got := map[string]float64{}
		if o.AddMetrics(got); got["outage"] != test.want {
			t.Errorf("load until %v: got %v ms, want %v", test.load, got["outage"], test.want)
		}
	}
}
