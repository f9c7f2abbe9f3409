// Package star is an aligned star: one node, the hub, sends new values to all
// others once a period. Each other node, a leaf, sends its own values, called news,
// so that they arrive just before that.
//
// Stars that send batches are used by the best public answers to Gossip Glomers'
// challenge 3e (1.92 messages per op at 764/1087 ms, batches of 500 ms). Leaves
// that send in step with the hub are ours. In a period each leaf sends at most one
// message, and receives at most one. With N nodes, b broadcasts and λ ops a second
// at random times, and a period P, that costs
//
//	(N−1)/(λP) · [(1 − e^(−bP/N)) + (1 − e^(−bP(N−1)/N))]
//
// messages per op. A value takes two latencies, the margin, and a uniformly
// distributed part of a period. The topology is ignored.
//
// # The star
//
// The hub flushes at fixed times, a period apart: it sends each leaf the values
// that the leaf has not been sent, unless the leaf brought all of them. If there
// are none, it sends nothing.
//
// Leaf and hub need not have the same clock, nor know the latency. In each batch
// the hub says for how long it held the leaf's last news before it passed them on
// (Age). The message could have left that much later, and so could one a period
// later, and so on: see phase. The leaf sends its next news at that time, minus a
// margin. The margin grows if news miss their flush twice, and shrinks slowly to
// its floor, the parameter margin. Before the first answer, a leaf sends at once,
// and the hub answers at once if that saves messages. If the parameter hint gives
// the latency, a leaf sends as if the hub had started at the same time or 25 ms
// earlier, and after the first batch by the time of that batch. A wrong guess costs
// time until the first answer, and nothing afterwards.
//
// News that miss their flush would wait for a whole period. News that a leaf sends
// in step say how long they should wait. So the hub knows which were late, and
// passes them on soon, in a flush of their own. So if a thread stops, it costs no
// more time than it stopped for. There is at most one such flush for 32 regular
// ones, and two at the start, so they cost at most 3 %.
//
// With width=w the hub has only w nodes below it, each of those has w, and so on: a
// lower hub is a leaf of the hub above. It passes down what comes from above at
// once, and its leaves send in step with the time at which it sends up. A value
// crosses more links, but still waits for one period.
//
// # Repair
//
// With robust=true every message may be lost. News carry the mark of their end in
// the list of all values that the leaf ever sent up. Batches carry the mark of
// their end in the list of all values of the hub (Seq). Both carry the mark in the
// other's list up to which nothing is missing (Ack). Without losses this costs no
// extra messages but a closing one:
//
//   - A leaf that finds a gap asks at once for everything after it.
//   - A leaf whose news are not acknowledged in time asks repeatedly.
//   - A leaf that received a batch, and no other when it was due, acknowledges it
//     once.
//   - The hub repeats what a leaf did not acknowledge, at growing intervals.
//   - A node that has received nothing for three periods after its start asks.
//
// A leaf whose hub has not answered two requests turns to a deputy: the first node
// that answers among those above its hub, and the leaves of the same hub with lower
// numbers, counted from the hub's. The deputy treats it as a leaf, called a guest,
// so that values spread on both sides of a partition. The leaf returns when it
// receives a message from its hub. No other rule depends on deputies. A leaf
// without news does not notice that its hub is silent, and turns to nobody.
//
// Marks have a fingerprint of the values. So they show when a node restarts without
// its values: a leaf is sent everything that its hub has. A hub is sent everything
// that its leaves ever sent up, and everything that its first leaf has.
//
// With robust=false nothing is repaired.
package star

import (
	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/param"
)

// The kinds of messages.
const (
	// Batch sends down Values, which end at the mark Seq of the sender's log. Ack
	// is the mark in the receiver's journal up to which the sender has everything.
	// Age is how long before the next regular flush the news up to Ack arrived, or
	// 0 if unknown. Without Values it is an acknowledgement only.
	Batch broadcast.Kind = iota
	// News sends up Values, which end at the mark Seq of the sender's journal. Ack
	// is a mark in the receiver's log. Age is how long before a flush the news
	// should arrive, or 0 if they were not sent in step. Without Values it is an
	// acknowledgement only.
	News
	// Need is News that asks at once for everything after Ack.
	Need
	// Extra is a Batch outside a regular flush.
	Extra
)

// The kinds of timers.
const (
	Flush  = 4 + iota // the hub's next flush
	Slot              // time to send news to Peer
	Repair            // an answer may be overdue
	Late              // time to pass on late news
)

// Spec is the strategy.
var Spec = broadcast.Spec{
	Name: "star",
	Doc:  "one hub that tells all others what is new once a period, and leaves that send in step with it",
	Source: "ours; stars with batches are what public answers to Gossip Glomers' challenge 3e use, " +
		"the go-back-N of its repair is as old as HDLC",
	Kinds: []string{Batch: "batch", News: "news", Need: "need", Extra: "extra", Flush: "flush", Slot: "slot", Repair: "repair", Late: "late"},
	Params: []broadcast.Param{
		{Name: "period", Kind: param.Duration, Default: "450ms", Min: 0.001, Max: 3600,
			Doc: "time between the hub's flushes"},
		{Name: "margin", Kind: param.Duration, Default: "10ms", Max: 3600,
			Doc: "how long before a flush news are to arrive at least; more where that was not enough, up to half a period"},
		{Name: "hint", Kind: param.Duration, Default: "0s", Max: 3600,
			Doc: "how long a message may take, until that has been measured: saves the messages that are sent at once until then; 0 is not known"},
		{Name: "hub", Kind: param.Int, Default: "0", Max: 1e7,
			Doc: "which node is the hub, counted round where there are fewer"},
		{Name: "width", Kind: param.Int, Default: "0", Max: 1e7, Unit: "nodes",
			Doc: "how many nodes are below the hub, and below each of those; 0 is all"},
		{Name: "robust", Kind: param.Bool, Default: "true",
			Doc: "whether what was lost is noticed and repaired"},
	},
	Promise: func(p broadcast.Params) broadcast.Promise {
		if p.Bool("robust") {
			return broadcast.IfHealed
		}
		return broadcast.IfLossless
	},
	New: newNode,
}
