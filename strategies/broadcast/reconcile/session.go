package reconcile

import (
	"slices"
	"time"

	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/riblt"
)

// parallel bounds the sessions that a node decodes at a time. Chosen: a session
// takes up to some hundred kilobytes, and a refused peer opens another later.
const parallel = 64

// A question is repeated after twice the longest time that an answer has taken so
// far, or after firstWait if there was none; each repetition doubles the wait.
// After attempts questions without an answer the session is abandoned. Chosen: few
// latencies exceed the first wait, and most partitions outlast a session, so that a
// new one begins after the heal.
const (
	firstWait = time.Second
	attempts  = 4
)

// session is the state of a session that this node decodes.
type session struct {
	mark    uint64 // the opener's bookmark
	size    int    // length of this node's log when it began
	decoder *riblt.Decoder
	until   int           // number of symbols asked for
	number  uint64        // of the last question
	since   time.Duration // when it was first asked
	vain    int           // how often it was not answered
}

// busy reports whether a session with a peer is in progress.
func (n *node) busy(env broadcast.Env, peer broadcast.NodeID) bool {
	if s := n.sessions[peer]; s != nil && s.vain == 0 {
		return true
	}
	last, serving := n.serving[peer]
	return serving && env.Now()-last < n.wait()
}

func (n *node) wait() time.Duration {
	if n.trip == 0 {
		return firstWait
	}
	return 2 * n.trip
}

// take handles symbols, which open or continue a session.
func (n *node) take(env broadcast.Env, from broadcast.NodeID, m broadcast.Message) {
	size := m.Seq >> 32
	if size > 1<<31-1 || len(m.Values) < 3 {
		return
	}
	if m.Ack == 0 {
		n.begin(env, from, m, unpack(m.Values, 0, int(size)))
		return
	}
	s := n.sessions[from]
	if s == nil || s.mark != m.Seq || m.Ack != uint64(s.decoder.Taken()) {
		return // a duplicate, or too late
	}
	n.measure(env, s)
	s.vain = 0
	n.decode(env, from, s, unpack(m.Values, s.decoder.Taken(), int(size)))
}

// begin handles the opening of a session. If the first symbol shows what to do,
// there is no session.
func (n *node) begin(env broadcast.Env, from broadcast.NodeID, m broadcast.Message, theirs []riblt.Symbol) {
	if theirs[0] == n.encoder.Symbols(1)[0] {
		n.history.note(0)
		if n.rounds.Silent() {
			n.rounds.Satisfy(from)
			env.Send(from, broadcast.Message{Kind: Same, Seq: m.Seq})
		}
		return
	}
	n.rounds.Doubt(from)
	n.rounds.Wake(env, broadcast.Timer{Kind: Round})
	switch {
	case theirs[0] == riblt.Symbol{}:
		n.give(env, from, n.values.Log())
	case n.values.Len() == 0:
		env.Send(from, broadcast.Message{Kind: Want})
	case n.busy(env, from) || n.sessions[from] == nil && len(n.sessions) >= parallel:
		// The opener will try again.
	default:
		s := &session{mark: m.Seq, size: n.values.Len(), decoder: riblt.NewDecoder(key)}
		n.sessions[from] = s
		n.decode(env, from, s, theirs)
	}
}

// decode continues a session: it ends it or asks the next question.
func (n *node) decode(env broadcast.Env, from broadcast.NodeID, s *session, theirs []riblt.Symbol) {
	d := s.decoder
	first := d.Taken()
	ours := n.symbols(s.size, first, first+len(theirs))
	for i := range theirs {
		d.Add(theirs[i].Minus(ours[i]))
	}
	switch {
	case d.Done():
		n.settle(env, from, s)
	case d.Spoilt() || d.Taken() > 3*(int(s.mark>>32)+s.size)+128:
		delete(n.sessions, from)
		n.give(env, from, n.values.Log())
		env.Send(from, broadcast.Message{Kind: Want})
	default:
		items, err := d.Estimate()
		s.until = plan(d.Taken(), items, err)
		s.since = env.Now()
		n.ask(env, from, s)
	}
}

// settle ends a session whose difference is known: it sends what the opener lacks,
// and asks for what this node lacks.
func (n *node) settle(env broadcast.Env, from broadcast.NodeID, s *session) {
	delete(n.sessions, from)
	plus, minus := s.decoder.Plus(), s.decoder.Minus()
	n.history.note(len(plus) + len(minus))
	var given, wanted []broadcast.Value
	for _, item := range minus {
		if v := broadcast.Value(item); n.values.Has(v) {
			given = append(given, v)
		}
	}
	for _, item := range plus {
		if v := broadcast.Value(item); !n.values.Has(v) {
			wanted = append(wanted, v)
		}
	}
	slices.Sort(given)
	slices.Sort(wanted)
	n.give(env, from, given)
	if len(wanted) > 0 {
		env.Send(from, broadcast.Message{Kind: Want, Values: wanted})
	}
}

// ask asks for the next symbols.
func (n *node) ask(env broadcast.Env, peer broadcast.NodeID, s *session) {
	n.asked++
	s.number = n.asked
	env.Send(peer, broadcast.Message{Kind: More, Seq: s.mark, Ack: uint64(s.decoder.Taken()), Values: []broadcast.Value{broadcast.Value(s.until)}})
	env.After(n.wait()<<s.vain, broadcast.Timer{Kind: Retry, Peer: peer, Seq: s.number})
}

// retry repeats a question that may have been lost.
func (n *node) retry(env broadcast.Env, t broadcast.Timer) {
	s := n.sessions[t.Peer]
	if s == nil || s.number != t.Seq {
		return
	}
	if s.vain++; s.vain == attempts {
		n.measure(env, s)
		delete(n.sessions, t.Peer)
		return
	}
	n.ask(env, t.Peer, s)
}

// measure updates the longest wait when an answer arrives or is given up. A
// repeated question makes the wait ambiguous, so it counts for at most firstWait.
func (n *node) measure(env broadcast.Env, s *session) {
	took := env.Now() - s.since
	if s.vain > 0 {
		took = min(took, firstWait/2)
	}
	n.trip = max(n.trip, took)
}
