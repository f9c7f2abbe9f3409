// Package memory keeps all logs in the memory of a single node. It is the baseline
// for other strategies of kafka: it sends no messages.
//
// It is ours, after the first step of Gossip Glomers 5, "Single-Node Kafka-Style
// Log".
//
// It refuses to run in a cluster of several nodes, and promises nothing after the
// node is killed.
package memory

import (
	"encoding/json"
	"fmt"

	"gossipbench/strategies/kafka"
	"gossipbench/strategies/param"
	"gossipbench/strategies/server"
)

// Spec is the strategy.
var Spec = server.Spec{
	Workloads: []string{server.Kafka},
	Name:      "memory",
	Doc:       "all logs in the memory of the only node",
	Source:    "Fly.io, Gossip Glomers, challenge 5a",
	Promise:   "every log shows each offset's one message to all, and loses none, while there is one node and nobody kills it",
	New:       func(param.Values) server.Service { return memory{} },
}

type memory struct{}

// node is the single node.
type node struct {
	env       server.Env
	logs      map[string][]json.RawMessage
	committed map[string]int64
}

// Start implements server.Service. It fails in a cluster of several nodes.
func (memory) Start(env server.Env, c server.Config) (server.Handlers, error) {
	if len(c.Nodes) != 1 {
		return nil, fmt.Errorf("memory: want one node, got %d", len(c.Nodes))
	}
	n := &node{env, map[string][]json.RawMessage{}, map[string]int64{}}
	return server.Handlers{"send": n.send, "poll": n.poll, "commit_offsets": n.commit, "list_committed_offsets": n.list}, nil
}

func (n *node) send(m server.Message) {
	if key, message, ok := kafka.ReadSend(n.env, m); ok {
		n.logs[key] = append(n.logs[key], message)
		kafka.AnswerSend(n.env, m, int64(len(n.logs[key])-1), nil)
	}
}

func (n *node) poll(m server.Message) {
	positions, ok := kafka.ReadPositions(n.env, m)
	if !ok {
		return
	}
	var runs []kafka.Run
	for _, p := range positions {
		log := n.logs[p.Key]
		first := min(max(0, p.Offset), int64(len(log)))
		rest := log[first:]
		runs = append(runs, kafka.Run{Key: p.Key, First: first, Messages: rest[:min(len(rest), kafka.MostPolled)]})
	}
	kafka.AnswerPoll(n.env, m, runs, nil)
}

func (n *node) commit(m server.Message) {
	positions, ok := kafka.ReadPositions(n.env, m)
	if !ok {
		return
	}
	for _, p := range positions {
		if now, has := n.committed[p.Key]; !has || p.Offset > now {
			n.committed[p.Key] = p.Offset
		}
	}
	n.env.Reply(m, "commit_offsets_ok", nil)
}

func (n *node) list(m server.Message) {
	keys, ok := kafka.ReadKeys(n.env, m)
	if !ok {
		return
	}
	var list []kafka.Position
	for _, key := range keys {
		if offset, has := n.committed[key]; has {
			list = append(list, kafka.Position{Key: key, Offset: offset})
		}
	}
	kafka.AnswerList(n.env, m, list, nil)
}
