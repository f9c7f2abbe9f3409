package table

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"gossipbench/harness/query"
	"gossipbench/harness/trial"
	"gossipbench/strategies"
)

// strategiesOf names the strategies of results, each with those of its parameters
// that are not at their defaults, as in "flood | gossip (fanout 2, interval
// 50ms)". What varies within a strategy, or is told elsewhere, is left out.
func strategiesOf(results []trial.Result, told []string) string {
	own := owned(results)
	var names, changed, all []string
	for _, key := range slices.SortedFunc(maps.Keys(own), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) }) {
		name := key[1]
		if params := parameters(key[0], key[1], own[key], told); params != "" {
			name += " (" + params + ")"
			changed = append(changed, name)
		}
		names, all = append(names, key[1]), append(all, name)
	}
	slices.Sort(names)
	slices.Sort(all)
	names, all = slices.Compact(names), slices.Compact(all)
	if len(all) > query.MaxLevels && changed != nil {
		return written(names) + ", of these " + strings.Join(slices.Compact(changed), " | ")
	}
	return written(all)
}

// Parameters returns, by workload and strategy, those parameters that are not at
// their defaults and do not vary, as a caption has them: "fanout 2, interval
// 50ms". A strategy that has none is not in it.
func Parameters(results []trial.Result) map[[2]string]string {
	all := map[[2]string]string{}
	for key, levels := range owned(results) {
		if params := parameters(key[0], key[1], levels, nil); params != "" {
			all[key] = params
		}
	}
	return all
}

// owned returns, by workload and strategy, the levels by the names of parameters.
func owned(results []trial.Result) map[[2]string]map[string]string {
	own := map[[2]string]map[string]string{}
	var params map[string]string
	for i := range results {
		t := &results[i].Trial
		if i == 0 || t.Workload != results[i-1].Trial.Workload || t.Strategy != results[i-1].Trial.Strategy {
			key := [2]string{t.Workload, t.Strategy}
			if own[key] == nil {
				own[key] = map[string]string{}
			}
			params = own[key]
		}
		for name, level := range t.Params {
			if was, known := params[name]; known && was != level {
				params[name] = varies
			} else {
				params[name] = level
			}
		}
	}
	return own
}

// varies is no level, for a level has no control character.
const varies = "\x00"

// parameters writes the levels that are not the strategy's defaults.
func parameters(workload, strategy string, levels map[string]string, told []string) string {
	defaults := map[string]string{}
	if workload == "dissemination" {
		workload = "broadcast" // whose strategies spread its values
	}
	if s, err := strategies.Find(workload, strategy); err == nil { // else it is of another harness, or a node of the user's
		for _, d := range s.Params {
			if defaults[d.Name], err = d.Parse(d.Default); err != nil {
				defaults[d.Name] = d.Default
			}
		}
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(levels)) {
		level := levels[name]
		if usual, has := defaults[name]; level == varies || has && level == usual || slices.Contains(told, name) {
			continue
		}
		parts = append(parts, fmt.Sprintf("%s %s", name, orDash(level)))
	}
	return strings.Join(parts, ", ")
}
