// Package raft stores registers in a log that the nodes agree on by Raft: reads,
// writes and compare-and-sets of lin-kv, linearizable under all faults.
//
// The core is strategies/raft, which names the papers. This package adds messages,
// disk, clients and the state machine. Any node accepts a request, and forwards it
// to the leader or refuses it at once. A request whose leader is lost is retried
// with the next leader. To be executed once even then, or if the network duplicates
// it, a request has a name: the node that accepted it, the number of that node's
// starts, and a sequence number. The state machine stores the last names of each
// node with their outcomes (Ongaro and Ousterhout 2014, §8).
//
// Writes need a majority of the nodes. So do reads, by a round of heartbeats or by
// a log entry. A node that knows no leader keeps a request for one second less than
// a client of Maelstrom waits.
//
// The core's durable state is on the node's Disk: term, vote, log and snapshot
// survive kill -9. A node that loses its disk must not return.
package raft

import (
	"errors"

	"gossipbench/strategies/param"
	"gossipbench/strategies/server"
)

// Spec is the strategy.
var Spec = server.Spec{
	Workloads: []string{server.LinKV},
	Name:      "raft",
	Doc:       "registers in a log that the nodes agree on by Raft",
	Source: "Ongaro and Ousterhout, In Search of an Understandable Consensus Algorithm (Extended Version), 2014; " +
		"Ongaro, Consensus: Bridging Theory and Practice, 2014, sections 6.2, 6.4 and 9.6",
	Promise: "linearizable, also after kill -9; available to those who reach a majority, but for elections",
	Params: []param.Decl{
		{Name: "election", Kind: param.Duration, Default: "500ms", Min: 0.001, Max: 3600,
			Doc: "the least time without a leader after which a node stands for election; it waits up to twice as long, by chance"},
		{Name: "heartbeat", Kind: param.Duration, Default: "50ms", Min: 0.001, Max: 3600,
			Doc: "time between two heartbeats of a leader"},
		{Name: "prevote", Kind: param.Bool, Default: "true",
			Doc: "whether a node asks if it would be elected before it deposes a leader"},
		{Name: "reads", Kind: param.Choice, Default: "readindex", Choices: []string{"readindex", "log"},
			Doc: "how a leader makes sure that it still leads: by a round of heartbeats, or by an entry in the log for each read"},
		{Name: "followers", Kind: param.Choice, Default: "forward", Choices: []string{"forward", "refuse"},
			Doc: "what other nodes do with requests: have the leader do them, or answer error 11, temporarily unavailable"},
		{Name: "snapshot-after", Kind: param.Int, Default: "1000", Min: 1, Max: 1e9, Unit: "entries",
			Doc: "how many applied entries a snapshot replaces"},
	},
	Refuse: func(p param.Values) error {
		if p.Duration("election") < p.Duration("heartbeat") {
			return errors.New("raft: election: want at least heartbeat, or leaders are deposed between two heartbeats")
		}
		return nil
	},
	New: func(p param.Values) server.Service {
		return &node{
			election: p.Duration("election"), heartbeat: p.Duration("heartbeat"), prevote: p.Bool("prevote"),
			logReads: p.Text("reads") == "log", refuse: p.Text("followers") == "refuse", snapshotAfter: uint64(p.Int("snapshot-after")),
		}
	},
}
