package checker

import (
	"fmt"

	"gossipbench/harness/checker/elle"
	"gossipbench/harness/edn"
	"gossipbench/harness/history"
)

// outcomes maps the type of an op to the outcome of a transaction.
var outcomes = map[history.Type]elle.Outcome{history.OK: elle.Committed, history.Fail: elle.Aborted, history.Info: elle.Unknown}

// cycles adds the cycles of ops each of which polled what the one before it sent, or
// began after that one ended. cut is true if there are too many to search.
//
// Source: cycles! in jepsen.tests.kafka, which lets Elle search for the anomalies of
// strict serializability.
func (l *logged) cycles(found faults) (cut bool) {
	var txns []elle.Txn
	place := make([]int, len(l.acts)) // index in txns, by act
	var ops []history.Op
	for i, a := range l.acts {
		if a.assigns == nil {
			place[i] = len(txns)
			txns = append(txns, elle.Txn{Began: a.began, Ended: a.op.Index, Outcome: outcomes[a.op.Type]})
			ops = append(ops, a.op)
		}
	}
	var from [][2]int
	for i, a := range l.acts {
		writers := map[int]bool{}
		for _, log := range a.polled {
			for _, e := range log.Entries {
				if writer, sent := l.writers[message{log.Key, e.Message}]; sent && !writers[writer] {
					writers[writer] = true
					from = append(from, [2]int{place[writer], place[i]})
				}
			}
		}
	}
	analysis := elle.Reads(txns, from)
	for _, name := range analysis.Names() {
		for _, c := range analysis.Anomalies[name] {
			found.add(name, int64(len(c.Txns)), func() edn.Value {
				var cycle []edn.Value
				for _, t := range c.Txns {
					cycle = append(cycle, ops[t].Record())
				}
				return mapOf("cycle", edn.NewVector(cycle...), "why", fmt.Sprint("T1, T2, … in order: ", c.Why))
			})
		}
	}
	return analysis.Cut
}
