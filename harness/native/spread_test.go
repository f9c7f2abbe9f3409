package native

import (
	"context"
	"gossipbench/harness/checker"
	"gossipbench/harness/trial"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestSpread(t *testing.T) {
	s := newSpread(3)
	ask := func(v string) []byte { return []byte(`{"type":"broadcast","message":` + v + `}`) }
	for _, arrival := range []struct {
		at   time.Duration
		node int
		from bool // true: a server; false: a client
		body string
	}{
		{10, 0, false, `{"type":"broadcast","message":0}`},
		{20, 1, true, `{"type":"rumor","values":[0],"hops":1}`},
		{25, 1, true, `{"type":"rumor","values":[0],"hops":2}`}, // again
		{30, 1, false, `{"type":"broadcast","message":1}`},
		{40, 2, true, `{"type":"rumor","values":[7,-1,1, 0],"hops":2}`}, // no client broadcast 7
		{50, 0, true, `{"type":"pull","seq":12,"values":[1]}`},
		{60, 0, false, `{"type":"broadcast","message":2}`}, // reaches no other node
		{70, 1, true, `{"type":"ack","seq":2}`},
		{70, 1, true, `{"type":"rumor","hops":2}`},
		{70, 1, true, `{"type":"rumor","values":[20000000000000000002]}`},
		{80, 2, false, `{"type":"read"}`},
	} {
		s.arrive(arrival.node, arrival.from, []byte(arrival.body), arrival.at)
	}
	check := func(when string, took []time.Duration, undelivered ...checker.Undelivered) {
		t.Helper()
		if got, want := s.deliveries(100), (&checker.Deliveries{Took: took, Undelivered: undelivered}); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %v, want %v", when, got, want)
		}
	}
	// 0 came at 10 and reached all at 40; 1 came at 30 and reached all at 50. 2 came at
	// 60, and two nodes lack it at the end, at 100.
	check("in the end", []time.Duration{30, 20, 40}, checker.Undelivered{Value: 2, Lacking: 2, Nodes: []int{1, 2}})
	// 2 reaches both at 90. n0, which had all three, is killed and gets 0 again.
	s.arrive(1, true, []byte(`{"type":"rumor","values":[2]}`), 90)
	s.arrive(2, true, []byte(`{"type":"rumor","values":[2]}`), 90)
	s.forget(0)
	s.arrive(0, true, []byte(`{"type":"rumor","values":[0]}`), 97)
	check("after a kill", []time.Duration{30, 70, 40},
		checker.Undelivered{Value: 1, Lacking: 1, Nodes: []int{0}}, checker.Undelivered{Value: 2, Lacking: 1, Nodes: []int{0}})
	// It gets the others, too. What counts is when the last node first had them.
	s.arrive(0, true, []byte(`{"type":"rumor","values":[1,2]}`), 99)
	check("after it was told again", []time.Duration{30, 20, 30})
	s.arrive(0, false, ask("-1"), 90)
	s.arrive(0, false, ask("1e9"), 90)
	s.arrive(0, false, ask("1099511627776"), 90)
	if got := len(s.values); got != 3 {
		t.Errorf("got %d values, want 3: what is out of range is not followed", got)
	}
}

// BenchmarkSpread reads the messages of a push of all values.
func BenchmarkSpread(b *testing.B) {
	s := newSpread(2)
	body := []byte(`{"type":"rumor","values":[`)
	for v := range 1000 {
		s.broadcast(0, int64(v), 0)
		if v > 0 {
			body = append(body, ',')
		}
		body = append(body, []byte{'0' + byte(v/100), '0' + byte(v/10%10), '0' + byte(v%10)}...)
	}
	body = append(body, `]}`...)
	s.broadcast(0, 1000, 0) // node 1 never has all values
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		s.message(1, body, 0)
	}
}

// TestUndelivered: if every message between nodes is lost, each value counts with the
// time until the end of the trial, and a warning names it and the nodes that lack it.
// Without losses there is no warning.
func TestUndelivered(t *testing.T) {
	for _, loss := range []float64{0, 1} {
		tr := quick("honest")
		tr.Loss, tr.RPCTimeout = loss, 5*time.Second
		r, err := New(Options{}).Run(context.Background(), tr)
		if err != nil {
			t.Fatal(err)
		}
		broadcasts, warned := r.Metrics["broadcasts"], strings.Join(r.Warnings, "\n")
		switch told := strings.Contains(warned, "values undelivered: "); {
		case broadcasts == 0 || told != (loss == 1):
			t.Errorf("loss %v: %v broadcasts, warnings %q", loss, broadcasts, r.Warnings)
		case r.Metrics[trial.Undelivered] != loss*broadcasts:
			t.Errorf("loss %v: %v of %v undelivered", loss, r.Metrics[trial.Undelivered], broadcasts)
		case loss == 1 && r.Metrics["delivery-latency.min"] < float64(tr.Recovery.Milliseconds()):
			t.Errorf("the last value counts as %v ms, which is less than what followed it", r.Metrics["delivery-latency.min"])
		}
	}
}
