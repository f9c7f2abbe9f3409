// Package gossip is a family of strategies that talk to a few peers at a time:
// push, pull and push-pull, in rounds or on arrival, with neighbors or with
// anybody.
//
// Push, pull and push-pull in rounds are the anti-entropy of Demers et al.,
// "Epidemic Algorithms for Replicated Database Maintenance", PODC 1987, section
// 1.3; with fanout peers a round instead of one, and each node with a random
// phase. payload=delta stands for the paper's ways to compare little (checksums,
// recent update lists), but not by any of them: see Knowledge. Push on arrival
// (interval=0) is what Eugster, Guerraoui, Kermarrec and Massoulié, "Epidemic
// Information Dissemination in Distributed Systems", IEEE Computer 37(5), 2004,
// call infect and die. Rumor mongering, whose nodes lose interest (Demers et al.,
// section 1.4), is not here. The defaults are the strategy of the seed article:
// each 50 ms all that is known to a random node and to a random neighbor.
//
// # Rounds
//
// Every node has a round each interval, from a random phase on. In a round it
// chooses fanout peers afresh. Push tells them its values. Pull asks them, and
// they answer with theirs. Push-pull does both in one message and its answer. A
// node that knows no value tells and answers nothing, but it does ask.
//
// With interval=0 there are no rounds. Who learns values tells them at once to
// fanout peers, and is done with them: with payload=delta it sends the news,
// with payload=full everything. The peer that the news came from is passed over
// among neighbors, not among random nodes.
//
// # Knowledge
//
// With payload=delta a peer is sent what it is not known to have, and with
// idle=silent it is sent nothing where it is not known to lack anything. A peer
// is known to have a beginning of one's log, the list of values in the order in
// which they were learnt:
//   - as far as it has been sent (delivery=fire-and-forget), or has acknowledged
//     (ack-retry): each message carries a bookmark, the length of the log
//     after the message's values and a fingerprint of the log to there, and the
//     acknowledgement returns it;
//   - all of it, if it was known to have all of it, and then brought news.
//
// In pull the asker keeps the bookmark that came with the last answer, and shows
// it when it asks again; the answer begins there. So the loss of a question or an
// answer costs a round, and no value. A bookmark that does not fit the log, as
// after a restart of its owner, counts as none. The price: what the asker brought
// itself lies after its bookmark, and comes back to it once.
//
// With idle=always a push that has nothing new to tell repeats everything, even
// with payload=delta, for what was sent may be lost.
//
// A node remembers its neighbors, and of others at most 4096 (of 32 bytes each);
// who has been forgotten is not known to have anything. None of this is kept
// where nothing asks for it: payload=full idle=always fire-and-forget, or
// interval=0.
//
// # Restarts
//
// A node that lost its values asks for all of them (pull, push-pull), or is told
// all of them (push with idle=always). With push and idle=silent it is told only
// what its peers do not believe it to have, and the rest is lost to it.
package gossip

import (
	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/param"
)

// The kinds of messages.
const (
	// Rumor brings Values, the newest of which has crossed Hops links. Seq is
	// the bookmark in the sender's log after them, or 0 where nobody needs it.
	Rumor broadcast.Kind = iota
	// Ack returns the Seq of a rumor that has arrived.
	Ack
	// Pull asks for the values after the bookmark Seq in the receiver's log. In
	// push-pull it brings Values and Hops as well.
	Pull
)

// The kinds of timers.
const (
	// Round is the next round.
	Round broadcast.Kind = 3 + iota
	// Retry asks whether Peer has acknowledged what it was sent. In rounds Seq
	// counts the rumors to that peer; without, it is the end of the rumor in
	// the log.
	Retry
)

// longest bounds the back-off, in units of retry. Chosen, as flood's: with
// retry=500ms a rumor goes out again within 4 s of a heal, inside Maelstrom's
// recovery of 10 s.
const longest = 8

// Spec is the family.
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

// refuse refuses what a parameter of its own could not mean anything for.
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

// promise says what the parameters guarantee. Where peers are drawn at random
// round after round, it does so with probability 1 in the long run.
func promise(p broadcast.Params) broadcast.Promise {
	reliable := p.Text("delivery") == "ack-retry"
	switch {
	case p.Text("mode") != "push":
		return broadcast.IfHealed // who lacks a value asks until it gets it
	case p.Duration("interval") == 0 && p.Int("fanout") > 0:
		return broadcast.Probably // each value is told to a few peers, once
	case p.Duration("interval") > 0 && p.Text("idle") == "always", reliable:
		return broadcast.IfHealed
	default:
		return broadcast.IfLossless // each value is sent once to every peer there is
	}
}
