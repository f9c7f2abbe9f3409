package workload

import (
	"gossipbench/harness/trial"
	"gossipbench/strategies/broadcast"
	"time"
)

// Stall is a time during which the thread that delivers to a node stops. Messages that
// are due meanwhile, from clients too, arrive when it ends. The node itself does not
// stop.
type Stall struct {
	At, Until time.Duration // since the start of the load
	Node      broadcast.NodeID
}

// A stall is as long as a pause of the JVM's garbage collector, or of a virtual machine
// that waits for its processor. Chosen.
const (
	shortestStall = 50 * time.Millisecond
	longestStall  = 300 * time.Millisecond
)

// Stalls returns the trial's stalls in order of their start. The gaps between them are
// uniform in [0, 2/rate), like those of ops, until the time limit. Each stall is at a
// random node; stalls of different nodes may overlap. In Maelstrom stalls come from its
// host only, so they are not in the history.
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
