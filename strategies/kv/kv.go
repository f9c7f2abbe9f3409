// Package kv asks Maelstrom's key-value services, in a network that loses, delays
// and doubles requests.
//
// A plain write that is delivered twice overwrites what came between, and of a
// compare-and-set that is delivered twice the refusal of the second copy may
// arrive first. So strategies change a key by an Attempt: a compare-and-set from
// a state that never comes again to one that says who wrote it. A second copy
// finds another state, and whoever was refused reads what became of it.
package kv

import (
	"time"

	"gossipbench/node/wire"
	"gossipbench/strategies/server"
)

// Store is one of the services.
type Store struct {
	Env  server.Env
	Name string // such as lin-kv
	// Wait is how long the service has to answer before it is asked again.
	Wait time.Duration
}

// Get reads a key, and asks again until somebody answers or it is late. The value
// of a missing key is nil.
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

// Swap compares and sets a key. From is nil for a key that is missing. Without an
// error the value was set. With one, even a refusal, it may have been set all the
// same, or be set later.
func (s Store) Swap(key string, from, to []byte, then func(*wire.Error)) {
	fields := wire.Fields(nil).Text("key", key)
	if from == nil {
		fields = fields.Raw("from", []byte("null")).Raw("to", to).Raw("create_if_not_exists", []byte("true"))
	} else {
		fields = fields.Raw("from", from).Raw("to", to)
	}
	s.Env.Call(s.Name, "cas", fields, s.Wait, func(_ server.Message, err *wire.Error) { then(err) })
}

// Fate is what became of an Attempt.
type Fate uint8

const (
	Open Fate = iota // it may yet be done, or was done unseen
	Done
	Dead // it was not done, and never will be
)

// Attempt is a compare-and-set from one state of a key to the next. No state may
// come twice: each must hold something that only grows, and who wrote it.
type Attempt struct {
	Key      string
	From, To []byte // From is nil for a key that is missing
	// Fate says of a state that was read, nil for a missing key, what became of
	// the attempt. Open is the right answer about a state before From, which
	// seq-kv may show.
	Fate func(now []byte) Fate
	// Until is when to give up.
	Until time.Duration
	// Pause returns how long to wait after a refusal before the key is read. It
	// may be nil.
	Pause func() time.Duration
}

// Try makes an attempt, if need be again and again, and tells its fate, and the
// state that showed it. Where the fate is Open it is late.
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

// find finds out what became of an attempt that was not answered, or refused. Even
// a refusal may be that of a second copy of the request.
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
		default: // it does no harm twice
			s.Try(a, then)
		}
	})
}
