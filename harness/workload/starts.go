package workload

import (
	"gossipbench/harness/trial"
	"time"
)

// Maelstrom starts all nodes at about the same time, and clients set them up before the
// load begins: with 25 nodes .2 to .6 s before. apart is chosen: with 10 to 20 ms, a star
// whose leaves initially timed their periods by their own start lost a period in about
// half of the trials, as in three of six on real Maelstrom. Nodes of the native backend
// start in the same way.
const (
	shortestLead = 200 * time.Millisecond
	longestLead  = 600 * time.Millisecond
	apart        = 20 * time.Millisecond
)

// Starts returns when each node of a trial starts, relative to the start of the load. It
// is nil if all start at 0: in an ideal network, and in a dissemination, which has no
// clients.
func Starts(t trial.Trial) []time.Duration {
	if t.Network != "maelstrom" || t.Workload == "dissemination" {
		return nil
	}
	r := t.Rand("start")
	lead := shortestLead + time.Duration(r.Int64N(int64(longestLead-shortestLead-apart)))
	starts := make([]time.Duration, t.Nodes)
	for i := range starts {
		starts[i] = -lead - time.Duration(r.Int64N(int64(apart)))
	}
	return starts
}
