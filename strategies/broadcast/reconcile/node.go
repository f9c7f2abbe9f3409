package reconcile

import (
	"time"

	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/peers"
	"gossipbench/strategies/riblt"
)

// key is the key of all nodes. It does not resist attacks.
var key = riblt.Key{K0: 0x676f73736970, K1: 0x62656e6368} // "gossip", "bench"

// remembered is how many decoding peers a node remembers. Chosen: more than decode
// at a time.
const remembered = 4096

// node is the state of one node.
type node struct {
	values  broadcast.Set
	encoder *riblt.Encoder
	prints  []uint32 // fingerprint of the log after each value
	hops    int32    // links that the last new value has crossed
	self    broadcast.NodeID
	nodes   broadcast.NodeID
	rounds  peers.Rounds
	history history

	sessions map[broadcast.NodeID]*session      // sessions that this node decodes, by opener; never iterated
	serving  map[broadcast.NodeID]time.Duration // when a decoding peer last asked for more; never iterated
	asked    uint64                             // questions so far
	trip     time.Duration                      // the longest time that an answer took
}

func newNode(c broadcast.Config, p broadcast.Params) broadcast.Strategy {
	return &node{
		encoder:  riblt.NewEncoder(key),
		self:     c.Self,
		nodes:    broadcast.NodeID(c.Nodes),
		rounds:   peers.NewRounds(c, p),
		history:  history{mean: 4, deviation: 2},
		sessions: map[broadcast.NodeID]*session{},
		serving:  map[broadcast.NodeID]time.Duration{},
	}
}

func (n *node) Values() *broadcast.Set { return &n.values }

// Start starts the rounds. Even with idle=silent a node opens a session with all
// its peers after a start, since it may have lost its values.
func (n *node) Start(env broadcast.Env) { n.rounds.Wake(env, broadcast.Timer{Kind: Round}) }

func (n *node) Broadcast(env broadcast.Env, v broadcast.Value) {
	if n.add(v) {
		n.hops = 0
		n.rounds.Wake(env, broadcast.Timer{Kind: Round})
	}
}

func (n *node) add(v broadcast.Value) bool {
	if !n.values.Add(v) {
		return false
	}
	n.encoder.Add(uint64(v))
	var last uint32
	if len(n.prints) > 0 {
		last = n.prints[len(n.prints)-1]
	}
	n.prints = append(n.prints, fingerprint(last, v))
	n.rounds.Changed()
	return true
}

// learn adds the values of a message.
func (n *node) learn(env broadcast.Env, m broadcast.Message) {
	learnt := false
	for _, v := range m.Values {
		learnt = n.add(v) || learnt
	}
	if learnt {
		n.hops = m.Hops
		n.rounds.Wake(env, broadcast.Timer{Kind: Round})
	}
}

// Expire runs a round or repeats a question.
func (n *node) Expire(env broadcast.Env, t broadcast.Timer) {
	switch t.Kind {
	case Round:
		var buffer [16]broadcast.NodeID
		for _, peer := range n.rounds.Begin(buffer[:0]) {
			if !n.busy(env, peer) {
				n.open(env, peer)
			}
		}
		n.rounds.Wake(env, broadcast.Timer{Kind: Round})
	case Retry:
		n.retry(env, t)
	}
}

// open opens a session. For an empty set the first symbol is enough.
func (n *node) open(env broadcast.Env, peer broadcast.NodeID) {
	until := 1
	if n.values.Len() > 0 {
		until = n.history.opening()
	}
	n.show(env, peer, n.values.Len(), 0, until)
}

// show sends a peer the symbols of the log's first size values, with indices
// from…until−1.
func (n *node) show(env broadcast.Env, peer broadcast.NodeID, size, from, until int) {
	symbols := n.symbols(size, from, until)
	env.Send(peer, broadcast.Message{Kind: Symbols, Seq: n.bookmark(size), Ack: uint64(from), Values: pack(nil, symbols, from, size)})
}

// symbols returns the symbols of the log's first size values, with indices
// from…until−1.
func (n *node) symbols(size, from, until int) []riblt.Symbol {
	symbols := append([]riblt.Symbol(nil), n.encoder.Symbols(until)[from:]...)
	for _, v := range n.values.Log()[size:] {
		key.Remove(symbols, from, uint64(v))
	}
	return symbols
}

// Receive ignores senders that are not nodes.
func (n *node) Receive(env broadcast.Env, from broadcast.NodeID, m broadcast.Message) {
	if from < 0 || from >= n.nodes || from == n.self {
		return
	}
	switch m.Kind {
	case Symbols:
		n.take(env, from, m)
	case More:
		n.serve(env, from, m)
	case Rumor:
		delete(n.serving, from)
		n.learn(env, m)
	case Want:
		delete(n.serving, from)
		n.grant(env, from, m.Values)
	case Same:
		if size, ok := n.place(m.Seq); ok && size == n.values.Len() {
			n.rounds.Satisfy(from)
		}
	}
}

// serve answers a decoding peer's question.
func (n *node) serve(env broadcast.Env, peer broadcast.NodeID, m broadcast.Message) {
	size, ok := n.place(m.Seq)
	if !ok || len(m.Values) == 0 || m.Ack > uint64(n.encoder.Made()) {
		return
	}
	from, until := int(m.Ack), min(int64(m.Values[0]), int64(m.Ack)+maxBatch)
	if until <= int64(from) {
		return
	}
	if n.sessions[peer] != nil {
		if n.self > peer {
			return // both decode the other's session: the lower node gives up
		}
		delete(n.sessions, peer)
	}
	if len(n.serving) >= remembered {
		clear(n.serving)
	}
	n.serving[peer] = env.Now()
	n.show(env, peer, size, from, int(until))
}

// grant sends a peer the wanted values that the node has.
func (n *node) grant(env broadcast.Env, peer broadcast.NodeID, wanted []broadcast.Value) {
	if len(wanted) == 0 {
		n.give(env, peer, n.values.Log())
		return
	}
	var given []broadcast.Value
	for _, v := range wanted {
		if n.values.Has(v) {
			given = append(given, v)
		}
	}
	n.give(env, peer, given)
}

// give sends values to a peer, if there are any.
func (n *node) give(env broadcast.Env, peer broadcast.NodeID, values []broadcast.Value) {
	if len(values) > 0 {
		env.Send(peer, broadcast.Message{Kind: Rumor, Values: values, Hops: n.hops + 1})
	}
}

// bookmark returns the bookmark of a length of the log: the length and a
// fingerprint of the log up to there; 0 for an empty log.
func (n *node) bookmark(length int) uint64 {
	if length == 0 {
		return 0
	}
	return uint64(length)<<32 | uint64(n.prints[length-1])
}

// place returns the length of a bookmark, and whether it matches this log.
func (n *node) place(mark uint64) (int, bool) {
	length := mark >> 32
	if length > uint64(len(n.prints)) || n.bookmark(int(length)) != mark {
		return 0, false
	}
	return int(length), true
}

// fingerprint returns the fingerprint of a log after v is added. It distinguishes
// the logs of a node's lives; it does not resist attacks. The constants are those
// of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
func fingerprint(last uint32, v broadcast.Value) uint32 {
	x := (uint64(last) + 1) * 0x9e3779b97f4a7c15
	x = (x ^ uint64(v)) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return uint32(x >> 32)
}
