package rumor

import (
	"gossipbench/strategies/broadcast"
	"math/rand/v2"
	"slices"
	"time"
)

// node is a node's part.
type node struct {
	values   broadcast.Set
	self     broadcast.NodeID
	nodes    broadcast.NodeID
	push     bool
	pull     bool
	feedback bool
	coin     bool
	reset    bool
	ticking  bool // a timer for the next cycle is pending
	stirred  bool // hot has something to judge, or to tell for the first time, when the cycle is over
	hops     int32
	k        int32
	limit    int32
	hunt     int32
	accepted int32 // calls in this cycle
	cycle    int64
	hot      []interest        // by value
	told     []broadcast.Value // hot when the cycle began; shared with messages, so never changed
	rand     *rand.Rand
	interval time.Duration
	phase    time.Duration // cycles begin at phase, phase + interval, …
}

// interest is a value that is hot.
type interest struct {
	value   broadcast.Value
	since   int64 // the cycle in which it was learnt
	useless int32 // cycles so far whose contacts were useless, as the counter has it
	verdict verdict
}

// verdict is what contacts of the present cycle say of a rumor. The greatest
// counts.
type verdict uint8

const (
	none verdict = iota
	useless
	useful
)

func newNode(c broadcast.Config, p broadcast.Params) broadcast.Strategy {
	mode := p.Text("mode")
	return &node{
		self:     c.Self,
		nodes:    broadcast.NodeID(c.Nodes),
		push:     mode != "pull",
		pull:     mode != "push",
		feedback: p.Bool("feedback"),
		coin:     p.Text("interest") == "coin",
		reset:    p.Bool("reset"),
		k:        int32(p.Int("k")),
		limit:    int32(p.Int("limit")),
		hunt:     int32(p.Int("hunt")),
		rand:     c.Rand,
		interval: p.Duration("interval"),
	}
}

func (n *node) Values() *broadcast.Set { return &n.values }

// Start draws the phase of the cycles.
func (n *node) Start(env broadcast.Env) {
	n.phase = time.Duration(n.rand.Int64N(int64(n.interval)))
	n.tick(env)
}

// tick sets the timer of the next cycle, if there is anything to do in it.
func (n *node) tick(env broadcast.Env) {
	if n.ticking || n.nodes == 1 || !n.pull && len(n.hot) == 0 {
		return
	}
	n.ticking = true
	wait := n.phase - env.Now()
	if wait <= 0 {
		wait = n.interval - (-wait)%n.interval
	}
	env.After(wait, broadcast.Timer{Kind: Round})
}

// advance begins a cycle, if the last one is over.
func (n *node) advance(env broadcast.Env) {
	cycle := int64(0)
	if since := env.Now() - n.phase; since >= 0 {
		cycle = 1 + int64(since/n.interval)
	}
	if cycle == n.cycle {
		return
	}
	n.cycle = cycle
	n.accepted = 0
	if n.stirred {
		n.stirred = false
		n.judge()
	}
}

// judge takes the rumors out that the contacts of the cycle that is over have
// made the node lose interest in.
func (n *node) judge() {
	kept := n.hot[:0]
	for _, h := range n.hot {
		if !n.loses(&h) {
			h.verdict = none
			kept = append(kept, h)
		}
	}
	n.hot = kept
	if slices.EqualFunc(n.told, kept, func(v broadcast.Value, h interest) bool { return v == h.value }) {
		return
	}
	n.told = make([]broadcast.Value, len(kept))
	for i, h := range kept {
		n.told[i] = h.value
	}
}

// loses follows the verdict of a cycle.
func (n *node) loses(h *interest) bool {
	switch h.verdict {
	case useful:
		if n.reset {
			h.useless = 0
		}
	case useless:
		if n.coin {
			return n.rand.IntN(int(n.k)) == 0
		}
		h.useless++
		return h.useless >= n.k
	}
	return false
}

func (n *node) Broadcast(env broadcast.Env, v broadcast.Value) {
	n.advance(env)
	if n.learn(v) {
		n.hops = 0
		n.tick(env)
	}
}

// Receive is deaf to those who are not nodes.
func (n *node) Receive(env broadcast.Env, from broadcast.NodeID, m broadcast.Message) {
	if from < 0 || from >= n.nodes || from == n.self {
		return
	}
	n.advance(env)
	switch m.Kind {
	case Rumor:
		n.hear(env, from, m)
	case Feedback:
		if n.feedback {
			n.heed(m)
		}
	case Pull:
		if n.pull {
			n.hear(env, from, m)
			n.answer(env, from, m.Values)
		}
	case Call:
		if n.accepted < n.limit {
			n.accepted++
			env.Send(from, broadcast.Message{Kind: Accept})
		} else {
			env.Send(from, broadcast.Message{Kind: Refuse, Seq: m.Seq})
		}
	case Accept:
		n.contact(env, from)
	case Refuse:
		if left := min(m.Seq, uint64(n.hunt)); left > 0 {
			env.Send(n.other(), broadcast.Message{Kind: Call, Seq: left - 1})
		}
	}
}

// Expire begins a cycle with a contact.
func (n *node) Expire(env broadcast.Env, t broadcast.Timer) {
	if t.Kind != Round || !n.ticking {
		return
	}
	n.ticking = false
	n.advance(env)
	if n.pull || len(n.told) > 0 {
		if peer := n.other(); n.limit > 0 {
			env.Send(peer, broadcast.Message{Kind: Call, Seq: uint64(n.hunt)})
		} else {
			n.contact(env, peer)
		}
	}
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

// contact tells a peer the rumors, asks it for its own, or both.
func (n *node) contact(env broadcast.Env, peer broadcast.NodeID) {
	m := broadcast.Message{Kind: Rumor}
	if n.pull {
		m.Kind = Pull
	}
	if n.push && len(n.told) > 0 {
		m.Values, m.Hops = n.told, n.hops+1
		n.blindly()
	} else if !n.pull {
		return
	}
	env.Send(peer, m)
}

// answer answers a question that brought values.
func (n *node) answer(env broadcast.Env, from broadcast.NodeID, brought []broadcast.Value) {
	if len(n.told) == 0 {
		return
	}
	m := broadcast.Message{Kind: Rumor, Values: n.told, Hops: n.hops + 1}
	if len(brought) > 0 {
		known := make([]bool, len(n.told))
		for _, v := range brought {
			if i, hot := slices.BinarySearch(n.told, v); hot {
				known[i] = true
				n.note(v, useless)
			}
		}
		m.Values = nil
		for i, v := range n.told {
			if !known[i] {
				m.Values = append(m.Values, v)
			}
		}
	}
	n.blindly()
	if len(m.Values) > 0 {
		env.Send(from, m)
	}
}

// blindly takes the contact for useless where there is no feedback.
func (n *node) blindly() {
	if !n.feedback {
		for _, v := range n.told {
			n.note(v, useless)
		}
	}
}

// note notes what a contact says of a rumor.
func (n *node) note(v broadcast.Value, what verdict) {
	if i, hot := n.find(v); hot {
		n.hot[i].verdict = max(n.hot[i].verdict, what)
		n.stirred = true
	}
}

// find returns the place of a rumor, or where it would be, and whether it is hot.
func (n *node) find(v broadcast.Value) (int, bool) {
	return slices.BinarySearchFunc(n.hot, v, func(h interest, v broadcast.Value) int {
		switch {
		case h.value < v:
			return -1
		case h.value > v:
			return 1
		}
		return 0
	})
}

// learn takes an interest in a value that is new, and reports whether it is.
func (n *node) learn(v broadcast.Value) bool {
	if !n.values.Add(v) {
		return false
	}
	i, _ := n.find(v)
	n.hot = slices.Insert(n.hot, i, interest{value: v, since: n.cycle})
	n.stirred = true
	return true
}

// hear takes values, and says which of them were needed: those that were not
// known when the cycle began.
func (n *node) hear(env broadcast.Env, from broadcast.NodeID, m broadcast.Message) {
	var names []broadcast.Value // with feedback: those that were not needed, then those that were
	needless := 0
	for _, v := range m.Values {
		needed := n.learn(v)
		if needed {
			n.hops = m.Hops
		} else if i, hot := n.find(v); hot {
			needed = n.hot[i].since == n.cycle
		}
		switch {
		case !n.feedback:
		case !needed:
			names = slices.Insert(names, needless, v)
			needless++
		case n.reset && !n.coin || n.pull: // else no one counts them
			names = append(names, v)
		}
	}
	if len(names) > 0 {
		env.Send(from, broadcast.Message{Kind: Feedback, Values: names, Seq: uint64(len(names) - needless)})
	}
	n.tick(env)
}

// heed takes feedback.
func (n *node) heed(m broadcast.Message) {
	needless := uint64(len(m.Values)) - min(m.Seq, uint64(len(m.Values)))
	for i, v := range m.Values {
		if uint64(i) < needless {
			n.note(v, useless)
		} else {
			n.note(v, useful)
		}
	}
}
