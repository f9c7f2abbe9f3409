// Package strategies is the registry of every strategy, and holds the tests
// that each of them must pass.
package strategies

import (
	"fmt"

	"gossipbench/strategies/broadcast/flood"
	family "gossipbench/strategies/broadcast/gossip"
	"gossipbench/strategies/broadcast/plan"
	"gossipbench/strategies/gossip"
	"gossipbench/strategies/param"
)

// broadcast has each strategy of the broadcast workload, sorted by name.
var broadcast = []gossip.Spec{
	flood.Spec,
	family.Spec,
	plan.Spec,
}

// Broadcast returns the strategies of the broadcast workload, sorted by name.
func Broadcast() []gossip.Spec {
	return append([]gossip.Spec(nil), broadcast...)
}

// FindBroadcast returns the strategy of that name. The error hints at what
// could have been meant.
func FindBroadcast(name string) (gossip.Spec, error) {
	var names []string
	for _, s := range broadcast {
		if s.Name == name {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return gossip.Spec{}, fmt.Errorf("no such strategy: %q, %s", name, param.Hint(name, names))
}
