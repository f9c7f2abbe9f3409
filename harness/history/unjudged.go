package history

import (
	"gossipbench/harness/edn"
	"gossipbench/harness/experiment"
)

// unjudged is the checker of a workload that has none: it does not know.
type unjudged struct{}

func (unjudged) Add(Op)                        {}
func (unjudged) Verdict() Verdict              { return unjudged{} }
func (unjudged) Valid() experiment.Outcome     { return experiment.Unknown }
func (unjudged) AddMetrics(map[string]float64) {}
func (unjudged) EDN() edn.Value                { return mapOf("valid?", edn.NewKeyword("unknown")) }
func (unjudged) Findings() []string            { return []string{"there is no checker of ours for this workload"} }

// NewRegisterTxns returns the checker of txn-rw-register.
func NewRegisterTxns(experiment.Trial) Checker { return unjudged{} }

// NewListTxns returns the checker of txn-list-append.
func NewListTxns(experiment.Trial) Checker { return unjudged{} }
