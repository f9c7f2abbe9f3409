// Package reconcile is anti-entropy in which two nodes exchange only their
// differences, and what it takes to find them. Each round a node sends a peer a few
// coded symbols of its set. The peer asks for more until it knows what only one of
// the two has. Common values cost nothing, so it is for large sets.
//
// The symbols are those of package riblt, after Yang, Gilad and Alizadeh,
// "Practical Rateless Set Reconciliation", SIGCOMM 2024. The rounds are those of
// Demers et al., "Epidemic Algorithms for Replicated Database Maintenance", PODC
// 1987, section 1.3, in mode push-pull. The paper streams symbols until it is told
// to stop, and wastes those in flight. Here nodes ask for symbols in batches, at
// the price of latency. The sizes of batches are ours: see plan.
//
// # A session
//
// The opener sends the first symbols of its set: as many as recent differences
// would have needed. The first symbol shows whether the sets are equal; then the
// session ends. Otherwise the peer subtracts its own symbols and decodes. It asks
// for batches until it has decoded the difference. Then it sends what the opener
// lacks, and asks for what it lacks itself. Both sides use the sets that they had
// when the session began. New values wait for the next round.
//
// Two nodes have one session at a time. A question without an answer is repeated a
// few times. Only the decoder stores the session. Each question tells the opener
// the length of its log with a fingerprint; the opener does not answer if that does
// not match its log, as after a restart.
//
// If the symbols are inconsistent, which happens by chance once in billions of
// items, or take more than both sets would, both nodes send everything. They also
// do so if one set is empty.
//
// # Rest
//
// With idle=always nodes open a session in every round. With idle=silent peers
// confirm equal sets. A node skips peers that have confirmed, and rests if all
// peers that it may choose have.
//
// # What it promises
//
// Every value reaches every node some time after the network has healed, if each
// node is connected with each other over links that its rounds use, in either
// direction; with idle=silent links must be neighbors' in both directions. A node
// that lost its values recovers all that any node has. A round trip must take less
// than fifteen seconds, after which a session is abandoned.
package reconcile

import (
	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/peers"
)

// The kinds of messages.
const (
	// Symbols sends coded symbols of the log up to the sender's bookmark Seq. The
	// first has index Ack; the numbers are those of pack. With index 0 it opens a
	// session.
	Symbols broadcast.Kind = iota
	// More asks the opener with the bookmark Seq for the symbols from index Ack up
	// to, but not including, its one number.
	More
	// Rumor sends Values; the newest has crossed Hops links.
	Rumor
	// Want names the values that the sender wants, or all if it has no numbers.
	Want
	// Same confirms that the sender's set equals the receiver's log up to the
	// bookmark Seq.
	Same
)

// The kinds of timers.
const (
	// Round starts the next round.
	Round broadcast.Kind = 5 + iota
	// Retry checks whether Peer has answered the question Seq.
	Retry
)

// Spec is the strategy.
var Spec = broadcast.Spec{
	Name: "reconcile",
	Doc:  "each round two nodes find what differs between them by coded symbols, and exchange no more than that",
	Source: "Yang, Gilad and Alizadeh, Practical Rateless Set Reconciliation, SIGCOMM 2024; " +
		"rounds: Demers et al., Epidemic Algorithms for Replicated Database Maintenance, PODC 1987, section 1.3",
	Kinds: []string{Symbols: "symbols", More: "more", Rumor: "rumor", Want: "want", Same: "same",
		Round: "round", Retry: "retry"},
	Numbers: []broadcast.Kind{Symbols, More, Want},
	Params:  peers.Params(),
	Promise: func(broadcast.Params) broadcast.Promise { return broadcast.IfHealed },
	New:     newNode,
}
