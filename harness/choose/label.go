package choose

import (
	"maps"
	"slices"
	"strings"

	"gossipbench/harness/query"
	"gossipbench/harness/trial"
	"gossipbench/strategies/param"
)

// label names a choice, or a condition, by its levels: "gossip, fanout 2, interval
// 50ms", or "gossip (fanout 2), interval 50ms" if all of gossip have that fanout.
// What all of a strategy have in common is left out if it is the default.
func (s *Study) label(levels []string, condition bool) string {
	strategy := ""
	if i := slices.Index(s.Table.Factors, "strategy"); i >= 0 {
		strategy = levels[i]
	}
	var parts, lacks []string
	for i, f := range s.Factors {
		switch {
		case f.Condition != condition || !f.Tells(strategy):
		case levels[i] == "":
			lacks = append(lacks, f.Name)
		case f.Name == "strategy":
			parts = append(parts, levels[i]+s.beside[levels[i]])
		default:
			parts = append(parts, f.Name+" "+levels[i])
		}
	}
	if parts == nil && lacks != nil {
		return "without " + strings.Join(lacks, ", ")
	}
	return strings.Join(parts, ", ")
}

// Name names a configuration by all that tells it apart.
func (s *Study) Name(x *Configuration) string {
	condition := s.Conditions[x.Condition]
	switch {
	case condition == "":
		return x.Choice.Label
	case x.Choice.Label == "":
		return condition
	}
	return x.Choice.Label + " (" + condition + ")"
}

// Beside returns what stands in labels behind the name of each strategy: the
// parameters, and what else a person chooses, that all of the strategy have in
// common and that are not at their defaults.
func (s *Study) Beside() map[string]string { return s.beside }

func (s *Study) besides() {
	s.beside = map[string]string{}
	strategy := slices.Index(s.Table.Factors, "strategy")
	if strategy < 0 {
		return // the caption has it
	}
	parts := map[string][]string{}
	params := query.Parameters(s.Results)
	keys := slices.SortedFunc(maps.Keys(params), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	for _, key := range keys {
		if text := params[key]; !slices.Contains(parts[key[1]], text) {
			parts[key[1]] = append(parts[key[1]], text)
		}
	}
	settings := trial.Settings()
	for i, f := range s.Factors {
		at := slices.IndexFunc(settings, func(d param.Decl) bool { return d.Name == f.Name })
		if f.Condition || at < 0 || f.Told == nil {
			continue
		}
		for _, row := range s.Table.Rows {
			name, level := row.Levels[strategy], row.Levels[i]
			if text := f.Name + " " + level; !f.Told[name] && level != "" && level != settings[at].Default && !slices.Contains(parts[name], text) {
				parts[name] = append(parts[name], text)
			}
		}
	}
	for name, texts := range parts {
		s.beside[name] = " (" + strings.Join(texts, ", ") + ")"
	}
}

// described names levels without leaving out what is at its default.
func described(names, levels []string) string {
	var parts []string
	for i, name := range names {
		switch {
		case levels[i] == "":
		case name == "strategy":
			parts = append(parts, levels[i])
		default:
			parts = append(parts, name+" "+levels[i])
		}
	}
	return strings.Join(parts, ", ")
}
