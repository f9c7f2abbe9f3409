package choose

import (
	"gossipbench/harness/query"
	"gossipbench/harness/table"
)

// Unrun is a configuration of which trials of the plan have no result.
type Unrun struct {
	Label   string
	Missing int  // trials without a result
	Of      int  // trials of the plan
	Begun   bool // some of its trials have a result
}

// unrun finds what was planned and not run. What lacks a trial is not proved to meet
// a target.
func (s *Study) unrun() {
	left := query.Unrun(s.Plan, s.Results)
	if len(left) == 0 {
		return
	}
	p := query.Project(query.Varying(query.WithPlanned(s.Results, left))...)
	byChoice := query.Project(s.namesOf(false)...)
	run := map[query.Key]int{}
	configurations := map[query.Key]*Configuration{}
	choices := map[query.Key]*Choice{}
	for _, x := range s.Configurations {
		choices[byChoice.Of(&x.Results[0].Trial)] = x.Choice
		for _, r := range x.Results {
			key := p.Of(&r.Trial)
			run[key]++
			configurations[key] = x
		}
	}
	at := map[query.Key]int{} // index of s.Unrun
	for i := range left {
		key := p.Of(&left[i])
		if _, known := at[key]; !known {
			at[key] = len(s.Unrun)
			s.Unrun = append(s.Unrun, Unrun{Label: described(p.Names(), key.Levels()), Of: run[key], Begun: run[key] > 0})
		}
		u := &s.Unrun[at[key]]
		u.Missing++
		u.Of++
		if x := configurations[key]; x != nil {
			x.Unrun++
		}
		if c := choices[byChoice.Of(&left[i])]; c != nil {
			c.Unrun++
		}
	}
	for _, x := range s.Configurations {
		for c := range x.Cells {
			if cell := &x.Cells[c]; x.Unrun > 0 && cell.Verdict == table.Pass {
				cell.Verdict = table.Open
			}
		}
	}
}
