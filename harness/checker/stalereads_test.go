package checker

import (
	"gossipbench/harness/history"
	"testing"
)

// TestStaleReads: does one read miss an acknowledged add? Before it begins, 3 and −2 are
// acknowledged, 5 has failed, and 10 and −20 are unknown. 1 is added during the read. So
// the read may have seen both acknowledged adds if it is from 1 − 20 to 1 + 10 + 1.
func TestStaleReads(t *testing.T) {
	before := []history.Op{
		{Type: history.Invoke, Process: 0, F: "add", Value: int64(3)}, {Type: history.OK, Process: 0, F: "add"},
		{Type: history.Invoke, Process: 0, F: "add", Value: int64(-2)}, {Type: history.OK, Process: 0, F: "add"},
		{Type: history.Invoke, Process: 0, F: "add", Value: int64(5)}, {Type: history.Fail, Process: 0, F: "add"},
		{Type: history.Invoke, Process: 0, F: "add", Value: int64(10)}, {Type: history.Info, Process: 0, F: "add"},
		{Type: history.Invoke, Process: 2, F: "add", Value: int64(-20)},
		{Type: history.Invoke, Process: 1, F: "read"},
		{Type: history.Invoke, Process: 3, F: "add", Value: int64(1)}, {Type: history.OK, Process: 3, F: "add"},
	}
	for _, test := range []struct {
		name  string
		from  int // index in before
		value int64
		want  float64
	}{
		{"the least that it can be", 0, -19, 0},
		{"without the 3", 0, -20, 1},
		{"all that it can be", 0, 12, 0},
		{"without the −2", 0, 13, 1},
		// If nothing was acknowledged before, a read may be wrong but misses nothing.
		{"too little of nothing", 4, -21, 0},
		{"too much of nothing", 4, 12, 0},
	} {
		var c Counter
		for _, op := range before[test.from:] {
			c.Add(op)
		}
		c.Add(history.Op{Type: history.OK, Process: 1, F: "read", Value: test.value})
		got := map[string]float64{}
		c.Verdict().AddMetrics(got)
		if got["stale-read-share"] != test.want {
			t.Errorf("%s: got %v of %d to be stale, want %v", test.name, got["stale-read-share"], test.value, test.want)
		}
	}
}

// TestStaleReadsNone: without reads there is no share.
func TestStaleReadsNone(t *testing.T) {
	got := map[string]float64{}
	new(Counter).Verdict().AddMetrics(got)
	if share, has := got["stale-read-share"]; has {
		t.Errorf("got %v, want nothing", share)
	}
}
