package table

import (
	"strconv"
	"strings"

	"gossipbench/harness/plain"
	"gossipbench/harness/query"
	"gossipbench/harness/trial"
)

// unrun notes how many trials of the plan have no result, and the configurations of
// which none has.
func (b *builder) unrun(plan []trial.Trial, note func(string, ...any)) {
	left := query.Unrun(plan, b.results)
	if len(left) == 0 {
		return
	}
	p := query.Project(query.Varying(query.WithPlanned(b.results, left))...)
	begun, told := query.ByKey(query.GroupBy(b.results, p)), map[query.Key]bool{}
	var without []string
	for i := range left {
		if k := p.Of(&left[i]); begun[k] == nil && !told[k] {
			told[k] = true
			without = append(without, k.Label())
		}
	}
	said := ""
	if len(without) > 0 && len(p.Names()) > 0 {
		said = " Without any trial: " + strings.Join(without[:min(len(without), query.MaxLevels)], "; ")
		if more := len(without) - query.MaxLevels; more > 0 {
			said += "; and " + strconv.Itoa(more) + " more settings"
		}
		said += "."
	}
	note("Careful: no result yet of %d of the %s of the plan.%s", len(left), plain.Count(len(plan), "trial"), said)
}
