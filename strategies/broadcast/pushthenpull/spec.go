// Package pushthenpull pushes a value while few nodes have it, and lets the other
// nodes pull it. It sends little more than one message with the value for each
// node.
//
// The idea is from Mercier, Hayez and Matos, "Optimal epidemic dissemination",
// arXiv 1709.00198, 2017: n + o(n) messages with the rumor, in Θ(ln n) rounds. Karp
// et al. (FOCS 2000) had been read to require Ω(n ln ln n). A node that is called
// need not send the rumor to a caller that has it. Push is efficient while few
// nodes push, since they rarely choose the same target. Pull is never wasteful,
// since a node does not ask for what it has, but it is slow while few nodes can
// answer.
//
// # The two phases
//
// A value has an age, which messages carry: the number of rounds for which the
// nodes on its way have held it. Up to age pushes, every node that has it sends it
// to one random node in each round. So their number doubles each round and reaches
// about n/ln n, for as many messages. After that nobody pushes it, and nodes send
// it if asked. The number of nodes without it falls slowly at first, then like u →
// u² a round: ln ln n rounds in all.
//
// # Differences from the paper
//
//   - The paper's model is the random phone call: all nodes know the round, each
//     node calls another in each round, and a call without a rumor costs almost
//     nothing. Here a node does not know of a value before it receives it. So
//     every node asks a random node in each of its rounds, forever: n questions a
//     round. The metric traffic.values omits them.
//   - There are many values, each with its own age. A question names the asker's
//     values. The answer sends the others whose first phase is over, in one
//     message. Pushes need a message for each age.
//   - The lengths of the phases are our own, derived from the paper's bounds:
//     pushes is ⌊log₂(n/ln n)⌋ by default, so that o(n) messages are pushed and
//     the rest takes ln ln n rounds. The paper's proofs do not cover this;
//     TestPushThenPull of harness/sim measures it.
//
// The interval should be at least a round trip. A node that asks again before the
// answer has arrived gets it twice, and ages do not grow in flight.
//
// # Asking forever
//
// With pulls=0 every value may be asked for at any time. A node that lacks one gets
// it eventually, even after a partition or a restart without values. The price is
// that a question names all values. Otherwise a value is named and sent until its
// age is pushes + pulls, as in the paper, which promises delivery for most runs,
// not for all. A node that restarts then loses older values. In synchronous rounds
// 8 pulls are enough for ten thousand nodes; losses, and answers that take longer
// than a round, need more.
package pushthenpull

import (
	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/param"
)

// The kinds of messages. A timer of kind Round starts the next round.
const (
	// Rumor sends Values; the newest has crossed Hops links. Seq is their age in
	// rounds; in an answer, the age of the youngest.
	Rumor broadcast.Kind = iota
	// Pull names the sender's Values, as numbers, and asks for all others.
	Pull
	// Round is a timer only.
	Round
)

// Spec is the strategy.
var Spec = broadcast.Spec{
	Name: "pushthenpull",
	Doc:  "pushes a value to random nodes while few know it, and then lets the others ask for it",
	Source: "Mercier, Hayez and Matos, Optimal epidemic dissemination, arXiv 1709.00198, 2017: push-then-pull; " +
		"asking unprompted, many values and the lengths of the phases are ours",
	Kinds:   []string{Rumor: "rumor", Pull: "pull", Round: "round"},
	Numbers: []broadcast.Kind{Pull},
	Params: []broadcast.Param{
		{Name: "interval", Kind: param.Duration, Default: "200ms", Min: 0.01, Max: 3600,
			Doc: "time between the rounds of a node"},
		{Name: "pushes", Kind: param.Int, Default: "0", Max: 1000, Unit: "rounds",
			Doc: "up to which age a value is pushed; 0 is log₂(n / ln n), when about one node in ln n has it"},
		{Name: "pulls", Kind: param.Int, Default: "0", Max: 1e6, Unit: "rounds",
			Doc: "how much older a value may be to be asked for; 0 is any age"},
	},
	Promise: func(p broadcast.Params) broadcast.Promise {
		if p.Int("pulls") == 0 {
			return broadcast.IfHealed // a node asks until it has every value
		}
		return broadcast.Probably
	},
	New: newNode,
}
