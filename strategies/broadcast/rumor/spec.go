// Package rumor is rumor mongering: nodes send new values to random nodes, and lose
// interest in a value when others know it already.
//
// It is section 1.4 of Demers et al., "Epidemic Algorithms for Replicated Database
// Maintenance", PODC 1987, with the paper's variations. A rumor is a value in which
// a node is interested. In the paper's words, the rumor is hot and the node
// infective. A node becomes interested in a value when it first learns it. A node
// that has lost interest keeps the value and no longer sends it.
//
// # Cycles
//
// Every node has a cycle each interval, after a random phase. At its start the node
// contacts another one, each with equal probability. Push sends it all rumors, and
// nothing if there are none. Pull asks for its rumors. Push-pull does both: the
// answer omits the values of the question. Push stops when all nodes have lost
// interest; pull and push-pull ask forever.
//
// A node sends what it learns in a cycle from the next cycle on. A value is needed
// if it was not known before the cycle. So all nodes act as if at once in a cycle.
// With rounds: synchronous they do, and the results match the paper's tables
// (experiments/demers.yaml).
//
// # Losing interest
//
// With feedback the receiver reports which values it needed. The contact was
// useless for the others. Without feedback (the paper's blind), every contact
// counts as useless. After a useless contact, a node loses interest with
// probability 1/k (interest=coin), or increments a counter and loses interest at k
// (interest=counter). With reset, a useful contact sets the counter to 0. Several
// contacts in one cycle, as in pull, count as one, which is useful if any of them
// was: the rule of the paper's table 3. In blind pull, being asked is a contact. A
// node without answers does not lose interest, so if all others are dead it goes on
// forever.
//
// In push-pull, if both nodes of a contact have the same rumor, both count the
// contact as useless. The paper's minimization (only the smaller counter grows) is
// not implemented.
//
// # Connection limit
//
// With a limit above 0, a call precedes each contact, and a node accepts at most
// limit calls a cycle. A refused node may hunt: it calls other nodes, up to hunt
// times. Calls cost messages, which the paper does not count; neither does the
// metric traffic.values.
//
// # What is not promised
//
// Delivery to every node: all nodes may lose interest before. For certainty the
// paper combines rumor mongering with anti-entropy. Message loss makes it worse,
// but only a little with feedback, since a missing answer does not reduce interest.
// A node that restarts without its values receives only what is still hot.
package rumor

import (
	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/param"
)

// The kinds of messages. A timer of kind Round starts the next cycle.
const (
	// Rumor sends Values; the newest has crossed Hops links.
	Rumor broadcast.Kind = iota
	// Feedback names received Values: the last Seq of them were needed, the others
	// were not.
	Feedback
	// Pull asks for rumors. In push-pull it also sends Values and Hops.
	Pull
	// Call asks for a contact. Seq is how often the caller may still hunt.
	Call
	// Accept accepts a call: the contact may begin.
	Accept
	// Refuse refuses a call, and returns its Seq.
	Refuse
	// Round is a timer only.
	Round
)

// Spec is the strategy.
var Spec = broadcast.Spec{
	Name:   "rumor",
	Doc:    "tells what is new to random nodes, and loses interest when they know it: push, pull or push-pull",
	Source: "Demers et al., Epidemic Algorithms for Replicated Database Maintenance, PODC 1987, section 1.4",
	Kinds: []string{Rumor: "rumor", Feedback: "feedback", Pull: "pull",
		Call: "call", Accept: "accept", Refuse: "refuse", Round: "round"},
	Numbers: []broadcast.Kind{Feedback},
	Params: []broadcast.Param{
		{Name: "mode", Kind: param.Choice, Default: "push", Choices: []string{"push", "pull", "push-pull"},
			Doc: "whether a node tells its peers, asks them, or both"},
		{Name: "interval", Kind: param.Duration, Default: "50ms", Min: 0.01, Max: 3600,
			Doc: "time between the rounds of a node"},
		{Name: "feedback", Kind: param.Bool, Default: "true",
			Doc: "whether receivers say what they did not need; without, every contact is taken for useless (blind)"},
		{Name: "interest", Kind: param.Choice, Default: "counter", Choices: []string{"counter", "coin"},
			Doc: "how interest is lost: after k useless contacts, or after each with probability 1/k"},
		{Name: "k", Kind: param.Int, Default: "4", Min: 1, Max: 1e6, Unit: "contacts",
			Doc: "how many useless contacts it takes to lose interest"},
		{Name: "reset", Kind: param.Bool, Default: "true",
			Doc: "with interest=counter, whether a useful contact sets the counter back to 0"},
		{Name: "limit", Kind: param.Int, Default: "0", Max: 1e6, Unit: "contacts",
			Doc: "how many contacts a node accepts in a round; 0 is any number"},
		{Name: "hunt", Kind: param.Int, Default: "0", Max: 1e6, Unit: "peers",
			Doc: "with a limit, how many other nodes to call in a round when one has refused"},
	},
	Promise: func(broadcast.Params) broadcast.Promise { return broadcast.Probably },
	New:     newNode,
}
