package antientropy

import (
	"gossipbench/strategies/broadcast"
	"math/rand/v2"
	"sort"
	"time"
)

// least is how many values the first turn after the recent ones brings. Chosen:
// a message costs more than the numbers in it.
const least = 16

// remembered is how many talks a node remembers. Chosen, as the peers that it knows
// to lack nothing.
const remembered = 4096

// A talk is forgotten after lifetime, or when there are remembered others since.
// Chosen: a talk takes a few latencies, and nobody says that it is over; so many
// may be opened within a latency, where interval is short.
const lifetime = time.Minute

// talks is what compare=recent keeps.
type talks struct {
	window  time.Duration
	arrived []time.Duration // when each value of the log did
	rand    *rand.Rand
	open    map[key]*talk // only looked up, never walked through
	order   []key         // of open, from the oldest on
}

// key names a talk: who the peer is, which of the two opened it, and its id.
type key struct {
	peer   broadcast.NodeID
	opened bool // by this node
	id     uint16
}

// talk is a comparison by turns, of the states that both had when they entered
// it. Turn 0 is the opener's.
type talk struct {
	key
	next    uint64 // turn that is awaited; 0 where the talk is over
	entered time.Duration
	start   int    // length of the log when this node entered
	told    int    // the log from here to start has been told
	sum     uint64 // checksum of the log to start and what has been heard
}

// turn is a turn's place in a talk, as Message.Ack has it: the talk's id, the
// number of the turn, and whether the speaker has nothing more to tell.
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

// enter begins a talk about what there is. A name that is in use begins again: its
// owner may have restarted, and draws the same names as in its former life.
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

// openTalk takes turn 0.
func (n *node) openTalk(env broadcast.Env, peer broadcast.NodeID) {
	n.speak(env, n.enter(env, key{peer, true, uint16(n.talks.rand.Uint32())}), 0, nil)
}

// speak takes a turn: the first tells what is recent, each later one as much as
// all before, but nothing of what has just been heard.
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

// toldAll reports whether a node has nothing more to tell in a talk.
func (n *node) toldAll(t *talk) bool { return t.told == 0 || !n.gives(t.opened) }

// without returns values but for those in others.
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

// hear takes a peer's turn, and answers it with one's own until the states agree
// or both have told everything.
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
		n.learn(env, m) // it comes twice, or too late
		return
	}
	var since broadcast.Set // what has come from elsewhere since this node entered
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

// answerTurn follows when a turn has been heard.
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
