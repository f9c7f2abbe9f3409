package native

import (
	"slices"
	"testing"
	"time"
)

func TestSpread(t *testing.T) {
	s := newSpread(3)
	ask := func(v string) []byte { return []byte(`{"type":"broadcast","message":` + v + `}`) }
	for _, arrival := range []struct {
		at   time.Duration
		node int
		from bool // a server
		body string
	}{
		{10, 0, false, `{"type":"broadcast","message":0}`},
		{20, 1, true, `{"type":"rumor","values":[0],"hops":1}`},
		{25, 1, true, `{"type":"rumor","values":[0],"hops":2}`}, // again
		{30, 1, false, `{"type":"broadcast","message":1}`},
		{40, 2, true, `{"type":"rumor","values":[7,-1,1, 0],"hops":2}`}, // 7 nobody has brought
		{50, 0, true, `{"type":"pull","seq":12,"values":[1]}`},
		{60, 0, false, `{"type":"broadcast","message":2}`}, // never gets anywhere
		{70, 1, true, `{"type":"ack","seq":2}`},
		{70, 1, true, `{"type":"rumor","hops":2}`},
		{70, 1, true, `{"type":"rumor","values":[20000000000000000002]}`},
		{80, 2, false, `{"type":"read"}`},
	} {
		s.arrive(arrival.node, arrival.from, []byte(arrival.body), arrival.at)
	}
	// 0 came at 10 and was everywhere at 40, 1 at 30 and at 50.
	if got := s.latencies(); !slices.Equal(got, []time.Duration{30, 20}) {
		t.Errorf("got %v, want 30 and 20", got)
	}
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
	s.broadcast(0, 1000, 0) // node 1 never knows all
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		s.message(1, body, 0)
	}
}
