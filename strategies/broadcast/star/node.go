package star

import (
	"gossipbench/strategies/broadcast"
	"math"
	"time"
)

// never is when nothing is due.
const never = time.Duration(math.MaxInt64)

// A flush that is later than punctual shows that this node was held up, and that
// news which came in time may be waiting for it. They have their turn first: the
// Seq of the timer that comes after them is afterwards. Chosen.
const (
	punctual   = time.Millisecond
	afterwards = 1
)

// together is how far apart nodes start that are started together: a leaf that goes
// by its own start sends that much earlier. Chosen.
const together = 25 * time.Millisecond

// node is a hub, a leaf, or both: below another hub.
type node struct {
	self   broadcast.NodeID
	nodes  broadcast.NodeID
	tree   tree
	period time.Duration
	floor  time.Duration // of margins
	hint   time.Duration // what a link may take, until it has been measured
	robust bool

	log  journal // all that is known
	own  journal // what came from clients and from below, and is to be sent up
	hops struct {
		log, own int32 // links that the last of each crossed
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

// Receive is deaf to those who are not nodes.
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

// Expire lets timers be that are not the last of their kind.
func (n *node) Expire(env broadcast.Env, t broadcast.Timer) {
	switch now := env.Now(); t.Kind {
	case Flush:
		switch {
		case now < n.flushAt:
		case now-n.flushAt > punctual && t.Seq != afterwards:
			env.After(0, broadcast.Timer{Kind: Flush, Seq: afterwards})
		case n.leads():
			n.flush(env, Batch)
		default: // a batch should have come from above
			n.flush(env, Extra)
		}
	case Slot:
		if u := n.uplink(t.Peer); u != nil && now >= u.slotAt {
			n.reportInStep(env, u)
		}
	case Late:
		switch {
		case !n.behind: // all has been passed on meanwhile
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

// learn takes a value that crossed so many links. What comes from a client or
// from below is to be sent up.
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

// passUp sees to it that what is to be sent up is sent when its time has come.
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
