package query

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"gossipbench/harness/trial"
)

// Survey is results with the levels that they have of each setting and parameter.
type Survey struct {
	Results []trial.Result
	Names   []string            // of all settings and parameters, see trial.NamesOf
	Levels  map[string][]string // of each name, in order
}

// NewSurvey finds the levels of results.
func NewSurvey(results []trial.Result) *Survey {
	s := &Survey{Results: results, Names: trial.NamesOf(results), Levels: map[string][]string{}}
	for _, name := range s.Names {
		s.Levels[name] = Levels(results, name)
	}
	return s
}

// captioned are the settings that a caption always tells of trials that have them, and how: %s stands
// for the levels. A form that begins with a space goes on with the one before.
var captioned = []struct{ name, form string }{
	{"workload", "workload %s"}, {"backend", "backend %s"}, {"strategy", "strategy %s"},
	{"nodes", "%s nodes"}, {"topology", "topology %s"}, {"rate", "rate %s/s"},
	{"latency", "latency %s"}, {"latency_dist", " %s"}, {"network", "network %s"},
}

// Caption says what results have in common; n is from how many valid trials a
// number comes, such as "n = 3".
func Caption(results []trial.Result, n string) string { return NewSurvey(results).Caption(n) }

// Caption says what the results have in common. It leaves out settings that are told
// elsewhere, unless it always tells of them.
func (s *Survey) Caption(n string, told ...string) string {
	if len(s.Results) == 0 {
		return "no results"
	}
	var parts []string
	told = slices.Clone(told)
	for _, c := range captioned {
		if len(s.Levels[c.name]) == 0 {
			continue
		}
		part := fmt.Sprintf(c.form, Listed(s.Levels[c.name]))
		if c.name == "strategy" {
			part = fmt.Sprintf(c.form, strategiesOf(s.Results, told))
		}
		told = append(told, c.name)
		if strings.HasPrefix(part, " ") {
			parts[len(parts)-1] += part
		} else {
			parts = append(parts, part)
		}
	}
	for _, d := range trial.Settings() {
		if l := s.Levels[d.Name]; !slices.Contains(told, d.Name) && (len(l) > 1 || len(l) == 1 && l[0] != d.Default) {
			parts = append(parts, d.Name+" "+Listed(l))
		}
	}
	if m := machines(s.Results); len(m) > 0 {
		parts = append(parts, "machine "+Listed(m))
	}
	return n + ", " + strings.Join(parts, ", ")
}

// Replicates says from how many valid trials numbers come: "n = 2 to 3".
func Replicates(least, most int) string {
	if least == most {
		return fmt.Sprintf("n = %d", least)
	}
	return fmt.Sprintf("n = %d to %d", least, most)
}

// Filtered is the end of a caption: the filters that the results have passed.
func Filtered(filters []string) string {
	if len(filters) == 0 {
		return ""
	}
	return ", filtered by " + strings.Join(filters, " ")
}

// machines are those on which real time was measured. Virtual time is the same
// on all.
func machines(results []trial.Result) []string {
	seen := map[string]bool{}
	var last trial.Provenance
	for i := range results {
		r := &results[i]
		if r.Trial.Virtual() || i > 0 && r.Made.CPU == last.CPU && r.Made.Cores == last.Cores {
			continue
		}
		last = r.Made
		if m := Machine(r.Made); m != "" {
			seen[m] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// Machine names a class of machines: "AMD EPYC, 2 cores"; "" where it is not known.
func Machine(p trial.Provenance) string {
	switch {
	case p.CPU == "":
		return ""
	case p.Cores == 0:
		return p.CPU
	case p.Cores == 1:
		return p.CPU + ", 1 core"
	}
	return fmt.Sprintf("%s, %d cores", p.CPU, p.Cores)
}

// Listed joins levels for a person; of many, the first and the last.
func Listed(levels []string) string {
	if len(levels) > MaxLevels {
		return fmt.Sprintf("%s … %s (%d levels)", levels[0], levels[len(levels)-1], len(levels))
	}
	return strings.Join(levels, " | ")
}
