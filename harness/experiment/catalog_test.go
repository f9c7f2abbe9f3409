package experiment

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"gossipbench/strategies/param"
)

// catalog is a Catalog of strategies that differ in what a file can get wrong:
// flood has no parameters, gossip and pull share some, and pull's bounds differ.
type catalog struct{}

var catalogParams = map[string][]param.Decl{
	"flood": {},
	"gossip": {
		{Name: "fanout", Kind: param.Int, Default: "2", Max: 1000},
		{Name: "interval", Kind: param.Duration, Default: "50ms"},
		{Name: "mode", Kind: param.Choice, Default: "blind", Choices: []string{"blind", "feedback"}},
		{Name: "coin", Kind: param.Bool, Default: "false"},
		{Name: "probability", Kind: param.Float, Default: "1", Max: 1},
		{Name: "note", Kind: param.Text},
	},
	"pull": {
		{Name: "fanout", Kind: param.Int, Default: "1", Min: 1, Max: 4},
		{Name: "interval", Kind: param.Duration, Default: "100ms"},
	},
}

func (catalog) Strategies(workload string) []string {
	if workload == "dissemination" {
		return []string{"flood", "gossip"}
	}
	return []string{"flood", "pull", "gossip"}
}

func (c catalog) Params(workload, strategy string) []param.Decl {
	if !slices.Contains(c.Strategies(workload), strategy) {
		panic("no such strategy")
	}
	return catalogParams[strategy]
}

func (c catalog) Check(workload, strategy string, raw map[string]string) (param.Values, []error) {
	values, mistakes := param.Resolve(strategy, c.Params(workload, strategy), raw)
	var errs []error
	for _, m := range mistakes {
		errs = append(errs, m)
	}
	if errs == nil && strategy == "gossip" && values.Int("fanout") == 0 && values.Duration("interval") > 0 {
		errs = append(errs, errors.New("gossip: fanout 0 is all neighbors: want interval 0s"))
	}
	return values, errs
}

// CheckFlag knows a file that ends in .md or .svg, and the flag row of a table.
func (catalog) CheckFlag(verb, name string, values []string) error {
	switch ending := map[string]string{"table": ".md", "plot": ".svg"}[verb]; {
	case name == "out" && !strings.HasSuffix(values[0], ending):
		return fmt.Errorf("want a file that ends in %s", ending)
	case name == "out", verb == "plot", name == "row":
		return nil
	}
	return fmt.Errorf("no such flag of harness %s", verb)
}
