package host_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	"gossipbench/node/host"
	"gossipbench/node/wire"
	"gossipbench/strategies/server"
)

// node answers Maelstrom's workload broadcast. It sends each new value once to all
// other nodes.
type node struct{ values []int64 }

func (n *node) Start(env server.Env, c server.Config) (server.Handlers, error) {
	add := func(m server.Message) (v int64, isNew bool) {
		v, _ = wire.Int(wire.Field(m.Body, "message"))
		for _, known := range n.values {
			if known == v {
				return v, false
			}
		}
		n.values = append(n.values, v)
		return v, true
	}
	return server.Handlers{
		"topology": func(m server.Message) { env.Reply(m, "topology_ok", nil) },
		"read": func(m server.Message) {
			env.Reply(m, "read_ok", wire.AppendInts(wire.Fields(nil).Key("messages"), n.values))
		},
		"broadcast": func(m server.Message) {
			env.Reply(m, "broadcast_ok", nil)
			if v, isNew := add(m); isNew {
				for _, other := range c.Nodes {
					if other != c.Self {
						env.Send(other, "tell", wire.Fields(nil).Int("message", v))
					}
				}
			}
		},
		"tell": func(m server.Message) { add(m) },
	}, nil
}

// In a real program this is main, and Stdin is os.Stdin.
func Example() {
	err := host.Run(context.Background(), &node{}, host.Options{
		Stdin: strings.NewReader(`{"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1","n2"]}}
{"src":"c1","dest":"n1","body":{"type":"broadcast","msg_id":1,"message":7}}
{"src":"c1","dest":"n1","body":{"type":"read","msg_id":2}}
`),
		Stdout: os.Stdout,
		Stderr: os.Stderr,
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// {"src":"n1","dest":"c0","body":{"type":"init_ok","in_reply_to":1}}
	// {"src":"n1","dest":"c1","body":{"type":"broadcast_ok","in_reply_to":1}}
	// {"src":"n1","dest":"n2","body":{"type":"tell","message":7}}
	// {"src":"n1","dest":"c1","body":{"type":"read_ok","in_reply_to":2,"messages":[7]}}
}
