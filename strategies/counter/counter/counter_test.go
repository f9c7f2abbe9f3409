package counter

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"gossipbench/node/wire"
	"gossipbench/strategies/server"
)

// bench runs one node and records its actions as text. Its clock advances only as
// the test says.
type bench struct {
	t        *testing.T
	disk     server.Memory
	handlers server.Handlers
	now      time.Duration
	timers   []func()
	calls    []func(server.Message, *wire.Error)
	did      []string
}

// start starts node n1 of n1 and n2 with the current disk.
func start(t *testing.T, s server.Spec, disk server.Memory, raw map[string]string) *bench {
	t.Helper()
	params, errs := s.Check(raw)
	if errs != nil {
		t.Fatal(errs)
	}
	b := &bench{t: t, disk: disk}
	var err error
	b.handlers, err = s.New(params).Start(b, server.Config{
		Self: "n1", Nodes: []string{"n1", "n2"}, Disk: disk, Rand: rand.New(rand.NewPCG(1, 2)),
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Now implements server.Env.
func (b *bench) Now() time.Duration { return b.now }

// Send implements server.Env.
func (b *bench) Send(to, typ string, fields wire.Fields) {
	b.did = append(b.did, to+" "+typ+string(fields))
}

// Reply implements server.Env. It also records the content of the disk.
func (b *bench) Reply(_ server.Message, typ string, fields wire.Fields) {
	line := typ + string(fields)
	if kept, ok := b.disk.Get("n1"); ok {
		line += " disk " + string(kept)
	}
	b.did = append(b.did, line)
}

// Call implements server.Env.
func (b *bench) Call(to, typ string, fields wire.Fields, _ time.Duration, done func(server.Message, *wire.Error)) server.Handle {
	b.calls = append(b.calls, done)
	b.did = append(b.did, to+" "+typ+string(fields))
	return server.Handle(len(b.calls))
}

// After implements server.Env.
func (b *bench) After(_ time.Duration, f func()) server.Handle {
	b.timers = append(b.timers, f)
	return 1
}

// Cancel implements server.Env.
func (b *bench) Cancel(server.Handle) {}

// tell delivers a message, such as n2 sums {"sums":[0,1,5]}.
func (b *bench) tell(src, typ, body string) {
	b.handlers[typ](server.Message{Src: src, Type: typ, Body: []byte(body), IDs: wire.IDs{MsgID: 1, Request: true}})
}

// tick expires the pending timers.
func (b *bench) tick() {
	timers := b.timers
	b.timers = nil
	for _, f := range timers {
		f()
	}
}

// answer answers the oldest open call by a body or by an error code.
func (b *bench) answer(body string, code wire.Code) {
	done := b.calls[0]
	b.calls = b.calls[1:]
	if body == "" {
		done(server.Message{}, &wire.Error{Code: code})
	} else {
		done(server.Message{Body: []byte(body)}, nil)
	}
}

// want compares the actions since the last want.
func (b *bench) want(lines ...string) {
	b.t.Helper()
	if !slices.Equal(b.did, lines) {
		b.t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(b.did, "\n\t"), strings.Join(lines, "\n\t"))
	}
	b.did = nil
}

// TestOnDiskFirst tests that an acknowledged add is on disk, as a number of adds
// and a total. Two strategies need no other node for it.
func TestOnDiskFirst(t *testing.T) {
	for _, s := range []server.Spec{CRDT, SeqKV} {
		b := start(t, s, server.Memory{}, nil)
		b.tell("c1", "add", `{"delta":5}`)
		b.tell("c1", "add", `{"delta":-2}`)
		b.tell("c1", "read", `{}`)
		b.want("add_ok disk [1,5]", "add_ok disk [2,3]", `read_ok,"value":3 disk [2,3]`)
		b.tell("c1", "add", `{"delta":"5"}`)
		if len(b.did) != 1 || !strings.HasPrefix(b.did[0], `error,"code":12`) {
			t.Errorf("%s: a delta that is no integer: got %q", s.Name, b.did)
		}
	}
}

// TestRoundsBegin tests that a new node sends nothing before it receives something,
// since the others may not run. A restarted node begins by itself, since all may
// have been killed at once.
func TestRoundsBegin(t *testing.T) {
	for name, s := range map[string]server.Spec{"crdt": CRDT, "seqkv": SeqKV} {
		b := start(t, s, server.Memory{}, nil)
		b.tick()
		b.want()
		b.tell("c1", "add", `{"delta":5}`)
		b.did = nil
		if b.tick(); len(b.did) == 0 {
			t.Errorf("%s: no round after an add", name)
		}
		again := start(t, s, b.disk, nil)
		if again.tick(); len(again.did) == 0 {
			t.Errorf("%s: no round in a second life", name)
		}
		again.did = nil
		again.tell("c1", "read", `{}`)
		again.want(`read_ok,"value":5 disk [1,5]`)
	}
}

// TestCRDT tests that the newer sum of each node wins in any order, and that a node
// accepts no sum of its own from others.
func TestCRDT(t *testing.T) {
	b := start(t, CRDT, server.Memory{}, nil)
	b.tell("c1", "add", `{"delta":1}`)
	b.tell("n2", "sums", `{"sums":[1,3,30, 0,9,99]}`)
	b.tell("n2", "sums", `{"sums":[1,2,20]}`) // older
	for _, garbage := range []string{`{}`, `{"sums":[1,4]}`, `{"sums":[7,4,40]}`, `{"sums":[-1,4,40]}`, `{"sums":"x"}`} {
		b.tell("n2", "sums", garbage)
	}
	b.tell("c9", "sums", `{"sums":[1,5,50]}`) // a client
	b.tell("c1", "read", `{}`)
	b.want("add_ok disk [1,1]", `read_ok,"value":31 disk [1,1]`)
	b.tick()
	b.want(`n2 sums,"sums":[0,1,1,1,3,30]`)
}

// TestDeltas tests that a node sends a peer only sums that the peer may lack, and
// acknowledges the sums it receives.
func TestDeltas(t *testing.T) {
	b := start(t, CRDT, server.Memory{}, map[string]string{"payload": "delta"})
	b.tell("c1", "add", `{"delta":1}`)
	b.tick()
	b.want("add_ok disk [1,1]", `n2 sums,"sums":[0,1,1]`)
	b.tick()
	b.want(`n2 sums,"sums":[0,1,1]`) // the first may have been lost
	b.tell("n2", "sums_ok", `{"sums":[0,1,1]}`)
	b.tick()
	b.want()
	b.tell("n2", "sums", `{"sums":[1,2,20]}`)
	b.want(`n2 sums_ok,"sums":[1,2,20]`)
	b.tick()
	b.want()
}

// TestSeqKV tests that a node changes its key by compare-and-set from the state it
// knows, so that a delayed request overwrites nothing newer.
func TestSeqKV(t *testing.T) {
	b := start(t, SeqKV, server.Memory{}, nil)
	b.tell("c1", "add", `{"delta":5}`)
	b.did = nil
	b.tick()
	cas := `seq-kv cas,"key":"n1","from":[%s],"to":[%s],"create_if_not_exists":true`
	b.want("n2 wake", fmt.Sprintf(cas, "0,0", "1,5"), `seq-kv read,"key":"n2"`)
	b.answer("", wire.Timeout) // the sum may or may not be stored
	b.answer(`{"value":[4,40]}`, 0)
	b.tell("c1", "read", `{}`)
	b.want(`read_ok,"value":45 disk [1,5]`)
	b.tick() // with two nodes, every other round wakes the other one
	b.want(fmt.Sprintf(cas, "0,0", "1,5"), `seq-kv read,"key":"n2"`)
	b.answer("", wire.PreconditionFailed) // so the first was stored
	b.answer(`{"value":[3,30]}`, 0)       // a past state
	b.want(`seq-kv read,"key":"n1"`)
	b.answer(`{"value":[1,5]}`, 0)
	b.tell("c1", "read", `{}`)
	b.tell("c1", "add", `{"delta":1}`)
	b.want(`read_ok,"value":45 disk [1,5]`, "add_ok disk [2,6]")
	b.tick()
	b.want("n2 wake", fmt.Sprintf(cas, "1,5", "2,6"), `seq-kv read,"key":"n2"`)
}
