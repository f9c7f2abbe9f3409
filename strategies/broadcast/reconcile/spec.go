// Package reconcile is anti-entropy in which two nodes exchange no more than what
// differs between them, and what it takes to find that out: each round a node shows
// a peer a few coded symbols of its set, and the peer asks for more until it can
// tell what only one of the two has. What both have costs nothing, however much it
// is, so this is for large sets.
//
// The symbols are those of package riblt, after Yang, Gilad and Alizadeh, "Practical
// Rateless Set Reconciliation", SIGCOMM 2024. The rounds are those of Demers et al.,
// "Epidemic Algorithms for Replicated Database Maintenance", PODC 1987, section 1.3,
// in mode push-pull. The paper streams symbols until it is told to stop, and wastes
// what is on its way then; here they are asked for in batches, at the price of
// latency. How large these are is ours: see plan.
//
// # A session
//
// Who opens shows the first symbols of its set: as many as differences of late would
// have needed. The first one alone tells whether the sets are equal, and then
// nobody says more. Otherwise the peer subtracts its own symbols and decodes. It
// asks for the next batch until it is done, and then gives what the opener lacks,
// and names what it wants itself. Both sides keep to what they had when the session
// began, so that news does not spoil the symbols; it waits for the next round.
//
// Two nodes have one session at a time. A question that is not answered is asked
// again, a few times. What is known of a session is with the decoder alone: the
// opener is told in each question how long its log was, with a checksum thereof, and
// does not answer if that is not its own, as after a restart.
//
// Where the symbols make no sense, which chance brings about once in billions of
// items, or take more than both sets would, the two tell each other everything. So
// they do where one of them has nothing.
//
// # Rest
//
// With idle=always nodes open a session in every round. With idle=silent peers
// confirm that they have the same, a node passes over those who have confirmed it,
// and rests when all whom it may choose have.
//
// # What it promises
//
// Every value everywhere some time after the network has healed, where each node
// can reach each other one over links that its rounds use, whichever way round; with
// idle=silent the links must be neighbors' in both directions. A node that lost its
// values gets back all that anybody still has. A round trip must not take more than
// fifteen seconds, after which a session is given up.
package reconcile

import (
	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/peers"
)

// The kinds of messages.
const (
	// Symbols shows coded symbols of the set that the sender had when its log
	// was as its bookmark Seq says; the first has the index Ack. For the numbers
	// see pack. With index 0 it opens a session.
	Symbols broadcast.Kind = iota
	// More asks the opener whose bookmark is Seq for the symbols from the index
	// Ack up to, but not including, its one number.
	More
	// Rumor brings Values, the newest of which has crossed Hops links.
	Rumor
	// Want names values that the sender wants; without numbers it wants all.
	Want
	// Same confirms that the sender has the same set as the receiver had when its
	// log was as its bookmark Seq says.
	Same
)

// The kinds of timers.
const (
	// Round is the next round.
	Round broadcast.Kind = 5 + iota
	// Retry asks whether Peer has answered the question Seq.
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
