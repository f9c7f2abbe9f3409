package pushthenpull

import (
	"gossipbench/strategies/broadcast"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// node is the state of one node.
type node struct {
	values   broadcast.Set
	self     broadcast.NodeID
	nodes    broadcast.NodeID
	hops     int32
	pushes   int64
	pulls    int64 // 0 means forever
	round    int64 // the current round
	young    []young
	named    []broadcast.Value // the young values, for a question; nil if it must be rebuilt
	rand     *rand.Rand
	interval time.Duration
	phase    time.Duration // rounds begin at phase, phase + interval, …
}

// young is a value young enough to be pushed, or, unless pulls is 0, to be pulled.
type young struct {
	value broadcast.Value
	born  int64 // the round in which its age was 0
}

func newNode(c broadcast.Config, p broadcast.Params) broadcast.Strategy {
	n := &node{
		self:     c.Self,
		nodes:    broadcast.NodeID(c.Nodes),
		pushes:   int64(p.Int("pushes")),
		pulls:    int64(p.Int("pulls")),
		rand:     c.Rand,
		interval: p.Duration("interval"),
	}
	if n.pushes == 0 {
		n.pushes = optimal(c.Nodes)
	}
	return n
}

// optimal returns for how many rounds to push: until n/ln n nodes have the value.
// At least one, so that a value leaves its origin.
func optimal(nodes int) int64 {
	if nodes < 2 {
		return 1
	}
	n := float64(nodes)
	return max(1, int64(math.Log2(n/math.Log(n))))
}

func (n *node) Values() *broadcast.Set { return &n.values }

// Start draws the phase of the rounds.
func (n *node) Start(env broadcast.Env) {
	if n.nodes == 1 {
		return
	}
	n.phase = time.Duration(n.rand.Int64N(int64(n.interval)))
	n.tick(env)
}

// tick sets the timer of the next round.
func (n *node) tick(env broadcast.Env) {
	wait := n.phase - env.Now()
	if wait <= 0 {
		wait = n.interval - (-wait)%n.interval
	}
	env.After(wait, broadcast.Timer{Kind: Round})
}

// advance starts a round if the last one is over, and drops values that are too
// old. Values do not age in rounds that the node missed because it was paused: it
// may be the only one to have them.
func (n *node) advance(env broadcast.Env) {
	round := int64(0)
	if since := env.Now() - n.phase; since >= 0 {
		round = 1 + int64(since/n.interval)
	}
	if round == n.round {
		return
	}
	for i := range n.young {
		n.young[i].born += max(0, round-n.round-1)
	}
	n.round = round
	before := len(n.young)
	n.young = slices.DeleteFunc(n.young, func(y young) bool { return n.round-y.born > n.pushes+n.pulls })
	if len(n.young) < before {
		n.named = nil
	}
}

func (n *node) Broadcast(env broadcast.Env, v broadcast.Value) {
	n.advance(env)
	if n.learn(v, 0) {
		n.hops = 0
	}
}

// learn adds a value of some age, and reports whether it is new.
func (n *node) learn(v broadcast.Value, age int64) bool {
	if !n.values.Add(v) {
		return false
	}
	if age <= n.pushes+n.pulls {
		n.young = append(n.young, young{v, n.round - age})
		n.named = nil
	}
	return true
}

// Receive ignores senders that are not nodes.
func (n *node) Receive(env broadcast.Env, from broadcast.NodeID, m broadcast.Message) {
	if from < 0 || from >= n.nodes || from == n.self {
		return
	}
	n.advance(env)
	switch m.Kind {
	case Rumor:
		age := int64(min(m.Seq, 1<<32)) // older than any value
		for _, v := range m.Values {
			if n.learn(v, age) {
				n.hops = m.Hops
			}
		}
	case Pull:
		n.answer(env, from, m.Values)
	}
}

// Expire starts a round: the node pushes young values to one node, and asks
// another.
func (n *node) Expire(env broadcast.Env, t broadcast.Timer) {
	if t.Kind != Round || n.nodes == 1 {
		return
	}
	n.advance(env)
	peer := n.other()
	for age := int64(1); age <= n.pushes && len(n.young) > 0; age++ {
		if values := n.aged(age); len(values) > 0 {
			env.Send(peer, broadcast.Message{Kind: Rumor, Values: values, Seq: uint64(age), Hops: n.hops + 1})
		}
	}
	env.Send(n.other(), broadcast.Message{Kind: Pull, Values: n.told()})
	n.tick(env)
}

// other draws another node.
func (n *node) other() broadcast.NodeID {
	i := broadcast.NodeID(n.rand.Int32N(int32(n.nodes - 1)))
	if i >= n.self {
		i++
	}
	return i
}

// aged returns the values of an age.
func (n *node) aged(age int64) []broadcast.Value {
	var values []broadcast.Value
	for _, y := range n.young {
		if n.round-y.born == age {
			values = append(values, y.value)
		}
	}
	return values
}

// told returns the values that a question names and that an answer may contain: all
// values with pulls=0, else the young ones.
func (n *node) told() []broadcast.Value {
	if n.pulls == 0 {
		return n.values.Log()
	}
	if n.named == nil {
		n.named = make([]broadcast.Value, len(n.young))
		for i, y := range n.young {
			n.named[i] = y.value
		}
	}
	return n.named
}

// answer sends the values that the question does not name and that are no longer
// pushed.
func (n *node) answer(env broadcast.Env, from broadcast.NodeID, named []broadcast.Value) {
	told, known := n.told(), 0
	for _, v := range named {
		if n.values.Has(v) {
			known++
		}
	}
	if len(told) == 0 || known == n.values.Len() { // the common case: the asker has everything
		return
	}
	var kept broadcast.Set // what the asker has or will be pushed
	for _, v := range named {
		kept.Add(v)
	}
	age := n.pushes + n.pulls + 1
	for _, y := range n.young {
		if held := n.round - y.born; held <= n.pushes {
			kept.Add(y.value)
		} else if !kept.Has(y.value) {
			age = min(age, held)
		}
	}
	values := told
	if kept.Len() > 0 {
		values = slices.DeleteFunc(slices.Clone(told), kept.Has)
	}
	if len(values) > 0 {
		env.Send(from, broadcast.Message{Kind: Rumor, Values: values, Seq: uint64(age), Hops: n.hops + 1})
	}
}
