// Package network models Maelstrom's network: how long a message takes, what a message in
// flight delays, and which nodes are partitioned. A Router carries messages between
// nodes, services and clients; the native backend and sim/server share it. It has no
// clock: its owner passes the time, real or virtual.
//
// Sources, in Maelstrom: src/maelstrom/net.clj and net/journal.clj; in Jepsen:
// nemesis.clj.
package network

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Latency draws the latencies of messages between nodes. Messages from and to clients
// have none.
type Latency struct {
	Min  time.Duration // latency of every message at least; 0 in Maelstrom
	Mean time.Duration // mean, including Min
	Dist Dist          // distribution of the part above Min
}

// Dist is a distribution.
type Dist uint8

// Maelstrom's distributions with a mean of m milliseconds. All but Constant give whole
// milliseconds.
const (
	Constant    Dist = iota // m
	Uniform                 // 0 … 2m−1 with equal probability
	Exponential             // exponential, rounded down to whole milliseconds
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

// SlowFactor multiplies latencies during the fault slow, as slow! in Maelstrom's net.clj.
const SlowFactor = 10
