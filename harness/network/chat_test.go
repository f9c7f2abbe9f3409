package network

import (
	"strings"
	"testing"
	"time"

	"gossipbench/harness/network/services"
	"gossipbench/harness/trial"
	"gossipbench/node/wire"
	"gossipbench/strategies/broadcast"
)

// TestServicesIgnoreAnswers: a node may send a request in the name of a service, to another
// service or to the same one. The exchange ends with the answer: like Maelstrom's, a
// service does not treat an answer as a request, and does not answer it. It also ignores
// a message of unknown type without a msg_id.
func TestServicesIgnoreAnswers(t *testing.T) {
	for _, body := range []string{`{"type":"read","msg_id":1,"key":1}`, `{"type":"read","key":1}`, `{"type":"x","msg_id":[]}`, `{"type":"x"}`, `{"type":"ts","msg_id":1}`} {
		s := newScript(t, func(trial *trial.Trial) { trial.Latency = 0 })
		asked := 0
		s.Ended = func() bool { asked++; return asked > 1000 } // stops an endless exchange
		for src := s.nodes; src < s.clients; src++ {
			for dest := s.nodes; dest < s.clients; dest++ {
				s.SendFor(0, src, dest, []byte(body))
			}
		}
		s.to(time.Minute)
		if sent := s.Net().All.Send; sent > 3*len(services.Names)*len(services.Names) || s.InFlight() != 0 {
			t.Errorf("%s: %d messages were sent, and %d bytes are on their way", body, sent, s.InFlight())
		}
	}
}

// TestUnknownRequests: a service refuses an unknown request, but does not answer an
// answer.
func TestUnknownRequests(t *testing.T) {
	for body, want := range map[string]string{
		`{"type":"x","msg_id":"a"}`:                   `{"type":"error","in_reply_to":"a","code":10,"text":"no such request: x"}`,
		`{"type":"x"}`:                                "",
		`{"type":"read_ok","in_reply_to":3}`:          "",
		`{"type":"x","msg_id":1,"in_reply_to":3}`:     "",
		`{"type":"ts"}`:                               `{"type":"ts_ok","ts":0}`, // as in Maelstrom, which writes in_reply_to null
		`{"type":"ts","msg_id":2,"in_reply_to":3}`:    `{"type":"ts_ok","in_reply_to":2,"ts":0}`,
		`{"type":"ts","msg_id":18446744073709551616}`: `{"type":"ts_ok","in_reply_to":18446744073709551616,"ts":0}`,
	} {
		s := newScript(t, func(trial *trial.Trial) { trial.Latency = 0 })
		dest, _ := s.Find([]byte("lin-tso"))
		s.say(0, dest, body)
		s.to(time.Minute)
		if got := strings.Join(s.got, "; "); !strings.HasSuffix(got, want) || (got == "") != (want == "") {
			t.Errorf("%s: got %q, want %q", body, got, want)
		}
	}
}

// TestInTheNameOfClients: if a node sends a request in the name of a client, the router
// delivers the service's answer to the client.
func TestInTheNameOfClients(t *testing.T) {
	var got []Message
	trial := trial.Trial{Nodes: 2, LatencyDist: "constant", Network: "maelstrom", Seed: 1}
	r, err := New(trial, trial.Workload != "g-set", func() time.Duration { return 0 }, func(m Message) bool {
		got = append(got, m)
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	dest, _ := r.Find([]byte("lin-tso"))
	r.SendFor(1, r.Client(5), dest, []byte(`{"type":"ts","msg_id":"x"}`))
	r.Run()
	if len(got) != 1 || got[0].Dest != r.Client(5) || got[0].Cause != 1 || string(got[0].Body) != `{"type":"ts_ok","in_reply_to":"x","ts":0}` {
		t.Errorf("got %v", got)
	}
	if net := r.Net(); net.Clients.Send != 2 || net.Clients.Recv != 2 || net.Servers.Send != 0 {
		t.Errorf("got %+v, want two messages of a client", net)
	}
}

// FuzzRoute: whatever nodes send, in whatever name, routing terminates and leaves no
// bytes in flight, and the number of answers is bounded by the size of the messages and
// of the stores.
func FuzzRoute(f *testing.F) {
	for _, lines := range []string{
		`{"src":"n0","dest":"n1","body":{"type":"x"}}`,
		`{"src":"lin-kv","dest":"seq-kv","body":{"type":"read","key":1,"msg_id":[]}}`,
		`{"src":"c1","dest":"lww-kv","body":{"type":"write","key":{"a":1},"value":1e400,"msg_id":"\ud800"}}` + "\n" + `{"src":"n2","dest":"lww-kv","body":{"type":"cas","key":{"a":1},"from":0,"to":[]}}`,
		`{"src":"n0","dest":"lin-tso","body":{"type":"ts","msg_id":1,"in_reply_to":2}}` + "\n" + `{"src":"n1","dest":"n1","body":{}}`,
	} {
		f.Add(lines, uint8(0))
		f.Add(lines, uint8(7))
	}
	f.Fuzz(func(t *testing.T, lines string, options uint8) {
		trial := trial.Trial{Nodes: 3, Latency: time.Duration(options&1) * ms, LatencyDist: "constant", Network: "maelstrom", Seed: 1}
		if options&2 != 0 {
			trial.Network = "ideal"
		}
		if options&4 != 0 {
			trial.Loss, trial.Duplicate = 0.2, 0.2
		}
		said, arrived, now := 0, 0, time.Duration(0)
		r, err := New(trial, trial.Workload != "g-set", func() time.Duration { return now }, func(m Message) bool {
			var w wire.Message
			if err := w.ParseBody(m.Body); err != nil {
				t.Fatalf("%s came to %s: %v", m.Body, "a node", err)
			}
			arrived += len(m.Body)
			return m.Dest != 1 // node 1 is down
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(lines, "\n") {
			var m wire.Message
			if m.Parse([]byte(line)) != nil || m.Body == nil {
				continue
			}
			src, isSrc := r.Find(m.Src)
			dest, isDest := r.Find(m.Dest)
			if !isSrc || !isDest || r.Number(dest) >= 0 { // a message from a node to a client
				continue
			}
			said += len(m.Body) + 200
			r.SendFor(Endpoint(0), src, dest, m.Body)
		}
		for next := r.Next(); next != Never; next = r.Next() {
			now = max(now, next)
			r.Run()
		}
		held := r.InFlight()
		for node := range broadcast.NodeID(trial.Nodes) {
			held += r.CausedBy(node)
		}
		if held != 0 {
			t.Fatalf("%d bytes are held in the end", held)
		}
		if arrived > 3*said*(1+strings.Count(lines, "\n")) { // each may read what another wrote, and be duplicated
			t.Fatalf("%d bytes came of %d", arrived, said)
		}
	})
}
