package sim

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"gossipbench/node/wire"
	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/server"
)

// sender is a strategy that sends a message when it is brought a value.
type sender struct {
	broadcast.Strategy
	values  broadcast.Set
	to      broadcast.NodeID
	message broadcast.Message
}

func (s *sender) Start(broadcast.Env)                            {}
func (s *sender) Values() *broadcast.Set                         { return &s.values }
func (s *sender) Broadcast(env broadcast.Env, _ broadcast.Value) { env.Send(s.to, s.message) }

// printer is the Env of a node that prints what it sends to nodes.
type printer struct {
	server.Env
	self string
	line []byte
}

func (p *printer) Now() time.Duration                        { return 0 }
func (p *printer) Reply(server.Message, string, wire.Fields) {}
func (p *printer) Send(to, typ string, fields wire.Fields) {
	p.line = wire.AppendMessage(nil, p.self, to, typ, wire.IDs{}, fields)
}

// TestBytes compares the length that is counted with that of the line that a
// real node prints.
func TestBytes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	names := make([]string, 2000)
	for i := range names {
		names[i] = fmt.Sprintf("n%d", i)
	}
	for range 300 {
		m := broadcast.Message{Kind: broadcast.Kind(r.IntN(2)), Hops: int32(r.IntN(3) * r.IntN(20)), Seq: r.Uint64() >> r.IntN(65), Ack: r.Uint64() >> r.IntN(65)}
		if r.IntN(2) == 0 {
			m.Age = time.Duration(r.Int64()>>r.IntN(64)) * time.Duration(1-2*r.IntN(2))
		}
		for range r.IntN(5) {
			m.Values = append(m.Values, broadcast.Value(r.Int64()>>r.IntN(64))*broadcast.Value(1-2*r.IntN(2)))
		}
		from, to := broadcast.NodeID(r.IntN(len(names))), broadcast.NodeID(r.IntN(len(names)))
		spec := broadcast.Spec{
			Kinds:   []string{"rumor", "ack"},
			Numbers: []broadcast.Kind{1},
			New:     func(broadcast.Config, broadcast.Params) broadcast.Strategy { return &sender{to: to, message: m} },
		}
		p := &printer{self: names[from]}
		b := server.Broadcast{Spec: spec, Graph: func(n int) ([][]broadcast.NodeID, error) { return make([][]broadcast.NodeID, n), nil }}
		handlers, err := b.Start(p, server.Config{Self: p.self, Nodes: names})
		if err != nil {
			t.Fatal(err)
		}
		handlers.Handle(p, server.Message{Src: "c1", Type: "broadcast", Body: []byte(`{"type":"broadcast","message":0}`)})
		if got := uint64(measure(&m, &spec)) + nameLen(from) + nameLen(to); got != uint64(len(p.line)) {
			t.Fatalf("%s: counted %d bytes, want %d", p.line, got, len(p.line))
		}
	}
}

// TestNameLen: names grow where IDs do in decimal, whatever they do in binary.
func TestNameLen(t *testing.T) {
	for ten := int64(1); ten <= math.MaxInt32; ten *= 10 {
		for _, id := range []int64{ten - 1, ten, ten + 1, 2*ten - 1, min(9*ten, math.MaxInt32)} {
			if got, want := nameLen(broadcast.NodeID(id)), len(fmt.Sprintf("n%d", id)); got != uint64(want) {
				t.Errorf("nameLen(%d): got %d, want %d", id, got, want)
			}
		}
	}
}

// TestMessagesAreHeld: entries of equal messages are shared as long as somebody
// holds them, and used for others afterwards.
func TestMessagesAreHeld(t *testing.T) {
	s := messages{spec: &broadcast.Spec{Kinds: []string{"rumor"}}}
	one, two := broadcast.Message{Values: []broadcast.Value{1}}, broadcast.Message{Values: []broadcast.Value{2}}
	same := broadcast.Message{Values: []broadcast.Value{1}}
	long := broadcast.Message{Values: []broadcast.Value{1, 2}}
	a, b, c, d := s.hold(&one), s.hold(&two), s.hold(&same), s.hold(&long)
	if a != c || a == b || d == a || d == b {
		t.Errorf("got entries %d, %d, %d, %d, want the first and third alike", a, b, c, d)
	}
	s.release(a)
	if got := s.all[c].Values[0]; got != 1 {
		t.Errorf("held once more: got %d, want 1", got)
	}
	s.release(c)
	if e := s.hold(&long); e == a || e != d {
		t.Errorf("the very message again: got entry %d, want %d", e, d)
	}
	other := broadcast.Message{Values: []broadcast.Value{3}}
	if e := s.hold(&other); e != a || s.all[e].Values[0] != 3 {
		t.Errorf("got entry %d, want the free one, %d", e, a)
	}
	if e := s.hold(&one); e == a {
		t.Errorf("an entry with another message was found for its former one")
	}
}
