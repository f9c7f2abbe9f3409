// Package servertest runs a server.Service against scripts of arbitrary messages.
// Fuzz targets and random tests use it.
//
// A script has one line for each event at n0, one of three nodes:
//
//	1{"type":"sums",…}       n1 sends it; 2 is n2, 0 is n0 itself, c is client c1
//	a{"type":"read_ok",…}    answers its oldest open call
//	k                        key-value stores answer its open calls, and the calls
//	                         that follow from the answers
//	w{"key":…,"value":…}     somebody writes it to all stores
//	t                        a second passes
//	r                        it is killed and restarts
//
// Lines that are not messages of the protocol are skipped, as hosts do.
package servertest

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"gossipbench/node/wire"
	"gossipbench/strategies/server"
)

// World is a service under test.
type World struct {
	Name string
	New  func() server.Service
	// Answer checks an answer to the client, in addition to the checks of Play. It
	// may be nil.
	Answer func(typ string, body []byte) error
}

// The bounds of a script. Chosen: longer scripts help no fuzzer.
const (
	mostLines = 200
	mostCalls = 500 // answered by one line k
)

var nodes = []string{"n0", "n1", "n2"}

// stores are the stores that answer. No strategy uses lin-tso.
var stores = []string{"lin-kv", "seq-kv", "lww-kv"}

// Play runs a script. It returns an error if the node breaks the contract: it does
// not restart from its disk, panics, or sends an invalid line or a line to an
// unknown receiver.
func (w World) Play(script []byte) (err error) {
	e := &env{World: w, Memory: server.Memory{}, store: map[string][]byte{}}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	e.start()
	lines := bytes.Split(script, []byte{'\n'})
	for _, line := range lines[:min(len(lines), mostLines)] {
		if e.err == nil && len(line) > 0 {
			e.play(line[0], line[1:])
		}
	}
	if e.err == nil {
		e.start()
		e.wait(10 * time.Second)
	}
	return e.err
}

// env is the world as n0 sees it.
type env struct {
	World
	server.Memory // its disk
	on            server.Handlers
	now           time.Duration
	last          server.Handle
	pending       map[server.Handle]pending
	store         map[string][]byte
	err           error
}

// pending is a timer or an open call.
type pending struct {
	due    time.Duration
	f      func()
	to     string
	typ    string
	body   []byte
	answer func(server.Message, *wire.Error)
}

func (e *env) fail(format string, args ...any) {
	if e.err == nil {
		e.err = fmt.Errorf(format, args...)
	}
}

// start begins a new life.
func (e *env) start() {
	e.now, e.pending = 0, map[server.Handle]pending{}
	on, err := e.New().Start(e, server.Config{Self: "n0", Nodes: nodes, Rand: rand.New(rand.NewPCG(1, 1)), Disk: e.Memory})
	if err != nil {
		e.fail("does not start: %v", err)
	}
	e.on = on
}

// play runs one line.
func (e *env) play(who byte, text []byte) {
	switch who {
	case 't':
		e.wait(e.now + time.Second)
		return
	case 'r':
		e.start()
		return
	case 'k':
		e.serveAll()
		return
	}
	var m wire.Message
	if m.Parse(wire.AppendEnvelope(nil, "x", "n0", text)) != nil {
		return
	}
	in := server.Message{Src: "c1", Type: string(m.Type), Body: m.Body, IDs: m.IDs}
	switch who {
	case 'w':
		if key, value := wire.Field(m.Body, "key"), wire.Field(m.Body, "value"); key != nil && value != nil {
			e.store[string(key)] = bytes.Clone(value)
		}
		return
	case 'a':
		h, p := e.first(true)
		switch {
		case h == 0:
			return
		case in.Type == "error":
			delete(e.pending, h)
			p.answer(server.Message{}, wire.ReadError(m.Body))
		default:
			delete(e.pending, h)
			in.Src = p.to
			p.answer(in, nil)
		}
		return
	case '0', '1', '2':
		in.Src = nodes[who-'0']
	}
	if in.Type != "init" { // the host handles init
		e.on.Handle(e, in)
	}
}

// first returns the oldest call, or the timer or call that is due first.
func (e *env) first(calls bool) (h server.Handle, first pending) {
	for other, p := range e.pending {
		switch {
		case calls && p.answer == nil:
		case h == 0, calls && other < h, !calls && (p.due < first.due || p.due == first.due && other < h):
			h, first = other, p
		}
	}
	return h, first
}

// wait advances the time to until.
func (e *env) wait(until time.Duration) {
	for e.err == nil {
		h, p := e.first(false)
		if h == 0 || p.due > until {
			break
		}
		e.now = max(e.now, p.due)
		delete(e.pending, h)
		p.f()
	}
	e.now = max(e.now, until)
}

// serveAll answers calls to stores, the oldest first.
func (e *env) serveAll() {
	for range mostCalls {
		h, first := server.Handle(0), pending{}
		for other, p := range e.pending {
			if p.answer != nil && slices.Contains(stores, p.to) && (h == 0 || other < h) {
				h, first = other, p
			}
		}
		if h == 0 || e.err != nil {
			return
		}
		delete(e.pending, h)
		first.answer(e.serve(first.typ, first.body))
	}
}

// serve is a linearizable store. It compares values as bytes.
func (e *env) serve(typ string, body []byte) (server.Message, *wire.Error) {
	key := string(wire.Field(body, "key"))
	value, there := e.store[key]
	switch {
	case typ == "write":
		e.store[key] = bytes.Clone(wire.Field(body, "value"))
	case typ == "cas" && !there && wire.Field(body, "create_if_not_exists") == nil, typ == "read" && !there:
		return server.Message{}, &wire.Error{Code: wire.KeyDoesNotExist, Text: "key does not exist"}
	case typ == "cas" && there && !bytes.Equal(value, wire.Field(body, "from")):
		return server.Message{}, &wire.Error{Code: wire.PreconditionFailed, Text: "another value is there"}
	case typ == "cas":
		e.store[key] = bytes.Clone(wire.Field(body, "to"))
	}
	return server.Message{Src: "lin-kv", Type: typ + "_ok", Body: append(append([]byte(`{"value":`), value...), '}')}, nil
}

// Now implements server.Env.
func (e *env) Now() time.Duration { return e.now }

// Send implements server.Env.
func (e *env) Send(to, typ string, fields wire.Fields) { e.sent(to, typ, fields) }

// Reply implements server.Env.
func (e *env) Reply(m server.Message, typ string, fields wire.Fields) {
	if m.Request {
		e.sent(m.Src, typ, fields)
	}
}

// Call implements server.Env.
func (e *env) Call(to, typ string, fields wire.Fields, timeout time.Duration, done func(server.Message, *wire.Error)) server.Handle {
	h := e.After(timeout, func() { done(server.Message{}, &wire.Error{Code: wire.Timeout, Text: "no reply in time"}) })
	p := e.pending[h]
	p.to, p.typ, p.body, p.answer = to, typ, e.sent(to, typ, fields), done
	e.pending[h] = p
	return h
}

// After implements server.Env.
func (e *env) After(d time.Duration, f func()) server.Handle {
	e.last++
	e.pending[e.last] = pending{due: e.now + d, f: f}
	return e.last
}

// Cancel implements server.Env.
func (e *env) Cancel(h server.Handle) { delete(e.pending, h) }

// sent checks a line that n0 sends, and returns its body.
func (e *env) sent(to, typ string, fields wire.Fields) []byte {
	line := wire.AppendMessage(nil, "n0", to, typ, wire.IDs{}, fields)
	line = line[:len(line)-1]
	var m wire.Message
	if err := m.Parse(line); err != nil || bytes.ContainsRune(line, '\n') {
		e.fail("sends what is no line of the protocol: %v: %.300q", err, line)
		return nil
	}
	if !slices.Contains(nodes, to) && !slices.Contains(stores, to) && !strings.HasPrefix(to, "c") {
		e.fail("sends to %q, which does not exist: %.300q", to, line)
	}
	if to == "c1" && e.Answer != nil {
		if err := e.Answer(string(m.Type), m.Body); err != nil {
			e.fail("answers a client %.300q: %w", line, err)
		}
	}
	return m.Body
}
