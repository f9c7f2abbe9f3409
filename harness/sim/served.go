package sim

import (
	"context"
	"fmt"

	"gossipbench/harness/experiment"
	"gossipbench/harness/virtual"
	"gossipbench/strategies"
	"gossipbench/strategies/gossip"
	"gossipbench/strategies/service"
	"gossipbench/strategies/topology"
)

// gossips reports whether a workload's nodes are simulated as strategies; those
// of others are services.
func gossips(workload string) bool { return workload == "broadcast" || workload == "dissemination" }

// maxServed bounds the nodes of a trial whose nodes are services. Chosen: each
// message between them looks at every node.
const maxServed = 1000

// checkServed is Check for the workloads of services.
func checkServed(t experiment.Trial) error {
	s, err := strategies.Find(t.Workload, t.Strategy)
	switch {
	case err != nil:
		return fmt.Errorf("backend sim: %w", err)
	case t.Nodes > maxServed:
		return fmt.Errorf("backend sim: nodes: want at most %d of workload %s, got %d", maxServed, t.Workload, t.Nodes)
	case t.Rounds == "synchronous":
		return fmt.Errorf("backend sim: rounds: want asynchronous for workload %s, got synchronous", t.Workload)
	case s.Gossip != nil:
		if err := topology.Check(t.Topology, t.Nodes, t.Degree); err != nil {
			return fmt.Errorf("backend sim: %w", err)
		}
	}
	return nil
}

// serve runs a trial whose nodes are services.
func (b *Backend) serve(ctx context.Context, t experiment.Trial, result experiment.Result) (experiment.Result, error) {
	if b.options.Trace != nil {
		return result, fmt.Errorf("trace: want a trial of workload broadcast or dissemination, got %s", t.Workload)
	}
	s, err := strategies.Find(t.Workload, t.Strategy)
	if err != nil {
		return result, err
	}
	graph := func(nodes int) ([][]gossip.NodeID, error) {
		return topology.Build(t.Topology, nodes, t.Degree, t.Seed)
	}
	node := func() service.Service { return s.Service(t.Workload, t.Params, graph) }
	var cost cost
	if b.options.Cost {
		cost.start()
	}
	results, metrics, err := virtual.Run(ctx, t, node, b.options.History)
	if err != nil {
		return result, err
	}
	result.Outcome, result.Reasons, result.Metrics, result.Warnings = results.Outcome(), results.Reasons(), metrics, results.Warnings()
	if b.options.Cost {
		cost.endServed(result.Metrics)
	}
	return result, context.Cause(ctx)
}
