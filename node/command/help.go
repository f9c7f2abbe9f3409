package command

import (
	"fmt"
	"strings"

	"gossipbench/strategies"
	"gossipbench/strategies/param"
)

const usage = `Usage: node [--workload NAME] [--strategy NAME] [flags]

Node plays one node of a cluster that Maelstrom, or our harness, runs: it reads
messages from standard input, a JSON object a line, and writes its own to
standard output. What a person should know goes to standard error.

Examples:
  # 25 nodes under Maelstrom, each telling two peers every 50 ms
  maelstrom test -w broadcast --bin bin/node --node-count 25 --time-limit 20 --rate 100 --latency 100 -- --strategy gossip --fanout 2 --interval 50ms

  # flood over a tree that the nodes work out for themselves, until each neighbor has acknowledged
  node --strategy flood --topology tree4 --delivery ack-retry

  # the same random graph with six neighbors each, at all nodes
  node --topology random --degree 6 --seed 7

  # a cluster of one, by hand
  echo '{"src":"c1","dest":"n0","body":{"type":"init","msg_id":1,"node_id":"n0","node_ids":["n0"]}}' | node

Flags, with their defaults:
`

// help returns the output of --help for the workload and strategy of c.
func help(c call) string {
	var b strings.Builder
	b.WriteString(usage)
	describe(&b, flags)
	fmt.Fprintf(&b, "\nFlags of strategy %s:\n", c.strategy.Name)
	describe(&b, c.strategy.Params)
	fmt.Fprintf(&b, "\nStrategies of workload %s (node --workload %s --strategy NAME --help has the flags of one; the default is %s):\n",
		c.workload, c.workload, strategies.Default(c.workload))
	for _, s := range strategies.Of(c.workload) {
		fmt.Fprintf(&b, "  %s\n      %s\n", s.Name, s.Doc)
	}
	return b.String()
}

// describe writes two lines for each flag.
func describe(b *strings.Builder, decls []param.Decl) {
	if len(decls) == 0 {
		b.WriteString("  none\n")
	}
	for _, d := range decls {
		fmt.Fprintf(b, "  --%s", d.Name)
		if d.Default != "" {
			fmt.Fprintf(b, "=%s", d.Default)
		}
		fmt.Fprintf(b, "\n      %s", d.Doc)
		if d.Kind != param.Text {
			fmt.Fprintf(b, "; %s", d.Want())
		}
		b.WriteString("\n")
	}
}
