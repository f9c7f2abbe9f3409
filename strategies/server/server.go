// Package server is the contract of a node that answers requests: its inputs, and
// the few effects it may have. It covers Maelstrom's protocol, so any workload of
// Maelstrom can be implemented with it.
//
// A Service is a pure state machine. It has no goroutine, clock, lock, log, global
// or file, and map order never reaches the network. Time, messages and timers go
// through Env, chance through Config.Rand. So the same code runs in a node in real
// time and in a simulator in virtual time.
//
// Broadcast makes a Service of a broadcast.Strategy. A strategy of another workload
// is its own Service; see the example.
package server

import (
	"fmt"
	"math/rand/v2"
	"time"

	"gossipbench/node/wire"
)

// Service makes a node. Start is called once, before anything else, when the node
// knows its name. The node does nothing but what Start returns. An error says why
// the service cannot run in this cluster.
//
// When Start is called, other nodes may not run yet, and Maelstrom drops a node
// that sends to one that does not run. So Start sends nothing, and neither does a
// timer that it sets, unless a message has arrived since or the disk shows a former
// life.
type Service interface {
	Start(Env, Config) (Handlers, error)
}

// Config is what a service knows about its node.
type Config struct {
	Self  string
	Nodes []string // the whole cluster in the order of init, with Self; read only
	Rand  *rand.Rand
	Disk  Disk // survives restarts of the node
}

// Disk is a small map that survives when the process of its node is killed. What a
// call of the service puts or deletes is on disk before anything that this call or
// a later one sends leaves the node. It is never nil; without a place on disk it
// lasts for one life.
type Disk interface {
	// Get returns the value of key, read only, and reports whether there is one.
	Get(key string) ([]byte, bool)
	// Put stores a copy of value under key.
	Put(key string, value []byte)
	// Delete removes key, if it exists.
	Delete(key string)
	// Keys returns the keys, sorted.
	Keys() []string
}

// Handlers handle messages by their types. They do not receive replies to the
// node's own calls. Calls of handlers, timers and replies never overlap.
type Handlers map[string]func(Message)

// Message is a received message. It never changes and may be kept, for example to
// reply later.
type Message struct {
	Src  string
	Type string
	Body []byte // a JSON object, for wire.Field and wire.Members
	wire.IDs
}

// Env is all that a service can observe or do. It is the same for the whole life of
// the node. It calls the functions it is given later, never before it has returned.
type Env interface {
	// Now is the time since Start. It never goes back.
	Now() time.Duration
	// Send sends a message to a node, a service such as lin-kv, or a client. The
	// network may lose, delay, duplicate or reorder it, and nothing reports that.
	// Like Reply and Call it copies fields.
	Send(to, typ string, fields wire.Fields)
	// Reply answers a request. It does nothing if the message expects no answer.
	Reply(request Message, typ string, fields wire.Fields)
	// Call sends a request. It calls done once, with the reply or with an error,
	// which has the code wire.Timeout if nothing arrived in time. Late and
	// duplicate replies are dropped. No two requests of a node have the same MsgID,
	// over all its lives; see Once.
	Call(to, typ string, fields wire.Fields, timeout time.Duration, done func(reply Message, err *wire.Error)) Handle
	// After calls f once, after d.
	After(d time.Duration, f func()) Handle
	// Cancel cancels a timer or a call. It does nothing if that has ended.
	Cancel(Handle)
}

// Handle identifies a timer or a call. The zero Handle identifies none.
type Handle uint64

// Fail answers a request with an error.
func Fail(env Env, request Message, code wire.Code, format string, args ...any) {
	e := wire.Error{Code: code, Text: fmt.Sprintf(format, args...)}
	env.Reply(request, "error", e.Fields())
}

// Handle calls the handler of m. It answers a request without a handler by an
// error. It returns false for any other message without a handler.
func (h Handlers) Handle(env Env, m Message) bool {
	if f := h[m.Type]; f != nil {
		f(m)
		return true
	}
	if !m.Request {
		return false
	}
	Fail(env, m, wire.NotSupported, "no such request: %q", m.Type)
	return true
}
