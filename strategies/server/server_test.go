package server_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gossipbench/node/wire"
	"gossipbench/strategies/server"
)

const second = time.Second

// script is an Env that records the actions of a service, a line each. Its clock
// advances only in wait.
type script struct {
	t        *testing.T
	handlers server.Handlers
	now      time.Duration
	timers   []timer
	calls    map[server.Handle]func(server.Message, *wire.Error)
	last     server.Handle
	log      []string
}

type timer struct {
	at     time.Duration
	handle server.Handle
	f      func()
}

// start starts node n1 of n0, n1, n2, n3.
func start(t *testing.T, s server.Service) *script {
	t.Helper()
	e := &script{t: t, calls: map[server.Handle]func(server.Message, *wire.Error){}}
	handlers, err := s.Start(e, server.Config{Self: "n1", Nodes: []string{"n0", "n1", "n2", "n3"}})
	if err != nil {
		t.Fatal(err)
	}
	e.handlers = handlers
	return e
}

func (e *script) Now() time.Duration { return e.now }

func (e *script) Send(to, typ string, fields wire.Fields) {
	e.note("%s: %s%s", to, typ, fields)
}

// note records a message. The body must be JSON on one line.
func (e *script) note(format, to, typ string, fields wire.Fields) {
	body := `{"type":""` + string(fields) + `}`
	if !json.Valid([]byte(body)) || strings.Contains(body, "\n") {
		e.t.Errorf("%s to %s with a body that is not JSON on one line: %q", typ, to, fields)
	}
	e.log = append(e.log, fmt.Sprintf(format, to, typ, fields))
}

func (e *script) Reply(m server.Message, typ string, fields wire.Fields) {
	if m.Request {
		e.note(fmt.Sprintf("%%s: reply %d: %%s%%s", m.MsgID), m.Src, typ, fields)
	}
}

func (e *script) Call(to, typ string, fields wire.Fields, timeout time.Duration, done func(server.Message, *wire.Error)) server.Handle {
	h := e.After(timeout, func() { done(server.Message{}, &wire.Error{Code: wire.Timeout, Text: "no reply in time"}) })
	e.calls[h] = done
	e.note(fmt.Sprintf("%%s: call %d: %%s%%s", h), to, typ, fields)
	return h
}

func (e *script) After(d time.Duration, f func()) server.Handle {
	e.last++
	e.timers = append(e.timers, timer{e.now + d, e.last, f})
	return e.last
}

func (e *script) Cancel(h server.Handle) {
	delete(e.calls, h)
	e.timers = slices.DeleteFunc(e.timers, func(t timer) bool { return t.handle == h })
}

// wait advances the time by d.
func (e *script) wait(d time.Duration) {
	end := e.now + d
	for {
		slices.SortStableFunc(e.timers, func(a, b timer) int { return cmp.Compare(a.at, b.at) })
		if len(e.timers) == 0 || e.timers[0].at > end {
			e.now = end
			return
		}
		first := e.timers[0]
		e.timers = e.timers[1:]
		e.now = first.at
		first.f()
	}
}

// hear delivers a body from src.
func (e *script) hear(src, body string) {
	e.t.Helper()
	var m wire.Message
	line := wire.AppendEnvelope(nil, src, "n1", []byte(body))
	if err := m.Parse(line); err != nil {
		e.t.Fatalf("%s: %v", body, err)
	}
	message := server.Message{Src: src, Type: string(m.Type), Body: m.Body, IDs: m.IDs}
	if m.Reply {
		h := server.Handle(m.InReplyTo)
		done := e.calls[h]
		e.Cancel(h)
		if message.Type == "error" {
			done(server.Message{}, wire.ReadError(m.Body))
		} else {
			done(message, nil)
		}
		return
	}
	if !e.handlers.Handle(e, message) {
		e.log = append(e.log, "ignored "+message.Type)
	}
}

// want compares the actions since the last want.
func (e *script) want(lines ...string) {
	e.t.Helper()
	if got, want := strings.Join(e.log, "\n"), strings.Join(lines, "\n"); got != want {
		e.t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	e.log = nil
}

func TestEcho(t *testing.T) {
	e := start(t, echo{})
	e.hear("c1", `{"type":"echo","msg_id":7,"echo":{"a":[1,"é"]}}`)
	e.want(`c1: reply 7: echo_ok,"echo":{"a":[1,"é"]}`)
	e.hear("c1", `{"type":"generate","msg_id":8}`)
	e.want(`c1: reply 8: error,"code":10,"text":"no such request: \"generate\""`)
	e.hear("n2", `{"type":"rumor"}`)
	e.want("ignored rumor")
}

func TestRegister(t *testing.T) {
	e := start(t, &register{})
	for i, answer := range []struct{ reply, want string }{
		{`{"type":"read_ok","in_reply_to":1,"value":[3]}`, `c1: reply 1: read_ok,"value":[3]`},
		{`{"type":"error","in_reply_to":2,"code":20,"text":"no x"}`, `c1: reply 2: error,"code":20,"text":"lin-kv: no x"`},
		{``, `c1: reply 3: error,"code":0,"text":"lin-kv: no reply in time"`},
	} {
		id := i + 1
		e.last = server.Handle(i)
		e.hear("c1", fmt.Sprintf(`{"type":"read","msg_id":%d}`, id))
		e.want(fmt.Sprintf(`lin-kv: call %d: read,"key":"x"`, id))
		if answer.reply != "" {
			e.hear("lin-kv", answer.reply)
		}
		e.wait(2 * second)
		e.want(answer.want)
	}
}
