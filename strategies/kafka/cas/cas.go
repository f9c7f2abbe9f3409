// Package cas lets every node append to any log by a compare-and-set in lin-kv.
//
// It is the usual solution of the multi-node log of Gossip Glomers. A node appends
// all messages that arrived during its last write to a log in one write. A write
// that is lost to another node is repeated on the new state. A poll reads the last
// segment of each log in lin-kv, since any node may have written it; full segments
// are cached.
//
// Not promised: that a node succeeds if many write to one log. A message that is
// not written in time is refused.
package cas

import (
	"gossipbench/node/wire"
	"gossipbench/strategies/kafka"
	"gossipbench/strategies/param"
	"gossipbench/strategies/server"
)

// Spec is the strategy.
var Spec = server.Spec{
	Workloads: []string{server.Kafka},
	Name:      "cas",
	Doc:       "every node appends to any log by a compare-and-set in lin-kv",
	Source:    "Fly.io, Gossip Glomers, challenge 5b; Maelstrom, doc/services.md",
	Promise:   "every log shows each offset's one message to all, and loses none; a poll shows all that was acknowledged before; available to those who reach lin-kv",
	Params: []param.Decl{
		kafka.Segment,
		kafka.Batch,
		{Name: "look", Kind: param.Choice, Default: "first", Choices: []string{"first", "lost"},
			Doc: "when to read the end of a log that is to be written: first, or once a write to where it last ended was lost"},
		{Name: "backoff", Kind: param.Duration, Default: "10ms", Min: .001, Max: 60,
			Doc: "mean wait of a node after it lost against another for the second time; the mean doubles each time, up to 64 of it"},
	},
	New: func(p param.Values) server.Service {
		return cas{kafka.Options{
			Segment: p.Int("segment"), Batch: p.Int("batch"), Look: p.Text("look") == "first", Backoff: p.Duration("backoff"),
			Sole: func(string) bool { return false },
		}}
	},
}

type cas struct{ options kafka.Options }

// Start implements server.Service.
func (s cas) Start(env server.Env, c server.Config) (server.Handlers, error) {
	logs := kafka.NewLogs(env, c, server.Life(c.Disk), s.options)
	handlers := kafka.NewCommitted(env, c).Handlers()
	handlers["send"] = func(m server.Message) {
		key, message, ok := kafka.ReadSend(env, m)
		if !ok {
			return
		}
		logs.Append(key, message, env.Now()+kafka.Patience, func(offset int64, err *wire.Error) {
			kafka.AnswerSend(env, m, offset, err)
		})
	}
	handlers["poll"] = func(m server.Message) {
		if positions, ok := kafka.ReadPositions(env, m); ok {
			logs.Poll(positions, env.Now()+kafka.Patience, func(runs []kafka.Run, err *wire.Error) {
				kafka.AnswerPoll(env, m, runs, err)
			})
		}
	}
	return handlers, nil
}
