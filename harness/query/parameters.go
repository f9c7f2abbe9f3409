package query

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"gossipbench/harness/trial"
)

// strategiesOf names the strategies of results, each with those of its parameters
// that are not at their defaults, as in "flood | gossip (fanout 2, interval
// 50ms)". What varies within a strategy, or is told elsewhere, is left out.
func strategiesOf(results []trial.Result, told []string) string {
	var names, changed, all []string
	for _, g := range byStrategy(results) {
		strategy := g.First().Strategy
		name := strategy
		if params := g.parameters(told); params != "" {
			name += " (" + params + ")"
			changed = append(changed, name)
		}
		names, all = append(names, strategy), append(all, name)
	}
	slices.Sort(names)
	slices.Sort(all)
	names, all = slices.Compact(names), slices.Compact(all)
	if len(all) > MaxLevels && changed != nil {
		return Listed(names) + ", of these " + strings.Join(slices.Compact(changed), " | ")
	}
	return Listed(all)
}

// Parameters returns, by workload and strategy, those parameters that are not at
// their defaults and do not vary, as a caption has them: "fanout 2, interval
// 50ms". A strategy that has none is not in it.
func Parameters(results []trial.Result) map[[2]string]string {
	all := map[[2]string]string{}
	for _, g := range byStrategy(results) {
		if params := g.parameters(nil); params != "" {
			all[[2]string{g.First().Workload, g.First().Strategy}] = params
		}
	}
	return all
}

// byStrategy groups results by workload and strategy, in order.
func byStrategy(results []trial.Result) []Group {
	groups := GroupBy(results, Project("workload", "strategy"))
	Sort(groups)
	return groups
}

// parameters writes the parameters that have one level among the trials of a strategy,
// which is not its default.
func (g Group) parameters(told []string) string {
	levels, varies := map[string]string{}, map[string]bool{}
	for _, r := range g.Results {
		for name, level := range r.Trial.Params {
			was, known := levels[name]
			levels[name], varies[name] = level, varies[name] || known && was != level
		}
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(levels)) {
		if !varies[name] && !g.Results[0].AtDefault(name) && !slices.Contains(told, name) {
			parts = append(parts, fmt.Sprintf("%s %s", name, Shown(levels[name])))
		}
	}
	return strings.Join(parts, ", ")
}
