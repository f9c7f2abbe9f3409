// Package plan spreads each value along a tree that spans all nodes and is rooted
// at the node that it was brought to: its origin. All nodes plan the same trees
// from their numbers, so nobody needs to be asked, and the topology plays no
// part.
//
// Seen from its origin each node has a place: how far its number lies above the
// origin's, round the ring. Places are those of a heap: the root is 0, and the
// children of place p are the places from branching·p + 1 on. So a tree is as low
// as its branching allows, a value costs n−1 messages, and each origin burdens
// other nodes with passing on. With branching=0, or n−1, the origin tells all
// others itself: one link, and the best public answer to Gossip Glomers'
// challenge 3d that does not batch (11.55 messages per op at a median of 82 ms).
// Dalal and Metcalfe, "Reverse path forwarding of broadcast packets", CACM
// 21(12), 1978, call that separately addressed packets, and trees of each
// origin's own source based forwarding. Trees that are low but not a star spare
// the origin: at branching b a node sends at most b messages for a value.
//
// With delivery=ack-retry each parent is responsible for its children: it sends a
// value again until they have acknowledged it, after retry, then after twice,
// four and eight times as long, and each eight times as long from then on. That
// costs at least twice the messages. Trees are not planned anew: a subtree waits
// until its root can be reached.
//
// A node that restarts without its values does not get them back, and what it was
// responsible for may be lost to the nodes below it. A value that is brought to
// several nodes goes down the tree of each that did not know it yet.
package plan

import (
	"iter"
	"time"

	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/param"
)

// The kinds of messages. A timer of kind Rumor asks whether Peer is still to
// acknowledge a value; its Seq has the value's place in the log above the 32 bits
// of the origin.
const (
	Rumor broadcast.Kind = iota // Values, Hops: news; Seq: its origin
	Ack                         // Values, as numbers, and Seq: those of the rumor that it answers
)

// longest bounds the back-off, in units of retry. Chosen, as flood's: with
// retry=500ms a value goes out again within 4 s of a heal, inside Maelstrom's
// recovery of 10 s.
const longest = 8

// Spec is the strategy.
var Spec = broadcast.Spec{
	Name: "plan",
	Doc:  "each new value at once down a tree of all nodes that is rooted at its origin",
	Source: "Dalal and Metcalfe, Reverse path forwarding of broadcast packets, CACM 21(12), 1978: separately addressed packets, " +
		"and source based forwarding; the shape of the trees and the back-off are ours",
	Kinds:   []string{Rumor: "rumor", Ack: "ack"},
	Numbers: []broadcast.Kind{Ack},
	Params: []broadcast.Param{
		{Name: "branching", Kind: param.Int, Default: "0", Max: 1e6, Unit: "children",
			Doc: "how many children a node has in a tree; 0 is all other nodes, below the origin"},
		{Name: "delivery", Kind: param.Choice, Default: "fire-and-forget", Choices: []string{"fire-and-forget", "ack-retry"},
			Doc: "whether a message is sent again until it is acknowledged"},
		{Name: "retry", Kind: param.Duration, Default: "500ms", Min: 0.001, Max: 3600,
			Doc: "with ack-retry, how long to wait for the first acknowledgement; longer each time, up to eightfold"},
	},
	Promise: func(p broadcast.Params) broadcast.Promise {
		if p.Text("delivery") == "ack-retry" {
			return broadcast.IfHealed
		}
		return broadcast.IfLossless
	},
	New: newPlan,
}

type plan struct {
	self      broadcast.NodeID
	nodes     broadcast.NodeID
	branching int64
	retry     time.Duration // 0 where nothing is sent again
	values    broadcast.Set
	origins   []broadcast.NodeID   // of the values in the log: the tree that each came by first
	unacked   map[delivery]attempt // only looked up, never walked through; nil until needed
}

// delivery is a value on its way to a child in the tree of an origin.
type delivery struct {
	peer, origin broadcast.NodeID
	place        int32 // in the log
}

// attempt is what it takes to send a value again.
type attempt struct {
	hops int32 // of the message
	wait int32 // for the acknowledgement, in units of retry
}

func newPlan(c broadcast.Config, p broadcast.Params) broadcast.Strategy {
	s := &plan{self: c.Self, nodes: broadcast.NodeID(c.Nodes), branching: int64(p.Int("branching"))}
	if s.branching == 0 {
		s.branching = int64(c.Nodes)
	}
	if p.Text("delivery") == "ack-retry" {
		s.retry = p.Duration("retry")
	}
	return s
}

func (s *plan) Start(broadcast.Env) {}

func (s *plan) Values() *broadcast.Set { return &s.values }

// Broadcast takes a value from a client. What is known already has a tree of its
// own, which reaches all.
func (s *plan) Broadcast(env broadcast.Env, v broadcast.Value) {
	if s.add(v, s.self) {
		s.tell(env, s.self, s.values.Len()-1, 0)
	}
}

// Receive takes news, and acknowledges it whether it is new or not: the first
// acknowledgement may be lost. It is deaf to those who are not nodes, and to
// origins that are none.
func (s *plan) Receive(env broadcast.Env, from broadcast.NodeID, m broadcast.Message) {
	if from < 0 || from >= s.nodes || from == s.self || m.Seq >= uint64(s.nodes) {
		return
	}
	origin := broadcast.NodeID(m.Seq)
	switch m.Kind {
	case Rumor:
		if s.retry > 0 {
			env.Send(from, broadcast.Message{Kind: Ack, Seq: m.Seq, Values: m.Values})
		}
		for _, v := range m.Values {
			s.learn(env, origin, v, m.Hops)
		}
	case Ack:
		if len(s.unacked) == 0 {
			return
		}
		for _, v := range m.Values {
			delete(s.unacked, delivery{from, origin, int32(s.place(v))})
		}
	}
}

// learn takes a value that crossed so many links of an origin's tree, and passes
// it on in that tree, unless it came by this tree first and has been passed on
// already. Of a value with several origins every tree must be gone down to its
// end: who stopped where another tree has been would leave out nodes whose
// parents in either tree had heard of it in the other.
func (s *plan) learn(env broadcast.Env, origin broadcast.NodeID, v broadcast.Value, hops int32) {
	place := s.values.Len()
	if !s.add(v, origin) {
		if place = s.place(v); s.origins[place] == origin {
			return
		}
	}
	s.tell(env, origin, place, hops)
}

func (s *plan) add(v broadcast.Value, origin broadcast.NodeID) bool {
	if !s.values.Add(v) {
		return false
	}
	s.origins = append(s.origins, origin)
	return true
}

// place is the place of a value in the log, or −1 where it is not known. What is
// asked for came lately as a rule.
func (s *plan) place(v broadcast.Value) int {
	log := s.values.Log()
	if !s.values.Has(v) {
		return -1
	}
	place := len(log) - 1
	for log[place] != v {
		place--
	}
	return place
}

// tell tells one's children in the tree of an origin, but for those who are being
// told already.
func (s *plan) tell(env broadcast.Env, origin broadcast.NodeID, place int, hops int32) {
	for child := range s.children(origin) {
		d := delivery{child, origin, int32(place)}
		if _, waiting := s.unacked[d]; !waiting {
			s.send(env, d, attempt{hops + 1, 1})
		}
	}
}

// children are one's children in the tree of an origin.
func (s *plan) children(origin broadcast.NodeID) iter.Seq[broadcast.NodeID] {
	nodes := int64(s.nodes)
	place := (int64(s.self) - int64(origin) + nodes) % nodes
	return func(yield func(broadcast.NodeID) bool) {
		first := s.branching*place + 1
		for child := first; child < min(first+s.branching, nodes); child++ {
			if !yield(broadcast.NodeID((int64(origin) + child) % nodes)) {
				return
			}
		}
	}
}

// send makes an attempt at a delivery.
func (s *plan) send(env broadcast.Env, d delivery, a attempt) {
	value := s.values.Log()[d.place : d.place+1 : d.place+1]
	env.Send(d.peer, broadcast.Message{Kind: Rumor, Values: value, Seq: uint64(d.origin), Hops: a.hops})
	if s.retry == 0 {
		return
	}
	if s.unacked == nil {
		s.unacked = map[delivery]attempt{}
	}
	s.unacked[d] = a
	env.After(time.Duration(a.wait)*s.retry, broadcast.Timer{Kind: Rumor, Peer: d.peer, Seq: uint64(d.place)<<32 | uint64(d.origin)})
}

// Expire sends a value again where it has not been acknowledged yet.
func (s *plan) Expire(env broadcast.Env, t broadcast.Timer) {
	d := delivery{t.Peer, broadcast.NodeID(t.Seq & (1<<32 - 1)), int32(t.Seq >> 32)}
	if a, waiting := s.unacked[d]; waiting {
		a.wait = min(2*a.wait, longest)
		s.send(env, d, a)
	}
}
