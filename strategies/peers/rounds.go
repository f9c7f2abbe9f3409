package peers

import (
	"gossipbench/strategies/broadcast"
	"time"
)

// remembered is the most peers that a node remembers as satisfied. Chosen, as in
// package gossip. A node that chooses from more peers never rests.
const remembered = 4096

// Rounds are the rounds of a node: one each interval, after a random phase.
//
// With idle=silent a node skips peers that are known to lack nothing, and rests if
// it may choose no others. The strategy calls Satisfy, Doubt and Changed.
type Rounds struct {
	Chooser
	interval  time.Duration
	phase     time.Duration                 // rounds are at phase, phase + interval, …
	ticking   bool                          // a timer is pending
	satisfied map[broadcast.NodeID]struct{} // peers that lack nothing; nil with idle=always; never iterated
}

// NewRounds returns the rounds of a node. It draws their phase.
func NewRounds(c broadcast.Config, p broadcast.Params) Rounds {
	r := Rounds{Chooser: New(c, p), interval: p.Duration("interval")}
	r.phase = time.Duration(c.Rand.Int64N(int64(r.interval)))
	if p.Text("idle") == "silent" {
		r.satisfied = map[broadcast.NodeID]struct{}{}
	}
	return r
}

// Silent reports whether the node may rest. If so, peers must report what they
// have.
func (r *Rounds) Silent() bool { return r.satisfied != nil }

// Wake sets the timer of the next round, unless it is pending or the node rests.
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

// Begin begins a round and appends the peers to compare with to chosen, which must
// be empty. The next round needs a call of Wake.
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

// Changed notes that the node has learned something, which any peer may lack.
func (r *Rounds) Changed() { clear(r.satisfied) }

// Satisfy notes that peer lacks nothing.
func (r *Rounds) Satisfy(peer broadcast.NodeID) {
	if r.Silent() && r.Reaches(peer) && len(r.satisfied) < remembered {
		r.satisfied[peer] = struct{}{}
	}
}

// Doubt notes that peer may lack something, since its state differs from the
// node's.
func (r *Rounds) Doubt(peer broadcast.NodeID) { delete(r.satisfied, peer) }
