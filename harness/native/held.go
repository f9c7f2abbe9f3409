package native

import (
	"fmt"
	"gossipbench/harness/network"
	"gossipbench/strategies/broadcast"
	"slices"
	"time"
)

// Bounds on what the harness holds for nodes. Chosen, far above what a trial needs.
const (
	maxHeld    = 128 << 20       // bytes in flight, and bytes that wait for nodes to read them
	maxWaiting = 32 << 20        // bytes that wait for a node that reads nothing
	readGrace  = 2 * time.Second // time within which it must read something
)

// debt counts the bytes that wait for a node, by the node that caused them. All are
// forgotten when almost nothing waits any more.
type debt map[network.Endpoint]int

// owe records that size bytes, caused by cause, wait for the node. waiting is the total.
func (p *process) owe(cause network.Endpoint, size, waiting int) {
	if waiting <= 2*size {
		clear(p.owed)
	}
	if p.owed == nil {
		p.owed = debt{}
	}
	p.owed[cause] += size
}

// checkHeld ends the trial if the harness holds too much, and blames the node that caused
// most of it, by its messages and by requests to services with large answers.
func (r *run) checkHeld() {
	held := r.router.InFlight() + int(r.pending.Load())
	if held <= r.maxHeld || r.err != nil {
		return
	}
	most, worst := 0, r.nodes[0]
	for _, by := range r.nodes {
		caused := r.router.CausedBy(broadcast.NodeID(by.node))
		for _, p := range r.nodes {
			caused += min(p.owed[network.Endpoint(by.node)], p.pending())
		}
		if caused > most {
			most, worst = caused, by
		}
	}
	r.fail(worst.misbehaved(fmt.Sprintf("overwhelmed the network: its messages, and the answers of services to its requests, are %d bytes of the %d that are on their way or wait for nodes to read them, want at most %d",
		most, held, r.maxHeld)).under(unbounded))
}

// lookBehind checks the nodes for which much waits. A node is at fault if its stdin is
// full and it has read nothing for readGrace. If its stdin is empty, the harness is slow.
// It returns when to check again.
func (r *run) lookBehind(now time.Duration) time.Duration {
	if len(r.behind) == 0 {
		return network.Never
	}
	next := network.Never
	still := r.behind[:0]
	for _, p := range r.behind {
		waiting := p.pending()
		if p.isBehind = waiting > r.maxWaiting && !p.doomed; !p.isBehind {
			continue
		}
		still = append(still, p)
		silent := time.Duration(time.Now().UnixNano() - p.moved.Load())
		switch lies := unread(p.stdin); {
		case slices.Contains(r.struck["pause"], broadcast.NodeID(p.node)):
		case silent > readGrace && lies > 0:
			from, size := p.mostOwed(r)
			r.fail(p.misbehaved(fmt.Sprintf("does not read its stdin: %d bytes wait for it, and it has read nothing for %v; %s has sent it most, %d bytes",
				waiting, silent.Round(time.Millisecond), from, size)).under(unbounded))
		default:
			next = min(next, now+max(readGrace-silent, readGrace/10))
		}
	}
	r.behind = still
	return next
}

// mostOwed returns the node that caused most of what waits for p.
func (p *process) mostOwed(r *run) (name string, size int) {
	name = "nobody"
	for _, by := range r.nodes {
		if n := p.owed[network.Endpoint(by.node)]; n > size {
			name, size = by.name, n
		}
	}
	return name, size
}
