package proxy

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gossipbench/node/wire"
	"gossipbench/strategies/server"
	"gossipbench/strategies/servertest"
)

// script is an Env that records what the node does. A test answers its calls, the
// oldest first. Its clock advances only as the test says.
type script struct {
	server.Env
	t        *testing.T
	handlers server.Handlers
	now      time.Duration
	calls    []func(server.Message, *wire.Error)
	log      []string
}

func start(t *testing.T, disk server.Memory) *script {
	e := &script{t: t}
	params, _ := Spec.Check(nil)
	var err error
	if e.handlers, err = Spec.New(params).Start(e, server.Config{Self: "n0", Nodes: []string{"n0", "n1"}, Disk: disk}); err != nil {
		t.Fatal(err)
	}
	return e
}

func (e *script) Now() time.Duration { return e.now }

func (e *script) Call(to, typ string, fields wire.Fields, _ time.Duration, done func(server.Message, *wire.Error)) server.Handle {
	e.calls = append(e.calls, done)
	e.log = append(e.log, fmt.Sprintf("%s: %s%s", to, typ, fields))
	return 1
}

func (e *script) Reply(m server.Message, typ string, fields wire.Fields) {
	e.log = append(e.log, fmt.Sprintf("%s: %s%s", m.Src, typ, fields))
}

// ask sends a client's request, such as write {"key":1,"value":2}.
func (e *script) ask(src, request string) {
	typ, body, _ := strings.Cut(request, " ")
	e.handlers.Handle(e, server.Message{Src: src, Type: typ, Body: []byte(body), IDs: wire.IDs{MsgID: 1, Request: true}})
}

func (e *script) answer(body string, code wire.Code) {
	done := e.calls[0]
	e.calls = e.calls[1:]
	if body == "" {
		done(server.Message{}, &wire.Error{Code: code, Text: "no"})
	} else {
		done(server.Message{Body: []byte(body)}, nil)
	}
}

func (e *script) want(lines ...string) {
	e.t.Helper()
	if !slices.Equal(e.log, lines) {
		e.t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(e.log, "\n\t"), strings.Join(lines, "\n\t"))
	}
	e.log = nil
}

const (
	look  = `lin-kv: read,"key":"7"`
	first = `lin-kv: cas,"key":"7","from":null,"to":{"n":1,"value":2,"by":[["n0","0.1"]]},"create_if_not_exists":true`
)

// TestRequests tests that a read is one request, and a change a read and a
// compare-and-set. A request that changes nothing ends after the read.
func TestRequests(t *testing.T) {
	const cell = `{"value":{"n":4,"value":[2, 3],"by":[["n1","0.9"]]}}`
	for _, tt := range []struct {
		request, now string // lin-kv's answer to the read; "" for a missing key
		to           string // the compare-and-set, or ""
		want         string
	}{
		{`read {"key":7}`, cell, "", `c1: read_ok,"value":[2, 3]`},
		{`read {"key":7}`, "", "", `c1: error,"code":20,"text":"no such key"`},
		{`write {"key":7,"value":2}`, "", first, "c1: write_ok"},
		{`write {"key":7,"value":null}`, cell,
			`lin-kv: cas,"key":"7","from":{"n":4,"value":[2, 3],"by":[["n1","0.9"]]},"to":{"n":5,"value":null,"by":[["n1","0.9"],["n0","0.1"]]}`, "c1: write_ok"},
		{`cas {"key":7,"from":[2,3.0],"to":2}`, cell, "", `c1: error,"code":22,"text":"want [2,3.0], got [2, 3]"`},
		{`cas {"key":7,"from":[2,3],"to":2}`, cell,
			`lin-kv: cas,"key":"7","from":{"n":4,"value":[2, 3],"by":[["n1","0.9"]]},"to":{"n":5,"value":2,"by":[["n1","0.9"],["n0","0.1"]]}`, "c1: cas_ok"},
		{`cas {"key":7,"from":1,"to":2}`, "", "", `c1: error,"code":20,"text":"no such key"`},
		{`cas {"key":7,"from":1,"to":2,"create_if_not_exists":true}`, "", first, "c1: cas_ok"},
	} {
		e := start(t, server.Memory{})
		e.ask("c1", tt.request)
		e.want(look)
		e.answer(tt.now, wire.KeyDoesNotExist)
		if tt.to != "" {
			e.want(tt.to)
			e.answer(`{}`, 0)
		}
		e.want(tt.want)
	}
	e := start(t, server.Memory{})
	e.ask("c1", `write {"key":7}`)
	e.want(`c1: error,"code":12,"text":"write: want a key and a value"`)
}

// TestTwice tests a duplicated compare-and-set. Its second copy is refused, and the
// refusal may arrive first. It was done, whatever others have done since. If
// another node was faster, the change is repeated on its state.
func TestTwice(t *testing.T) {
	e := start(t, server.Memory{})
	e.ask("c1", `write {"key":7,"value":2}`)
	e.answer("", wire.KeyDoesNotExist)
	e.answer("", wire.PreconditionFailed)
	e.want(look, first, look)
	e.answer(`{"value":{"n":3,"value":9,"by":[["n0","0.1"],["n1","0.2"]]}}`, 0)
	e.want("c1: write_ok")

	e.ask("c1", `write {"key":7,"value":5}`)
	e.answer(`{"value":{"n":3,"value":9,"by":[["n0","0.1"],["n1","0.2"]]}}`, 0)
	e.answer("", wire.PreconditionFailed)
	e.log = nil
	e.answer(`{"value":{"n":4,"value":8,"by":[["n0","0.1"],["n1","0.3"]]}}`, 0)
	e.want(look)
	e.answer(`{"value":{"n":4,"value":8,"by":[["n0","0.1"],["n1","0.3"]]}}`, 0)
	e.want(`lin-kv: cas,"key":"7","from":{"n":4,"value":8,"by":[["n0","0.1"],["n1","0.3"]]},"to":{"n":5,"value":5,"by":[["n1","0.3"],["n0","0.3"]]}`)
}

// TestTogether tests that requests that arrive during a change are executed
// together, after another read, since the earlier read may be outdated for them.
func TestTogether(t *testing.T) {
	e := start(t, server.Memory{})
	e.ask("c1", `write {"key":7,"value":2}`)
	e.ask("c2", `cas {"key":7,"from":2,"to":3}`)
	e.ask("c3", `cas {"key":7,"from":2,"to":4}`)
	e.want(look)
	e.answer("", wire.KeyDoesNotExist)
	e.want(first)
	e.answer(`{}`, 0)
	e.want("c1: write_ok", look)
	e.answer(`{"value":{"n":1,"value":2,"by":[["n0","0.1"]]}}`, 0)
	e.want(`lin-kv: cas,"key":"7","from":{"n":1,"value":2,"by":[["n0","0.1"]]},"to":{"n":2,"value":3,"by":[["n0","0.2"]]}`)
	e.answer(`{}`, 0)
	e.want("c2: cas_ok", `c3: error,"code":22,"text":"want 2, got 3"`)
}

// TestNoAnswer tests that a client learns whether a request without an answer may
// have been done. A restarted node uses no name of its former life.
func TestNoAnswer(t *testing.T) {
	e := start(t, server.Memory{"life": []byte("3")})
	e.ask("c1", `read {"key":7}`)
	e.now = 5 * time.Second
	e.answer("", wire.Timeout)
	e.want(look, `c1: error,"code":11,"text":"lin-kv: no"`)

	e.ask("c1", `write {"key":7,"value":2}`)
	e.now = 10 * time.Second
	e.answer("", wire.Timeout)
	e.want(look, `c1: error,"code":11,"text":"lin-kv: no"`)

	e.ask("c1", `write {"key":7,"value":2}`)
	e.answer("", wire.KeyDoesNotExist)
	e.ask("c2", `write {"key":7,"value":3}`)
	e.now = 15 * time.Second
	e.answer("", wire.Timeout)
	e.want(look, strings.Replace(first, "0.1", "3.1", 1), `c1: error,"code":0,"text":"nobody knows whether the register was changed"`,
		`c2: error,"code":11,"text":"no change of the register in time"`)
}

// peers are the values that others may write to lin-kv, and its answers.
var peers = servertest.Grammar{
	"line":   {"<client>", "<client>", "<client>", "<answer>", "<write>", "k", "k", "t", "r"},
	"client": {`c{"type":"read","msg_id":1,"key":<n>}`, `c{"type":"write","msg_id":1,"key":<n>,"value":<value>}`, `c{"type":"cas","msg_id":1,"key":<n>,"from":<value>,"to":<value>}`},
	"write":  {`w{"key":"<n>","value":<cell>}`},
	"answer": {`a{"type":"read_ok","value":<cell>}`, `a{"type":"read_ok"}`, `a{"type":"cas_ok"}`, `a{"type":"error","code":<n>}`},
	"cell":   {`{"n":<n>,"value":<value>,"by":[["n0","0.<n>"]]}`, `{"n":<n>,"by":[]}`, `{"n":<n>,"value":<value>,"by":<n>}`, "<n>"},
	"value":  {"<n>", "<n>", `{ "a": [1, 2] }`, `"\ud800"`, "1.0"},
}

var scripts = []string{`c{"type":"write","msg_id":1,"key":1,"value":2}
k
w{"key":"1","value":{"n":18446744073709551615,"value":2,"by":[]}}
c{"type":"cas","msg_id":1,"key":1,"from":2,"to":3}
k
c{"type":"read","msg_id":1,"key":1}
k`}

func hostiles() []servertest.World { return []servertest.World{servertest.Of(Spec, nil)} }

// TestPeers tests that a node keeps running and sends only valid lines, whatever is
// in lin-kv.
func TestPeers(t *testing.T) { servertest.Run(t, hostiles(), scripts, peers, 1000) }

// FuzzPeers is TestPeers with scripts from the fuzzer.
func FuzzPeers(f *testing.F) { servertest.Fuzz(f, hostiles(), scripts, peers) }
