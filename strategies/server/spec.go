package server

import (
	"gossipbench/strategies/param"
)

// The workloads that have their own Services, by Maelstrom's names. Broadcast uses
// a broadcast.Strategy, and g-set may.
const (
	Echo       = "echo"
	UniqueIDs  = "unique-ids"
	GSet       = "g-set"
	GCounter   = "g-counter"
	PNCounter  = "pn-counter"
	LinKV      = "lin-kv"
	Kafka      = "kafka"
	RWRegister = "txn-rw-register"
	ListAppend = "txn-list-append"
)

// Spec describes a strategy of a workload other than broadcast.
type Spec struct {
	Workloads []string // workloads that it answers, by the names above
	Name      string
	Doc       string // one sentence, without its full stop
	Source    string // paper, article or documentation, and section
	// Promise says what holds under all faults, in one sentence without its full
	// stop: a consistency model, and which nodes stay available.
	Promise string
	Params  []param.Decl
	// Refuse returns why legal parameters cannot be combined. It may be nil.
	Refuse func(param.Values) error
	// New makes a node. It panics if Check did not return the Values.
	New func(param.Values) Service
}

// Check adds defaults to raw. It returns all mistakes in raw, or else the error of
// Refuse.
func (s Spec) Check(raw map[string]string) (param.Values, []error) {
	return param.Check(s.Name, s.Params, s.Refuse, raw)
}
