package checker

import (
	"cmp"
	"slices"

	"gossipbench/harness/edn"
	"gossipbench/harness/history"
)

// Exceptions collects the ops that ended in an exception. Maelstrom's clients throw one
// on a malformed answer. They never make a test invalid.
//
// Source: unhandled-exceptions in jepsen/src/jepsen/checker.clj.
type Exceptions struct {
	kinds  []Exception
	places map[string]int // index in kinds, by edn.Value.Key of the class
}

// Exception is a Java class of exceptions.
type Exception struct {
	Class   edn.Value
	Count   int
	Example history.Op // the first op
}

// Add adds the next op of the history.
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

// Result returns the exceptions so far, the most frequent class first.
func (e *Exceptions) Result() []Exception {
	kinds := slices.Clone(e.kinds)
	slices.SortStableFunc(kinds, func(a, b Exception) int { return cmp.Compare(b.Count, a.Count) })
	return kinds
}

// exceptionsEDN returns exceptions in the form of Jepsen's :exceptions.
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
