package workload

import (
	"gossipbench/harness/trial"
	"gossipbench/strategies/broadcast"
	"time"
)

// Stall is when the thread that delivers to a node stops: what is due meanwhile,
// from clients as well, comes when it goes on. The node itself does not stop.
type Stall struct {
	At, Until time.Duration // since the start of the load
	Node      broadcast.NodeID
}

// A stall is as long as the pauses of a JVM that collects garbage, or of a
// virtual machine whose processor others use. Chosen.
const (
	shortestStall = 50 * time.Millisecond
	longestStall  = 300 * time.Millisecond
)

// Stalls returns the trial's stalls in the order in which they begin. They come
// after gaps uniform in [0, 2/rate), like ops, until the time limit, each at a
// node drawn at random; those of different nodes may overlap. Maelstrom has none of
// its own, but what its host does to it: so it is no line of the history.
func Stalls(t trial.Trial) []Stall {
	if t.Stall == 0 {
		return nil
	}
	var stalls []Stall
	r := t.Rand("stall")
	gap := func() time.Duration { return time.Duration(2 * r.Float64() / t.Stall * float64(time.Second)) }
	for at := gap(); at < t.TimeLimit; at += gap() {
		length := shortestStall + time.Duration(r.Int64N(int64(longestStall-shortestStall)))
		stalls = append(stalls, Stall{At: at, Until: at + length, Node: broadcast.NodeID(r.IntN(t.Nodes))})
	}
	return stalls
}
