package command

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"gossipbench/strategies"
	"gossipbench/strategies/param"
	"gossipbench/strategies/topology"
)

// offered is the topology of Maelstrom's topology message.
const offered = "offered"

// flags are the flags of every node. The parameters of a strategy are flags too.
var flags = []param.Decl{
	{Name: "workload", Kind: param.Choice, Default: "broadcast", Choices: strategies.Workloads,
		Doc: "what clients ask of the node"},
	{Name: "strategy", Kind: param.Text,
		Doc: "how the node answers; below are the workload's strategies and the flags of the one that is chosen"},
	{Name: "topology", Kind: param.Choice, Default: offered, Choices: append([]string{offered}, topology.Names...),
		Doc: "who is whose neighbor (of broadcast and g-set): as Maelstrom's topology message says, or as each node works out for itself"},
	{Name: "degree", Kind: param.Int, Default: "4", Min: 2, Max: 1000, Unit: "neighbors",
		Doc: "neighbors of each node in topology random"},
	{Name: "seed", Kind: param.Text, Default: "1",
		Doc: "of all chance; the same at all nodes, which draw from it independently: an integer from 0 to 18446744073709551615"},
	{Name: "life", Kind: param.Int, Default: "0", Max: 1e9,
		Doc: "how often this node has been started before: chance is another in each life"},
	{Name: "data", Kind: param.Text,
		Doc: "folder in which the node keeps what it must not forget, its own; without one it forgets all when it ends"},
}

// call is a parsed command line.
type call struct {
	help     bool
	workload string
	strategy strategies.Strategy
	params   param.Values
	topology string
	degree   int
	seed     uint64
	life     int
	data     string
}

// parse parses a command line. It returns all mistakes in it.
func parse(args []string) (call, []error) {
	var c call
	given, mistakes := split(args)
	_, c.help = given["help"]
	delete(given, "help")
	c.workload = flags[slices.IndexFunc(flags, named("workload"))].Default
	if v := given["workload"]; v != nil {
		c.workload = *v
	}
	if !slices.Contains(strategies.Workloads, c.workload) {
		return c, append(mistakes, mistake("workload", fmt.Sprintf("no such workload: %q, %s", c.workload, param.Hint(c.workload, strategies.Workloads))))
	}
	name := strategies.Default(c.workload)
	if v := given["strategy"]; v != nil {
		name = *v
	}
	var err error
	if c.strategy, err = strategies.Find(c.workload, name); err != nil {
		return c, append(mistakes, mistake("strategy", err.Error())) // the other flags depend on the strategy
	}

	own, params := map[string]string{}, map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		value, err := value(c.strategy, name, given[name])
		switch {
		case err != nil:
			mistakes = append(mistakes, err)
		case slices.ContainsFunc(flags, named(name)):
			own[name] = value
		default:
			params[name] = value
		}
	}
	return c, append(mistakes, c.resolve(own, params)...)
}

// value returns the value of a flag; given is nil for a flag without a value. It
// fails if there is no such flag, or if the flag needs a value.
func value(s strategies.Strategy, name string, given *string) (string, error) {
	known := slices.Concat(flags, s.Params)
	i := slices.IndexFunc(known, named(name))
	switch {
	case i < 0:
		names := []string{"--help"}
		for _, d := range known {
			names = append(names, "--"+d.Name)
		}
		return "", mistake(name, "no such flag, "+param.Hint("--"+name, names))
	case given != nil:
		return *given, nil
	case known[i].Kind == param.Bool:
		return "true", nil
	}
	return "", mistake(name, fmt.Sprintf("want %s, got nothing", known[i].Want()))
}

func named(name string) func(param.Decl) bool {
	return func(d param.Decl) bool { return d.Name == name }
}

// resolve sets the node's flags and the strategy's parameters.
func (c *call) resolve(own, params map[string]string) (mistakes []error) {
	values, errs := param.Resolve("node", flags, own)
	for _, err := range errs {
		mistakes = append(mistakes, mistake(err.Name, err.Reason))
	}
	c.topology, c.degree = values.Text("topology"), values.Int("degree")
	c.life, c.data = values.Int("life"), values.Text("data")
	seed, err := strconv.ParseUint(values.Text("seed"), 10, 64)
	if err != nil {
		mistakes = append(mistakes, mistake("seed", fmt.Sprintf("want an integer from 0 to 18446744073709551615, got %q", values.Text("seed"))))
	}
	c.seed = seed
	var refused []error
	c.params, refused = c.strategy.Check(params)
	for _, err := range refused {
		var bad *param.Error
		if errors.As(err, &bad) {
			err = mistake(bad.Name, bad.Reason)
		}
		mistakes = append(mistakes, err)
	}
	return mistakes
}

func mistake(flag, reason string) error { return fmt.Errorf("--%s: %s", flag, reason) }

// split splits a command line into flags and their values: --fanout=2, --fanout 2,
// or --fanout, whose value is nil. If a flag is repeated, the last one counts.
func split(args []string) (given map[string]*string, mistakes []error) {
	given = map[string]*string{}
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == "-h" {
			arg = "--help"
		}
		name, isFlag := strings.CutPrefix(arg, "--")
		if !isFlag || name == "" {
			mistakes = append(mistakes, fmt.Errorf("want flags such as --strategy gossip, got %q", arg))
			continue
		}
		name, value, joined := strings.Cut(name, "=")
		switch {
		case joined:
			given[name] = &value
		case name != "help" && i+1 < len(args) && !strings.HasPrefix(args[i+1], "--"):
			i++
			given[name] = &args[i]
		default:
			given[name] = nil
		}
	}
	return given, mistakes
}
