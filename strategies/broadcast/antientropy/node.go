package antientropy

import (
	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/peers"
)

// node is the state of one node.
type node struct {
	values  broadcast.Set
	sum     uint64 // checksum of values
	hops    int32  // links that the last new value has crossed
	self    broadcast.NodeID
	nodes   broadcast.NodeID
	compare string
	push    bool
	pull    bool
	rounds  peers.Rounds
	talks   *talks // with compare=recent
	tree    *tree  // with compare=ranges
}

func newNode(c broadcast.Config, p broadcast.Params) broadcast.Strategy {
	mode := p.Text("mode")
	n := &node{
		self:    c.Self,
		nodes:   broadcast.NodeID(c.Nodes),
		compare: p.Text("compare"),
		push:    mode != "pull",
		pull:    mode != "push",
		rounds:  peers.NewRounds(c, p),
	}
	switch n.compare {
	case "recent":
		n.talks = &talks{window: p.Duration("window"), rand: c.Rand}
	case "ranges":
		n.tree = &tree{words: map[uint64]uint64{}}
	}
	return n
}

func (n *node) Values() *broadcast.Set { return &n.values }

// Start starts the rounds. In push-pull every node compares with all its peers
// after a start, even with idle=silent, since it may have lost its values.
func (n *node) Start(env broadcast.Env) { n.wake(env) }

// wake continues the rounds. With idle=silent, a node that cannot open a comparison
// rests.
func (n *node) wake(env broadcast.Env) {
	if !n.rounds.Silent() || !n.mute() {
		n.rounds.Wake(env, broadcast.Timer{Kind: Round})
	}
}

// mute reports whether the node cannot open a comparison, since it has nothing to
// push.
func (n *node) mute() bool { return !n.pull && n.values.Len() == 0 }

func (n *node) Broadcast(env broadcast.Env, v broadcast.Value) {
	if n.add(env, v) {
		n.hops = 0
		n.wake(env)
	}
}

func (n *node) add(env broadcast.Env, v broadcast.Value) bool {
	if !n.values.Add(v) {
		return false
	}
	n.sum += hash(v)
	n.rounds.Changed()
	if n.talks != nil {
		n.talks.arrived = append(n.talks.arrived, env.Now())
	}
	if n.tree != nil {
		n.tree.add(v)
	}
	return true
}

// learn adds the values of a message.
func (n *node) learn(env broadcast.Env, m broadcast.Message) {
	learnt := false
	for _, v := range m.Values {
		learnt = n.add(env, v) || learnt
	}
	if learnt {
		n.hops = m.Hops
		n.wake(env)
	}
}

// Expire runs a round.
func (n *node) Expire(env broadcast.Env, t broadcast.Timer) {
	if t.Kind != Round {
		return
	}
	var buffer [16]broadcast.NodeID
	for _, peer := range n.rounds.Begin(buffer[:0]) {
		if !n.mute() {
			n.open(env, peer)
		}
	}
	n.wake(env)
}

// open opens a comparison with a peer.
func (n *node) open(env broadcast.Env, peer broadcast.NodeID) {
	switch {
	case n.compare == "checksum":
		env.Send(peer, broadcast.Message{Kind: Check, Seq: n.sum})
	case n.compare == "recent":
		n.openTalk(env, peer)
	case n.compare == "ranges":
		n.openRanges(env, peer)
	case !n.pull:
		n.tellAll(env, peer)
	case !n.push:
		env.Send(peer, broadcast.Message{Kind: Ask})
	default:
		n.showAll(env, peer)
	}
}

// Receive ignores senders that are not nodes.
func (n *node) Receive(env broadcast.Env, from broadcast.NodeID, m broadcast.Message) {
	if from < 0 || from >= n.nodes || from == n.self {
		return
	}
	switch m.Kind {
	case Rumor:
		n.learn(env, m)
		if m.Seq != 0 {
			n.confirm(env, from, m.Seq)
		}
	case State:
		n.resolve(env, from, m)
	case Ask:
		n.tellAll(env, from)
	case Check:
		n.check(env, from, m.Seq)
	case Recent:
		if n.talks != nil {
			n.hear(env, from, m)
		}
	case Ranges, Want:
		if n.tree != nil {
			n.descend(env, from, m)
		}
	case Same:
		if m.Seq == n.sum {
			n.rounds.Satisfy(from)
		}
	}
}

// check compares a peer's checksum with the node's. If they differ, the node asks
// for everything, sends everything, or both, depending on the mode.
func (n *node) check(env broadcast.Env, from broadcast.NodeID, sum uint64) {
	switch {
	case sum == n.sum:
		n.confirm(env, from, sum)
		return
	case !n.pull:
		env.Send(from, broadcast.Message{Kind: Ask})
	case !n.push:
		n.tellAll(env, from)
	default:
		n.showAll(env, from)
	}
	n.doubt(env, from)
}

// tellAll sends all values to a peer.
func (n *node) tellAll(env broadcast.Env, peer broadcast.NodeID) {
	n.give(env, peer, n.values.Log(), n.toConfirm())
}

// give sends values to a peer, if there are any.
func (n *node) give(env broadcast.Env, peer broadcast.NodeID, values []broadcast.Value, seq uint64) {
	if len(values) > 0 {
		env.Send(peer, broadcast.Message{Kind: Rumor, Values: values, Hops: n.hops + 1, Seq: seq})
	}
}

// showAll sends all values to a peer, and asks for the rest.
func (n *node) showAll(env broadcast.Env, peer broadcast.NodeID) {
	env.Send(peer, broadcast.Message{Kind: State, Values: n.values.Log(), Hops: n.hops + 1, Seq: n.toConfirm()})
}

// toConfirm returns the checksum that a peer must confirm, or 0 if it need not.
func (n *node) toConfirm() uint64 {
	if !n.rounds.Silent() {
		return 0
	}
	return n.sum
}

// resolve learns a peer's state, and answers with the values that are not in it.
func (n *node) resolve(env broadcast.Env, from broadcast.NodeID, m broadcast.Message) {
	var theirs broadcast.Set
	for _, v := range m.Values {
		theirs.Add(v)
	}
	var lacking []broadcast.Value
	for _, v := range n.values.Log() {
		if !theirs.Has(v) {
			lacking = append(lacking, v)
		}
	}
	n.learn(env, m)
	if len(lacking) == 0 {
		n.confirm(env, from, m.Seq)
	} else {
		n.give(env, from, lacking, n.toConfirm())
	}
}

// confirm handles a peer's complete state with checksum sum. With idle=silent it
// sends a confirmation.
func (n *node) confirm(env broadcast.Env, from broadcast.NodeID, sum uint64) {
	if !n.rounds.Silent() {
		return
	}
	if sum == n.sum {
		n.rounds.Satisfy(from)
	} else {
		n.doubt(env, from)
	}
	env.Send(from, broadcast.Message{Kind: Same, Seq: sum})
}

// doubt handles a peer's state that differs from the node's. The peer may have lost
// its values, so the node compares with it again.
func (n *node) doubt(env broadcast.Env, peer broadcast.NodeID) {
	n.rounds.Doubt(peer)
	n.wake(env)
}

// gives reports whether the node gives values in a comparison. Opened says whether
// it opened the comparison.
func (n *node) gives(opened bool) bool {
	if opened {
		return n.push
	}
	return n.pull
}

// hash is the finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014). The sum of
// its hashes identifies a set of values.
func hash(v broadcast.Value) uint64 {
	x := uint64(v) + 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
