package plumtree

import (
	"gossipbench/strategies/broadcast"
	"slices"
)

// hear notes that a peer has values.
func (n *node) hear(l *link, values []broadcast.Value) {
	if len(l.owed) == 0 || len(values) == 0 {
		return
	}
	log := n.values.Log()
	if len(values) == 1 {
		if i := slices.IndexFunc(l.owed, func(place int32) bool { return log[place] == values[0] }); i >= 0 {
			l.owed = slices.Delete(l.owed, i, i+1)
		}
		return
	}
	has := n.contains(values)
	l.owed = slices.DeleteFunc(l.owed, func(place int32) bool { return has(log[place]) })
}

// owe resets what a peer is owed: all values but those given.
func (n *node) owe(env broadcast.Env, l *link, values []broadcast.Value) {
	if !n.acks {
		return
	}
	l.owed = l.owed[:0]
	has := n.contains(values)
	for place, v := range n.values.Log() {
		if !has(v) {
			l.owed = append(l.owed, int32(place))
		}
	}
	if len(l.owed) > 0 {
		n.wake(env, &n.ticking, n.retry, Tick)
	}
}

// join sends a Join with all values to all peers, unless one is pending.
func (n *node) join(env broadcast.Env) {
	log := n.values.Log()
	for i := range n.links {
		if l := &n.links[i]; l.joined {
			env.Send(l.peer, broadcast.Message{Kind: Join, Values: log, Hops: n.farthest(0) + 1})
			l.told = int32(len(log))
			if n.acks {
				l.joined = false
				l.wait, l.skip = 0, 1
				n.wake(env, &n.ticking, n.retry, Tick)
			}
		}
	}
}

// joined handles a Join of a peer that is new or has lost its values.
func (n *node) joined(env broadcast.Env, l *link, m broadcast.Message) {
	l.others, l.lazy, l.silent = nil, false, false
	n.missing.forget(l.peer)
	n.owe(env, l, m.Values)
	log := n.values.Log()
	if n.acks || len(log) > 0 {
		env.Send(l.peer, broadcast.Message{Kind: Welcome, Values: log, Hops: n.farthest(0) + 1})
	}
	l.told = int32(len(log))
	l.skip = 1
	n.announced(env, l.peer, m, 0)
}

// welcomed handles a Welcome: the answer to a Join.
func (n *node) welcomed(env broadcast.Env, l *link, m broadcast.Message) {
	if l.joined {
		n.hear(l, m.Values)
	} else {
		n.owe(env, l, m.Values)
		l.joined = true
		l.skip = 1
	}
	n.announced(env, l.peer, m, 0)
}

// tick reminds peers of values that they were owed at the last tick and still are.
func (n *node) tick(env broadcast.Env) {
	n.ticking = false
	if !n.acks {
		return
	}
	for i := range n.links {
		l := &n.links[i]
		if !l.joined || len(l.owed) > 0 {
			n.wake(env, &n.ticking, n.retry, Tick)
		}
		switch {
		case l.joined && !l.stale(n.before):
		case l.skip > 0:
			l.skip--
		default:
			n.remind(env, l)
		}
	}
	n.before = int32(n.values.Len())
}

// stale reports whether the peer is owed one of the first before values.
func (l *link) stale(before int32) bool { return len(l.owed) > 0 && l.owed[0] < before }

// remind sends a peer an Again or a Join. A peer that did not answer the last one
// may be gone: nothing is pushed to it until it sends a message.
func (n *node) remind(env broadcast.Env, l *link) {
	if l.wait > 0 {
		l.silent = true
	}
	l.wait = min(max(1, 2*l.wait), longest)
	l.skip = l.wait - 1
	log := n.values.Log()
	if !l.joined {
		env.Send(l.peer, broadcast.Message{Kind: Join, Values: log, Hops: n.farthest(0) + 1})
		l.told = int32(len(log))
		return
	}
	var values []broadcast.Value
	for _, place := range l.owed[:min(len(l.owed), most)] {
		if place < n.before {
			values = append(values, log[place])
		}
	}
	n.send(env, l, broadcast.Message{Kind: Again, Values: values, Hops: n.farthest(0) + 1})
}
