package txn_test

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

// hop is the latency of a request or an answer.
const hop = time.Millisecond

// world is lin-kv in virtual time for any number of nodes. It records what reaches
// lin-kv, and what clients are answered.
type world struct {
	t      *testing.T
	store  map[string]string
	now    time.Duration
	events []event
	log    []string
	// fate returns the extra delay of a request; negative means lost. Nil means no
	// delay.
	fate  func(line string) time.Duration
	mute  func(line string) bool // whether the answer is lost; nil for never
	twice func(line string) bool // whether a second copy arrives, which alone is answered; nil for never
}

type event struct {
	at time.Duration
	f  func()
}

func (w *world) at(d time.Duration, f func()) { w.events = append(w.events, event{w.now + d, f}) }

// run advances the time.
func (w *world) run(d time.Duration) {
	end := w.now + d
	for {
		slices.SortStableFunc(w.events, func(a, b event) int { return int(a.at - b.at) })
		if len(w.events) == 0 || w.events[0].at > end {
			w.now = end
			return
		}
		next := w.events[0]
		w.events = w.events[1:]
		w.now = next.at
		next.f()
	}
}

// handle is lin-kv. A code of −1 means that it does not answer.
func (w *world) handle(typ string, body []byte) (string, wire.Code) {
	key, _ := wire.Text(wire.Field(body, "key"))
	now, has := w.store[key]
	switch {
	case typ == "read" && has:
		return now, -1
	case typ == "read", !has && wire.Field(body, "create_if_not_exists") == nil:
		return "null", wire.KeyDoesNotExist
	case has && now != string(wire.Field(body, "from")):
		return "null", wire.PreconditionFailed
	}
	w.store[key] = string(wire.Field(body, "to"))
	return "null", -1
}

// life is the Env of a node until it is killed. After that nothing reaches the
// node, but its requests may still be executed.
type life struct {
	*world
	name     string
	dead     bool
	handlers server.Handlers
}

// start starts the first life of a node.
func (w *world) start(s server.Spec, name string) *life {
	w.t.Helper()
	params, errs := s.Check(nil)
	if errs != nil {
		w.t.Fatal(errs)
	}
	l := &life{world: w, name: name}
	var err error
	l.handlers, err = s.New(params).Start(l, server.Config{
		Self: name, Nodes: []string{"n0", "n1"}, Disk: server.Memory{}, Rand: rand.New(rand.NewPCG(1, uint64(name[1]))),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return l
}

// ask sends a client's transaction.
func (l *life) ask(client, txn string) {
	l.handlers["txn"](server.Message{Src: client, Type: "txn", Body: []byte(`{"txn":` + txn + `}`), IDs: wire.IDs{MsgID: 1, Request: true}})
}

// Now implements server.Env.
func (l *life) Now() time.Duration { return l.now }

// Send implements server.Env.
func (l *life) Send(string, string, wire.Fields) { panic("nodes have nothing to say to each other") }

// Reply implements server.Env.
func (l *life) Reply(m server.Message, typ string, fields wire.Fields) {
	if typ == "error" {
		l.log = append(l.log, fmt.Sprintf("%s error %s", m.Src, wire.Field(braced(fields), "code")))
		return
	}
	l.log = append(l.log, fmt.Sprintf("%s %s", m.Src, wire.Field(braced(fields), "txn")))
}

// Call implements server.Env.
func (l *life) Call(_, typ string, fields wire.Fields, timeout time.Duration, done func(server.Message, *wire.Error)) server.Handle {
	body, over := braced(fields), false
	answer := func(m server.Message, err *wire.Error) {
		if !over && !l.dead {
			over = true
			done(m, err)
		}
	}
	key, _ := wire.Text(wire.Field(body, "key"))
	line := fmt.Sprintf("%s %s %s", l.name, typ, key)
	if typ == "cas" {
		line += " " + string(wire.Field(body, "to"))
	}
	l.at(timeout, func() { answer(server.Message{}, &wire.Error{Code: wire.Timeout}) })
	var late time.Duration
	if l.fate != nil {
		late = l.fate(line)
	}
	if late < 0 {
		return 0
	}
	mute := l.mute != nil && l.mute(line)
	copied := l.twice != nil && l.twice(line)
	l.at(hop+late, func() {
		if copied {
			l.handle(typ, body)
		}
		value, code := l.handle(typ, body)
		if typ == "cas" && code >= 0 {
			line += " refused"
		}
		l.log = append(l.log, line)
		if mute {
			return
		}
		l.at(hop, func() {
			if code >= 0 {
				answer(server.Message{}, &wire.Error{Code: code})
			} else {
				answer(server.Message{Body: []byte(`{"value":` + value + `}`)}, nil)
			}
		})
	})
	return 0
}

// After implements server.Env.
func (l *life) After(d time.Duration, f func()) server.Handle {
	l.at(d, func() {
		if !l.dead {
			f()
		}
	})
	return 0
}

// Cancel implements server.Env.
func (l *life) Cancel(server.Handle) {}

func braced(fields wire.Fields) []byte { return slices.Concat([]byte{'{'}, fields[1:], []byte{'}'}) }

// want compares everything recorded since the last want.
func (w *world) want(lines ...string) {
	w.t.Helper()
	w.compare(w.log, lines)
	w.log = nil
}

// answers compares the answers to clients since the last check.
func (w *world) answers(lines ...string) {
	w.t.Helper()
	w.compare(slices.DeleteFunc(w.log, func(line string) bool { return line[0] != 'c' }), lines)
	w.log = nil
}

func (w *world) compare(got, want []string) {
	w.t.Helper()
	if !slices.Equal(got, want) {
		w.t.Errorf("at %v got\n\t%s\nwant\n\t%s", w.now, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// holds compares the value of a key in lin-kv.
func (w *world) holds(key, want string) {
	w.t.Helper()
	if got := w.store[key]; got != want {
		w.t.Errorf("at %v %q holds %s, want %s", w.now, key, got, want)
	}
}

// always delays each request whose line has this prefix.
func always(prefix string, late time.Duration) func(string) time.Duration {
	return func(line string) time.Duration {
		if strings.HasPrefix(line, prefix) {
			return late
		}
		return 0
	}
}

// first delays only the first such request.
func first(prefix string, late time.Duration) func(string) time.Duration {
	met := false
	return func(line string) time.Duration {
		if met || !strings.HasPrefix(line, prefix) {
			return 0
		}
		met = true
		return late
	}
}
