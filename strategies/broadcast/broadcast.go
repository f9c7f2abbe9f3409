// Package broadcast is the contract of a broadcast strategy: its inputs, and the
// few effects it may have.
//
// A Strategy is a pure state machine. It has no goroutine, clock, lock, log, global
// or file, and map order never reaches the network. Time, messages and timers go
// through Env, chance through Config.Rand. So one seed replays a run, and the same
// code runs in a node, in the simulator and in a test.
package broadcast

import (
	"math/rand/v2"
	"time"

	"gossipbench/strategies/param"
)

// NodeID is a node's dense index, 0 … N−1. It is "n7" only on the wire.
type NodeID int32

// Value is the payload of one broadcast.
type Value int64

// Kind is the type of a message or a timer. Each strategy numbers its own;
// Spec.Kinds names them.
type Kind uint8

// Message is what strategies send each other: one flat struct for all strategies.
// The documentation of a Kind says which fields it uses.
type Message struct {
	Kind   Kind
	Hops   int32         // links that the newest of Values has crossed
	Seq    uint64        // a number that the sender chose
	Ack    uint64        // the last number of the receiver that the sender has processed
	Age    time.Duration // how long the sender has had the receiver's last message
	Values []Value       // shared; never changed after Send

	// This padding makes a Message 64 bytes. A copy of 56 bytes uses overlapping
	// stores, and the next copy then waits for the cache.
	_ uint64
}

// Timer is returned unchanged when it expires.
type Timer struct {
	Kind Kind
	Peer NodeID
	Seq  uint64
}

// Env is all that a strategy can observe or do.
type Env interface {
	// Now is the time since Start. It never goes back.
	Now() time.Duration
	// Send sends m. The network may lose, delay, duplicate or reorder it, and
	// nothing reports that.
	Send(to NodeID, m Message)
	// After sets a timer. It cannot be cancelled, so the strategy must ignore a
	// stale timer.
	After(d time.Duration, t Timer)
}

// Strategy is the state machine of one node. Calls never overlap. The host, not the
// strategy, acknowledges a broadcast to its client, at once.
type Strategy interface {
	// Start is called once, before anything else.
	Start(Env)
	// Broadcast handles a value from a client.
	Broadcast(Env, Value)
	// Receive handles a message. Its content and its sender may be arbitrary.
	Receive(env Env, from NodeID, m Message)
	// Expire handles a timer.
	Expire(Env, Timer)
	// Values returns what a client reads. It returns the same Set at every call,
	// and the caller must not change it.
	Values() *Set
}

// Config is what a strategy knows about its node. It is complete before New is
// called.
type Config struct {
	Self      NodeID
	Nodes     int
	Neighbors []NodeID // shared; read only
	Rand      *rand.Rand
}

// Param declares a parameter. Params holds the values of parameters.
type (
	Param  = param.Decl
	Params = param.Values
)

// Promise is what a strategy guarantees if no node loses its state.
type Promise int

const (
	// Probably promises only that most values reach most nodes.
	Probably Promise = iota
	// IfLossless promises every value at every node if no message is lost.
	IfLossless
	// IfHealed promises every value at every node some time after the last fault
	// has ended, even if messages were lost before.
	IfHealed
)

func (p Promise) String() string {
	return [...]string{"probably", "if lossless", "if healed"}[p]
}

// Spec describes a strategy to the programs that run it.
type Spec struct {
	Name   string
	Doc    string   // one sentence, without its full stop
	Source string   // paper and section
	Kinds  []string // the name of each Kind: a message's type on the wire
	// Numbers are the kinds whose Values are not payload but numbers of the
	// strategy: names of values, digests, coded symbols.
	Numbers []Kind
	Params  []Param
	Promise func(Params) Promise
	// Refuse returns why legal parameters cannot be combined. It may be nil.
	Refuse func(Params) error
	// New returns the strategy of a node. It panics if Check did not return the
	// Params.
	New func(Config, Params) Strategy
}

// Check adds defaults to raw. It returns all mistakes in raw, or else the error of
// Refuse.
func (s Spec) Check(raw map[string]string) (Params, []error) {
	return param.Check(s.Name, s.Params, s.Refuse, raw)
}

// NewRand returns the random source of a node. It depends on seed and node only,
// and the sources of two nodes are independent.
func NewRand(seed uint64, node NodeID) *rand.Rand {
	return rand.New(rand.NewPCG(RandState(seed, node)))
}

// RandState returns the state with which NewRand starts its PCG, for callers that
// keep a million states in an array.
func RandState(seed uint64, node NodeID) (hi, lo uint64) {
	return mix(seed), mix(seed ^ mix(uint64(node)+1))
}

// mix is the finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014). It
// separates seeds that differ by a few bits.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
