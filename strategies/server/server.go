// Package server is the contract of a node that answers requests: what it is
// told, and the little that it may do about it. It holds no more than
// Maelstrom's protocol does, so any of its workloads can be written against it.
//
// A Service is a pure state machine. It has no goroutine, clock, lock, log,
// global or file, and lets no map order reach the network; time, messages and
// timers go through Env, chance through Config.Rand. So the same code runs in a
// node in real time and in a simulator in virtual time.
//
// Broadcast makes a Service of a broadcast.Strategy. A strategy of another
// workload is a Service of its own; see the example.
package server

import (
	"fmt"
	"math/rand/v2"
	"time"

	"gossipbench/node/wire"
)

// Service makes a node. Start is called once, when the node knows its name, and
// before anything else; what it returns is all that the node does from then on.
// An error says why the service cannot run in this cluster.
//
// Other nodes may not run yet when Start is called, and Maelstrom stops
// listening to a node that speaks to one that does not. So Start sends nothing,
// and neither does a timer that it sets, before a message has come in, or its disk
// shows that it has lived before.
type Service interface {
	Start(Env, Config) (Handlers, error)
}

// Config is what a service knows of its node.
type Config struct {
	Self  string
	Nodes []string // all of the cluster in the order of init, Self among them; only to be read
	Rand  *rand.Rand
	Disk  Disk // what the node kept in former lives, and keeps
}

// Disk is what a node keeps when its process is killed: a small map, in memory
// and on disk. What was put or deleted in a call of the service is on disk before
// anything that the service sends in that call, or later, leaves the node. It is
// never nil; a node that was given no place keeps what it puts for one life.
type Disk interface {
	// Get returns what is kept under key, only to be read, and whether
	// anything is.
	Get(key string) ([]byte, bool)
	// Put keeps a copy of value under key.
	Put(key string, value []byte)
	// Delete forgets what is kept under key, if anything is.
	Delete(key string)
	// Keys returns the keys under which anything is kept, sorted.
	Keys() []string
}

// Handlers are what a node does about a message of each type. Replies to its
// own calls are not among them: they go to who called. One goroutine at a time
// calls a handler, or anything else that the service gave to its Env.
type Handlers map[string]func(Message)

// Message is one that came in. It stays as it is and may be kept, say to reply
// to it later.
type Message struct {
	Src  string
	Type string
	Body []byte // a JSON object, to be read by wire.Field and wire.Members
	wire.IDs
}

// Env is all that a service can see or do outside itself. It is the same for
// the life of the node. The functions that it is given are called later, never
// before the call that gives them has returned.
type Env interface {
	// Now is the time since Start. It never goes back.
	Now() time.Duration
	// Send sends a message to a node, a service such as lin-kv, or a client.
	// It may be lost, delayed, duplicated or overtaken, and no one reports what
	// became of it. Like Reply and Call it copies fields.
	Send(to, typ string, fields wire.Fields)
	// Reply answers a request. It does nothing where the message asks for no
	// answer.
	Reply(request Message, typ string, fields wire.Fields)
	// Call sends a request and has done called once: with the reply; or with
	// the error that came instead, which is of code wire.Timeout where nothing
	// came in time. Replies that come late, or twice, are dropped. No two
	// requests of a node have one MsgID, in any of its lives; see Once.
	Call(to, typ string, fields wire.Fields, timeout time.Duration, done func(reply Message, err *wire.Error)) Handle
	// After calls f once, when d has passed.
	After(d time.Duration, f func()) Handle
	// Cancel forgets a timer or a call. It does nothing where that is over.
	Cancel(Handle)
}

// Handle names a timer or a call. The zero Handle names none.
type Handle uint64

// Fail answers a request with an error.
func Fail(env Env, request Message, code wire.Code, format string, args ...any) {
	e := wire.Error{Code: code, Text: fmt.Sprintf(format, args...)}
	env.Reply(request, "error", e.Fields())
}

// Handle has m handled. A request that no one handles is answered with an
// error; Handle reports false where m is another message that no one handles.
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
