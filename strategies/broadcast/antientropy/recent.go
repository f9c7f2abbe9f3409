package antientropy

import (
	"gossipbench/strategies/broadcast"
	"math/rand/v2"
	"sort"
	"time"
)

// least is how many values the first turn after the recent ones sends. Chosen: a
// message costs more than the numbers in it.
const least = 16

// remembered is how many talks a node remembers. Chosen, as in package peers.
const remembered = 4096

// A talk is forgotten after lifetime, or if remembered others have begun since.
// Chosen: a talk takes a few latencies and has no explicit end; with a short
// interval many may be opened within a latency.
const lifetime = time.Minute

// talks is the state of compare=recent.
type talks struct {
	window  time.Duration
	arrived []time.Duration // arrival time of each value of the log
	rand    *rand.Rand
	open    map[key]*talk // never iterated
	order   []key         // the keys of open, oldest first
}

// key identifies a talk: the peer, which of the two opened it, and an id.
type key struct {
	peer   broadcast.NodeID
	opened bool // this node opened it
	id     uint16
}

// talk is a comparison in turns. It compares the states that both nodes had when
// they entered. The opener has turn 0.
type talk struct {
	key
	next    uint64 // the expected turn; 0 if the talk has ended
	entered time.Duration
	start   int    // length of the log when this node entered
	told    int    // the log from told to start has been sent
	sum     uint64 // checksum of the log up to start and the values received in the talk
}

// turn is the position in a talk, packed into Message.Ack: the talk's id, the
// number of the turn, and whether the sender has nothing more to send.
type turn struct {
	id     uint16
	number uint64
	done   bool
}

func (t turn) pack() uint64 {
	ack := t.number<<17 | uint64(t.id)<<1
	if t.done {
		ack |= 1
	}
	return ack
}

func unpack(ack uint64) turn {
	return turn{id: uint16(ack >> 1), number: ack >> 17, done: ack&1 != 0}
}

// enter begins a talk about the current state. If the key exists, the talk begins
// again: the peer may have restarted, and then draws the same ids.
func (n *node) enter(env broadcast.Env, k key) *talk {
	ts, now, size := n.talks, env.Now(), n.values.Len()
	for len(ts.order) > 0 && (len(ts.order) >= remembered || now-ts.open[ts.order[0]].entered > lifetime) {
		delete(ts.open, ts.order[0])
		ts.order = ts.order[1:]
	}
	if ts.open == nil {
		ts.open = map[key]*talk{}
	}
	t := ts.open[k]
	if t == nil {
		t = &talk{}
		ts.open[k] = t
		ts.order = append(ts.order, k)
	}
	*t = talk{key: k, entered: now, start: size, told: size, sum: n.sum}
	return t
}

// openTalk sends turn 0.
func (n *node) openTalk(env broadcast.Env, peer broadcast.NodeID) {
	n.speak(env, n.enter(env, key{peer, true, uint16(n.talks.rand.Uint32())}), 0, nil)
}

// speak sends a turn. The first turn has the recent values; each later turn has as
// many as all turns before, except those in heard.
func (n *node) speak(env broadcast.Env, t *talk, number uint64, heard []broadcast.Value) {
	var told []broadcast.Value
	if n.gives(t.opened) {
		from := t.told - max(least, t.start-t.told)
		if number < 2 {
			since := env.Now() - n.talks.window
			from = sort.Search(t.told, func(i int) bool { return n.talks.arrived[i] > since })
		}
		from = max(from, 0)
		told = without(n.values.Log()[from:t.told:t.told], heard)
		t.told = from
	}
	t.next = number + 1
	m := broadcast.Message{Kind: Recent, Values: told, Seq: t.sum, Ack: turn{t.id, number, n.toldAll(t)}.pack()}
	if len(told) > 0 {
		m.Hops = n.hops + 1
	}
	env.Send(t.peer, m)
}

// toldAll reports whether the node has nothing more to send in a talk.
func (n *node) toldAll(t *talk) bool { return t.told == 0 || !n.gives(t.opened) }

// without returns the values that are not in others.
func without(values, others []broadcast.Value) []broadcast.Value {
	if len(others) == 0 {
		return values
	}
	var skip broadcast.Set
	for _, v := range others {
		skip.Add(v)
	}
	var rest []broadcast.Value
	for _, v := range values {
		if !skip.Has(v) {
			rest = append(rest, v)
		}
	}
	return rest
}

// hear handles a peer's turn. It answers with its own turn until the states agree
// or both have sent everything.
func (n *node) hear(env broadcast.Env, from broadcast.NodeID, m broadcast.Message) {
	at := unpack(m.Ack)
	k := key{from, at.number%2 == 1, at.id}
	t := n.talks.open[k]
	if at.number == 0 {
		n.learn(env, m)
		n.answerTurn(env, n.enter(env, k), at, m)
		return
	}
	if t == nil || t.next != at.number {
		n.learn(env, m) // a duplicate, or too late
		return
	}
	var since broadcast.Set // values that arrived from elsewhere since this node entered
	for _, v := range n.values.Log()[t.start:] {
		since.Add(v)
	}
	for _, v := range m.Values {
		if !n.values.Has(v) || since.Has(v) {
			t.sum += hash(v)
		}
	}
	n.learn(env, m)
	n.answerTurn(env, t, at, m)
}

// answerTurn answers a turn or ends the talk.
func (n *node) answerTurn(env broadcast.Env, t *talk, at turn, m broadcast.Message) {
	heardAll := at.done && n.gives(!t.opened)
	switch {
	case t.sum == m.Seq, heardAll && n.toldAll(t):
		t.next = 0
		n.confirm(env, t.peer, m.Seq)
	case at.done && n.toldAll(t):
		t.next = 0
	default:
		n.speak(env, t, at.number+1, m.Values)
	}
}
