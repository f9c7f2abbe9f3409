package checker

import (
	"gossipbench/harness/history"
	"strings"
	"testing"
	"time"
)

// TestDeliveries: one of four values did not arrive. Its time is that until the end of
// the trial; without it the maximum would be 30.
func TestDeliveries(t *testing.T) {
	d := &Deliveries{Took: []time.Duration{30 * time.Millisecond, 4 * time.Second, 10 * time.Millisecond, 20 * time.Millisecond},
		Undelivered: []Undelivered{{Value: 1, Lacking: 1, Nodes: []int{3}}}}
	metrics := map[string]float64{}
	d.AddMetrics(metrics)
	for name, want := range map[string]float64{"undelivered": 1, "delivery-latency.min": 10, "delivery-latency.p50": 30, "delivery-latency.max": 4000} {
		if metrics[name] != want {
			t.Errorf("%s: got %v, want %v", name, metrics[name], want)
		}
	}
	many := []Undelivered{{Value: 2, Lacking: 5, Nodes: []int{0, 1, 2, 3}}}
	for v := range int64(8) {
		many = append(many, Undelivered{Value: 10 + v, Lacking: 1, Nodes: []int{7}})
	}
	for _, tt := range []struct {
		all  []Undelivered
		want string
	}{
		{nil, ""},
		{d.Undelivered, "values undelivered: 1, which counts: 1 (at n3)"},
		{many, "values undelivered: 9, which counts: 2 (at n0, n1, n2, n3 and 1 more), 10 (at n7), 11 (at n7), 12 (at n7), 13 (at n7), 14 (at n7), and 3 more"},
	} {
		if got := strings.Join((&Deliveries{Undelivered: tt.all}).Warnings("which counts"), "|"); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
}

// TestUnansweredLatencies: two of five ops were answered after 1 and 2 ms, a read
// and a write waited 5 s without an answer, and one was refused after 3 ms, which does
// not count.
func TestUnansweredLatencies(t *testing.T) {
	var l Latencies
	at := time.Duration(0)
	op := func(f string, took time.Duration, typ history.Type, error string) {
		l.Add(history.Op{Type: history.Invoke, F: f, Time: at})
		at += took
		l.Add(history.Op{Type: typ, F: f, Time: at, Error: error})
	}
	op("read", time.Millisecond, history.OK, "")
	op("write", 2*time.Millisecond, history.OK, "")
	op("read", 5*time.Second, history.Fail, "timeout")
	op("write", 5*time.Second, history.Info, "net-timeout")
	op("read", 3*time.Millisecond, history.Fail, "error 11: not now")
	got := map[string]float64{}
	l.AddMetrics(got)
	for name, want := range map[string]float64{"op-latency.min": 1, "op-latency.p50": 5000, "op-latency.max": 5000,
		"read-latency.min": 1, "read-latency.p50": 5000, "write-latency.min": 2, "write-latency.max": 5000} {
		if got[name] != want {
			t.Errorf("%s: got %v, want %v", name, got[name], want)
		}
	}
}
