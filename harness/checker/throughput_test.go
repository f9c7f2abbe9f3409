package checker

import (
	"gossipbench/harness/history"
	"testing"
	"time"
)

// TestThroughput: the load lasts from 100 to 600 ms. Two of its ops succeed in time, one
// ends later, one fails, and one is final.
func TestThroughput(t *testing.T) {
	at := func(ms int) time.Duration { return time.Duration(ms) * time.Millisecond }
	history := []history.Op{
		{Time: at(20), Process: history.Nemesis, Type: history.Info, F: "start-kill"},
		{Time: at(100), Process: 0, Type: history.Invoke, F: "send"},
		{Time: at(110), Process: 0, Type: history.OK, F: "send"},
		{Time: at(200), Process: 0, Type: history.Invoke, F: "poll"},
		{Time: at(300), Process: 0, Type: history.OK, F: "poll"},
		{Time: at(400), Process: 1, Type: history.Invoke, F: "send"},
		{Time: at(410), Process: 1, Type: history.Fail, F: "send"},
		{Time: at(500), Process: 0, Type: history.Invoke, F: "send"},
		{Time: at(850), Process: 0, Type: history.OK, F: "send"},
		{Time: at(9000), Process: 0, Type: history.Invoke, F: "poll", Final: true},
		{Time: at(9001), Process: 0, Type: history.OK, F: "poll", Final: true},
	}
	for _, test := range []struct {
		load time.Duration
		want float64
	}{{at(600), 2 / 0.5}, {0, 3 / 0.75}} {
		p := Throughput{Load: test.load}
		for _, op := range history {
			p.Add(op)
		}
		got := map[string]float64{}
		if p.AddMetrics(got); got["throughput"] != test.want {
			t.Errorf("load until %v: got %v ops/s, want %v", test.load, got["throughput"], test.want)
		}
	}
}

// TestLatenciesByKind: each kind has the latencies of its ops that succeeded, and
// op-latency has all. A kind without a metric counts in op-latency only.
func TestLatenciesByKind(t *testing.T) {
	at := func(ms int) time.Duration { return time.Duration(ms) * time.Millisecond }
	var l Latencies
	for i, op := range []struct {
		f    string
		end  history.Type
		took int
	}{{"cas", history.OK, 7}, {"cas", history.Fail, 1}, {"write", history.OK, 9}, {"cas", history.OK, 3}, {"assign", history.OK, 20}} {
		l.Add(history.Op{Time: at(100 * i), Process: i, Type: history.Invoke, F: op.f})
		l.Add(history.Op{Time: at(100*i + op.took), Process: i, Type: op.end, F: op.f})
	}
	got := map[string]float64{}
	l.AddMetrics(got)
	for name, want := range map[string]float64{
		"cas-latency.min": 3, "cas-latency.max": 7, "write-latency.p50": 9, "op-latency.min": 3, "op-latency.max": 20,
	} {
		if got[name] != want {
			t.Errorf("%s: got %v ms, want %v", name, got[name], want)
		}
	}
	if len(got) != 3*5 {
		t.Errorf("got %v, want the quantiles of cas-latency, write-latency and op-latency", got)
	}
}
