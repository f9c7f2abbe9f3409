package peers

import (
	"gossipbench/strategies/broadcast"
	"time"
)

// remembered is how many peers a node knows to lack nothing. Chosen, as in the
// family gossip. Where it may choose among more, it never rests.
const remembered = 4096

// Rounds are those of a node: interval apart, from a random phase on.
//
// With idle=silent a node passes over peers that are known to lack nothing of what
// it has, and rests when all whom it may choose are. Its strategy says when that
// is.
type Rounds struct {
	Chooser
	interval  time.Duration
	phase     time.Duration                 // rounds are at phase, phase + interval, …
	ticking   bool                          // a timer is set
	satisfied map[broadcast.NodeID]struct{} // nil with idle=always; never walked through
}

// NewRounds returns the rounds of a node, and draws their phase.
func NewRounds(c broadcast.Config, p broadcast.Params) Rounds {
	r := Rounds{Chooser: New(c, p), interval: p.Duration("interval")}
	r.phase = time.Duration(c.Rand.Int64N(int64(r.interval)))
	if p.Text("idle") == "silent" {
		r.satisfied = map[broadcast.NodeID]struct{}{}
	}
	return r
}

// Silent reports whether the node may rest, so that peers are to say what they
// have.
func (r *Rounds) Silent() bool { return r.satisfied != nil }

// Wake sets the timer of the next round, unless it is set or the node rests.
func (r *Rounds) Wake(env broadcast.Env, round broadcast.Timer) {
	if r.ticking || r.Silent() && len(r.satisfied) == r.Reach() {
		return
	}
	r.ticking = true
	wait := r.phase - env.Now()
	if wait <= 0 {
		wait = r.interval - (-wait)%r.interval
	}
	env.After(wait, round)
}

// Begin begins a round, and appends to chosen, which is empty, whom to compare
// with. The node has no further round until it is woken.
func (r *Rounds) Begin(chosen []broadcast.NodeID) []broadcast.NodeID {
	r.ticking = false
	chosen = r.Choose(chosen)
	kept := chosen[:0]
	for _, peer := range chosen {
		if _, lacksNothing := r.satisfied[peer]; !lacksNothing {
			kept = append(kept, peer)
		}
	}
	return kept
}

// Changed follows when the node has learnt something: nobody is known to have it.
func (r *Rounds) Changed() { clear(r.satisfied) }

// Satisfy notes that a peer has been seen to lack nothing.
func (r *Rounds) Satisfy(peer broadcast.NodeID) {
	if r.Silent() && r.Reaches(peer) && len(r.satisfied) < remembered {
		r.satisfied[peer] = struct{}{}
	}
}

// Doubt notes that a peer may lack something after all: it has shown a state
// unlike the node's own.
func (r *Rounds) Doubt(peer broadcast.NodeID) { delete(r.satisfied, peer) }
