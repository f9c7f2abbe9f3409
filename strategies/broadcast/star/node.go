package star

import (
	"gossipbench/strategies/broadcast"
	"math"
	"time"
)

// never is later than any time.
const never = time.Duration(math.MaxInt64)

// A flush that is later than punctual shows that this node was delayed, so news
// that arrived in time may still be queued. They are handled first: the flush is
// repeated after them, by a timer with Seq afterwards. Chosen.
const (
	punctual   = time.Millisecond
	afterwards = 1
)

// together is the greatest difference of start times in a cluster: a leaf that
// relies on its own start sends that much earlier. Chosen.
const together = 25 * time.Millisecond

// node is a hub, a leaf, or both: a hub below another one.
type node struct {
	self   broadcast.NodeID
	nodes  broadcast.NodeID
	tree   tree
	period time.Duration
	floor  time.Duration // of the margin
	hint   time.Duration // assumed latency of a link until it is measured
	robust bool

	log  journal // all values of the node
	own  journal // values from clients and from below, to be sent up
	hops struct {
		log, own int32 // links that the last value of each has crossed
	}
	hub
	leaf
}

func newNode(c broadcast.Config, p broadcast.Params) broadcast.Strategy {
	n := &node{
		self: c.Self, nodes: broadcast.NodeID(c.Nodes),
		tree:   newTree(c.Self, c.Nodes, p.Int("hub"), p.Int("width")),
		period: p.Duration("period"),
		hint:   p.Duration("hint"),
		robust: p.Bool("robust"),
	}
	n.floor = min(p.Duration("margin"), n.period/2)
	n.hub = newHub(&n.tree)
	n.leaf = newLeaf(&n.tree)
	return n
}

func (n *node) Start(env broadcast.Env) {
	n.guess(0, min(max(n.floor, together), n.period/2))
	if n.robust && len(n.up) > 0 {
		n.up[0].due = greeting * n.period
		n.armRepair(env)
	}
}

func (n *node) Values() *broadcast.Set { return &n.log.set }

func (n *node) Broadcast(env broadcast.Env, v broadcast.Value) {
	n.learn(v, 0, true)
	now := env.Now()
	n.armFlush(env, now)
	n.passUp(env, now)
}

// Receive ignores senders that are not nodes.
func (n *node) Receive(env broadcast.Env, from broadcast.NodeID, m broadcast.Message) {
	if from < 0 || from >= n.nodes || from == n.self {
		return
	}
	switch m.Kind {
	case Batch, Extra:
		n.hearBatch(env, from, &m)
	case News, Need:
		n.hearNews(env, from, &m)
	}
}

// Expire handles a timer. It ignores a timer that was replaced by another one.
func (n *node) Expire(env broadcast.Env, t broadcast.Timer) {
	switch now := env.Now(); t.Kind {
	case Flush:
		switch {
		case now < n.flushAt:
		case now-n.flushAt > punctual && t.Seq != afterwards:
			env.After(0, broadcast.Timer{Kind: Flush, Seq: afterwards})
		case n.leads():
			n.flush(env, Batch)
		default: // the batch from above is late
			n.flush(env, Extra)
		}
	case Slot:
		if u := n.uplink(t.Peer); u != nil && now >= u.slotAt {
			n.reportInStep(env, u)
		}
	case Late:
		switch {
		case !n.behind: // everything has been passed on meanwhile
		case n.leads():
			n.flush(env, Extra)
		default:
			n.behind = false
			n.reportInStep(env, n.current())
		}
	case Repair:
		if now >= n.repairAt {
			n.repair(env)
		}
	}
}

// learn adds a value that has crossed hops links. If below, it came from a client
// or from below, and must be sent up.
func (n *node) learn(v broadcast.Value, hops int32, below bool) {
	if !n.log.add(v) {
		return
	}
	n.hops.log = hops
	if below && len(n.up) > 0 {
		n.own.add(v)
		n.hops.own = hops
	}
}

// passUp schedules the next news to the current hub, if there are any.
func (n *node) passUp(env broadcast.Env, now time.Duration) {
	u := n.current()
	if u == nil || u.sent == n.own.len() || u.slotAt != never {
		return
	}
	if !u.phase.known() {
		n.report(env, u, News, 0)
		return
	}
	u.slotAt = u.phase.slot(now, n.period)
	env.After(u.slotAt-now, broadcast.Timer{Kind: Slot, Peer: u.peer})
}
