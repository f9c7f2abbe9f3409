package history

import (
	"testing"
	"time"
)

// TestOutage: failures do not end an outage, and final ops have no part in it.
func TestOutage(t *testing.T) {
	var o Outage
	for _, op := range []Op{
		{Time: 5 * time.Millisecond, Process: Nemesis, Type: Info, F: "start-kill"},
		{Time: 10 * time.Millisecond, Process: 0, Type: Invoke, F: "write"},
		{Time: 30 * time.Millisecond, Process: 0, Type: OK, F: "write"}, // 20 ms since the first was asked
		{Time: 40 * time.Millisecond, Process: 1, Type: Invoke, F: "cas"},
		{Time: 60 * time.Millisecond, Process: 1, Type: Fail, F: "cas"},
		{Time: 65 * time.Millisecond, Process: 0, Type: Invoke, F: "read"},
		{Time: 72 * time.Millisecond, Process: 0, Type: OK, F: "read"}, // 42 ms since the last
		{Time: 90 * time.Millisecond, Process: 0, Type: Invoke, F: "read"},
		{Time: 95 * time.Millisecond, Process: 0, Type: Info, F: "read"},
		{Time: 10 * time.Second, Process: 1, Type: OK, F: "read", Final: true},
	} {
		o.Add(op)
	}
	got := map[string]float64{}
	if o.AddMetrics(got); got["outage"] != 42 {
		t.Errorf("got %v ms, want 42", got["outage"])
	}
}
