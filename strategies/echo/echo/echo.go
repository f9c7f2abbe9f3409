// Package echo answers each message with its content: Maelstrom's first workload
// (doc/02-echo). It measures the cost of an op without messages between nodes. It
// has no state.
package echo

import (
	"gossipbench/node/wire"
	"gossipbench/strategies/param"
	"gossipbench/strategies/server"
)

// Spec is the strategy.
var Spec = server.Spec{
	Workloads: []string{server.Echo},
	Name:      "echo",
	Doc:       "each message is answered with itself",
	Source:    "Maelstrom, doc/02-echo",
	Promise:   "an answer equals its request; available at every node",
	New:       func(param.Values) server.Service { return echo{} },
}

type echo struct{}

// Start implements server.Service.
func (echo) Start(env server.Env, _ server.Config) (server.Handlers, error) {
	return server.Handlers{"echo": func(m server.Message) {
		said := wire.Field(m.Body, "echo")
		if said == nil {
			server.Fail(env, m, wire.MalformedRequest, "echo: want a field echo, got none")
			return
		}
		env.Reply(m, "echo_ok", wire.Fields(nil).Raw("echo", said))
	}}, nil
}
