package cli

import (
	"gossipbench/harness/trial"
	"gossipbench/strategies"
	"gossipbench/strategies/param"
)

// Catalog tells package experiment of the strategies that there are.
type Catalog struct{}

// NodeWorkload is what nodes are asked in a trial of that workload: nobody asks
// them anything in a dissemination, which broadcast's strategies make.
func NodeWorkload(workload string) string {
	if workload == "dissemination" {
		return "broadcast"
	}
	return workload
}

func (Catalog) Strategies(workload string) []string {
	var names []string
	for _, s := range strategies.Of(NodeWorkload(workload)) {
		names = append(names, s.Name)
	}
	return names
}

func (Catalog) Params(workload, strategy string) []param.Decl {
	s, err := strategies.Find(NodeWorkload(workload), strategy)
	if err != nil {
		panic(err)
	}
	return s.Params
}

func (Catalog) Check(workload, strategy string, raw map[string]string) (param.Values, []error) {
	s, err := strategies.Find(NodeWorkload(workload), strategy)
	if err != nil {
		return nil, []error{err}
	}
	return s.Check(raw)
}

// Declare notes in results what the defaults of their strategies' parameters are.
func Declare(results []trial.Result) {
	type node struct{ workload, strategy string }
	known := map[node]param.Values{}
	for i := range results {
		of := node{NodeWorkload(results[i].Trial.Workload), results[i].Trial.Strategy}
		if _, met := known[of]; !met {
			known[of] = nil // of another harness, or a node of the user's
			if s, err := strategies.Find(of.workload, of.strategy); err == nil {
				known[of], _ = s.Check(nil)
			}
		}
		results[i].Defaults = known[of]
	}
}
