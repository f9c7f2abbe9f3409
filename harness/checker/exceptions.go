package checker

import (
	"cmp"
	"slices"

	"gossipbench/harness/edn"
	"gossipbench/harness/history"
)

// Exceptions collects the ops that ended in an exception, which Maelstrom's
// clients throw on answers that are malformed. They never make a test invalid.
//
// Source: unhandled-exceptions in jepsen/src/jepsen/checker.clj.
type Exceptions struct {
	kinds  []Exception
	places map[string]int // of kinds, by edn.Value.Key of their classes
}

// Exception is a kind of exception, by its class in Java.
type Exception struct {
	Class   edn.Value
	Count   int
	Example history.Op // the first of them
}

// Add takes the next op of the history.
func (e *Exceptions) Add(op history.Op) {
	if op.Type != history.Info {
		return
	}
	exception := op.ExtraOf("exception")
	if !exception.Present() {
		return
	}
	class := edn.NewNil()
	if via := exception.At("via").Items(); len(via) > 0 && via[0].At("type").Present() {
		class = via[0].At("type")
	}
	if e.places == nil {
		e.places = map[string]int{}
	}
	i, known := e.places[class.Key()]
	if known {
		e.kinds[i].Count++
		return
	}
	e.places[class.Key()] = len(e.kinds)
	e.kinds = append(e.kinds, Exception{class, 1, op})
}

// Result returns the kinds so far, the most frequent first.
func (e *Exceptions) Result() []Exception {
	kinds := slices.Clone(e.kinds)
	slices.SortStableFunc(kinds, func(a, b Exception) int { return cmp.Compare(b.Count, a.Count) })
	return kinds
}

// exceptionsEDN returns exceptions as Jepsen has them under :exceptions.
func exceptionsEDN(kinds []Exception) edn.Value {
	if len(kinds) == 0 {
		return mapOf("valid?", true)
	}
	all := make([]edn.Value, len(kinds))
	for i, k := range kinds {
		all[i] = mapOf("count", k.Count, "class", k.Class, "example", k.Example.Record())
	}
	return mapOf("valid?", true, "exceptions", edn.NewList(all...))
}
