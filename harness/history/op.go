// Package history holds what clients saw of a cluster, op by op, as Jepsen records
// it: one Op a line. It reads and writes histories in EDN; package checker judges
// them.
//
// Sources: jepsen/src/jepsen/history.clj in Jepsen 0.3.7, and histories that
// Maelstrom wrote.
package history

import (
	"fmt"
	"strings"
	"time"

	"gossipbench/harness/edn"
)

// Type is the stage of an op that a line of a history tells of.
type Type uint8

// The types, as Jepsen has them.
const (
	Invoke Type = iota // a client asked
	OK                 // it was answered
	Fail               // it certainly did not happen
	Info               // it may or may not have happened; also: the nemesis acted
)

func (t Type) String() string { return [...]string{"invoke", "ok", "fail", "info"}[t] }

// Nemesis is the Process of the faults.
const Nemesis = -1

// Op is one line of a history: the invocation or the completion of an op, by
// one process. A process is a client; one whose op ended in Info never returns.
//
// Source: jepsen.history.Op.
type Op struct {
	Index   int
	Time    time.Duration // since the start of the test
	Type    Type
	Process int
	F       string // what was asked: broadcast, read, …
	// Value depends on F: nil, int64, []int64, string, or what the workload's
	// client put there; edn.Value of a line that holds anything else.
	Value any
	Final bool   // one of the reads after the recovery
	Error string // why it is Fail or Info; empty where nobody said
	// Extra are the keys and values, in turn, that a line has besides: the
	// error as it was written, an exception, how long a poll waited.
	Extra []edn.Value
}

// Client reports whether a client did it. Other processes are faults.
func (op *Op) Client() bool { return op.Process >= 0 }

// Adds reports whether the op adds a value to the set that reads return. To
// Jepsen's checker it is always an add.
func (op *Op) Adds() bool { return op.F == "broadcast" || op.F == "add" }

// ExtraOf returns what the line has under another key.
func (op *Op) ExtraOf(key string) edn.Value {
	for i := 0; i < len(op.Extra); i += 2 {
		if op.Extra[i].Is(key) {
			return op.Extra[i+1]
		}
	}
	return edn.Value{}
}

// Cause returns what Jepsen has under :error of an op.
func (op *Op) Cause() edn.Value {
	if written := op.ExtraOf("error"); written.Present() {
		return written
	}
	if op.Error == "" {
		return edn.NewNil()
	}
	return writtenError(op.Error)
}

// Requests reports whether an op asks its node anything. A crash of kafka's clients
// does not, nor does an assign from the beginning.
func (op *Op) Requests() bool {
	from, _ := op.ExtraOf("seek-to-beginning?").Bool()
	return op.F != "crash" && !from
}

// TimedOut reports whether an op ended because no answer came in time. It knows our
// word for that and Maelstrom's.
//
// Source: with-errors and recv! in src/maelstrom/client.clj.
func (op *Op) TimedOut() bool {
	return op.Type != OK && op.Type != Invoke &&
		(op.Error == "timeout" || op.Error == "net-timeout" || strings.Contains(op.Error, "Client read timeout"))
}

// valueOf returns what an op's Value is in EDN. It panics where that is of a type
// that has no form there.
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
