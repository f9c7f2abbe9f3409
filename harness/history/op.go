// Package history holds what clients observed of a cluster, as Jepsen records it: one Op
// a line. It reads and writes histories in EDN. Package checker judges them.
//
// Sources: jepsen/src/jepsen/history.clj in Jepsen 0.3.7, and histories that Maelstrom
// wrote.
package history

import (
	"fmt"
	"strings"
	"time"

	"gossipbench/harness/edn"
)

// Type is the stage of an op: its invocation, or one of three kinds of completion.
type Type uint8

// The types, named as in Jepsen.
const (
	Invoke Type = iota // a client sent a request
	OK                 // it succeeded
	Fail               // it certainly did not happen
	Info               // it may or may not have happened; also an action of the nemesis
)

func (t Type) String() string { return [...]string{"invoke", "ok", "fail", "info"}[t] }

// Nemesis is the Process of the nemesis.
const Nemesis = -1

// Op is one line of a history: the invocation or the completion of an op of one process.
// A process is a client. After an Info the process is not used again.
//
// Source: jepsen.history.Op.
type Op struct {
	Index   int
	Time    time.Duration // since the start of the test
	Type    Type
	Process int
	F       string // the kind of op: broadcast, read, …
	// Value depends on F: nil, int64, []int64, string, or a type of values.go; after
	// reading a history, edn.Value for everything else.
	Value any
	Final bool   // it is a read after the recovery
	Error string // why it is Fail or Info; empty if unknown
	// Extra are the other keys and values of the line, in turn: the error as it was
	// written, an exception, how long a poll waited.
	Extra []edn.Value
}

// Client reports whether a client did the op. Other processes are the nemesis.
func (op *Op) Client() bool { return op.Process >= 0 }

// Adds reports whether the op adds a value to the set that reads return. Jepsen's checker
// calls both kinds add.
func (op *Op) Adds() bool { return op.F == "broadcast" || op.F == "add" }

// ExtraOf returns the value of a key in Extra.
func (op *Op) ExtraOf(key string) edn.Value {
	for i := 0; i < len(op.Extra); i += 2 {
		if op.Extra[i].Is(key) {
			return op.Extra[i+1]
		}
	}
	return edn.Value{}
}

// Cause returns the value of Jepsen's key :error of an op.
func (op *Op) Cause() edn.Value {
	if written := op.ExtraOf("error"); written.Present() {
		return written
	}
	if op.Error == "" {
		return edn.NewNil()
	}
	return writtenError(op.Error)
}

// Requests reports whether the op sends a request to its node. A crash of a kafka client
// does not, nor does an assign from the beginning.
func (op *Op) Requests() bool {
	from, _ := op.ExtraOf("seek-to-beginning?").Bool()
	return op.F != "crash" && !from
}

// TimedOut reports whether the op ended because no answer came in time. It knows our
// error text and Maelstrom's.
//
// Source: with-errors and recv! in src/maelstrom/client.clj.
func (op *Op) TimedOut() bool {
	return op.Type != OK && op.Type != Invoke &&
		(op.Error == "timeout" || op.Error == "net-timeout" || strings.Contains(op.Error, "Client read timeout"))
}

// ValueOf returns an op's Value in EDN. It panics on a type that has no EDN form.
func ValueOf(v any) edn.Value {
	switch v := v.(type) {
	case nil:
		return edn.NewNil()
	case edn.Value:
		return v
	case interface{ EDN() edn.Value }:
		return v.EDN()
	case bool:
		return edn.NewBool(v)
	case int:
		return edn.NewInt(int64(v))
	case int64:
		return edn.NewInt(v)
	case float64:
		return edn.NewFloat(v)
	case string:
		return edn.NewString(v)
	case []int64:
		items := make([]edn.Value, len(v))
		for i, n := range v {
			items[i] = edn.NewInt(n)
		}
		return edn.NewVector(items...)
	case []string:
		items := make([]edn.Value, len(v))
		for i, s := range v {
			items[i] = edn.NewString(s)
		}
		return edn.NewVector(items...)
	}
	panic(fmt.Sprintf("history: an op's value of type %T has no form in EDN", v))
}
