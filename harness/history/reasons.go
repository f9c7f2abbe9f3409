package history

import (
	"fmt"
	"maps"
	"slices"

	"gossipbench/harness/edn"
	"gossipbench/harness/experiment"
)

// reasons says in words why a verdict is invalid, where results.edn says it by
// its keys alone.
func reasons(v Verdict) []string {
	var all []string
	say := func(n int, format string, args ...any) {
		if n > 0 {
			all = append(all, fmt.Sprintf(format, args...))
		}
	}
	switch v := v.(type) {
	case SetFullResult:
		say(len(v.Lost), "values lost: %d: %s", len(v.Lost), list(v.Lost))
	case UniqueIDsResult:
		var ids []edn.Value
		for _, d := range v.Duplicated {
			ids = append(ids, d.Value)
		}
		say(len(ids), "ids given more than once: %d: %s", len(ids), list(ids))
	case EchoVerdict:
		say(len(v.errors), "answers that do not echo: %d: %s", len(v.errors), list(v.errors))
	case CounterVerdict:
		for _, op := range v.errors {
			all = append(all, fmt.Sprintf("final read of %s by process %d, which no adds can have made; acceptable is %s", valueOf(op.Value), op.Process, v.EDN().At("acceptable")))
		}
	case LinearizableVerdict:
		keys := v.keys(experiment.Invalid)
		say(len(keys), "keys whose ops have no order in which each sees what was written before: %v", keys)
	}
	return all
}

// reasons says which ops never succeeded.
func (r StatsResult) reasons() []string {
	var all []string
	for _, f := range slices.Sorted(maps.Keys(r.ByF)) {
		if t := r.ByF[f]; t.OK == 0 && !slices.Contains(mayFail, f) {
			all = append(all, fmt.Sprintf("no %s succeeded: %d failed, of %d nobody knows", f, t.Fail, t.Info))
		}
	}
	return all
}
