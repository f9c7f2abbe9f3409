// Package plan sends each value down a spanning tree that is rooted at its origin,
// the node that received it from a client. All nodes compute the same trees from
// their numbers, so they exchange no messages for it, and ignore the topology.
//
// Relative to an origin, the place of a node is its number minus the origin's,
// modulo the number of nodes. Places form a heap: the root is 0, and the children
// of place p begin at branching·p + 1. So a tree is as low as its branching allows,
// a value costs n−1 messages, and different origins load different nodes. With
// branching=0 or n−1 the origin sends to all others itself: one link, and the best
// public answer to Gossip Glomers' challenge 3d without batching (11.55 messages
// per op at a median of 82 ms). Dalal and Metcalfe, "Reverse path forwarding of
// broadcast packets", CACM 21(12), 1978, call that separately addressed packets,
// and one tree for each origin source based forwarding. A lower branching b
// relieves the origin: a node sends at most b messages for a value.
//
// With delivery=ack-retry each parent resends a value until its children
// acknowledge it: after retry, then after two, four and eight times retry, then
// every eight times retry. That costs at least twice the messages. Trees never
// change: a subtree waits until its root is reachable.
//
// A node that restarts without its values does not get them back, and the nodes
// below it may not get what it had to forward. A value from several clients goes
// down the tree of each node at which it was new.
package plan

import (
	"iter"
	"time"

	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/param"
)

// The kinds of messages. A timer of kind Rumor checks whether Peer has acknowledged
// a value. Its Seq holds the value's place in the log, and the origin in the low 32
// bits.
const (
	Rumor broadcast.Kind = iota // Values, Hops: new values; Seq: their origin
	Ack                         // Values, as numbers, and Seq: those of the acknowledged rumor
)

// longest bounds the back-off, in units of retry. Chosen, as in flood: with
// retry=500ms a node resends a value within 4 s of a heal, inside Maelstrom's
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
	retry     time.Duration // 0 means fire-and-forget
	values    broadcast.Set
	origins   []broadcast.NodeID   // by place in the log: the origin whose tree brought the value first
	unacked   map[delivery]attempt // never iterated; nil until needed
}

// delivery is a value that a child in the tree of origin has not acknowledged.
type delivery struct {
	peer, origin broadcast.NodeID
	place        int32 // in the log
}

// attempt is what send needs to send a value again.
type attempt struct {
	hops int32 // of the message
	wait int32 // time to the next attempt, in units of retry
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

// Broadcast handles a value from a client. A known value already goes down a tree
// to all nodes.
func (s *plan) Broadcast(env broadcast.Env, v broadcast.Value) {
	if s.add(v, s.self) {
		s.tell(env, s.self, s.values.Len()-1, 0)
	}
}

// Receive learns the values of a rumor. It acknowledges old ones too, since the
// first acknowledgement may be lost. It ignores senders and origins that are not
// nodes.
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

// learn adds a value that has crossed hops links in the tree of origin, and
// forwards it in that tree, unless that tree brought it first. A value with several
// origins must go down every tree to the end. If nodes stopped where another tree
// has been, a node would get nothing if each of its parents learned the value in
// the other's tree.
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

// place returns the place of a value in the log, or −1 if it is unknown. It
// searches from the end, since most callers ask for recent values.
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

// tell sends a value to the children in the tree of origin, unless a delivery is
// pending.
func (s *plan) tell(env broadcast.Env, origin broadcast.NodeID, place int, hops int32) {
	for child := range s.children(origin) {
		d := delivery{child, origin, int32(place)}
		if _, waiting := s.unacked[d]; !waiting {
			s.send(env, d, attempt{hops + 1, 1})
		}
	}
}

// children returns the node's children in the tree of origin.
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

// send sends a value, and sets the timer of the next attempt.
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

// Expire sends a value again if its delivery is not acknowledged.
func (s *plan) Expire(env broadcast.Env, t broadcast.Timer) {
	d := delivery{t.Peer, broadcast.NodeID(t.Seq & (1<<32 - 1)), int32(t.Seq >> 32)}
	if a, waiting := s.unacked[d]; waiting {
		a.wait = min(2*a.wait, longest)
		s.send(env, d, a)
	}
}
