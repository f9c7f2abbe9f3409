package table

import (
	"gossipbench/harness/query"
	"gossipbench/harness/trial"
	"strconv"
	"strings"
)

func trials(n int) string {
	if n == 1 {
		return "1 trial"
	}
	return strconv.Itoa(n) + " trials"
}

// unrun notes how many trials of the plan have no result, and the settings of
// which none has.
func (b *builder) unrun(plan []trial.Trial, note func(string, ...any)) {
	left := Unrun(plan, b.results)
	if len(left) == 0 {
		return
	}
	names := query.Varying(query.WithPlanned(b.results, left))
	begun, told := map[string]bool{}, map[string]bool{}
	for i := range b.results {
		begun[strings.Join(query.LevelsOf(&b.results[i].Trial, names), "\x00")] = true
	}
	var without []string
	for i := range left {
		key := strings.Join(query.LevelsOf(&left[i], names), "\x00")
		if begun[key] || told[key] {
			continue
		}
		told[key] = true
		var words []string
		for _, name := range names {
			if level, has := left[i].Value(name); has {
				words = append(words, name+"="+level)
			}
		}
		without = append(without, strings.Join(words, " "))
	}
	said := ""
	if len(without) > 0 && len(names) > 0 {
		said = " Without any trial: " + strings.Join(without[:min(len(without), query.MaxLevels)], "; ")
		if more := len(without) - query.MaxLevels; more > 0 {
			said += "; and " + strconv.Itoa(more) + " more settings"
		}
		said += "."
	}
	note("Careful: no result yet of %d of the %s of the plan.%s", len(left), trials(len(plan)), said)
}
