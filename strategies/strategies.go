// Package strategies is the registry of all strategies. Its tests are those that
// every strategy must pass.
package strategies

import (
	"fmt"
	"slices"
	"strings"

	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/broadcast/antientropy"
	"gossipbench/strategies/broadcast/flood"
	family "gossipbench/strategies/broadcast/gossip"
	"gossipbench/strategies/broadcast/plan"
	"gossipbench/strategies/broadcast/plumtree"
	"gossipbench/strategies/broadcast/pushthenpull"
	"gossipbench/strategies/broadcast/reconcile"
	"gossipbench/strategies/broadcast/rumor"
	"gossipbench/strategies/broadcast/star"
	"gossipbench/strategies/counter/counter"
	"gossipbench/strategies/echo/echo"
	kafkacas "gossipbench/strategies/kafka/cas"
	"gossipbench/strategies/kafka/memory"
	"gossipbench/strategies/kafka/ring"
	"gossipbench/strategies/linkv/proxy"
	"gossipbench/strategies/linkv/raft"
	"gossipbench/strategies/param"
	"gossipbench/strategies/server"
	txngossip "gossipbench/strategies/txn/gossip"
	"gossipbench/strategies/txn/keylocks"
	"gossipbench/strategies/txn/lock"
	"gossipbench/strategies/uniqueids/ids"
)

// broadcasts has each strategy of the broadcast workload, sorted by name.
var broadcasts = []broadcast.Spec{
	antientropy.Spec,
	flood.Spec,
	family.Spec,
	plan.Spec,
	plumtree.Spec,
	pushthenpull.Spec,
	reconcile.Spec,
	rumor.Spec,
	star.Spec,
}

// servers has each strategy of the other workloads, sorted by name.
var servers = []server.Spec{
	counter.CAS,
	kafkacas.Spec,
	ids.Counter,
	counter.CRDT,
	echo.Spec,
	ids.Flake,
	ids.Lamport,
	txngossip.Spec,
	keylocks.Spec,
	lock.Spec,
	memory.Spec,
	proxy.Spec,
	raft.Spec,
	ring.Spec,
	counter.SeqKV,
	ids.UUID,
}

// Broadcast returns the strategies of the broadcast workload, sorted by name.
func Broadcast() []broadcast.Spec {
	return append([]broadcast.Spec(nil), broadcasts...)
}

// FindBroadcast returns a strategy by name. The error has a hint.
func FindBroadcast(name string) (broadcast.Spec, error) {
	var names []string
	for _, s := range broadcasts {
		if s.Name == name {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return broadcast.Spec{}, fmt.Errorf("no such strategy: %q, %s", name, param.Hint(name, names))
}

// Workloads are the workloads of nodes, by Maelstrom's names.
var Workloads = []string{
	"broadcast", server.Echo, server.UniqueIDs, server.GSet, server.GCounter, server.PNCounter,
	server.LinKV, server.Kafka, server.RWRegister, server.ListAppend,
}

// Strategy is one way to answer a workload.
type Strategy struct {
	server.Spec                 // without New for broadcast and g-set
	Gossip      *broadcast.Spec // nil for other workloads than broadcast and g-set
}

// Of returns the strategies of a workload, sorted by name.
func Of(workload string) []Strategy {
	var all []Strategy
	if workload == "broadcast" || workload == server.GSet {
		for _, s := range broadcasts {
			all = append(all, Strategy{Gossip: &s, Spec: server.Spec{
				Workloads: []string{"broadcast", server.GSet}, Name: s.Name, Doc: s.Doc, Source: s.Source, Params: s.Params, Refuse: s.Refuse,
			}})
		}
	}
	for _, s := range servers {
		if slices.Contains(s.Workloads, workload) {
			all = append(all, Strategy{Spec: s})
		}
	}
	slices.SortFunc(all, func(a, b Strategy) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// Find returns a strategy by name. The error has a hint.
func Find(workload, name string) (Strategy, error) {
	var names []string
	for _, s := range Of(workload) {
		if s.Name == name {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return Strategy{}, fmt.Errorf("no such strategy of workload %s: %q, %s", workload, name, param.Hint(name, names))
}

// Default returns the strategy of a workload that names none.
func Default(workload string) string {
	if _, err := Find(workload, "gossip"); err == nil {
		return "gossip"
	}
	if all := Of(workload); len(all) > 0 {
		return all[0].Name
	}
	return ""
}

// Service makes a node of the strategy. Params must be checked. Graph returns the
// neighbors of each node; it is nil if Maelstrom offers them.
func (s Strategy) Service(workload string, params param.Values, graph func(nodes int) ([][]broadcast.NodeID, error)) server.Service {
	if s.Gossip != nil {
		return server.Broadcast{Spec: *s.Gossip, Params: params, Graph: graph, Set: workload == server.GSet}
	}
	return s.New(params)
}
