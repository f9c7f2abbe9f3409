// Package rumor is rumor mongering: nodes tell what is new to others, whom they
// draw at random, and lose interest in it when others know it already.
//
// It is section 1.4 of Demers et al., "Epidemic Algorithms for Replicated
// Database Maintenance", PODC 1987, with the variations named there. A rumor is a
// value that a node is interested in: hot, in the paper's words, while the node
// is infective. Who hears of a value for the first time takes an interest in it;
// who has lost interest keeps the value, and tells nobody any more.
//
// # Cycles
//
// Every node has a cycle each interval, from a random phase on. When one begins
// it contacts a node, any other with equal chance. Push tells it all rumors, and
// is silent while there are none. Pull asks it, and is told its rumors. Push-pull
// does both: the answer leaves out what the question brought. Push falls silent
// once all have lost interest; pull and push-pull ask for ever.
//
// What is learnt in a cycle is told from the next one on, and "was it needed?" is
// judged by what was known before the cycle, as if all nodes of a cycle acted at
// once. With rounds: synchronous they do, and the tables of the paper come out
// (experiments/demers.yaml).
//
// # Losing interest
//
// With feedback the receiver says which values it needed and which it did not;
// the contact has been useless for the latter. Without, which the paper calls
// blind, every contact is taken for useless. A useless contact makes a node lose
// interest with probability 1/k (interest=coin), or adds 1 to a counter, and
// interest is lost at k (interest=counter). With reset, a useful one sets the
// counter back to 0. Several contacts in one cycle, as in pull, count as one,
// which is useful if one of them was: the rule of the paper's table 3. With blind
// pull, a contact is to be asked. A node that nobody answers does not lose
// interest, so where all others are dead it goes on for ever.
//
// In push-pull, two nodes that meet with the same rumor count the contact as
// useless, both of them. The paper's minimization (only the smaller counter
// grows) is not here.
//
// # Connection limit
//
// With a limit above 0 each contact is preceded by a call, and a node accepts so
// many a cycle. Who is refused may hunt: it calls others, up to hunt times. These
// calls cost messages, which the paper does not count; the metric traffic.values
// leaves them out as well.
//
// # What is not promised
//
// That a value comes everywhere: with some chance all lose interest before, and
// for certainty the paper backs rumor mongering up with anti-entropy. Lost
// messages make it worse, but not much worse with feedback, since silence is no
// reason to lose interest. A node that restarts without its values is told only
// what is still hot.
package rumor

import (
	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/param"
)

// The kinds of messages. A timer of kind Round is the next cycle.
const (
	// Rumor brings Values, the newest of which has crossed Hops links.
	Rumor broadcast.Kind = iota
	// Feedback names Values that came: the last Seq of them were needed, the
	// others were not.
	Feedback
	// Pull asks for rumors. In push-pull it brings Values and Hops as well.
	Pull
	// Call asks for a contact. Seq is how often the caller may still hunt.
	Call
	// Accept answers a call: the contact may begin.
	Accept
	// Refuse answers a call, and returns its Seq.
	Refuse
	// Round is no message.
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
