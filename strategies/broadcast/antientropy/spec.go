// Package antientropy is the periodic comparison of two nodes' whole states:
// each round a node picks a peer, and the two resolve what differs between them.
//
// It is the anti-entropy of Demers et al., "Epidemic Algorithms for Replicated
// Database Maintenance", PODC 1987, section 1.3, with its modes push, pull and
// push-pull, its checksums, its recent update lists and its peeling back. Nothing
// moves but in rounds: nobody tells anybody a value because it is new. The family
// gossip sends blindly what may be missing; here the two find out what is.
//
// # Comparison
//
// Who opens a comparison gives in mode=push, takes in mode=pull, and does both in
// push-pull. How the two find out what differs:
//   - whole: by sending everything;
//   - checksum: by a checksum of everything, and by everything where those differ;
//   - recent: by the values that arrived within window, then checksums, and where
//     those differ still, by ever older values, newest first, each time as many as
//     in all turns before, until the checksums agree or nothing is left. Two nodes
//     count as states what they had when they opened, so that news from a third
//     does not spoil the comparison;
//   - ranges: by digests of sixteen ranges of values, then of sixteen parts of each
//     that differs, and where a range holds little, by naming what is in it. The
//     idea is old (Merkle); this form is near to Meyer, "Range-Based Set
//     Reconciliation", SRDS 2023, but cuts at fixed places instead of between
//     items, and names small ranges by a bitmap for each 64 values.
//
// The paper's updates have times that all sites agree on. Ours do not, so recent
// means recently arrived here, and the lists of two nodes differ in order. Where
// only one side gives, a surplus on the other side keeps checksums apart, so that
// everything is sent in vain until it is gone: the price of push and pull with
// checksum and recent.
//
// # Rest
//
// The paper's sites compare for ever, and so do nodes with idle=always. With
// idle=silent a node passes over a peer which is known to have all that it has, and
// when that is so of all whom it may choose it rests until it learns something or
// is shown a state unlike its own. Peers then confirm what they have, which costs
// messages. The peers of at most 4096 are known; with more the node does not rest.
//
// # What it promises
//
// Every value everywhere some time after the network has healed, where each node
// can be reached from each other by links that give. A link that is no neighbor's
// the other way round gives one way in push and in pull. In push-pull it gives both
// ways while nodes compare for ever, and with idle=silent only that way that push
// would. A node that lost its values is given all that it lacks in pull and
// push-pull. In push with idle=silent, peers believe that it has them still until
// it has a value to push, and so shows that it lacks the rest.
//
// Checksums and digests are sums of 64-bit hashes. They guard against chance, not
// against enemies.
package antientropy

import (
	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/param"
	"gossipbench/strategies/peers"
)

// The kinds of messages.
const (
	// Rumor brings Values, the newest of which has crossed Hops links, and ends
	// a comparison. Seq is the checksum of the sender's state, to be confirmed;
	// 0 asks for no confirmation. In what follows Values and Hops are the same.
	Rumor broadcast.Kind = iota
	// State brings all of the sender's Values and asks for those that are not
	// among them. Seq is their checksum where the answer is to confirm it.
	State
	// Ask asks for everything.
	Ask
	// Check shows the checksum Seq of the sender's state.
	Check
	// Recent brings a part of the sender's Values, in turn with the receiver's.
	// Seq is the checksum of the sender's state, and Ack the turn: see turn.
	Recent
	// Ranges shows digests or names of values: see tree. Ack counts the messages
	// of the comparison; the first has the checksum of the sender's state in Seq.
	Ranges
	// Want names values that the receiver showed and the sender wants. Ack is as
	// in Ranges.
	Want
	// Same confirms that the sender has all of the state whose checksum is Seq.
	Same
)

// Round is the timer of the next round.
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

// refuse refuses rest to those who can only ask: what they do not have, nobody
// tells them.
func refuse(p broadcast.Params) error {
	if p.Text("mode") == "pull" && p.Text("idle") == "silent" {
		return &param.Error{Owner: "antientropy", Name: "idle",
			Reason: "want always for mode=pull, whose peers may lack nothing and have news all the same, got silent"}
	}
	return nil
}
