// Package flood sends every new value at once to every neighbor but the sender, one
// message a value.
//
// It is the broadcast of Maelstrom's tutorial (doc/03-broadcast/02-performance.md),
// and the oldest algorithm. On a graph of L links and n nodes a value costs
// 2L−(n−1) messages, so n−1 on a tree. It is as fast as the graph allows, and
// reaches every node if no message is lost.
//
// With delivery=ack-retry a node resends a value to each neighbor until that
// neighbor acknowledges it: after retry, then after two, four and eight times
// retry, then every eight times retry. So values survive losses and partitions, for
// at least twice the messages. A node that restarts without its values does not get
// them back, because nobody resends what was acknowledged.
package flood

import (
	"time"

	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/param"
)

// The kinds of messages. A timer of kind Rumor checks whether Peer has acknowledged
// the value Seq.
const (
	Rumor broadcast.Kind = iota // Values, Hops: new values
	Ack                         // Values: those of the acknowledged rumor
)

// longest bounds the back-off, in units of retry. Chosen: with retry=500ms a node
// resends a value within 4 s of a heal, inside Maelstrom's recovery of 10 s.
const longest = 8

// Spec is the strategy.
var Spec = broadcast.Spec{
	Name: "flood",
	Doc:  "each new value at once to every neighbor but the one it came from, one message a value",
	Source: "Maelstrom, doc/03-broadcast/02-performance.md: How Many Messages?, and Dealing with Failure for ack-retry; " +
		"the back-off is ours",
	Kinds: []string{Rumor: "rumor", Ack: "ack"},
	Params: []broadcast.Param{
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
	New: newFlood,
}

type flood struct {
	self      broadcast.NodeID
	nodes     broadcast.NodeID
	neighbors []broadcast.NodeID
	retry     time.Duration // 0 means fire-and-forget
	values    broadcast.Set
	unacked   map[delivery]attempt // never iterated; nil until needed
}

// delivery is a value that a neighbor has not acknowledged.
type delivery struct {
	peer  broadcast.NodeID
	value broadcast.Value
}

// attempt is what send needs to send a value again.
type attempt struct {
	place int   // index in the log of values
	hops  int32 // of the message
	wait  int32 // time to the next attempt, in units of retry
}

func newFlood(c broadcast.Config, p broadcast.Params) broadcast.Strategy {
	s := &flood{self: c.Self, nodes: broadcast.NodeID(c.Nodes), neighbors: c.Neighbors}
	if p.Text("delivery") == "ack-retry" {
		s.retry = p.Duration("retry")
	}
	return s
}

func (s *flood) Start(broadcast.Env) {}

func (s *flood) Values() *broadcast.Set { return &s.values }

func (s *flood) Broadcast(env broadcast.Env, v broadcast.Value) { s.learn(env, s.self, v, 0) }

// Receive learns the values of a rumor. It acknowledges old ones too, since the
// first acknowledgement may be lost. It ignores senders that are not nodes.
func (s *flood) Receive(env broadcast.Env, from broadcast.NodeID, m broadcast.Message) {
	if from < 0 || from >= s.nodes || from == s.self {
		return
	}
	switch m.Kind {
	case Rumor:
		if s.retry > 0 {
			env.Send(from, broadcast.Message{Kind: Ack, Values: m.Values})
		}
		for _, v := range m.Values {
			delete(s.unacked, delivery{from, v}) // the sender has the value
			s.learn(env, from, v, m.Hops)
		}
	case Ack:
		for _, v := range m.Values {
			delete(s.unacked, delivery{from, v})
		}
	}
}

// learn adds a value that has crossed hops links. If the value is new, it goes to
// all neighbors but from.
func (s *flood) learn(env broadcast.Env, from broadcast.NodeID, v broadcast.Value, hops int32) {
	if !s.values.Add(v) {
		return
	}
	for _, peer := range s.neighbors {
		if peer != from {
			s.send(env, peer, attempt{s.values.Len() - 1, hops + 1, 1})
		}
	}
}

// send sends a value to peer, and sets the timer of the next attempt.
func (s *flood) send(env broadcast.Env, peer broadcast.NodeID, a attempt) {
	value := s.values.Log()[a.place : a.place+1 : a.place+1]
	env.Send(peer, broadcast.Message{Kind: Rumor, Values: value, Hops: a.hops})
	if s.retry == 0 {
		return
	}
	if s.unacked == nil {
		s.unacked = map[delivery]attempt{}
	}
	s.unacked[delivery{peer, value[0]}] = a
	env.After(time.Duration(a.wait)*s.retry, broadcast.Timer{Kind: Rumor, Peer: peer, Seq: uint64(value[0])})
}

// Expire sends a value again if its delivery is not acknowledged.
func (s *flood) Expire(env broadcast.Env, t broadcast.Timer) {
	if a, waiting := s.unacked[delivery{t.Peer, broadcast.Value(t.Seq)}]; waiting {
		a.wait = min(2*a.wait, longest)
		s.send(env, t.Peer, a)
	}
}
