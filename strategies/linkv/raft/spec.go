// Package raft keeps registers in a log that the nodes agree on by Raft: reads,
// writes and compare-and-sets of lin-kv, linearizable whatever fails.
//
// The core is strategies/raft, whose documentation names the papers. Here it gets
// its messages, its disk, its clients and its state machine. Any node takes a
// request, and has the leader do it or says at once that it cannot. A request
// whose leader is lost is tried again with the next one; so that it is done once
// even then, and where the network doubles it, every request has a name: the
// node that took it, how often that node has started, and a number. The state
// machine knows the last names of each node, with what came of them (Ongaro and
// Ousterhout 2014, §8).
//
// Writes need a majority of the nodes; reads too, by a round of heartbeats or by
// an entry of their own. A node that knows of no leader keeps a request for as
// long as a client of Maelstrom would wait, and less one second.
//
// What the core must not forget is on the node's Disk: term, vote, log and
// snapshot outlive kill -9. A node that loses its disk must not come back.
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
