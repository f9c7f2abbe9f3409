package experiment

import (
	"fmt"
	"strconv"
	"time"

	"gossipbench/strategies/param"
)

// setting declares one field of Trial.
type setting struct {
	param.Decl
	field func(*Trial) any // pointer to the field
}

// settings are the keys that an experiment file may set beside a strategy's
// parameters. Defaults are Maelstrom's where Maelstrom has the setting.
var settings = []setting{
	{param.Decl{Name: "workload", Kind: param.Choice, Default: "broadcast", Choices: []string{"broadcast", "dissemination"},
		Doc: "what clients ask of the cluster and how the answers are judged"},
		func(t *Trial) any { return &t.Workload }},
	{param.Decl{Name: "backend", Kind: param.Choice, Default: "sim", Choices: []string{"sim", "native", "maelstrom"},
		Doc: "what runs the cluster: virtual time, our own processes, or Maelstrom itself"},
		func(t *Trial) any { return &t.Backend }},
	{param.Decl{Name: "strategy", Kind: param.Text, Default: "gossip",
		Doc: "how nodes answer; see harness strategies"},
		func(t *Trial) any { return &t.Strategy }},
	{param.Decl{Name: "bin", Kind: param.Text,
		Doc: "a node program of your own instead of ours"},
		func(t *Trial) any { return &t.Bin }},
	{param.Decl{Name: "args", Kind: param.Text,
		Doc: "arguments of bin, parted by spaces"},
		func(t *Trial) any { return &t.Args }},
	{param.Decl{Name: "nodes", Kind: param.Int, Default: "5", Min: 1, Max: 10_000_000, Unit: "nodes",
		Doc: "size of the cluster"},
		func(t *Trial) any { return &t.Nodes }},
	{param.Decl{Name: "topology", Kind: param.Choice, Default: "grid",
		Choices: []string{"grid", "line", "tree", "tree2", "tree3", "tree4", "total", "star", "random", "hypercube"},
		Doc:     "who is whose neighbor"},
		func(t *Trial) any { return &t.Topology }},
	{param.Decl{Name: "degree", Kind: param.Int, Default: "4", Min: 2, Max: 1000, Unit: "neighbors",
		Doc: "neighbors of each node in topology random"},
		func(t *Trial) any { return &t.Degree }},
	{param.Decl{Name: "latency", Kind: param.Duration, Default: "0s",
		Doc: "mean time that a message between nodes takes"},
		func(t *Trial) any { return &t.Latency }},
	{param.Decl{Name: "latency_min", Kind: param.Duration, Default: "0s",
		Doc: "share of latency that every message takes; latency_dist spreads the rest (Maelstrom has 0)"},
		func(t *Trial) any { return &t.LatencyMin }},
	{param.Decl{Name: "latency_dist", Kind: param.Choice, Default: "constant", Choices: []string{"constant", "uniform", "exponential"},
		Doc: "how latencies are spread round their mean"},
		func(t *Trial) any { return &t.LatencyDist }},
	{param.Decl{Name: "network", Kind: param.Choice, Default: "maelstrom", Choices: []string{"maelstrom", "ideal"},
		Doc: "maelstrom: a message on its way holds up all that come after it to the same node; ideal: it does not"},
		func(t *Trial) any { return &t.Network }},
	{param.Decl{Name: "loss", Kind: param.Float, Default: "0", Max: 1,
		Doc: "share of the messages between nodes that are lost"},
		func(t *Trial) any { return &t.Loss }},
	{param.Decl{Name: "duplicate", Kind: param.Float, Default: "0", Max: 1,
		Doc: "share of the messages between nodes that arrive twice"},
		func(t *Trial) any { return &t.Duplicate }},
	{param.Decl{Name: "rate", Kind: param.Float, Default: "5", Max: 1e6, Unit: "ops/s",
		Doc: "client ops a second, over all clients"},
		func(t *Trial) any { return &t.Rate }},
	{param.Decl{Name: "time_limit", Kind: param.Duration, Default: "1m0s",
		Doc: "how long clients send ops"},
		func(t *Trial) any { return &t.TimeLimit }},
	{param.Decl{Name: "concurrency", Kind: param.Text, Default: "1n",
		Doc: "number of clients, or of clients a node (2n)"},
		func(t *Trial) any { return &t.Concurrency }},
	{param.Decl{Name: "recovery", Kind: param.Duration, Default: "10s",
		Doc: "pause between the heal and the final reads"},
		func(t *Trial) any { return &t.Recovery }},
	{param.Decl{Name: "rpc_timeout", Kind: param.Duration, Default: "5s", Min: 0.001, Max: 3600,
		Doc: "how long a client waits for an answer"},
		func(t *Trial) any { return &t.RPCTimeout }},
	{param.Decl{Name: "availability", Kind: param.Text,
		Doc: "least share of ops that must succeed: total, or a number from 0 to 1"},
		func(t *Trial) any { return &t.Availability }},
	{param.Decl{Name: "nemesis", Kind: param.Text, Default: "none",
		Doc: "faults, joined by +: partition one-way slow kill pause"},
		func(t *Trial) any { return &t.Nemesis }},
	{param.Decl{Name: "nemesis_interval", Kind: param.Duration, Default: "10s", Min: 0.001, Max: 86400,
		Doc: "mean time between the start and the end of a fault, and until the next"},
		func(t *Trial) any { return &t.NemesisInterval }},
}

// Settings returns the declarations of all settings, in the order of their
// documentation.
func Settings() []param.Decl {
	decls := make([]param.Decl, len(settings))
	for i, s := range settings {
		decls[i] = s.Decl
	}
	return decls
}

// format writes a field of Trial in the canonical form of its declaration.
func format(field any) string {
	switch p := field.(type) {
	case *string:
		return *p
	case *int:
		return strconv.Itoa(*p)
	case *float64:
		return strconv.FormatFloat(*p, 'g', -1, 64)
	case *time.Duration:
		return p.String()
	}
	panic(fmt.Sprintf("experiment: no form for %T", field))
}

// assign sets a field of Trial from the canonical form of its declaration.
func assign(field any, values param.Values, name string) {
	switch p := field.(type) {
	case *string:
		*p = values.Text(name)
	case *int:
		*p = values.Int(name)
	case *float64:
		*p = values.Float(name)
	case *time.Duration:
		*p = values.Duration(name)
	}
}
