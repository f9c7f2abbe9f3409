// Package broadcast is the contract of a broadcast strategy: what it is told, and
// the little that it may do about it.
//
// A Strategy is a pure state machine. It has no goroutine, clock, lock, log,
// global or file, and lets no map order reach the network; time, messages and
// timers go through Env, chance through Config.Rand. So one seed replays a run,
// and the same code runs in a node, in the simulator and in a test.
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

// Kind is the type of a message or a timer, as a strategy numbers them.
// Spec.Kinds has their names.
type Kind uint8

// Message is what strategies send each other: one flat struct for all of them.
// The documentation of a Kind says which fields it fills.
type Message struct {
	Kind   Kind
	Hops   int32         // links crossed so far by the newest of Values
	Seq    uint64        // a number of the sender's
	Ack    uint64        // a number of the receiver's that the sender has come to
	Age    time.Duration // how long the sender had had the receiver's last message
	Values []Value       // shared; never changed after Send

	// It makes a Message 64 bytes. One of 56 is copied in stretches that
	// overlap, and then the next copy waits until they are in the cache.
	_ uint64
}

// Timer comes back unchanged when it expires.
type Timer struct {
	Kind Kind
	Peer NodeID
	Seq  uint64
}

// Env is all that a strategy can see or do outside itself.
type Env interface {
	// Now is the time since Start. It never goes back.
	Now() time.Duration
	// Send sends m, which may be lost, delayed, duplicated or overtaken. No
	// one reports what became of it.
	Send(to NodeID, m Message)
	// After sets a timer, which cannot be cancelled: a stale one must do no
	// harm.
	After(d time.Duration, t Timer)
}

// Strategy is one node's part in spreading values. One goroutine at a time
// calls it. The host, not the strategy, acknowledges a broadcast to its client,
// at once.
type Strategy interface {
	// Start is called once, before anything else.
	Start(Env)
	// Broadcast gives the node a value that a client brought.
	Broadcast(Env, Value)
	// Receive gives the node a message, of whatever content: strangers may
	// speak.
	Receive(env Env, from NodeID, m Message)
	// Expire gives back a timer.
	Expire(Env, Timer)
	// Values is what a client's read returns: the same Set at every call, which
	// the caller only reads.
	Values() *Set
}

// Config is what a strategy knows of its node. It is complete before New.
type Config struct {
	Self      NodeID
	Nodes     int
	Neighbors []NodeID // shared; only to be read
	Rand      *rand.Rand
}

// Param declares a parameter and Params holds their values.
type (
	Param  = param.Decl
	Params = param.Values
)

// Promise says what a strategy guarantees, for given parameters, as long as
// nodes do not forget.
type Promise int

const (
	// Probably promises that most values reach most nodes, no more.
	Probably Promise = iota
	// IfLossless promises every value at every node if no message is lost.
	IfLossless
	// IfHealed promises every value at every node some time after the network
	// has healed for good, whatever was lost before.
	IfHealed
)

func (p Promise) String() string {
	return [...]string{"probably", "if lossless", "if healed"}[p]
}

// Spec describes a strategy to those who run it.
type Spec struct {
	Name   string
	Doc    string   // one sentence, without its full stop
	Source string   // paper and section
	Kinds  []string // the name of each Kind: a message's type on the wire
	// Numbers are the kinds whose Values are no payload but numbers that the
	// strategy alone understands: names of values, digests, coded symbols.
	Numbers []Kind
	Params  []Param
	Promise func(Params) Promise
	// Refuse says why parameters that are each legal do not go together. It
	// may be nil.
	Refuse func(Params) error
	// New makes a node's strategy. It panics on Params that Check did not
	// return.
	New func(Config, Params) Strategy
}

// Check fills raw up with defaults. It returns every mistake in raw, or else
// the reason why Refuse refuses.
func (s Spec) Check(raw map[string]string) (Params, []error) {
	return param.Check(s.Name, s.Params, s.Refuse, raw)
}

// NewRand returns the source of a node's chance. Nodes of one seed draw
// independently of each other; the same node of the same seed draws the same.
func NewRand(seed uint64, node NodeID) *rand.Rand {
	return rand.New(rand.NewPCG(RandState(seed, node)))
}

// RandState is the state that NewRand starts its PCG from, for those who keep
// a million of them in an array.
func RandState(seed uint64, node NodeID) (hi, lo uint64) {
	return mix(seed), mix(seed ^ mix(uint64(node)+1))
}

// mix is the finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): it
// parts seeds that differ by little.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
