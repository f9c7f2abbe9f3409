package main

import (
	"gossipbench/strategies"
	"gossipbench/strategies/param"
)

// catalog tells package experiment of the strategies that there are.
type catalog struct{}

// nodeWorkload is what nodes are asked in a trial of that workload: nobody asks
// them anything in a dissemination, which broadcast's strategies make.
func nodeWorkload(workload string) string {
	if workload == "dissemination" {
		return "broadcast"
	}
	return workload
}

func (catalog) Strategies(workload string) []string {
	var names []string
	for _, s := range strategies.Of(nodeWorkload(workload)) {
		names = append(names, s.Name)
	}
	return names
}

func (catalog) Params(workload, strategy string) []param.Decl {
	s, err := strategies.Find(nodeWorkload(workload), strategy)
	if err != nil {
		panic(err)
	}
	return s.Params
}

func (catalog) Check(workload, strategy string, raw map[string]string) (param.Values, []error) {
	s, err := strategies.Find(nodeWorkload(workload), strategy)
	if err != nil {
		return nil, []error{err}
	}
	return s.Check(raw)
}
