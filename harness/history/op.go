// Package history holds what clients saw of a cluster, op by op, and the
// checkers that judge it.
package history

import "time"

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
	// client put there.
	Value any
	Final bool   // one of the reads after the recovery
	Error string // why it is Fail or Info; empty where nobody said
}
