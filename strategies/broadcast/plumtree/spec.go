// Package plumtree pushes values down a tree, which it finds among the links of a
// graph. It announces values on all other links, and repairs the tree from the
// announcements.
//
// It is Plumtree, from Leitão, Pereira and Rodrigues, "Epidemic Broadcast Trees",
// SRDS 2007, section 3 (page numbers are those of the technical report, DI-FCUL
// TR-07-14). Each link is eager or lazy, at either end. A node pushes a new value
// at once on eager links, and sends its name, an ihave, on lazy links. At first all
// links are eager. A node that receives a value twice prunes the link, so that a
// tree remains. A node that does not receive an announced value within timer1
// grafts a link on which it was announced: the link becomes eager, and the node
// fetches the value. It grafts another link every timer2, in the order of the
// announcements. If an announcement has crossed fewer links than the value, by
// threshold or more, its link replaces the one on which the value arrived.
//
// # Trees
//
// With trees=shared all values go down one tree, which is best for the origin of
// the first value. The paper compares this with a tree for each sender
// ("Sender-based versus shared trees"). A shared tree works if values come one by
// one. If values of several origins are in flight at once, they meet on different
// links of each circle. All these links are pruned and the tree falls apart; then
// several nodes graft at once and make new circles. With trees=origin each link is
// eager or lazy for each origin separately. That costs a byte for each link and
// origin, and the first value of each origin is pushed on all links. Grafted values
// of several origins come in one message, and continue down the shared tree.
//
// # Links
//
// With peers=neighbors links are those of the topology. With peers=random each node
// draws view other nodes and sends them a Join. This replaces HyParView's active
// view (Leitão, Pereira and Rodrigues, DSN 2007), but never changes. Links are
// symmetric: a node that receives a message from a node without a link makes one.
// With a small view the graph may be disconnected, so peers=random promises
// nothing.
//
// The paper's membership layer reports neighbors that are gone; here nothing does.
// The timers repair a tree whose inner nodes have died. But with fire-and-forget a
// node goes on pushing to dead neighbors.
//
// # Ihaves
//
// Ihaves wait for the end of an interval, and those of one interval go to a peer in
// one message. Its Hops is the maximum over its values, so that the tree changes
// too rarely rather than too often. Grafts that are due at the same time are one
// message, and so is the answer. Unlike in the paper, a value is not pushed to a
// peer that has announced it.
//
// # Ties
//
// Timers expire a moment later than the parameters say, so that a message that
// arrives exactly at the due time is in time. The paper wants timer2 "in the order
// of an average round trip time"; in a simulator without noise they can be equal.
//
// # Repair
//
// With delivery=fire-and-forget everything is sent once, as in the paper, where
// links lose nothing. With ack-retry a node owes a value to each peer until a
// message from the peer shows that it has it: the peer pushes, announces or prunes
// it. On a lazy link the two ihaves are enough. On an eager link the receiver sends
// an ihave too, after half of retry, for all values since the last one. Without
// losses that is the price: for a single value one message a node, and less if
// there are more values.
//
// Values owed for longer than retry are announced again, first after retry, then
// after two, four and eight times retry. The peer answers what it has, and grafts
// at once what it lacks. A peer that does not answer is pushed nothing, only
// announcements. When it sends a message again, it is asked at once, and pushed to
// again.
//
// # Restarts
//
// With ack-retry each message says how many values the receiver is known to have. A
// node that has fewer has lost them. It sends a Join with its remaining values to
// all peers, until they answer, and they forget what they knew about it. A node
// also does so if it has no values and has received no message for twice retry
// after its start: it may have returned to a quiet cluster. A node that has learned
// enough other values before it hears of its loss does not notice. It does not need
// to, unless the peers that had sent it the rest have failed too.
package plumtree

import (
	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/param"
)

// The kinds of messages. With ack-retry, Seq is how many values the receiver is
// known to have, except in Join and Welcome.
const (
	// Gossip pushes Values, which have crossed at most Hops links. With
	// trees=origin, Ack is their tree: 1 + their origin, or 0 for several origins.
	Gossip broadcast.Kind = iota
	// Ihave names Values of the sender, which would have crossed at most Hops
	// links.
	Ihave
	// Graft makes the link eager, and asks for Values. Without Values it makes the
	// link eager for the tree Ack.
	Graft
	// Prune makes the link lazy for the tree Ack. With ack-retry it names the
	// redundant Values.
	Prune
	// Again is an Ihave of Values that were owed for too long.
	Again
	// Join says that the sender is a neighbor, and names all its Values.
	Join
	// Welcome answers a Join, and names all Values of the sender.
	Welcome
)

// The kinds of timers.
const (
	// Announce ends an interval: send ihaves to lazy peers.
	Announce broadcast.Kind = 7 + iota
	// Missing is due when an announced value has not arrived.
	Missing
	// Settle sends ihaves to the peers that pushed values.
	Settle
	// Tick checks what is owed.
	Tick
	// Lonely checks whether any message has arrived since the start.
	Lonely
)

const (
	// longest bounds the back-off, in units of retry. Chosen, as in flood: with
	// retry=500ms a peer is asked within 4 s of a heal, inside Maelstrom's recovery
	// of 10 s.
	longest = 8
	// most is how many values an Again names. Chosen: a peer that is owed so many
	// may be dead, and each reminder names them all.
	most = 1024
)

// Spec is the strategy.
var Spec = broadcast.Spec{
	Name:   "plumtree",
	Doc:    "values down a tree of eager links, their names on all others, which mend the tree",
	Source: "Leitão, Pereira, Rodrigues, Epidemic Broadcast Trees, SRDS 2007, section 3; delivery=ack-retry is ours",
	Kinds: []string{
		Gossip: "gossip", Ihave: "ihave", Graft: "graft", Prune: "prune", Again: "again", Join: "join", Welcome: "welcome",
		Announce: "announce", Missing: "missing", Settle: "settle", Tick: "tick", Lonely: "lonely",
	},
	Numbers: []broadcast.Kind{Ihave, Graft, Prune, Again, Join, Welcome},
	Params: []broadcast.Param{
		{Name: "peers", Kind: param.Choice, Default: "neighbors", Choices: []string{"neighbors", "random"},
			Doc: "whom a node has links to: neighbors, or random nodes, as many as view and those who chose it"},
		// HyParView's active view in its evaluation (DSN 2007, section 5.1).
		{Name: "view", Kind: param.Int, Default: "5", Min: 1, Max: 10_000, Unit: "peers",
			Doc: "with peers=random, how many peers a node chooses"},
		{Name: "interval", Kind: param.Duration, Default: "50ms", Max: 3600,
			Doc: "time between the rounds in which a node announces values to lazy peers; 0 announces on arrival"},
		// "should be configured considering the diameter of the overlay and a
		// target maximum recovery latency" (page 8). A guess: four links of 100 ms.
		{Name: "timer1", Kind: param.Duration, Default: "400ms", Min: 0.001, Max: 3600,
			Doc: "how long an announced value may take to arrive before the link is grafted"},
		// "smaller than the first, in the order of an average round trip time to
		// a neighbor" (page 9).
		{Name: "timer2", Kind: param.Duration, Default: "200ms", Min: 0.001, Max: 3600,
			Doc: "how long a graft may go unanswered before the next link is grafted"},
		// The value in the authors' evaluation with HyParView.
		{Name: "threshold", Kind: param.Int, Default: "7", Max: 1e6, Unit: "links",
			Doc: "how many links shorter a path must be to take the place of another; 0 leaves all as they are"},
		{Name: "trees", Kind: param.Choice, Default: "shared", Choices: []string{"shared", "origin"},
			Doc: "whether all values go down one tree, or those of each origin down one of their own"},
		{Name: "delivery", Kind: param.Choice, Default: "fire-and-forget", Choices: []string{"fire-and-forget", "ack-retry"},
			Doc: "whether values are announced again until the peer is known to have them"},
		{Name: "retry", Kind: param.Duration, Default: "500ms", Min: 0.001, Max: 3600,
			Doc: "with ack-retry, how long to wait for the first acknowledgement; longer each time, up to eightfold"},
	},
	Promise: func(p broadcast.Params) broadcast.Promise {
		switch {
		case p.Text("peers") == "random":
			return broadcast.Probably
		case p.Text("delivery") == "ack-retry":
			return broadcast.IfHealed
		default:
			return broadcast.IfLossless
		}
	},
	New: newNode,
}
