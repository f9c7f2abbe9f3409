// Package antientropy compares the states of two nodes periodically: each round a
// node picks a peer, and the two resolve their differences.
//
// It is the anti-entropy of Demers et al., "Epidemic Algorithms for Replicated
// Database Maintenance", PODC 1987, section 1.3, with its modes push, pull and
// push-pull, its checksums, its recent update lists and its peeling back. Values
// move only in rounds; no node sends a value because it is new. Package gossip
// sends values that a peer may lack; here two nodes find out what is missing.
//
// # Comparison
//
// The node that opens a comparison gives values in mode=push, takes them in
// mode=pull, and does both in push-pull. The two find their differences by
//
//   - whole: sending everything;
//   - checksum: a checksum of everything, and everything if the checksums differ;
//   - recent: the values that arrived within window, with checksums. While the
//     checksums differ, they send older values, newest first, each time as many
//     as in all turns before, until nothing is left. A node's state is what it
//     had when it entered, so that values from a third node do not disturb the
//     comparison;
//   - ranges: digests of sixteen ranges of values, then of sixteen parts of each
//     range that differs, and the values themselves if a range has few. The idea
//     is old (Merkle); this form is close to Meyer, "Range-Based Set
//     Reconciliation", SRDS 2023, but splits at fixed values instead of between
//     items, and lists small ranges by a bitmap for each 64 values.
//
// The paper's updates have timestamps that all sites agree on. Ours have none, so
// recent means recently arrived at this node, and the lists of two nodes differ in
// order. If only one side gives, surplus values on the other side keep the
// checksums different, and everything is sent in vain until the surplus is
// resolved. That is the price of push and pull with checksum and recent.
//
// # Rest
//
// The paper's sites compare forever, and so do nodes with idle=always. With
// idle=silent a node skips a peer that is known to have everything. If that is true
// of all peers that it may choose, it rests until it learns something or receives a
// different state. Peers then confirm what they have, which costs messages. A node
// remembers at most 4096 such peers; with more peers it does not rest.
//
// # What it promises
//
// Every value reaches every node some time after the network has healed, if each
// node is reachable from each other over links that give values. A link that is a
// neighbor's in one direction only gives one way in push and in pull. In push-pull
// it gives both ways with idle=always, and with idle=silent only the way that push
// would. In pull and push-pull, a node that lost its values recovers all of them.
// In push with idle=silent, peers believe that it still has them until it has a
// value to push, which shows that it lacks the rest.
//
// Checksums and digests are sums of 64-bit hashes. They detect accidental
// differences, not attacks.
package antientropy

import (
	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/param"
	"gossipbench/strategies/peers"
)

// The kinds of messages.
const (
	// Rumor sends Values and ends a comparison; the newest has crossed Hops links.
	// Seq is the checksum of the sender's state, to be confirmed, or 0. Values and
	// Hops mean the same in the kinds below.
	Rumor broadcast.Kind = iota
	// State sends all Values of the sender, and asks for all others. Seq is their
	// checksum, to be confirmed, or 0.
	State
	// Ask asks for all values.
	Ask
	// Check sends the checksum Seq of the sender's state.
	Check
	// Recent sends a part of the sender's Values in a talk. Seq is the checksum of
	// the sender's state, and Ack the turn: see turn.
	Recent
	// Ranges sends digests or words: see tree. Ack counts the messages of the
	// comparison; in the first, Seq is the checksum of the sender's state.
	Ranges
	// Want names values of the receiver that the sender wants. Ack is as in Ranges.
	Want
	// Same confirms that the sender has the whole state with the checksum Seq.
	Same
)

// Round starts the next round.
const Round = Same + 1

// Spec is the strategy.
var Spec = broadcast.Spec{
	Name: "antientropy",
	Doc:  "each round two nodes compare all that they have, and resolve what differs",
	Source: "Demers et al., Epidemic Algorithms for Replicated Database Maintenance, PODC 1987, section 1.3; " +
		"compare=ranges: near to Meyer, Range-Based Set Reconciliation, SRDS 2023",
	Kinds: []string{Rumor: "rumor", State: "state", Ask: "ask", Check: "check", Recent: "recent",
		Ranges: "ranges", Want: "want", Same: "same", Round: "round"},
	Numbers: []broadcast.Kind{Ranges, Want},
	Params: append([]broadcast.Param{
		{Name: "mode", Kind: param.Choice, Default: "push-pull", Choices: []string{"push", "pull", "push-pull"},
			Doc: "whether who opens a comparison gives, takes, or both"},
		{Name: "compare", Kind: param.Choice, Default: "ranges", Choices: []string{"whole", "checksum", "recent", "ranges"},
			Doc: "how two nodes find out what differs: by all values, a checksum first, the recent values first, or digests of ranges"},
		{Name: "window", Kind: param.Duration, Default: "1s", Max: 3600,
			Doc: "with compare=recent, how long ago the oldest of the recent values arrived"},
	}, peers.Params()...),
	Promise: func(broadcast.Params) broadcast.Promise { return broadcast.IfHealed },
	Refuse:  refuse,
	New:     newNode,
}

// refuse refuses idle=silent in mode=pull, since a node that rests could not learn
// new values.
func refuse(p broadcast.Params) error {
	if p.Text("mode") == "pull" && p.Text("idle") == "silent" {
		return &param.Error{Owner: "antientropy", Name: "idle",
			Reason: "want always for mode=pull, whose peers may lack nothing and have news all the same, got silent"}
	}
	return nil
}
