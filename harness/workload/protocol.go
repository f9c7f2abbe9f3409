package workload

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"gossipbench/harness/checker"
	"gossipbench/harness/edn"
	"gossipbench/harness/history"
	"gossipbench/harness/trial"
	"gossipbench/node/wire"
	"gossipbench/strategies/server"
)

// Protocol is a workload as its clients speak it.
type Protocol struct {
	// Setup is what each client asks its node before the load: nothing where
	// its Type is "".
	Setup func(trial.Trial) (Request, error)
	// Idempotent reports whether an op changes nothing, so that it fails where
	// nobody knows what became of it; others are indeterminate. Maelstrom's
	// clients name such ops in with-errors.
	Idempotent func(f string) bool
	// Throws reports whether the client has no with-errors: each error that a
	// node answers, of whatever code, and each answer that does not come in time
	// end an op as indeterminate, reads too, with an exception.
	Throws bool
	// Reusable reports whether a client goes on after an op of which nobody knows
	// what became. Else it is closed, and a new one takes its thread.
	Reusable  bool
	Generator func(t trial.Trial, threads int) *Generator
	// Session returns the side of a client that begins.
	Session func() Session
	Checker func(trial.Trial) checker.Checker
	// Stores reports whether strategies may keep what they need in services or
	// on the nodes' disks.
	Stores bool
}

// HasFinal reports whether a trial's workload asks something after the recovery.
// Else its trial ends with its last op, without a heal or a pause, as Maelstrom's
// does: it has no :final-generator in src/maelstrom/core.clj. Workloads without
// clients have an end of their own, and it is true.
func HasFinal(t trial.Trial) bool {
	p, has := Protocols[t.Workload]
	return !has || p.Generator(t, 1).Final != nil
}

// Request is one that a client makes.
type Request struct {
	Type   string
	Fields wire.Fields
	// Keys are the fields that the answer has besides those that every answer
	// may have; none may be missing.
	Keys []string
}

// Ask is what a client asks of a node.
type Ask struct {
	F     string
	Value any  // as in history.Op
	Final bool // one of the reads after the recovery
	Extra []edn.Value
}

// Generator yields the ops of a trial. Times count from the start of the load.
type Generator struct {
	// Mix draws what a thread asks next, at the time now.
	Mix func(r *rand.Rand, now time.Duration, thread int) Ask
	// Among draws the threads that may do the next op, those from first up to end,
	// of which one must be free. If it is nil, all threads may.
	Among func(r *rand.Rand, free func(thread int) bool) (first, end int)
	// Final returns what a thread asks after the recovery, and when, at the time
	// now, when its last op was completed, or there was none and last is nil;
	// false for nothing more. It may be nil: then the trial ends with its load.
	Final func(thread int, now time.Duration, last *history.Op) (ask Ask, at time.Duration, more bool)
	// Completed is told how each op of the load ends. It may be nil.
	Completed func(history.Op)
}

// Session is a client's side of its ops: what it asks for each, request by
// request. A client is synchronous, so it has one op at a time.
type Session interface {
	// Begin returns the first request of an op; one without a Type if the client
	// does the op without asking anybody.
	Begin(Ask) Request
	// Heard takes the answer to the last request, which has all its keys, and
	// returns the next one, or else what the op's value has become.
	Heard(body []byte) (next *Request, value any, err error)
}

// Protocols has each workload that clients can ask, by its name.
var Protocols = map[string]Protocol{
	"broadcast":       broadcasts,
	server.Echo:       echoes,
	server.UniqueIDs:  uniqueIDs,
	server.GSet:       sets,
	server.GCounter:   counters(0),
	server.PNCounter:  counters(-5),
	server.LinKV:      registers,
	server.Kafka:      logs,
	server.RWRegister: transactions("w"),
	server.ListAppend: transactions("append"),
}

// Exchange is an op on its way: a request, an answer, perhaps more of both.
type Exchange struct {
	protocol *Protocol
	session  Session
	ask      Ask
	Request  Request // that is to be made; one without a Type needs none
}

// Begin begins an op.
func (p *Protocol) Begin(s Session, ask Ask) Exchange {
	return Exchange{protocol: p, session: s, ask: ask, Request: s.Begin(ask)}
}

// Heard takes what came of the last request: nil where nothing came in time. It
// returns false where Request has the next one to be made, else how the op has
// ended.
func (x *Exchange) Heard(m *wire.Message) (end history.Op, ended bool) {
	end = x.end()
	if m == nil {
		return x.failed(end, "timeout", false), true
	}
	if string(m.Type) == "error" {
		e := readError(m.Body)
		return x.failed(end, e.Error(), e.Code.Definite()), true
	}
	err := x.Request.Check(m)
	if err == nil {
		var next *Request
		var value any
		if next, value, err = x.session.Heard(m.Body); err == nil {
			if next != nil {
				x.Request = *next
				return history.Op{}, false
			}
			end.Type, end.Value = history.OK, value
			return end, true
		}
	}
	end.Type, end.Error, end.Extra = history.Info, "malformed answer: "+err.Error(), thrown("Malformed RPC response: "+err.Error())
	return end, true
}

// end is the op as it was asked.
func (x *Exchange) end() history.Op {
	return history.Op{F: x.ask.F, Value: x.ask.Value, Final: x.ask.Final, Extra: x.ask.Extra}
}

// failed ends an op by an error: of a definite one it is certain that it did not
// happen. Source: with-errors in src/maelstrom/client.clj.
func (x *Exchange) failed(end history.Op, words string, definite bool) history.Op {
	end.Type, end.Error = history.Info, words
	switch {
	case x.protocol.Throws:
		end.Extra = thrown(words)
	case definite || x.protocol.Idempotent(x.ask.F):
		end.Type = history.Fail
	}
	return end
}

// Unasked ends an op that needs no request. A client that crashes gives up, and a
// new one takes its place.
func (x *Exchange) Unasked() history.Op {
	end := x.end()
	end.Type = history.OK
	if x.ask.F == "crash" {
		end.Type = history.Info
	}
	return end
}

// thrown is what Jepsen has for an op whose client threw an exception.
func thrown(message string) []edn.Value {
	cause := edn.NewMap(
		edn.NewKeyword("type"), edn.NewSymbol("clojure.lang.ExceptionInfo"),
		edn.NewKeyword("message"), edn.NewString(message),
	)
	return []edn.Value{
		edn.NewKeyword("exception"),
		edn.NewMap(edn.NewKeyword("via"), edn.NewVector(cause)),
	}
}

// readError reads an error of a node, or the beginning of a long one. That its code is
// no number, and so no code that means anything, is said.
func readError(body []byte) *wire.Error {
	e := wire.ReadError(body)
	if code := wire.Field(body, "code"); code != nil {
		if _, ok := wire.Int(code); !ok {
			e.Text = fmt.Sprintf("(want an integer as code, got %s) %s", told(code), e.Text)
		}
	}
	e.Text = clip([]byte(e.Text))
	return e
}

// Check reports what is wrong with the form of an answer: a key too many, a key
// too few, a wrong type. Maelstrom's schemas allow only msg_id besides a
// workload's own keys.
func (r *Request) Check(m *wire.Message) error {
	if string(m.Type) != r.Type+"_ok" {
		return fmt.Errorf("want type %s_ok, got %s", r.Type, clip(m.Body))
	}
	found := 0 // bit i: key i
	for key, value := range wire.Members(m.Body) {
		switch i := slices.Index(r.Keys, string(key)); {
		case i >= 0:
			found |= 1 << i
		case string(key) == "msg_id":
			if _, ok := edn.ParseInteger(value); !ok {
				return fmt.Errorf("want msg_id to be an integer, got %s", told(value))
			}
		case string(key) != "type" && string(key) != "in_reply_to":
			return fmt.Errorf("want no key %s, got %s", clip(key), clip(m.Body))
		}
	}
	for i, key := range r.Keys {
		if found&(1<<i) == 0 {
			return fmt.Errorf("want a key %s, got %s", key, clip(m.Body))
		}
	}
	return nil
}

// clip shortens what a person is to read.
func clip(text []byte) string {
	const most = 200
	if len(text) <= most {
		return string(text)
	}
	return strings.ToValidUTF8(string(text[:most]), "") + "…"
}

// once is a Session whose ops are one request each.
type once struct {
	request func(Ask) Request
	value   func(ask Ask, body []byte) (any, error)
	ask     Ask
}

func (s *once) Begin(ask Ask) Request {
	s.ask = ask
	return s.request(ask)
}

func (s *once) Heard(body []byte) (*Request, any, error) {
	value, err := s.value(s.ask, body)
	return nil, value, err
}

func noSetup(trial.Trial) (Request, error) { return Request{}, nil }

// isRead is for workloads in which reads alone change nothing.
func isRead(f string) bool { return f == "read" }

// never is for workloads that take no op for one that changes nothing.
func never(string) bool { return false }

// readOnce is what a thread of most workloads asks after the recovery.
func readOnce(_ int, now time.Duration, last *history.Op) (ask Ask, at time.Duration, more bool) {
	return Ask{F: "read", Final: true}, now, last == nil
}
