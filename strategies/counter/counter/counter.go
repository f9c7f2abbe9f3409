// Package counter answers Maelstrom's workloads g-counter and pn-counter, in three
// ways:
//
//   - seqkv: each node keeps its sum under its own key in seq-kv, and reads the
//     keys of the others periodically;
//   - cas: all nodes compare and set one key in seq-kv;
//   - crdt: each node sends the sums of all nodes that it knows, and keeps the
//     newest of each (Shapiro, Preguiça, Baquero and Zawirski, A comprehensive
//     study of Convergent and Commutative Replicated Data Types, 2011, section
//     3.1; deltas after Almeida, Shoker and Baquero, Delta State Replicated Data
//     Types, 2018).
//
// In seqkv and crdt a node acknowledges an add when it is on its own disk. A read
// returns what the node knows, so it may lack adds that others acknowledged. No
// acknowledged add is lost while nodes keep their disks. A node that loses its disk
// loses its adds, and also its next ones until it has made as many as before. All
// three accept negative deltas, since a node does not know which workload it
// serves.
package counter

import (
	"time"

	"gossipbench/node/wire"
	"gossipbench/strategies/server"
)

var workloads = []string{server.GCounter, server.PNCounter}

const (
	// store is the name of Maelstrom's service.
	store = "seq-kv"
	// patience is how long a node tries to answer. A client of Maelstrom waits five
	// seconds, so it receives the answer.
	patience = 4 * time.Second
	// wait is the timeout of one request to the store. Chosen: enough for latencies
	// of some hundred milliseconds.
	wait = time.Second
)

// sum is a total of adds. Of two sums of one node or one key, the one with more
// adds is newer.
type sum struct{ adds, total int64 }

// mostAdds exceeds the adds of any node. Below it nothing overflows.
const mostAdds = 1 << 62

// text returns the sum as JSON.
func (s sum) text() []byte { return wire.AppendInts(nil, []int64{s.adds, s.total}) }

func readSum(text []byte) (sum, bool) {
	numbers, ok := wire.Ints[int64](nil, text)
	if !ok || len(numbers) != 2 || numbers[0] < 0 || numbers[0] >= mostAdds {
		return sum{}, false
	}
	return sum{numbers[0], numbers[1]}, true
}

// plus returns the sum after another add.
func (s sum) plus(delta int64) sum { return sum{s.adds + 1, s.total + delta} }

// delta returns the delta of an add. If there is none, it answers with an error.
func delta(env server.Env, m server.Message) (int64, bool) {
	n, ok := wire.Int(wire.Field(m.Body, "delta"))
	if !ok {
		server.Fail(env, m, wire.MalformedRequest, "add: want an integer delta, got %.40q", wire.Field(m.Body, "delta"))
	}
	return n, ok
}

func total(n int64) wire.Fields { return wire.Fields(nil).Int("value", n) }
