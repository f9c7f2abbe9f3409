// Package network models the network between nodes, as Maelstrom has it: how
// long a message takes, what a message on its way holds up, who is cut off from
// whom. The native runner and the simulator share it.
//
// Sources, in Maelstrom: src/maelstrom/net.clj and net/journal.clj; in Jepsen:
// nemesis.clj.
package network

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Latency draws the times that messages between nodes take. Messages from and
// to clients take none.
type Latency struct {
	Min  time.Duration // what every message takes; Maelstrom has 0
	Mean time.Duration // with Min in it
	Dist Dist          // spreads what is above Min
}

// Dist is the form of a distribution.
type Dist uint8

// The distributions of Maelstrom, of a mean of m milliseconds. All but Constant
// yield whole milliseconds.
const (
	Constant    Dist = iota // m
	Uniform                 // 0 … 2m−1, each with equal chance
	Exponential             // exponential, cut to whole milliseconds
)

// ParseDist returns the distribution of that name.
func ParseDist(name string) (Dist, error) {
	for d, s := range []string{"constant", "uniform", "exponential"} {
		if s == name {
			return Dist(d), nil
		}
	}
	return 0, fmt.Errorf("no such distribution of latencies: %q, want constant, uniform or exponential", name)
}

// Draw draws the latency of one message.
func (l Latency) Draw(r *rand.Rand) time.Duration {
	spread := l.Mean - l.Min
	switch {
	case spread <= 0 || l.Dist == Constant:
		return max(l.Mean, l.Min)
	case l.Dist == Uniform:
		steps := int64(2 * spread / time.Millisecond)
		if steps == 0 {
			return l.Min
		}
		return l.Min + time.Duration(r.Int64N(steps))*time.Millisecond
	default:
		return l.Min + time.Duration(r.ExpFloat64()*float64(spread)).Truncate(time.Millisecond)
	}
}

// SlowFactor is what the fault slow multiplies latencies by, as slow! does in
// Maelstrom's net.clj.
const SlowFactor = 10
