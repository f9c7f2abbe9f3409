// Package kv is a client of Maelstrom's key-value services for a network that
// loses, delays and duplicates requests.
//
// A duplicated write overwrites the writes between its copies. A duplicated
// compare-and-set may first be answered by the refusal of its second copy. So
// strategies change a key by an Attempt: a compare-and-set from a state that never
// recurs to a state that names its writer. A second copy then fails, and a node
// that was refused reads the key to find the outcome.
package kv

import (
	"time"

	"gossipbench/node/wire"
	"gossipbench/strategies/server"
)

// Store is a client of one service.
type Store struct {
	Env  server.Env
	Name string // such as lin-kv
	// Wait is the timeout of one request.
	Wait time.Duration
}

// Get reads a key. It asks again until somebody answers or the time is until. The
// value of a missing key is nil.
func (s Store) Get(key string, until time.Duration, then func(value []byte, err *wire.Error)) {
	s.Env.Call(s.Name, "read", wire.Fields(nil).Text("key", key), s.Wait, func(reply server.Message, err *wire.Error) {
		switch {
		case err == nil:
			then(wire.Field(reply.Body, "value"), nil)
		case err.Code == wire.KeyDoesNotExist:
			then(nil, nil)
		case err.Code == wire.Timeout && s.Env.Now() < until:
			s.Get(key, until, then)
		default:
			then(nil, &wire.Error{Code: wire.TemporarilyUnavailable, Text: s.Name + ": " + err.Text})
		}
	})
}

// Swap compares and sets a key. From is nil for a missing key. If err is nil, the
// value was set. Otherwise, even after a refusal, it may have been set, or may be
// set later.
func (s Store) Swap(key string, from, to []byte, then func(*wire.Error)) {
	fields := wire.Fields(nil).Text("key", key)
	if from == nil {
		fields = fields.Raw("from", []byte("null")).Raw("to", to).Raw("create_if_not_exists", []byte("true"))
	} else {
		fields = fields.Raw("from", from).Raw("to", to)
	}
	s.Env.Call(s.Name, "cas", fields, s.Wait, func(_ server.Message, err *wire.Error) { then(err) })
}

// Fate is the outcome of an Attempt.
type Fate uint8

const (
	Open Fate = iota // unknown: it may have been done, or may be done later
	Done
	Dead // it was not done and never will be
)

// Attempt is a compare-and-set from one state of a key to the next. No state may
// recur: each must contain something that only grows, and its writer.
type Attempt struct {
	Key      string
	From, To []byte // From is nil for a key that is missing
	// Fate returns the outcome that a state shows. The state is nil for a missing
	// key. For a state before From, which seq-kv may show, Fate must return Open.
	Fate func(now []byte) Fate
	// Until is the time to give up.
	Until time.Duration
	// Pause returns the wait between a refusal and the read of the key. It may be
	// nil.
	Pause func() time.Duration
}

// Try makes an attempt, several times if necessary. It calls then with the fate and
// the state that showed it. Open means that it gave up at a.Until.
func (s Store) Try(a Attempt, then func(fate Fate, now []byte)) {
	s.Swap(a.Key, a.From, a.To, func(err *wire.Error) {
		switch {
		case err == nil:
			then(Done, a.To)
		case s.Env.Now() >= a.Until:
			then(Open, nil)
		case a.Pause != nil:
			s.Env.After(a.Pause(), func() { s.find(a, then) })
		default:
			s.find(a, then)
		}
	})
}

// find determines the outcome of an attempt without an answer or with a refusal. A
// refusal too may belong to a second copy of the request.
func (s Store) find(a Attempt, then func(fate Fate, now []byte)) {
	s.Get(a.Key, a.Until, func(now []byte, err *wire.Error) {
		if err != nil {
			then(Open, nil)
			return
		}
		switch fate := a.Fate(now); {
		case fate != Open:
			then(fate, now)
		case s.Env.Now() >= a.Until:
			then(Open, nil)
		default: // a second attempt does no harm
			s.Try(a, then)
		}
	})
}
