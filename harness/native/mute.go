package native

import (
	"fmt"
	"slices"
	"time"

	"gossipbench/harness/workload"
	"gossipbench/node/wire"
	"gossipbench/strategies/broadcast"
)

// talk records what a node has said since the start of the load.
type talk struct {
	asked, answered int  // requests of clients that ended, and those of them answered in time
	spoke           bool // it printed a message
}

// note records the end of a request; m is nil after a time-out.
func (t *talk) note(m *wire.Message) {
	t.asked++
	if m != nil {
		t.answered++
	}
}

// fewAsked: a node that talks to others may leave fewer requests than this without any
// answer, since its cluster may have been busy with an election. Chosen.
const fewAsked = 3

// hearAny returns an error if a node never answered a client: the trial then tested only
// the others. Maelstrom calls such a test valid, since an op without an answer is not an
// error.
func (r *run) hearAny() error {
	faults := workload.Faults(r.trial)
	for _, p := range r.nodes {
		t := r.talks[p.node]
		if t.mute(r.trial.Loss == 0 && len(faults) == 0, wasDown(faults, broadcast.NodeID(p.node))) {
			return p.misbehaved(p.neverAnswered(t, r.now())).under(unnoticed)
		}
	}
	return nil
}

// mute reports whether a node is at fault for never having answered. It is not if a fault
// killed or paused it. If messages are lost or partitioned, it is not if it printed
// anything, since its own requests may have been lost.
func (t talk) mute(calm, wasDown bool) bool {
	if t.asked == 0 || t.answered > 0 || wasDown {
		return false
	}
	return !t.spoke || calm && t.asked >= fewAsked
}

// wasDown reports whether a fault kills or pauses a node.
func wasDown(faults []workload.Fault, id broadcast.NodeID) bool {
	return slices.ContainsFunc(faults, func(f workload.Fault) bool { return slices.Contains(f.Nodes, id) })
}

// neverAnswered describes a node that answered nothing, and what else is wrong with it.
func (p *process) neverAnswered(t talk, now time.Duration) string {
	what := fmt.Sprintf("never answered: none of its %d requests had an answer in time", t.asked)
	if t.asked == 1 {
		what = "never answered: its one request had no answer in time"
	}
	switch n := unread(p.stdin); {
	case p.closed.Load():
		return what + "; it closed its stdout and kept running"
	case p.deaf():
		return what + "; it " + closedStdin
	case p.inVain() != "":
		return what + "; it " + p.inVain()
	case n > 0:
		return fmt.Sprintf("%s; it stopped reading its stdin, where %d bytes lie unread", what, n)
	case !t.spoke:
		return fmt.Sprintf("%s, and it has printed nothing for %v", what, (now - p.heard).Round(time.Millisecond))
	}
	return what
}
