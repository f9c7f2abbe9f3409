// Package pushthenpull pushes a value while few know it, and has the others pull
// it: hardly more than one message with the value for each node.
//
// The idea is Mercier, Hayez and Matos', "Optimal epidemic dissemination", arXiv
// 1709.00198, 2017: n + o(n) messages that bring the rumor, in Θ(ln n) rounds,
// where Karp et al. (FOCS 2000) had been read to say that Ω(n ln ln n) are
// needed. Who is called does not have to send the rumor: it need not to one who
// has it. Pushing is cheap as long as few nodes push, for then hardly two of them
// strike the same one. Pulling is free of waste at any time, for a node stops to
// ask for what it has, but it is slow as long as few can answer.
//
// # The two phases
//
// A value has an age, which travels with it: the rounds that those who passed it
// on have held it. Up to an age of pushes every node that has it tells it to one
// random node in each of its rounds, so that their number doubles each round and
// comes to about n/ln n, for as many messages. Then nobody pushes it any more,
// and whoever is asked for it gives it away. The number of those who lack it
// shrinks slowly at first, then like u → u² a round: ln ln n rounds in all.
//
// # Where this differs
//
//   - The paper's model is the random phone call: all nodes know the round, each
//     calls somebody in each round, and a call that brings nothing costs next to
//     nothing. Here no node knows of a value before it hears of it, so every node
//     asks one random node in each of its own rounds, for ever: n questions a
//     round, however little there is to tell. The metric traffic.values leaves
//     them out.
//   - There are many values, each of its own age. A question names the values
//     that the asker has, and the answer brings the others whose first phase is
//     over, all in one message; what is pushed goes out in a message for each
//     age.
//   - How long the phases are is worked out here from what the paper promises:
//     pushes is ⌊log₂(n/ln n)⌋ unless given, so that o(n) messages are pushed and
//     the rest takes ln ln n rounds. The paper's proofs are not for this;
//     TestPushThenPull of harness/sim measures it.
//
// The interval should not be less than a round trip. A node that asks again
// before the answer has come gets it twice, and ages do not grow on the way.
//
// # Asking for ever, or not
//
// With pulls=0 every value may be asked for at any time: who lacks one gets it
// sooner or later, also after a partition, and after a restart that lost it. The
// price is that a question names all the values that there are. Otherwise a value
// is named and given away until its age is pushes + pulls, as in the paper, whose
// promise is for most runs, not for all; and what is older is lost to a node that
// restarts. In synchronous rounds 8 pulls are enough for ten thousand nodes;
// losses, and answers that take longer than a round, ask for more.
package pushthenpull

import (
	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/param"
)

// The kinds of messages. A timer of kind Round is the next round.
const (
	// Rumor brings Values, the newest of which has crossed Hops links. Seq is
	// their age in rounds; of an answer, that of the youngest.
	Rumor broadcast.Kind = iota
	// Pull asks for what its Values, as numbers, do not name.
	Pull
	// Round is no message.
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
			return broadcast.IfHealed // who lacks a value asks until it gets it
		}
		return broadcast.Probably
	},
	New: newNode,
}
