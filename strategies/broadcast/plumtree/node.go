package plumtree

import (
	"math"
	"slices"
	"time"

	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/peers"
)

// node is the state of one node.
type node struct {
	values  broadcast.Set
	self    broadcast.NodeID
	nodes   broadcast.NodeID
	links   []link   // in ascending order of peers
	hops    []uint16 // links that each value of the log has crossed
	trees   []tree   // the tree of each value of the log, if there are several trees
	missing missing

	interval  time.Duration
	retry     time.Duration
	threshold int32
	acks      bool
	several   bool // each origin has its own tree
	random    bool // links were drawn at random
	heard     bool // a message has been received

	announcing bool // an Announce timer is pending
	settling   bool // a Settle timer is pending
	ticking    bool // a Tick timer is pending

	before int32             // length of the log at the last Tick
	sorted []broadcast.Value // used by contains
}

// link is one end of a link. Places are indices in the node's log. A length of the
// log stands for the values up to there.
type link struct {
	peer   broadcast.NodeID
	told   int32   // the peer has been sent the values or names of this length of the log
	owed   []int32 // with ack-retry: places of values that the peer is not known to have, ascending
	known  int32   // place + 1 of the last value that the peer had announced before it arrived
	knows  int32   // how many of the values being learned the peer is known to have
	others *[]bool // by origin: the link is lazy for its tree; nil if it never was
	lazy   bool    // the link is lazy for the shared tree
	silent bool    // the peer has not answered an Again
	due    bool    // send the peer an Ihave at the next Announce
	thanks bool    // send the peer an Ihave at the next Settle
	joined bool    // the peer has answered a Join, or none is needed
	wait   uint8   // ticks to wait for the answer to the last Again or Join; 0 if none is due
	skip   uint8   // ticks until the next reminder
}

// tree is 1 + the origin of its values, or 0 for the shared tree.
type tree int32 // the Ack of a Message

// eager reports whether values of a tree are pushed to the peer. A link is eager
// until it is pruned.
func (l *link) eager(t tree) bool {
	lazy := l.lazy
	if t > 0 {
		lazy = l.others != nil && int(t) <= len(*l.others) && (*l.others)[t-1]
	}
	return !lazy && !l.silent
}

func (l *link) graft(t tree) {
	switch {
	case t == 0:
		l.lazy = false
	case l.others != nil && int(t) <= len(*l.others):
		(*l.others)[t-1] = false
	}
}

func (l *link) prune(t tree) {
	if t == 0 {
		l.lazy = true
		return
	}
	if l.others == nil {
		l.others = new([]bool)
	}
	for int(t) > len(*l.others) {
		*l.others = append(*l.others, false)
	}
	(*l.others)[t-1] = true
}

func newNode(c broadcast.Config, p broadcast.Params) broadcast.Strategy {
	n := &node{
		self:      c.Self,
		nodes:     broadcast.NodeID(c.Nodes),
		missing:   missing{first: p.Duration("timer1"), next: p.Duration("timer2"), alarm: never},
		interval:  p.Duration("interval"),
		retry:     p.Duration("retry"),
		threshold: int32(p.Int("threshold")),
		acks:      p.Text("delivery") == "ack-retry",
		several:   p.Text("trees") == "origin",
		random:    p.Text("peers") == "random",
	}
	drawn := c.Neighbors
	if n.random {
		chooser := peers.New(c, broadcast.Params{"peers": "random", "fanout": p.Text("view")})
		drawn = chooser.Choose(nil)
	}
	n.links = make([]link, len(drawn))
	for i, peer := range drawn {
		n.links[i] = link{peer: peer, joined: true}
	}
	slices.SortFunc(n.links, func(a, b link) int { return int(a.peer - b.peer) })
	return n
}

func (n *node) Values() *broadcast.Set { return &n.values }

// Start sends a Join on drawn links, so that the peers learn about them.
func (n *node) Start(env broadcast.Env) {
	if n.random {
		n.join(env)
	} else if n.acks {
		after(env, 2*n.retry, Lonely)
	}
}

func (n *node) Broadcast(env broadcast.Env, v broadcast.Value) {
	before := n.values.Len()
	if n.values.Add(v) {
		own := tree(0)
		if n.several {
			own = tree(n.self) + 1
		}
		n.note(0, own)
		n.spread(env, n.self, before, own)
	}
}

// note records how many links the last value has crossed, and its tree.
func (n *node) note(hops uint16, t tree) {
	n.hops = append(n.hops, hops)
	if n.several {
		n.trees = append(n.trees, t)
	}
}

// tree returns the tree of a value in the log.
func (n *node) tree(place int) tree {
	if !n.several {
		return 0
	}
	return n.trees[place]
}

// Receive ignores senders that are not nodes.
func (n *node) Receive(env broadcast.Env, from broadcast.NodeID, m broadcast.Message) {
	if from < 0 || from >= n.nodes || from == n.self || m.Kind > Welcome {
		return
	}
	n.heard = true
	if m.Kind == Ihave && !n.acks && !n.lacks(m.Values) {
		return // most messages end here, without a cache miss on links
	}
	l := n.meet(env, from)
	back := l.silent
	l.silent = false
	l.wait, l.skip = 0, min(l.skip, 1)
	if n.acks && m.Seq > uint64(n.values.Len()) {
		n.join(env)
	}
	switch m.Kind {
	case Gossip:
		n.take(env, l, m)
	case Ihave:
		n.hear(l, m.Values)
		n.announced(env, from, m, n.missing.first)
	case Graft:
		l.graft(n.named(m))
		n.answer(env, l, m.Values)
	case Prune:
		l.prune(n.named(m))
		n.hear(l, m.Values)
	case Again:
		n.hear(l, m.Values)
		if held := n.held(m.Values); len(held) > 0 {
			n.send(env, l, broadcast.Message{Kind: Ihave, Values: held, Hops: n.farthest(0) + 1})
		}
		n.announced(env, from, m, 0)
	case Join:
		n.joined(env, l, m)
	case Welcome:
		n.welcomed(env, l, m)
	}
	if back && l.stale(n.before) {
		n.remind(env, l)
		l.skip = 1 // a tick may follow at once
	}
}

// Expire handles a timer.
func (n *node) Expire(env broadcast.Env, t broadcast.Timer) {
	switch t.Kind {
	case Announce:
		n.announcing = false
		for i := range n.links {
			if l := &n.links[i]; l.due {
				n.announce(env, l)
			}
		}
	case Missing:
		if now := env.Now(); now >= n.missing.alarm {
			n.missing.alarm = never
			n.graft(env)
		}
	case Settle:
		n.settling = false
		for i := range n.links {
			if l := &n.links[i]; l.thanks {
				n.announce(env, l)
			}
		}
	case Tick:
		n.tick(env)
	case Lonely:
		if !n.heard && n.values.Len() == 0 {
			n.join(env)
		}
	}
}

// find returns the index of the link to a peer, or where to insert it.
func (n *node) find(peer broadcast.NodeID) (int, bool) {
	if len(n.links) <= 8 {
		for i := range n.links {
			if n.links[i].peer >= peer {
				return i, n.links[i].peer == peer
			}
		}
		return len(n.links), false
	}
	return slices.BinarySearchFunc(n.links, peer, func(l link, peer broadcast.NodeID) int { return int(l.peer - peer) })
}

// meet returns the link to a peer, and makes it if necessary. The pointer is valid
// until the next call.
func (n *node) meet(env broadcast.Env, peer broadcast.NodeID) *link {
	i, known := n.find(peer)
	if !known {
		n.links = slices.Insert(n.links, i, link{peer: peer, joined: true})
		if n.values.Len() > 0 {
			n.owe(env, &n.links[i], nil)
			n.links[i].due = true
			n.wake(env, &n.announcing, n.interval, Announce)
		}
	}
	return &n.links[i]
}

// wake sets a timer, unless it is pending.
func (n *node) wake(env broadcast.Env, pending *bool, wait time.Duration, kind broadcast.Kind) {
	if !*pending {
		*pending = true
		after(env, wait, kind)
	}
}

// moment is added to every timer, so that a message that arrives exactly at the due
// time is handled first. If latencies and timers are round numbers without noise,
// the answer to a Graft may take exactly timer2. Then the node would graft the next
// link each time, and nodes would prune and graft each other forever. Chosen: more
// than the rounding error between two equal times, and too small to be measured.
const moment = time.Microsecond

// after sets a timer.
func after(env broadcast.Env, d time.Duration, kind broadcast.Kind) {
	env.After(d+moment, broadcast.Timer{Kind: kind})
}

// send sends a message. With ack-retry it adds how many values the peer is known to
// have.
func (n *node) send(env broadcast.Env, l *link, m broadcast.Message) {
	if n.acks {
		m.Seq = uint64(n.values.Len() - len(l.owed))
	}
	env.Send(l.peer, m)
}

// named returns the tree that a message names.
func (n *node) named(m broadcast.Message) tree {
	if !n.several || m.Ack > uint64(n.nodes) {
		return 0
	}
	return tree(m.Ack)
}

// take handles pushed values. If none is new, the node prunes the link for that
// tree.
func (n *node) take(env broadcast.Env, l *link, m broadcast.Message) {
	before := n.values.Len()
	t := n.named(m)
	crossed := uint16(min(max(m.Hops, 0), math.MaxUint16))
	for _, v := range m.Values {
		if n.values.Add(v) {
			n.note(crossed, t)
		}
	}
	n.hear(l, m.Values)
	switch n.values.Len() - before {
	case 0:
		n.prune(env, l, t, m.Values)
	case 1:
		l.graft(t)
		nearest := n.missing.nearest(n.values.Log()[before])
		n.spread(env, l.peer, before, t)
		n.optimise(env, l, m, nearest)
	default:
		l.graft(t)
		n.spread(env, l.peer, before, t)
	}
}

// prune tells a peer not to push values of a tree.
func (n *node) prune(env broadcast.Env, l *link, t tree, values []broadcast.Value) {
	if !n.acks {
		values = nil
	}
	l.prune(t)
	n.send(env, l, broadcast.Message{Kind: Prune, Ack: uint64(t), Values: values})
}

// optimise replaces the link on which a value arrived by the link on which it was
// announced, if that path is shorter by threshold (the paper's Optimization).
func (n *node) optimise(env broadcast.Env, l *link, m broadcast.Message, nearest offer) {
	if n.threshold == 0 || nearest.hops > m.Hops-n.threshold || nearest.peer == l.peer {
		return
	}
	if i, known := n.find(nearest.peer); known {
		t := n.named(m)
		n.links[i].graft(t)
		n.send(env, &n.links[i], broadcast.Message{Kind: Graft, Ack: uint64(t)})
		n.prune(env, l, t, m.Values)
	}
}

// spread sends the log from before on down a tree. The values come from a node, or
// from a client if from is self.
func (n *node) spread(env broadcast.Env, from broadcast.NodeID, before int, t tree) {
	n.account(env, from, before)
	log := n.values.Log()
	end := len(log)
	m := broadcast.Message{Kind: Gossip, Ack: uint64(t), Values: log[before:end:end], Hops: n.farthest(before) + 1}
	late := false
	for i := range n.links {
		l := &n.links[i]
		has := int(l.knows) == end-before
		eager := l.eager(t) || l.peer == from
		l.knows = 0
		switch {
		case eager && (has || l.peer == from) && n.acks:
			l.thanks = true
			n.wake(env, &n.settling, n.retry/2, Settle)
		case eager && (has || l.peer == from):
			l.tell(before, end)
		case eager:
			n.send(env, l, m)
			l.tell(before, end)
		case n.interval == 0:
			n.announce(env, l)
		default:
			l.due = true
			late = true
		}
	}
	if late {
		n.wake(env, &n.announcing, n.interval, Announce)
	}
}

// tell notes that the peer has been sent this part of the log. If an earlier part
// is not sent yet, a later Ihave names both.
func (l *link) tell(first, end int) {
	if int(l.told) == first {
		l.told = int32(end)
	}
}

// announce sends an Ihave with the values that the peer has not been sent.
func (n *node) announce(env broadcast.Env, l *link) {
	log := n.values.Log()
	first, end := int(l.told), len(log)
	l.due, l.thanks, l.told = false, false, int32(end)
	if first < end {
		n.send(env, l, broadcast.Message{Kind: Ihave, Values: log[first:end:end], Hops: n.farthest(first) + 1})
	}
}

// farthest returns the most links that a value of the log from first on has
// crossed.
func (n *node) farthest(first int) int32 {
	most := uint16(0)
	for _, h := range n.hops[first:] {
		most = max(most, h)
	}
	return int32(most)
}

// answer sends the values that a Graft asks for. Values of several trees go down
// the shared tree.
func (n *node) answer(env broadcast.Env, l *link, wanted []broadcast.Value) {
	log := n.values.Log()
	if len(wanted) == 1 {
		if !n.values.Has(wanted[0]) {
			return
		}
		place := len(log) - 1
		for log[place] != wanted[0] {
			place--
		}
		t := n.tree(place)
		l.graft(t)
		n.send(env, l, broadcast.Message{Kind: Gossip, Ack: uint64(t), Values: log[place : place+1 : place+1], Hops: int32(n.hops[place]) + 1})
		return
	}
	m := broadcast.Message{Kind: Gossip}
	has := n.contains(wanted)
	for place, v := range log {
		if !has(v) {
			continue
		}
		t := n.tree(place)
		l.graft(t)
		if m.Values == nil {
			m.Ack = uint64(t)
		} else if m.Ack != uint64(t) {
			m.Ack = 0
		}
		m.Values = append(m.Values, v)
		m.Hops = max(m.Hops, int32(n.hops[place])+1)
	}
	if m.Values != nil {
		n.send(env, l, m)
	}
}

// lacks reports whether the node lacks one of the values.
func (n *node) lacks(values []broadcast.Value) bool {
	return slices.ContainsFunc(values, func(v broadcast.Value) bool { return !n.values.Has(v) })
}

// held returns the values that the node has.
func (n *node) held(values []broadcast.Value) []broadcast.Value {
	missing := slices.IndexFunc(values, func(v broadcast.Value) bool { return !n.values.Has(v) })
	if missing < 0 {
		return values
	}
	held := slices.Clone(values[:missing])
	for _, v := range values[missing:] {
		if n.values.Has(v) {
			held = append(held, v)
		}
	}
	return held
}

// contains returns a test for membership in values. It is valid until the next
// call.
func (n *node) contains(values []broadcast.Value) func(broadcast.Value) bool {
	if len(values) <= 8 {
		return func(v broadcast.Value) bool { return slices.Contains(values, v) }
	}
	n.sorted = append(n.sorted[:0], values...)
	slices.Sort(n.sorted)
	return func(v broadcast.Value) bool {
		_, found := slices.BinarySearch(n.sorted, v)
		return found
	}
}
