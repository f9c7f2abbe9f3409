// Package counter answers Maelstrom's workloads g-counter and pn-counter, in
// three ways:
//
//   - seqkv: each node keeps its own sum under a key of its own in seq-kv, and
//     reads the keys of the others now and then;
//   - cas: one key in seq-kv, which every node compares and sets;
//   - crdt: each node tells others the sums of all nodes that it has heard of,
//     and keeps the newest of each (Shapiro, Preguiça, Baquero and Zawirski, A
//     comprehensive study of Convergent and Commutative Replicated Data Types,
//     2011, section 3.1; deltas after Almeida, Shoker and Baquero, Delta State
//     Replicated Data Types, 2018).
//
// In seqkv and crdt a node acknowledges what is on its own disk, and a read is
// what it has heard of: it may lack what others acknowledged. Nothing that was
// acknowledged is lost while nodes keep their disks; a node that loses its own
// loses what it counted, and what it counts next until it has made as many adds
// as before. None refuses to count down, for a node is not told which of the two
// workloads it plays.
package counter

import (
	"time"

	"gossipbench/node/wire"
	"gossipbench/strategies/server"
)

var workloads = []string{server.GCounter, server.PNCounter}

const (
	// store is Maelstrom's service.
	store = "seq-kv"
	// patience is how long a node tries to answer: less than the five seconds
	// that a client of Maelstrom waits, so that the client hears of it.
	patience = 4 * time.Second
	// wait is how long the store has to answer once. Chosen: long enough for
	// latencies of some hundred milliseconds.
	wait = time.Second
)

// sum is what was counted by so many adds. Of two sums of one node, or of one
// key, that of more adds is the newer.
type sum struct{ adds, total int64 }

// mostAdds are more than any node has come to: below it nothing overflows.
const mostAdds = 1 << 62

// text is the sum as JSON.
func (s sum) text() []byte { return wire.AppendInts(nil, []int64{s.adds, s.total}) }

func readSum(text []byte) (sum, bool) {
	numbers, ok := wire.Ints[int64](nil, text)
	if !ok || len(numbers) != 2 || numbers[0] < 0 || numbers[0] >= mostAdds {
		return sum{}, false
	}
	return sum{numbers[0], numbers[1]}, true
}

// plus is the sum after one more add.
func (s sum) plus(delta int64) sum { return sum{s.adds + 1, s.total + delta} }

// delta reads what a request adds. It answers one that says nothing.
func delta(env server.Env, m server.Message) (int64, bool) {
	n, ok := wire.Int(wire.Field(m.Body, "delta"))
	if !ok {
		server.Fail(env, m, wire.MalformedRequest, "add: want an integer delta, got %.40q", wire.Field(m.Body, "delta"))
	}
	return n, ok
}

func total(n int64) wire.Fields { return wire.Fields(nil).Int("value", n) }
