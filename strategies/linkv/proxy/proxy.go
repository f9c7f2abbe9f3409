// Package proxy keeps nothing: it has Maelstrom's service lin-kv do what clients
// ask for, and passes on the answer. It is what any other strategy of lin-kv can
// be compared with: as consistent as that one service, available where the
// service is, and two messages an op.
//
// It is ours, after the proxy in Maelstrom's documentation of its services.
package proxy

import (
	"time"

	"gossipbench/node/wire"
	"gossipbench/strategies/param"
	"gossipbench/strategies/service"
)

// lin is the service, by Maelstrom's name.
const lin = "lin-kv"

// patience is how long the service has to answer: less than the five seconds
// that a client of Maelstrom waits, so that the client hears of it.
const patience = 4 * time.Second

// Spec is the strategy.
var Spec = service.Spec{
	Workloads: []string{service.LinKV},
	Name:      "proxy",
	Doc:       "each request is passed on to the service lin-kv",
	Source:    "Maelstrom, doc/services.md",
	Promise:   "linearizable; available to those who reach the service",
	New:       func(param.Values) service.Service { return proxy{} },
}

type proxy struct{}

// Start implements service.Service.
func (proxy) Start(env service.Env, _ service.Config) (service.Handlers, error) {
	pass := func(keys ...string) func(service.Message) {
		return func(m service.Message) { call(env, m, keys) }
	}
	return service.Handlers{
		"read":  pass("key"),
		"write": pass("key", "value"),
		"cas":   pass("key", "from", "to", "create_if_not_exists"),
	}, nil
}

// call passes on a request with the fields that the service knows, and then the
// answer.
func call(env service.Env, m service.Message, keys []string) {
	var fields wire.Fields
	for _, key := range keys {
		if value := wire.Field(m.Body, key); value != nil {
			fields = fields.Raw(key, value)
		}
	}
	env.Call(lin, m.Type, fields, patience, func(reply service.Message, err *wire.Error) {
		switch {
		case err != nil && err.Code == wire.Timeout && m.Type == "read":
			// Whether a read was done does not matter.
			service.Fail(env, m, wire.TemporarilyUnavailable, "%s: %s", lin, err.Text)
		case err != nil:
			service.Fail(env, m, err.Code, "%s: %s", lin, err.Text)
		case m.Type == "read":
			env.Reply(m, "read_ok", wire.Fields(nil).Raw("value", wire.Field(reply.Body, "value")))
		default:
			env.Reply(m, m.Type+"_ok", nil)
		}
	})
}
