package table

import (
	"strconv"
	"strings"

	"gossipbench/harness/experiment"
)

func trials(n int) string {
	if n == 1 {
		return "1 trial"
	}
	return strconv.Itoa(n) + " trials"
}

// unrun notes how many trials of the plan have no result, and the settings of
// which none has.
func (b *builder) unrun(plan []experiment.Trial, note func(string, ...any)) {
	left := Unrun(plan, b.results)
	if len(left) == 0 {
		return
	}
	names := Varying(WithPlanned(b.results, left))
	begun, told := map[string]bool{}, map[string]bool{}
	for i := range b.results {
		begun[strings.Join(LevelsOf(&b.results[i].Trial, names), "\x00")] = true
	}
	var without []string
	for i := range left {
		key := strings.Join(LevelsOf(&left[i], names), "\x00")
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
		said = " Without any trial: " + strings.Join(without[:min(len(without), MaxLevels)], "; ")
		if more := len(without) - MaxLevels; more > 0 {
			said += "; and " + strconv.Itoa(more) + " more settings"
		}
		said += "."
	}
	note("Careful: no result yet of %d of the %s of the plan.%s", len(left), trials(len(plan)), said)
}
