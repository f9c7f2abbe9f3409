package main

import (
	"fmt"

	"gossipbench/strategies"
	"gossipbench/strategies/gossip"
	"gossipbench/strategies/param"
)

// catalog tells package experiment of the strategies that there are.
type catalog struct{}

// specs returns the strategies of a workload.
func specs(workload string) []gossip.Spec {
	switch workload {
	case "broadcast", "dissemination":
		return strategies.Broadcast()
	}
	return nil
}

func (catalog) Strategies(workload string) []string {
	var names []string
	for _, s := range specs(workload) {
		names = append(names, s.Name)
	}
	return names
}

func (catalog) Params(workload, strategy string) []param.Decl {
	s, err := find(workload, strategy)
	if err != nil {
		panic(err)
	}
	return s.Params
}

func (catalog) Check(workload, strategy string, raw map[string]string) (param.Values, []error) {
	s, err := find(workload, strategy)
	if err != nil {
		return nil, []error{err}
	}
	return s.Check(raw)
}

// find returns the strategy of that name.
func find(workload, strategy string) (gossip.Spec, error) {
	for _, s := range specs(workload) {
		if s.Name == strategy {
			return s, nil
		}
	}
	return gossip.Spec{}, fmt.Errorf("no such strategy of workload %s: %q, %s", workload, strategy, param.Hint(strategy, catalog{}.Strategies(workload)))
}
