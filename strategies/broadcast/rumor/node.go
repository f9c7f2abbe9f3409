package rumor

import (
	"gossipbench/strategies/broadcast"
	"math/rand/v2"
	"slices"
	"time"
)

// node is the state of one node.
type node struct {
	values   broadcast.Set
	self     broadcast.NodeID
	nodes    broadcast.NodeID
	push     bool
	pull     bool
	feedback bool
	coin     bool
	reset    bool
	ticking  bool // the timer of the next cycle is pending
	stirred  bool // hot has changed in this cycle: verdicts or new rumors
	hops     int32
	k        int32
	limit    int32
	hunt     int32
	accepted int32 // calls accepted in this cycle
	cycle    int64
	hot      []interest        // by value
	told     []broadcast.Value // hot at the start of the cycle; shared with messages, so never changed
	rand     *rand.Rand
	interval time.Duration
	phase    time.Duration // cycles begin at phase, phase + interval, …
}

// interest is a hot value.
type interest struct {
	value   broadcast.Value
	since   int64 // the cycle in which it was learned
	useless int32 // number of cycles with useless contacts, for the counter
	verdict verdict
}

// verdict is the result of a cycle's contacts for a rumor. The greatest wins.
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

// tick sets the timer of the next cycle, unless there is nothing to do in it.
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

// advance starts a cycle if the last one is over.
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

// judge removes the rumors in which the node lost interest in the last cycle.
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

// loses applies the verdict of a cycle, and reports whether interest is lost.
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

// Receive ignores senders that are not nodes.
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

// Expire starts a cycle with a contact.
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

// contact sends the rumors to a peer, asks for its rumors, or both.
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

// blindly counts a contact as useless if there is no feedback.
func (n *node) blindly() {
	if !n.feedback {
		for _, v := range n.told {
			n.note(v, useless)
		}
	}
}

// note records the result of a contact for a rumor.
func (n *node) note(v broadcast.Value, what verdict) {
	if i, hot := n.find(v); hot {
		n.hot[i].verdict = max(n.hot[i].verdict, what)
		n.stirred = true
	}
}

// find returns the index of a rumor, or where to insert it, and whether it is hot.
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

// learn makes a new value hot, and reports whether it is new.
func (n *node) learn(v broadcast.Value) bool {
	if !n.values.Add(v) {
		return false
	}
	i, _ := n.find(v)
	n.hot = slices.Insert(n.hot, i, interest{value: v, since: n.cycle})
	n.stirred = true
	return true
}

// hear learns values. With feedback it reports which were needed: those that were
// not known at the start of the cycle.
func (n *node) hear(env broadcast.Env, from broadcast.NodeID, m broadcast.Message) {
	var names []broadcast.Value // with feedback: first the values not needed, then those needed
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
		case n.reset && !n.coin || n.pull: // otherwise nobody counts them
			names = append(names, v)
		}
	}
	if len(names) > 0 {
		env.Send(from, broadcast.Message{Kind: Feedback, Values: names, Seq: uint64(len(names) - needless)})
	}
	n.tick(env)
}

// heed records feedback.
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
