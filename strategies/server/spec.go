package server

import (
	"gossipbench/strategies/param"
)

// The workloads that are a Service of their own, by the names that Maelstrom
// gives them. Broadcast is made of a broadcast.Strategy, and so may g-set be.
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

// Spec describes a strategy of a workload other than broadcast to those who run
// it.
type Spec struct {
	Workloads []string // that it answers, by the names above
	Name      string
	Doc       string // one sentence, without its full stop
	Source    string // paper, article or documentation, and section
	// Promise says what holds whatever the faults, in one sentence without its
	// full stop: a consistency model, and who stays available.
	Promise string
	Params  []param.Decl
	// Refuse says why parameters that are each legal do not go together. It
	// may be nil.
	Refuse func(param.Values) error
	// New makes a node. It panics on Values that Check did not return.
	New func(param.Values) Service
}

// Check fills raw up with defaults. It returns every mistake in raw, or else
// the reason why Refuse refuses.
func (s Spec) Check(raw map[string]string) (param.Values, []error) {
	return param.Check(s.Name, s.Params, s.Refuse, raw)
}
