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

// Protocol is the protocol between the clients and the nodes of a workload.
type Protocol struct {
	// Setup returns the request of each client to its node before the load. An empty Type
	// means none.
	Setup func(trial.Trial) (Request, error)
	// Idempotent reports whether an op changes nothing, so that it fails if its outcome
	// is unknown; other ops are indeterminate then. Maelstrom's clients name such ops in
	// with-errors.
	Idempotent func(f string) bool
	// Throws reports whether Maelstrom's client lacks with-errors: any error and any
	// time-out, of reads too, ends an op as indeterminate, with an exception.
	Throws bool
	// Reusable reports whether a client continues after an op with an unknown outcome.
	// Otherwise it is closed and its thread gets a new one.
	Reusable  bool
	Generator func(t trial.Trial, threads int) *Generator
	// Session returns the session of a new client.
	Session func() Session
	Checker func(trial.Trial) checker.Checker
	// Stores reports whether strategies may use services or the nodes' disks.
	Stores bool
}

// HasFinal reports whether the workload of a trial has final ops after the recovery. If
// not, the trial ends with its last op, without heal or recovery, as in Maelstrom if
// there is no :final-generator (src/maelstrom/core.clj). It is true for workloads without
// clients, which end in their own way.
func HasFinal(t trial.Trial) bool {
	p, has := Protocols[t.Workload]
	return !has || p.Generator(t, 1).Final != nil
}

// Request is a request of a client.
type Request struct {
	Type   string
	Fields wire.Fields
	// Keys are the fields that the answer must have, beside those that any answer may
	// have.
	Keys []string
}

// Ask is an op to be done.
type Ask struct {
	F     string
	Value any  // as in history.Op
	Final bool // it is an op after the recovery
	Extra []edn.Value
}

// Generator makes the ops of a trial. Times count from the start of the load.
type Generator struct {
	// Mix draws the next op of a thread at the time now.
	Mix func(r *rand.Rand, now time.Duration, thread int) Ask
	// Among draws the threads that may do the next op: those from first to end-1, one of
	// which must be free. If it is nil, all threads may.
	Among func(r *rand.Rand, free func(thread int) bool) (first, end int)
	// Final returns a thread's next op after the recovery and its time. now is the time
	// at which its last op completed; last is nil if there was none. more is false if
	// there is no further op. If Final is nil, the trial ends with its load.
	Final func(thread int, now time.Duration, last *history.Op) (ask Ask, at time.Duration, more bool)
	// Completed is called when an op of the load has ended. It may be nil.
	Completed func(history.Op)
}

// Session is the state of a client. A client is synchronous: it has one op at a time,
// which may need several requests.
type Session interface {
	// Begin returns the first request of an op. Its Type is empty if the op needs no
	// request.
	Begin(Ask) Request
	// Heard handles the answer to the last request, which has all its keys. It returns
	// the next request, or nil and the final value of the op.
	Heard(body []byte) (next *Request, value any, err error)
}

// Protocols are the protocols of all workloads with clients, by name.
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

// Exchange is an op in progress, with one request or several.
type Exchange struct {
	protocol *Protocol
	session  Session
	ask      Ask
	Request  Request // the next request; an empty Type means none
}

// Begin begins an op.
func (p *Protocol) Begin(s Session, ask Ask) Exchange {
	return Exchange{protocol: p, session: s, ask: ask, Request: s.Begin(ask)}
}

// Heard handles the answer to the last request; nil if none came in time. If ended is
// false, Request is the next request; otherwise end is the completion of the op.
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

// end returns the op as it was invoked.
func (x *Exchange) end() history.Op {
	return history.Op{F: x.ask.F, Value: x.ask.Value, Final: x.ask.Final, Extra: x.ask.Extra}
}

// failed ends an op with an error. After a definite error the op certainly did not
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

// Unasked ends an op that needs no request. A client that crashes is replaced by a new
// one.
func (x *Exchange) Unasked() history.Op {
	end := x.end()
	end.Type = history.OK
	if x.ask.F == "crash" {
		end.Type = history.Info
	}
	return end
}

// thrown returns what Jepsen writes if the client of an op threw an exception.
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

// readError parses a node's error and cuts a long text. If the code is not an integer,
// the text says so.
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

// Check returns what is wrong with the form of an answer: its type, or a missing or
// additional key. Maelstrom's schemas allow only msg_id beside the workload's keys.
func (r *Request) Check(m *wire.Message) error {
	if string(m.Type) != r.Type+"_ok" {
		return fmt.Errorf("want type %s_ok, got %s", r.Type, clip(m.Body))
	}
	found := 0 // bit i is set if key i was found
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

// clip cuts a text for a message.
func clip(text []byte) string {
	const most = 200
	if len(text) <= most {
		return string(text)
	}
	return strings.ToValidUTF8(string(text[:most]), "") + "…"
}

// once is a Session whose ops have one request each.
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

// isRead is Idempotent for workloads in which only reads change nothing.
func isRead(f string) bool { return f == "read" }

// never is Idempotent for workloads without idempotent ops.
func never(string) bool { return false }

// readOnce is Generator.Final of most workloads: one read by each thread.
func readOnce(_ int, now time.Duration, last *history.Op) (ask Ask, at time.Duration, more bool) {
	return Ask{F: "read", Final: true}, now, last == nil
}
