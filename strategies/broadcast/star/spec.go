// Package star is an aligned star: one node, the hub, passes on what is new to
// all others once a period, and each of the others, the leaves, sends its own news
// so that they arrive just before that.
//
// Stars that send in batches are what the best public answers to Gossip Glomers'
// challenge 3e use (1.92 messages per op at 764/1087 ms, batches of 500 ms); that
// leaves send in step with the hub is ours. In a period each leaf sends at most one
// message, and gets at most one. With N nodes, b broadcasts and λ ops a second at
// random moments, and a period P, that makes
//
//	(N−1)/(λP) · [(1 − e^(−bP/N)) + (1 − e^(−bP(N−1)/N))]
//
// messages per op. A value takes two latencies, the margin and up to a period,
// each as likely as another. The topology plays no part.
//
// # The star
//
// The hub flushes at fixed moments, a period apart: it sends each leaf what that
// leaf has not been sent yet, unless the leaf brought all of it. Where there is
// nothing to send it is silent.
//
// Leaf and hub need not agree on the time, nor know how long a message takes.
// The hub tells in each batch for how long it held the leaf's last news before
// it passed them on (Age). A message could have left that much later, and so
// could one a period later, and so on: see phase. The leaf sends its next news
// that late, less a margin. The margin grows if news miss their flush twice, and
// shrinks slowly down to its floor, the parameter margin. Before it has an answer, a
// leaf sends at once, and the hub answers at once where that saves messages. Where the
// parameter hint tells how long messages take, a leaf sends as if the hub had started
// when it did, or 25 ms earlier, and by the first batch as soon as that has come. A
// wrong guess costs time until the first answer, and nothing from then on.
//
// News that miss their flush would wait for a whole period. Those that a leaf sends in
// step tell how long they are to wait, so the hub knows which came late, and passes them
// on soon, by a flush of their own. So a thread that stops costs no more than the time
// for which it stops. There is at most one such flush for 32 others, and two at the
// start: they cost at most 3 %.
//
// With width=w the hub has only w nodes below it, each of those has w, and so
// on: a hub is then a leaf of the one above it. It passes down what comes from
// above as soon as it comes, and its leaves send in step with the moment at which
// it sends up. A value crosses more links, but waits for one period all the same.
//
// # Repair
//
// With robust=true no message is taken for granted. News carry the mark of their
// end in the list of all values that the leaf ever sent up, batches that in the
// list of all that the hub ever knew (Seq), and both carry the mark of the other's
// list up to which nothing is missing (Ack). While all is well this costs no
// message of its own, but a closing one:
//
//   - A leaf that sees a gap asks at once for all after it.
//   - A leaf that has not been told of its news in time asks, again and again.
//   - A leaf that has had a batch, and then no other when it was due, says so once.
//   - The hub repeats what a leaf did not say it has, at longer and longer intervals.
//   - A node that has heard nothing for three periods since its start asks.
//
// A leaf whose hub has owed it an answer twice turns to a deputy: the first that
// answers of those above its hub, and of those leaves of the same hub whose number,
// counted from the hub's, is lower. The deputy takes it for a leaf, a guest, so that
// values spread on both sides of a partition. The leaf returns as soon as it hears
// from its hub, and none of the above rests on deputies. Who has no news of its own
// notices no silence, and turns to nobody.
//
// A node that restarts without its values is known by its marks, for they have
// a fingerprint of the values: it is sent all that its hub knows. A hub is sent
// all that its leaves ever sent up, and by its first leaf all that this one knows.
//
// With robust=false there is none of that, and what is lost stays lost.
package star

import (
	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/param"
)

// The kinds of messages.
const (
	// Batch brings down Values, which end at the mark Seq of the sender's log.
	// Ack is the mark in the receiver's own journal up to which the sender has
	// all, and Age how long before its next regular flush the news that ended there
	// came; 0 where it does not know. Without Values it only says so.
	Batch broadcast.Kind = iota
	// News bring up Values, which end at the mark Seq of the sender's own
	// journal. Ack is a mark in the receiver's log, and Age how long before a flush
	// they are to arrive; 0 where they were not sent in step. Without Values they
	// only acknowledge.
	News
	// Need is News, and wants at once what follows Ack.
	Need
	// Extra is a Batch at another time than that of a regular flush.
	Extra
)

// The kinds of timers.
const (
	Flush  = 4 + iota // the hub's moment
	Slot              // the moment to send news to Peer
	Repair            // something that is owed may be due
	Late              // the moment to pass on what missed its own
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
