package gossip

import (
	"fmt"
	"testing"
	"time"

	"gossipbench/node/wire"
	"gossipbench/strategies/server"
)

// place is the environment of a node. Its disk fails for good after left more puts;
// if left is negative, never.
type place struct {
	server.Memory
	left   int
	sent   []server.Message // to the other node
	answer []byte
	timers []func()
}

// died is the panic of a node that dies between two puts.
type died struct{}

func (p *place) Put(key string, value []byte) {
	if p.left == 0 {
		panic(died{})
	}
	p.left--
	p.Memory.Put(key, append([]byte(nil), value...))
}

func body(fields wire.Fields) []byte { return append(append([]byte{'{'}, fields[1:]...), '}') }

func (p *place) Now() time.Duration { return 0 }
func (p *place) Send(_, typ string, fields wire.Fields) {
	p.sent = append(p.sent, server.Message{Type: typ, Body: body(fields)})
}
func (p *place) Reply(_ server.Message, _ string, fields wire.Fields) { p.answer = body(fields) }
func (p *place) Call(string, string, wire.Fields, time.Duration, func(server.Message, *wire.Error)) server.Handle {
	panic("it has no business with services")
}
func (p *place) After(_ time.Duration, f func()) server.Handle {
	p.timers = append(p.timers, f)
	return 0
}
func (p *place) Cancel(server.Handle) {}

// boot starts a life of the node. Messages of the former life are lost.
func (p *place) boot(t *testing.T, self string) server.Handlers {
	t.Helper()
	p.sent, p.timers = nil, nil
	handlers, err := (&node{retry: time.Second, batch: 1}).Start(p, server.Config{Self: self, Nodes: []string{"n0", "n1"}, Disk: p})
	if err != nil {
		t.Fatal(err)
	}
	return handlers
}

// do executes a transaction and returns its answer, or nothing if the node died.
func (p *place) do(h server.Handlers, txn string) string {
	p.answer = nil
	untilDeath(func() { h["txn"](server.Message{Src: "c1", Body: fmt.Appendf(nil, `{"txn":%s}`, txn)}) })
	return string(wire.Field(p.answer, "txn"))
}

func untilDeath(f func()) {
	defer func() {
		if r := recover(); r != nil && r != (died{}) {
			panic(r)
		}
	}()
	f()
}

// TestDeathBetweenPuts tests that a node that dies between any two puts of a
// transaction keeps in its next life what it acknowledged, has all or nothing of
// that transaction, and sends the same to the other node, and whatever follows.
func TestDeathBetweenPuts(t *testing.T) {
	for cut := range 12 {
		a, b := &place{Memory: server.Memory{}, left: cut}, &place{Memory: server.Memory{}, left: -1}
		h := a.boot(t, "n0")
		acknowledged := 0
		for i := 1; i <= 3; i++ {
			if a.do(h, fmt.Sprintf(`[["w",1,%d],["w",2,%d]]`, i, i)) == "" {
				break
			}
			acknowledged = i
		}
		a.left = -1
		h = a.boot(t, "n0")
		last := a.do(h, `[["r",1,null],["r",2,null]]`)
		is := func(n int) bool { return last == fmt.Sprintf(`[["r",1,%d],["r",2,%d]]`, n, n) }
		if none := acknowledged == 0 && last == `[["r",1,null],["r",2,null]]`; !none && !is(acknowledged) && !is(acknowledged+1) {
			t.Errorf("cut %d: after %d transactions its next life reads %s", cut, acknowledged, last)
		}
		a.do(h, `[["w",3,9]]`)
		other := b.boot(t, "n1")
		for range 6 { // repetitions
			for _, f := range a.timers {
				a.timers = a.timers[1:]
				f()
			}
			for _, m := range a.sent {
				m.Src = "n0"
				other[m.Type](m)
			}
			a.sent = nil
			for _, m := range b.sent {
				m.Src = "n1"
				h[m.Type](m)
			}
			b.sent = nil
		}
		if got := b.do(other, `[["r",1,null],["r",2,null]]`); got != last {
			t.Errorf("cut %d: the other reads %s, want %s", cut, got, last)
		}
		if got := b.do(other, `[["r",3,null]]`); got != `[["r",3,9]]` {
			t.Errorf("cut %d: the other node reads %s of the later writes", cut, got)
		}
	}
}

// TestDeathBetweenTakingPuts tests the same for received writes.
func TestDeathBetweenTakingPuts(t *testing.T) {
	for cut := range 8 {
		a, b := &place{Memory: server.Memory{}, left: -1}, &place{Memory: server.Memory{}, left: cut}
		h := a.boot(t, "n0")
		a.do(h, `[["w",1,1],["w",2,1]]`)
		a.do(h, `[["w",1,2],["w",2,2]]`)
		other := b.boot(t, "n1")
		untilDeath(func() {
			for _, m := range a.sent {
				m.Src = "n0"
				other[m.Type](m)
			}
		})
		b.left = -1
		got := b.do(b.boot(t, "n1"), `[["r",1,null],["r",2,null]]`)
		if want := map[bool]string{true: `[["r",1,null],["r",2,null]]`, false: `[["r",1,1],["r",2,1]]`}[cut == 0]; got != want && (cut < 5 || got != `[["r",1,2],["r",2,2]]`) {
			t.Errorf("cut %d: its next life reads %s", cut, got)
		}
	}
}

// TestLiars tests that writes with another node's name or an impossible time are
// ignored: no write could come after the latest time of all.
func TestLiars(t *testing.T) {
	p := &place{Memory: server.Memory{}, left: -1}
	h := p.boot(t, "n0")
	for _, at := range []string{`{"Clock":18446744073709551615,"Node":1}`, `{"Clock":4611686018427387904,"Node":1}`, `{"Clock":5,"Node":0}`, `{"Clock":5,"Node":7}`} {
		h["writes"](server.Message{Src: "n1", Body: []byte(`{"writes":[{"Number":1,"At":` + at + `,"Values":{"1":5}}]}`)})
	}
	if got := p.do(h, `[["r",1,null],["w",1,2],["r",1,null]]`); got != `[["r",1,null],["w",1,2],["r",1,2]]` || len(p.sent) != 1 {
		t.Errorf("got %s, and %d messages, want one", got, len(p.sent))
	}
	h["writes"](server.Message{Src: "n1", Body: []byte(`{"writes":[{"Number":1,"At":{"Clock":4611686018427387903,"Node":1},"Values":{"1":5}}]}`)})
	p.do(h, `[["w",1,3]]`)
	if got := p.do(h, `[["r",1,null]]`); got != `[["r",1,3]]` {
		t.Errorf("got %s after its own write, want 3", got)
	}
}

// TestLargerCluster tests that the disk of a larger cluster is refused.
func TestLargerCluster(t *testing.T) {
	p := &place{Memory: server.Memory{"heard 7": []byte("1")}, left: -1}
	_, err := (&node{}).Start(p, server.Config{Self: "n0", Nodes: []string{"n0", "n1"}, Disk: p})
	if want := "disk: heard 7: want a node below 2: it is of a larger cluster"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
