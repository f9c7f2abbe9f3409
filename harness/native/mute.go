package native

import (
	"fmt"
	"slices"
	"time"

	"gossipbench/harness/workload"
	"gossipbench/node/wire"
	"gossipbench/strategies/broadcast"
)

// talk is what a node has said since the load began.
type talk struct {
	asked, answered int  // requests of the load's clients that had an end, and an answer in time
	spoke           bool // it printed any message, to whomever
}

// note takes what came of a request.
func (t *talk) note(m *wire.Message) {
	t.asked++
	if m != nil {
		t.answered++
	}
}

// fewAsked is the number of requests below which a node that talks to others may
// leave all of them without an answer: its cluster may have been busy with an
// election. Chosen.
const fewAsked = 3

// hearAny returns the error of a node that never answered a client: a test of the
// others alone is no test of the cluster. Maelstrom calls it valid, since an op
// without an answer is no fault of anybody's.
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

// mute reports whether a node is to be blamed for never having answered. Whom a
// fault killed or paused is not, and, where messages are lost or cut off, neither is
// who spoke at all: what it asked of others may have come to nothing.
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

// neverAnswered says that a node answered nothing, and what else is odd about it.
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
