// Package plumtree pushes values down a tree that it finds among the links of a
// graph, and announces them on all other links, from which the tree is mended.
//
// It is Plumtree, from Leitão, Pereira and Rodrigues, "Epidemic Broadcast Trees",
// SRDS 2007, section 3 (page numbers are those of the technical report, DI-FCUL
// TR-07-14). Each link is eager or lazy, at either end. News goes out at once on
// eager links, and its name, an ihave, on lazy ones. At first all links are eager;
// who is sent what it has prunes the link, so that a tree is left. Who is told
// the name of a value that does not arrive for timer1 grafts a link on which it was
// announced, which makes it eager and fetches the value, and every timer2 after
// that another, in the order of the announcements. Where an announcement had
// crossed fewer links than the value did when it came, by threshold or more, the
// link it came on takes the place of the one that the value came on.
//
// # Trees
//
// With trees=shared all values go down one tree, the best for those of the node at
// which the first entered. The paper weighs this against a tree for each sender
// ("Sender-based versus shared trees"). It asks for values that come one by one:
// where values of several origins are on their way at once, those meet on different
// links of each circle, all of which are pruned, so that the tree falls apart; then
// several nodes graft at once what makes new circles. With trees=origin each link is
// eager or lazy for each origin on its own, which costs a node a byte for each link
// and origin, and the first value of each origin is pushed on all links. Grafted
// values of several origins come in one message, and go on as those of no origin,
// for which there is a tree as well.
//
// # Links
//
// Links are those of the topology with peers=neighbors. With peers=random each
// node draws as many other nodes as view says and tells them so, which stands for
// HyParView's active view (Leitão, Pereira and Rodrigues, DSN 2007) but never
// changes. A link is for both: who is told something by a node that it has no link
// to has one from then on. With a view of few nodes the graph may fall apart, so
// peers=random promises nothing.
//
// The paper's membership tells of neighbors that are gone. Here nobody does. The
// timers mend a tree whose inner nodes have died; but with fire-and-forget, what was
// pushed to a dead neighbor goes on being pushed.
//
// # Ihaves
//
// Ihaves wait for the end of an interval, and those of one interval go to a peer in
// one message. It says of all of them how many links the one that came farthest
// would have crossed, so that the tree is changed too seldom rather than too often.
// Grafts that are due at the same time are one message as well, and so is the
// answer. A value is not pushed to a peer that has announced it already, which the
// paper does.
//
// # Ties
//
// Timers expire a moment later than the parameters say: what arrives in the instant
// in which one is due is in time. The paper wants timer2 "in the order of an average
// round trip time", and a simulator without noise makes that an equality.
//
// # Repair
//
// With delivery=fire-and-forget all this is sent once, as in the paper, where links
// lose nothing. With ack-retry a node owes a value to each peer until it has
// heard from that peer that it has it, in whatever way: pushed, announced, or named
// in a prune. On a lazy link the two ihaves that cross are all it takes. On an
// eager one the receiver sends an ihave too, after half of retry, for all that came
// in the meantime. That is the price while nothing is lost: for a value that comes
// alone a message a node, less the more values there are.
//
// What is owed for longer than retry is announced again, at first after retry,
// then after twice, four and eight times as long; who is asked so says what it has
// and grafts at once what it had not heard of. Whoever leaves that unanswered is
// pushed nothing more, only told. As soon as it is heard of, it is asked at once and
// pushed to again.
//
// # Restarts
//
// With ack-retry each message says how many values the receiver is known to have.
// A node that has fewer has lost them. It then says to all its peers what is left
// to it, again and again until they answer, and they forget what they knew of
// it. So does a node that has heard of nobody for twice retry after its start and
// has no value: it may have come back to a cluster that is quiet. A node that has
// got enough values elsewhere before it is told of its loss does not notice, and
// does not need to, unless those who had told it the rest have failed as well.
package plumtree

import (
	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/param"
)

// The kinds of messages. Seq is, with ack-retry, how many values the receiver is
// known to have; a Join and its answer do not say it.
const (
	// Gossip brings Values, which have crossed at most Hops links. Ack is,
	// with trees=origin, 1 + the node that they entered at, or 0 where they entered
	// at several.
	Gossip broadcast.Kind = iota
	// Ihave names Values that the sender has, and that would have crossed at
	// most Hops links, had they been sent.
	Ihave
	// Graft makes the link eager, for the values it names, which it asks for, or
	// for those that Ack says.
	Graft
	// Prune makes the link lazy for the values that Ack says. With ack-retry it
	// names the Values that came in vain.
	Prune
	// Again is an Ihave of Values that are owed for too long.
	Again
	// Join says that the sender is a neighbor, and names all Values that it has.
	Join
	// Welcome answers a Join, and names all Values that the sender has.
	Welcome
)

// The kinds of timers.
const (
	// Announce is the end of an interval: lazy peers are told.
	Announce broadcast.Kind = 7 + iota
	// Missing is when some value has not come in time.
	Missing
	// Settle is when those who brought values are told of it.
	Settle
	// Tick looks at what is owed.
	Tick
	// Lonely is when nobody has been heard of since the start.
	Lonely
)

const (
	// longest bounds the back-off, in units of retry. Chosen, as flood's: with
	// retry=500ms a peer is asked within 4 s of a heal, inside Maelstrom's
	// recovery of 10 s.
	longest = 8
	// most is how many values an Again names. Chosen: to whom that many are owed
	// may be dead, and each one would be named to it each time.
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
		// HyParView's active view in its own evaluation (DSN 2007, section 5.1).
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
		// The setting of the authors' evaluation with HyParView.
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
