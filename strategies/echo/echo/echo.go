// Package echo answers each message with itself, which is Maelstrom's first
// workload. It measures what an op costs where no node asks another.
//
// It is Maelstrom's, doc/02-echo. Nothing is promised that takes state.
package echo

import (
	"gossipbench/node/wire"
	"gossipbench/strategies/param"
	"gossipbench/strategies/service"
)

// Spec is the strategy.
var Spec = service.Spec{
	Workloads: []string{service.Echo},
	Name:      "echo",
	Doc:       "each message is answered with itself",
	Source:    "Maelstrom, doc/02-echo",
	Promise:   "an answer equals its request; available at every node",
	New:       func(param.Values) service.Service { return echo{} },
}

type echo struct{}

// Start implements service.Service.
func (echo) Start(env service.Env, _ service.Config) (service.Handlers, error) {
	return service.Handlers{"echo": func(m service.Message) {
		said := wire.Field(m.Body, "echo")
		if said == nil {
			service.Fail(env, m, wire.MalformedRequest, "echo: want a field echo, got none")
			return
		}
		env.Reply(m, "echo_ok", wire.Fields(nil).Raw("echo", said))
	}}, nil
}
