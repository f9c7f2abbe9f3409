// Package gossip exchanges values with a few peers at a time: by push, pull or
// push-pull, in rounds or on arrival, with neighbors or with random nodes.
//
// Push, pull and push-pull in rounds are the anti-entropy of Demers et al.,
// "Epidemic Algorithms for Replicated Database Maintenance", PODC 1987, section
// 1.3, with fanout peers a round instead of one, and a random phase for each node.
// payload=delta serves the same purpose as the paper's checksums and recent update
// lists, by other means: see Knowledge. Push on arrival (interval=0) is called
// infect and die by Eugster, Guerraoui, Kermarrec and Massoulié, "Epidemic
// Information Dissemination in Distributed Systems", IEEE Computer 37(5), 2004.
// Rumor mongering (Demers et al., section 1.4) is in package rumor. The defaults
// are the strategy of the seed article: every 50 ms a node sends all its values to
// a random node and a random neighbor.
//
// # Rounds
//
// Every node has a round each interval, after a random phase. In each round it
// chooses fanout peers. Push sends them its values. Pull asks them, and they answer
// with their values. Push-pull sends values with the question. A node without
// values sends no push and no answer, but it asks.
//
// With interval=0 there are no rounds. A node sends new values at once to fanout
// peers, and never again: with payload=delta the new values, with payload=full all
// its values. If peers are chosen from the neighbors, the sender of the values is
// not among them.
//
// # Knowledge
//
// With payload=delta a node omits the values that the peer is known to have. With
// idle=silent it sends nothing to a peer that is known to have everything. The log
// of a node is the list of its values in order of arrival. A peer is known to have
//
//   - a prefix of the log that it was sent (delivery=fire-and-forget) or has
//     acknowledged (ack-retry). Each message carries a bookmark: the length of the
//     log after its values, and a fingerprint of that prefix. The acknowledgement
//     returns the bookmark;
//   - the whole log, if it had the whole log before and then sent new values.
//
// In pull, the asker stores the bookmark of the last answer and sends it with the
// next question; the answer begins there. So a lost question or answer costs a
// round and no value. A bookmark that does not match the log, as after a restart,
// counts as none. The price: values that the asker itself sent lie after its
// bookmark, and come back once.
//
// With idle=always a push without new values repeats everything, even with
// payload=delta, since earlier messages may be lost.
//
// A node remembers its neighbors, and at most 4096 other nodes (32 bytes each). A
// forgotten node is not known to have anything. Nothing is remembered if nothing
// needs it: with payload=full idle=always fire-and-forget, or interval=0.
//
// # Restarts
//
// A node that lost its values asks for all of them (pull, push-pull), or is sent
// all of them (push with idle=always). With push and idle=silent its peers send
// only what they do not believe it to have, and it never recovers the rest.
package gossip

import (
	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/param"
)

// The kinds of messages.
const (
	// Rumor sends Values; the newest has crossed Hops links. Seq is the bookmark in
	// the sender's log after them, or 0 if nobody needs it.
	Rumor broadcast.Kind = iota
	// Ack acknowledges a rumor by its Seq.
	Ack
	// Pull asks for the values after the bookmark Seq in the receiver's log. In
	// push-pull it also sends Values and Hops.
	Pull
)

// The kinds of timers.
const (
	// Round starts the next round.
	Round broadcast.Kind = 3 + iota
	// Retry checks whether Peer has acknowledged a rumor. In rounds, Seq is the
	// number of rumors to that peer; without rounds, it is the end of the rumor in
	// the log.
	Retry
)

// longest bounds the back-off, in units of retry. Chosen, as in flood: with
// retry=500ms a node resends a rumor within 4 s of a heal, inside Maelstrom's
// recovery of 10 s.
const longest = 8

// Spec is the strategy.
var Spec = broadcast.Spec{
	Name: "gossip",
	Doc:  "push, pull or push-pull with a few peers at a time, in rounds or on arrival",
	Source: "Demers et al., Epidemic Algorithms for Replicated Database Maintenance, PODC 1987, section 1.3; " +
		"interval=0: Eugster et al., Epidemic Information Dissemination in Distributed Systems, IEEE Computer 37(5), 2004",
	Kinds: []string{Rumor: "rumor", Ack: "ack", Pull: "pull", Round: "round", Retry: "retry"},
	Params: []broadcast.Param{
		{Name: "mode", Kind: param.Choice, Default: "push", Choices: []string{"push", "pull", "push-pull"},
			Doc: "whether a node tells its peers, asks them, or both"},
		{Name: "fanout", Kind: param.Int, Default: "2", Max: 10_000, Unit: "peers",
			Doc: "how many peers a node tells or asks at a time; 0 is all that peers allows"},
		{Name: "interval", Kind: param.Duration, Default: "50ms", Max: 3600,
			Doc: "time between the rounds of a node; 0 tells news on arrival, and has no rounds"},
		{Name: "peers", Kind: param.Choice, Default: "mixed", Choices: []string{"neighbors", "random", "mixed"},
			Doc: "whom to choose from: neighbors, all other nodes, or one of all others and the rest of fanout from the neighbors"},
		{Name: "delivery", Kind: param.Choice, Default: "fire-and-forget", Choices: []string{"fire-and-forget", "ack-retry"},
			Doc: "whether a push is sent again until it is acknowledged"},
		{Name: "retry", Kind: param.Duration, Default: "500ms", Min: 0.001, Max: 3600,
			Doc: "with ack-retry, how long to wait for the first acknowledgement; longer each time, up to eightfold"},
		{Name: "payload", Kind: param.Choice, Default: "full", Choices: []string{"full", "delta"},
			Doc: "whether to send all values, or what the peer is not known to have"},
		{Name: "idle", Kind: param.Choice, Default: "always", Choices: []string{"silent", "always"},
			Doc: "whether to send values to a peer in a round that has nothing new for it; without rounds nobody does"},
	},
	Promise: promise,
	Refuse:  refuse,
	New:     newNode,
}

// refuse refuses parameters that have no meaning together.
func refuse(p broadcast.Params) error {
	mode := p.Text("mode")
	if mode == "push" {
		return nil
	}
	if p.Duration("interval") == 0 {
		return &param.Error{Owner: "gossip", Name: "interval",
			Reason: "want a duration above 0s for mode=" + mode + ", which asks once a round, got 0s"}
	}
	if p.Text("delivery") == "ack-retry" {
		return &param.Error{Owner: "gossip", Name: "delivery",
			Reason: "want fire-and-forget for mode=" + mode + ", whose answers are its acknowledgements and whose rounds its retries, got ack-retry"}
	}
	return nil
}

// promise returns the guarantee of the parameters. With random peers in rounds it
// holds with probability 1 in the long run.
func promise(p broadcast.Params) broadcast.Promise {
	reliable := p.Text("delivery") == "ack-retry"
	switch {
	case p.Text("mode") != "push":
		return broadcast.IfHealed // a node asks until it has every value
	case p.Duration("interval") == 0 && p.Int("fanout") > 0:
		return broadcast.Probably // each value is sent once, to a few peers
	case p.Duration("interval") > 0 && p.Text("idle") == "always", reliable:
		return broadcast.IfHealed
	default:
		return broadcast.IfLossless // each value is sent once to every possible peer
	}
}
