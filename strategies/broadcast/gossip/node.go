package gossip

import (
	"gossipbench/strategies/broadcast"
	"math/rand/v2"
	"time"
)

// node is the state of one node. It fits in a cache line, since there may be a
// million nodes.
type node struct {
	values broadcast.Set
	rand   *rand.Rand
	*more  // nil with interval=0, peers=random and fire-and-forget
	self   broadcast.NodeID
	nodes  broadcast.NodeID
	fanout int16
	peers  choice
	push   bool
	pull   bool
	delta  bool
	rounds bool
	keeps  bool // ledger is not nil
}

// more is the state that only some configurations need.
type more struct {
	neighbors []broadcast.NodeID
	ledger    *ledger                                // nil if no knowledge of peers is needed
	heard     map[broadcast.NodeID][]broadcast.Value // the longest log received from each peer
	interval  time.Duration
	phase     time.Duration // rounds are at phase, phase + interval, …
	hops      int32         // links that the last new value has crossed
	silent    bool
	acks      bool
	ticking   bool // a round timer is pending
}

func newNode(c broadcast.Config, p broadcast.Params) broadcast.Strategy {
	mode := p.Text("mode")
	n := &node{
		self:   c.Self,
		nodes:  broadcast.NodeID(c.Nodes),
		peers:  chosenFrom(p.Text("peers")),
		push:   mode != "pull",
		pull:   mode != "push",
		delta:  p.Text("payload") == "delta",
		rounds: p.Duration("interval") > 0,
		fanout: int16(p.Int("fanout")),
		rand:   c.Rand,
	}
	acks, silent := p.Text("delivery") == "ack-retry", p.Text("idle") == "silent"
	if !n.rounds && !acks && n.peers == anybody {
		return n
	}
	n.more = &more{neighbors: c.Neighbors, interval: p.Duration("interval"), acks: acks, silent: silent}
	if acks || n.rounds && (n.delta || silent) {
		n.keeps = true
		n.ledger = &ledger{retry: p.Duration("retry"), marking: n.pull || acks}
		if n.rounds && n.peers == onlyNeighbors {
			n.ledger.fix(n.neighbors)
		}
	}
	return n
}

func (n *node) Values() *broadcast.Set { return &n.values }

// Start draws the phase of the rounds. With idle=silent, a node that only pushes
// starts them when it learns something.
func (n *node) Start(env broadcast.Env) {
	if !n.rounds {
		return
	}
	n.phase = time.Duration(n.rand.Int64N(int64(n.interval)))
	if n.pull || !n.silent {
		n.tick(env)
	}
}

// tick sets the timer of the next round.
func (n *node) tick(env broadcast.Env) {
	n.ticking = true
	wait := n.phase - env.Now()
	if wait <= 0 {
		wait = n.interval - (-wait)%n.interval
	}
	env.After(wait, broadcast.Timer{Kind: Round})
}

func (n *node) Broadcast(env broadcast.Env, v broadcast.Value) {
	before := n.values.Len()
	if n.add(v) {
		n.learnt(env, n.self, before, 0)
	}
}

// Receive ignores senders that are not nodes.
func (n *node) Receive(env broadcast.Env, from broadcast.NodeID, m broadcast.Message) {
	if from < 0 || from >= n.nodes || from == n.self {
		return
	}
	switch m.Kind {
	case Rumor:
		if n.acknowledges() {
			env.Send(from, broadcast.Message{Kind: Ack, Seq: m.Seq})
		}
		n.learn(env, from, m.Values, m.Hops)
		if n.pull && n.keeps {
			n.ledger.keep(from, m)
		}
	case Ack:
		if n.acknowledges() {
			n.acknowledged(from, m.Seq)
		}
	case Pull:
		switch {
		case n.pull && !n.keeps:
			n.answer(env, from, m.Seq)
			n.learn(env, from, m.Values, m.Hops)
		case n.pull: // so that the bookmark in the answer covers the asker's values
			n.learn(env, from, m.Values, m.Hops)
			n.answer(env, from, m.Seq)
		}
	}
}

// learn adds the values of a message. The newest has crossed hops links.
func (n *node) learn(env broadcast.Env, from broadcast.NodeID, values []broadcast.Value, hops int32) {
	before := n.values.Len()
	if len(values) >= long && n.more != nil {
		values = n.unheard(from, values)
	}
	for _, v := range values {
		if !n.values.Has(v) {
			n.add(v)
		}
	}
	if n.values.Len() > before {
		n.learnt(env, from, before, hops)
	}
}

// long is the least number of values for which unheard is worth its cost. Chosen.
const long = 32

// unheard returns the values that a peer sends in addition to its previous message.
// It works if both messages share an array: sent values never change, so both begin
// alike. That saves lookups in the simulator. Messages from a wire share no array.
func (n *node) unheard(from broadcast.NodeID, values []broadcast.Value) []broadcast.Value {
	heard := n.heard[from]
	if len(heard) == 0 || &heard[0] != &values[0] {
		heard = nil
	}
	if len(values) <= len(heard) {
		return nil
	}
	if n.heard == nil {
		n.heard = map[broadcast.NodeID][]broadcast.Value{}
	}
	n.heard[from] = values
	return values[len(heard):]
}

func (n *node) add(v broadcast.Value) bool {
	added := n.values.Add(v)
	if added && n.keeps {
		n.ledger.extend(v)
	}
	return added
}

// acknowledges reports whether rumors are acknowledged.
func (n *node) acknowledges() bool { return n.keeps && n.acks }

// learnt handles new values: the log from before on. They come from a node, or from
// a client if from is self. The newest has crossed hops links.
func (n *node) learnt(env broadcast.Env, from broadcast.NodeID, before int, hops int32) {
	if !n.rounds {
		n.tell(env, from, before, hops)
		return
	}
	n.hops = hops
	if n.keeps {
		if from != n.self {
			n.ledger.brought(from, int32(before))
		}
		if !n.ticking && n.ledger.level < n.reach() {
			n.tick(env)
		}
	}
}

// tell sends new values on arrival.
func (n *node) tell(env broadcast.Env, from broadcast.NodeID, before int, hops int32) {
	first := 0
	if n.delta {
		first = before
	}
	var buffer [16]broadcast.NodeID
	peers := n.choose(buffer[:0], from)
	if !n.acknowledges() {
		m := broadcast.Message{Kind: Rumor, Values: n.values.Log()[first:], Hops: hops + 1}
		for _, peer := range peers {
			env.Send(peer, m)
		}
		return
	}
	for _, peer := range peers {
		n.tellOne(env, peer, attempt{first, hops + 1, 1}, n.values.Len())
	}
}

// tellOne sends the log from a.first to end to peer, and waits for the
// acknowledgement.
func (n *node) tellOne(env broadcast.Env, peer broadcast.NodeID, a attempt, end int) {
	env.Send(peer, broadcast.Message{Kind: Rumor, Values: n.values.Log()[a.first:end:end], Hops: a.hops, Seq: n.ledger.bookmark(end)})
	n.ledger.await(delivery{peer, end}, a)
	env.After(time.Duration(a.wait)*n.ledger.retry, broadcast.Timer{Kind: Retry, Peer: peer, Seq: uint64(end)})
}

// Expire runs a round or resends a rumor.
func (n *node) Expire(env broadcast.Env, t broadcast.Timer) {
	switch {
	case t.Kind == Round && n.rounds:
		n.round(env)
	case t.Kind == Retry && n.acknowledges() && n.rounds:
		n.repeat(env, t)
	case t.Kind == Retry && n.acknowledges():
		d := delivery{t.Peer, int(t.Seq)}
		if a, waiting := n.ledger.unacked[d]; waiting {
			a.wait = min(2*a.wait, longest)
			n.tellOne(env, d.peer, a, d.end)
		}
	}
}

// round contacts fanout peers. With mode=push and idle=silent, rounds stop when all
// peers have been sent everything.
func (n *node) round(env broadcast.Env) {
	var buffer [16]broadcast.NodeID
	for _, peer := range n.choose(buffer[:0], n.self) {
		if n.pull {
			n.ask(env, peer)
		} else {
			n.pushTo(env, peer)
		}
	}
	n.ticking = false
	if n.pull || !n.silent || n.ledger.level < n.reach() {
		n.tick(env)
	}
}

// pushTo pushes to a peer in a round of mode=push.
func (n *node) pushTo(env broadcast.Env, peer broadcast.NodeID) {
	size := n.values.Len()
	if size == 0 {
		return
	}
	l := n.link(peer)
	if l != nil && n.silent && int(l.sent) == size {
		return
	}
	n.rumor(env, peer, l, 1)
}

// rumor sends a peer the values that it may lack. With ack-retry it waits for the
// acknowledgement for wait times retry.
func (n *node) rumor(env broadcast.Env, peer broadcast.NodeID, l *link, wait int32) {
	size := n.values.Len()
	m := broadcast.Message{Kind: Rumor, Values: n.values.Log(), Hops: n.hops + 1}
	if l == nil {
		env.Send(peer, m)
		return
	}
	known := int(l.sent)
	if n.acks {
		known = int(l.acked)
		m.Seq = n.ledger.bookmark(size)
	}
	if n.delta && known < size {
		m.Values = m.Values[known:]
	}
	n.ledger.send(l)
	env.Send(peer, m)
	if n.acks {
		l.wait = wait
		l.rumors++
		env.After(time.Duration(wait)*n.ledger.retry, broadcast.Timer{Kind: Retry, Peer: peer, Seq: uint64(l.rumors)})
	}
}

// repeat resends unacknowledged values, unless a later rumor to that peer has its
// own timer.
func (n *node) repeat(env broadcast.Env, t broadcast.Timer) {
	l := n.ledger.find(t.Peer)
	if l != nil && uint64(l.rumors) == t.Seq && l.acked < l.sent {
		n.rumor(env, t.Peer, l, min(2*l.wait, longest))
	}
}

func (n *node) acknowledged(from broadcast.NodeID, mark uint64) {
	end := n.ledger.place(mark)
	if !n.rounds {
		delete(n.ledger.unacked, delivery{from, end})
	} else if l := n.ledger.find(from); l != nil {
		l.acked = max(l.acked, int32(end))
	}
}

// ask asks a peer in a round of mode=pull or push-pull. With push-pull it also
// sends values.
func (n *node) ask(env broadcast.Env, peer broadcast.NodeID) {
	m := broadcast.Message{Kind: Pull}
	l := n.link(peer)
	if l != nil {
		m.Seq = l.mark
	}
	if size := n.values.Len(); n.push && size > 0 {
		m.Values, m.Hops = n.values.Log(), n.hops+1
		if l != nil {
			if n.delta {
				m.Values = m.Values[l.sent:]
			} else if n.silent && int(l.sent) == size {
				m.Values = nil
			}
			n.ledger.send(l)
		}
	}
	env.Send(peer, m)
}

// answer answers a question with the bookmark mark.
func (n *node) answer(env broadcast.Env, peer broadcast.NodeID, mark uint64) {
	size := n.values.Len()
	if size == 0 {
		return
	}
	m := broadcast.Message{Kind: Rumor, Values: n.values.Log(), Hops: n.hops + 1}
	if n.keeps {
		known := n.ledger.place(mark)
		if l := n.link(peer); l != nil {
			n.ledger.send(l)
		}
		if n.silent && known == size {
			return
		}
		if n.delta {
			m.Values = m.Values[known:]
		}
		m.Seq = n.ledger.bookmark(size)
	}
	env.Send(peer, m)
}

// link returns the link to a peer, or nil without a ledger.
func (n *node) link(peer broadcast.NodeID) *link {
	if !n.keeps {
		return nil
	}
	return n.ledger.link(peer)
}
