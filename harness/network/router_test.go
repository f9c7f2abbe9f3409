package network

import (
	"fmt"
	"gossipbench/harness/trial"
	"gossipbench/strategies/broadcast"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// script is a router with a clock of its own.
type script struct {
	*Router
	at  time.Duration
	got []string // arrivals: "5ms n0: a"
}

func newScript(t *testing.T, change func(*trial.Trial)) *script {
	t.Helper()
	trial := trial.Trial{
		Nodes: 3, Latency: 100 * ms, LatencyDist: "constant", Network: "maelstrom", Seed: 1,
	}
	if change != nil {
		change(&trial)
	}
	s := &script{}
	r, err := New(trial, trial.Workload != "g-set", func() time.Duration { return s.at }, func(m Message) bool {
		s.got = append(s.got, fmt.Sprintf("%v n%d: %s", s.at, m.Dest, m.Body))
		return string(m.Body) != "refused"
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Router = r
	return s
}

// to advances the time to then.
func (s *script) to(then time.Duration) {
	for s.Next() <= then {
		s.at = s.Next()
		s.Run()
	}
	s.at = then
}

func (s *script) say(src, dest Endpoint, body string) { s.Send(src, dest, []byte(body)) }

func (s *script) want(t *testing.T, want ...string) {
	t.Helper()
	s.to(time.Hour)
	if !slices.Equal(s.got, want) {
		t.Errorf("\n got %q\nwant %q", s.got, want)
	}
}

// TestStall: a stalled thread delivers nothing, neither the message that it has taken nor
// a client's, and takes no message until the stall ends. Other threads go on.
func TestStall(t *testing.T) {
	s := newScript(t, nil)
	s.say(1, 0, "taken")
	s.to(50 * ms)
	s.Stall(0, 130*ms)
	s.Stall(0, 120*ms) // within the other stall
	s.Stall(2, 80*ms)
	s.say(s.Client(0), 0, "client")
	s.say(s.Client(1), 1, "awake")
	s.say(s.Client(2), 2, "idle")
	s.say(1, 2, "later")
	s.to(140 * ms)
	s.say(s.Client(0), 0, "after")
	s.want(t, "50ms n1: awake", "80ms n2: idle", "130ms n0: taken", "130ms n0: client", "140ms n0: after", "150ms n2: later")
}

// TestRouterJitter: with jitter a message that a thread takes at once arrives within a
// millisecond after the 99th, and no two arrive at the same time. An ideal network has no
// jitter.
func TestRouterJitter(t *testing.T) {
	for _, network := range []string{"maelstrom", "ideal"} {
		s := newScript(t, func(t *trial.Trial) { t.Network = network })
		var arrived []time.Duration
		s.deliver = func(Message) bool {
			arrived = append(arrived, s.at)
			return true
		}
		s.Shake(ms/10, rand.New(rand.NewPCG(1, 2)))
		s.say(1, 0, "a")
		s.say(1, 0, "b")
		s.to(time.Second)
		if network == "ideal" {
			if !slices.Equal(arrived, []time.Duration{100 * ms, 100 * ms}) {
				t.Errorf("ideal: got %v, want both at 100ms", arrived)
			}
			continue
		}
		// When b is taken, less than 1 ms of its 100 ms is left: no whole ms.
		if len(arrived) != 2 || arrived[0] <= 99*ms || arrived[0] >= 100*ms || arrived[1] <= arrived[0] || arrived[1] >= 101*ms {
			t.Errorf("maelstrom: got %v, want two times, the first between 99ms and 100ms", arrived)
		}
	}
}

// TestHeadOfLine: a message in flight delays all messages behind it, even a client's,
// unless the network is ideal.
func TestHeadOfLine(t *testing.T) {
	for _, tt := range []struct {
		network string
		want    []string
	}{
		{"maelstrom", []string{"100ms n0: a", "100ms n0: client", "101ms n0: b"}},
		{"ideal", []string{"10ms n0: client", "100ms n0: a", "101ms n0: b"}},
	} {
		s := newScript(t, func(t *trial.Trial) { t.Network = tt.network })
		s.say(1, 0, "a")
		s.to(1 * ms)
		s.say(1, 0, "b")
		s.to(10 * ms)
		s.say(s.clients, 0, "client")
		s.want(t, tt.want...)
	}
}

// TestWholeMilliseconds: a thread sleeps whole milliseconds, so a message that has waited
// for it arrives up to one too early.
func TestWholeMilliseconds(t *testing.T) {
	s := newScript(t, nil)
	s.say(1, 0, "a")
	s.to(500 * time.Microsecond)
	s.say(1, 0, "b") // taken at 100 ms, half a ms before its deadline
	s.to(2500 * time.Microsecond)
	s.say(1, 0, "c") // taken at 100 ms too, two and a half ms before its deadline
	s.want(t, "100ms n0: a", "100ms n0: b", "102ms n0: c")
}

// TestCutWhenTaken: a partition drops messages that are taken while it lasts, whenever
// they were sent, and takes no time of the receiver. Dropped messages count as sent.
func TestCutWhenTaken(t *testing.T) {
	s := newScript(t, nil)
	s.say(1, 0, "taken before")
	s.to(50 * ms)
	s.say(1, 0, "waits")
	s.Cut("partition", Apart(3, []broadcast.NodeID{1}))
	s.say(0, 2, "not apart")
	s.say(2, 1, "apart")
	s.say(s.clients, 1, "clients are Never cut off")
	s.to(120 * ms) // "waits" was taken and dropped at 100 ms
	s.Cut("partition", nil)
	s.say(1, 0, "healed")
	s.want(t, "50ms n1: clients are Never cut off", "100ms n0: taken before", "150ms n2: not apart", "220ms n0: healed")
	if j := s.journal; j.servers != (count{5, 3}) || j.clients != (count{1, 1}) || j.all != (count{6, 4}) {
		t.Errorf("got %+v, want 5 and 3 between servers, 1 and 1 of clients", j)
	}
	if s.inFlight != 0 {
		t.Errorf("got %d bytes in flight, want none", s.inFlight)
	}
}

// TestOneWay: two faults at the same time each drop their own messages.
func TestOneWay(t *testing.T) {
	s := newScript(t, nil)
	s.Cut("one-way", Deaf(3, []broadcast.NodeID{0}))
	s.Cut("partition", Apart(3, []broadcast.NodeID{2}))
	s.say(1, 0, "unheard")
	s.say(2, 1, "apart")
	s.say(0, 1, "heard")
	s.Cut("partition", nil)
	s.say(1, 2, "heard, too")
	s.want(t, "100ms n1: heard", "100ms n2: heard, too")
}

func TestSlow(t *testing.T) {
	s := newScript(t, nil)
	s.Slow(true)
	s.say(1, 0, "slow")
	s.Slow(false)
	s.say(0, 1, "fast")
	s.want(t, "100ms n1: fast", "1s n0: slow")
}

// TestLossAndDuplicates: loss and duplication concern only messages between nodes. A lost
// message counts as sent; a duplicated one as sent once.
func TestLossAndDuplicates(t *testing.T) {
	const n = 1000
	for _, tt := range []struct {
		loss, duplicate   float64
		least, most, sent int
	}{
		{0, 0, n, n, n},
		{0.25, 0, 680, 820, n},  // 750 ± 5 · 13.7
		{0, 0.5, 1420, 1580, n}, // 1500 ± 5 · 15.8
		{1, 1, 0, 0, n},
	} {
		s := newScript(t, func(t *trial.Trial) { t.Loss, t.Duplicate = tt.loss, tt.duplicate })
		for range n {
			s.say(0, 1, "x")
			s.say(s.clients, 2, "y")
		}
		s.to(time.Hour)
		if j := s.journal; j.servers.sent != tt.sent || j.servers.received < tt.least || j.servers.received > tt.most || j.clients != (count{n, n}) {
			t.Errorf("loss %v, duplicate %v: got %+v, want %d sent, %d to %d received", tt.loss, tt.duplicate, j, tt.sent, tt.least, tt.most)
		}
	}
}

// TestRefused: a message to a node that is down is sent, but not received.
func TestRefused(t *testing.T) {
	s := newScript(t, nil)
	s.say(0, 1, "refused")
	s.want(t, "100ms n1: refused")
	if s.journal.servers != (count{1, 0}) {
		t.Errorf("got %+v, want one sent, none received", s.journal.servers)
	}
}

// TestServices: a service is behind the network like a node, and its messages count as
// messages between servers.
func TestServices(t *testing.T) {
	s := newScript(t, nil)
	kv, _ := s.Find([]byte("lin-kv"))
	tso, _ := s.Find([]byte("lin-tso"))
	s.say(0, kv, `{"type":"write","msg_id":1,"key":"k","value":7}`)
	s.say(2, tso, `{"type":"ts"}`)
	s.to(150 * ms)
	s.say(1, kv, `{"type":"read","msg_id":4,"key":"k"}`)
	s.want(t,
		`200ms n0: {"type":"write_ok","in_reply_to":1}`,
		`200ms n2: {"type":"ts_ok","ts":0}`,
		`350ms n1: {"type":"read_ok","in_reply_to":4,"value":7}`)
	if s.journal.servers != (count{6, 6}) || s.journal.busy[kv] != 4 {
		t.Errorf("got %+v, want 6 messages, 4 of them lin-kv's", s.journal)
	}
}

// TestAddMetrics: in 10 ops, 8 requests go to services and 8 answers come back. Three
// compare-and-sets are refused, one because the key is missing and two because of the
// value; other refused requests do not count. At the end two services each hold "k" and a
// digit, and disks hold 5 bytes.
func TestAddMetrics(t *testing.T) {
	s := newScript(t, func(t *trial.Trial) { t.Workload = "kafka" })
	kv, _ := s.Find([]byte("lin-kv"))
	seq, _ := s.Find([]byte("seq-kv"))
	for _, body := range []string{
		`{"type":"cas","key":"k","from":1,"to":2}`, `{"type":"write","key":"k","value":7}`,
		`{"type":"cas","key":"k","from":1,"to":2}`, `{"type":"cas","key":"k","from":7,"to":8}`,
		`{"type":"read","key":"none"}`, `{"type":"case","msg_id":1,"key":"k"}`,
	} {
		s.say(0, kv, body)
	}
	s.say(1, seq, `{"type":"write","key":"k","value":7}`)
	s.to(time.Second)
	s.say(1, seq, `{"type":"cas","key":"k","from":6,"to":9}`)
	s.say(0, 1, "between nodes")
	s.to(time.Hour)
	got := map[string]float64{}
	s.AddMetrics(got, 10, 5)
	for name, want := range map[string]float64{
		"cas-refused-per-op": 0.3, "msgs-per-op.services": 1.6, "store-bytes": 4 + 4 + 5, "store-bytes.disks": 5,
	} {
		if got[name] != want {
			t.Errorf("%s: got %v, want %v", name, got[name], want)
		}
	}
}

// TestUnknownDisks: if the size of the disks is unknown, the stored size is unknown.
func TestUnknownDisks(t *testing.T) {
	s := newScript(t, func(t *trial.Trial) { t.Workload = "kafka" })
	got := map[string]float64{}
	s.AddMetrics(got, 10, -1)
	if stored, has := got["store-bytes"]; has {
		t.Errorf("got %v bytes, want nothing", stored)
	}
	if _, has := got["cas-refused-per-op"]; !has {
		t.Errorf("got %v, want cas-refused-per-op", got)
	}
}

// TestNoStores: a workload without stores lacks the metrics of stores.
func TestNoStores(t *testing.T) {
	s := newScript(t, func(t *trial.Trial) { t.Workload = "g-set" })
	s.say(0, 1, "a")
	s.to(time.Hour)
	got := map[string]float64{}
	s.AddMetrics(got, 10, 0)
	if len(got) != 2 || got["busiest-node-share"] != 1 || got["bytes-per-op"] == 0 {
		t.Errorf("got %v, want busiest-node-share and bytes-per-op", got)
	}
}

func TestFind(t *testing.T) {
	s := newScript(t, nil)
	for _, name := range []string{"n0", "n2", "lin-kv", "seq-kv", "lww-kv", "lin-tso", "c0", "c123"} {
		e, ok := s.Find([]byte(name))
		if !ok || s.Name(e) != name {
			t.Errorf("%s: got %d, %v, whose name is %s", name, e, ok, s.Name(e))
		}
	}
	for _, name := range []string{"", "n", "n3", "n-1", "n01", "c", "c-1", "c99999999999", "lin", "N0"} {
		if e, ok := s.Find([]byte(name)); ok {
			t.Errorf("%q: got %s, want nobody", name, s.Name(e))
		}
	}
}

// TestLatencies: the distributions are Maelstrom's, in whole milliseconds.
func TestLatencies(t *testing.T) {
	s := newScript(t, func(t *trial.Trial) { t.Latency, t.LatencyDist, t.Network = 10*ms, "uniform", "ideal" })
	for range 1000 {
		s.say(0, 1, "x")
	}
	last := time.Duration(0)
	for s.Next() < Never {
		last = s.Next()
		s.to(last)
		if last%ms != 0 {
			t.Errorf("a message took %v, want whole milliseconds", last)
		}
	}
	if last != 19*ms {
		t.Errorf("got at most %v, want 19ms: uniform in 0 … 2·10−1", last)
	}
}

// BenchmarkRouter routes messages between 25 nodes, each with a hundred messages in
// flight.
func BenchmarkRouter(b *testing.B) {
	trial := trial.Trial{Nodes: 25, Latency: 100 * ms, LatencyDist: "constant", Network: "maelstrom", Seed: 1}
	at := time.Duration(0)
	r, err := New(trial, trial.Workload != "g-set", func() time.Duration { return at }, func(Message) bool { return true })
	if err != nil {
		b.Fatal(err)
	}
	body := []byte(`{"type":"rumor","values":[1234],"hops":3}`)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		at += 100 * ms / 2500
		r.Run()
		r.Send(Endpoint(i%25), Endpoint((i+1+i/25)%25), body)
		i++
	}
}
