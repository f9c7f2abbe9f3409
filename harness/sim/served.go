package sim

import (
	"context"
	"fmt"

	simserver "gossipbench/harness/sim/server"
	"gossipbench/harness/trial"
	"gossipbench/strategies"
	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/server"
	"gossipbench/strategies/topology"
)

// gossips reports whether this package simulates the nodes of a workload; sim/server runs
// the others.
func gossips(workload string) bool { return workload == "broadcast" || workload == "dissemination" }

// maxServed bounds the nodes of a trial in sim/server. Chosen: for each message the
// router looks at every node.
const maxServed = 1000

// checkServed is Check for the workloads of sim/server.
func checkServed(t trial.Trial) error {
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

// serve runs a trial in sim/server.
func (b *Backend) serve(ctx context.Context, t trial.Trial, result trial.Result) (trial.Result, error) {
	if b.options.Trace != nil {
		return result, fmt.Errorf("trace: want a trial of workload broadcast or dissemination, got %s", t.Workload)
	}
	s, err := strategies.Find(t.Workload, t.Strategy)
	if err != nil {
		return result, err
	}
	graph := func(nodes int) ([][]broadcast.NodeID, error) {
		return topology.Build(t.Topology, nodes, t.Degree, t.Seed)
	}
	node := func() server.Service { return s.Service(t.Workload, t.Params, graph) }
	var cost cost
	if b.options.Cost {
		cost.start()
	}
	results, metrics, err := simserver.Run(ctx, t, node, b.options.History)
	if err != nil {
		return result, err
	}
	result.Outcome, result.Reasons, result.Metrics, result.Warnings = results.Outcome(), results.Reasons(), metrics, results.Warnings()
	if b.options.Cost {
		cost.endServed(result.Metrics)
	}
	return result, context.Cause(ctx)
}
