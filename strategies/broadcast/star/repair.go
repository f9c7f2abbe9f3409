package star

import (
	"gossipbench/strategies/broadcast"
	"time"
)

const (
	// greeting is for how many periods a node waits for a first batch before it
	// asks. Chosen: if values flow, a batch arrives within two.
	greeting = 3
	// shortest is the least wait for an acknowledgement before its time has been
	// measured. Chosen: more than any round trip.
	shortest = time.Second
	// longest bounds the wait between attempts, unless two periods are longer.
	// Chosen: everything lost is resent and passed on well within Maelstrom's
	// recovery of 10 s.
	longest = 2 * time.Second
	// stay is for how many periods, at least, a deputy keeps a guest that does not
	// acknowledge what it was sent. Chosen.
	stay = 4
)

// owes reports whether an answer of the hub is due.
func (u *uplink) owes() bool { return !u.heard || u.missing || u.acked < u.sent }

// closing returns when to acknowledge the last batch if no other arrives.
func (n *node) closing(u *uplink) time.Duration {
	if !u.owing || u.slotAt != never {
		return never // nothing to acknowledge, or news will do it
	}
	return u.batchAt + n.period + n.period/2
}

// expect sets the time at which a due answer of a hub is late.
func (n *node) expect(env broadcast.Env, u *uplink) {
	if !n.robust {
		return
	}
	if !u.owes() {
		u.due = never
	} else if u.due == never {
		u.due = env.Now() + n.patience(u.tries)
	}
	n.armRepair(env)
}

// patience returns how long a node waits for an answer after tries attempts. The
// news may miss one flush.
func (n *node) patience(tries int) time.Duration {
	base := n.turn + n.period + n.period/tardy
	if n.turn == 0 {
		base = max(2*n.period, shortest)
	}
	return backOff(base, tries)
}

// backOff doubles a wait with each attempt, up to longest.
func backOff(base time.Duration, tries int) time.Duration {
	return min(base<<min(tries, 10), max(base, longest))
}

// armRepair sets the timer of the next repair, unless an earlier one is set.
func (n *node) armRepair(env broadcast.Env) {
	next := never
	for i := range n.up {
		next = min(next, n.up[i].due, n.closing(&n.up[i]))
	}
	if next < n.repairAt {
		n.repairAt = next
		env.After(max(0, next-env.Now()), broadcast.Timer{Kind: Repair})
	}
}

// repair handles late answers.
func (n *node) repair(env broadcast.Env) {
	n.repairAt = 0 // so that the timer is set only at the end
	now := env.Now()
	for i := 0; i < len(n.up); i++ {
		u := &n.up[i]
		if n.closing(u) <= now {
			n.report(env, u, News, 0)
		}
		if u.due > now {
			continue
		}
		if i > 0 && u.tries > 0 {
			n.nextDeputy(env)
			break
		}
		n.try(env, u)
		if len(n.up) == 1 && u.tries > 1 {
			n.nextDeputy(env)
			break
		}
	}
	n.repairAt = never
	n.armRepair(env)
}

// try asks a hub for everything that is due.
func (n *node) try(env broadcast.Env, u *uplink) {
	u.tries++
	u.sent, u.reports = u.acked, nil
	u.due = env.Now() + n.patience(u.tries-1)
	n.report(env, u, Need, 0)
}

// nextDeputy turns to the next deputy, or to none if all have been tried.
func (n *node) nextDeputy(env broadcast.Env) {
	n.up = n.up[:1]
	peer, exists := n.tree.deputy(n.deputies)
	if !exists {
		n.deputies = 0
		return
	}
	n.deputies++
	n.up = append(n.up, newUplink(peer))
	n.try(env, &n.up[1])
	if n.turn > 0 {
		n.up[1].due = env.Now() + 2*n.turn // a Need is answered at once
	}
}

// back handles a message of the hub. If the hub was silent for long, it dismisses
// the guests, since they hear it too, and asks soon for what is due.
func (n *node) back() {
	if n.up[0].tries > 1 {
		n.down, n.guests = n.down[:len(n.down)-n.guests], 0
	}
	if n.up[0].tries > 0 {
		n.up[0].due = never
	}
	n.up, n.deputies = n.up[:1], 0
}

// leads reports whether nobody above passes on this node's values: it is the
// uppermost hub, or neither its hub nor a deputy answers.
func (n *node) leads() bool {
	return len(n.up) == 0 || len(n.up) == 1 && n.up[0].tries > 1
}

// remind handles a hub that has restarted without its values: its first leaf sends
// it all values.
func (n *node) remind() {
	if n.tree.place != n.tree.width*n.tree.above(n.tree.place)+1 {
		return
	}
	for _, v := range n.log.set.Log() {
		n.own.add(v)
	}
}

// admit makes a node that has turned to this one a guest.
func (n *node) admit(peer broadcast.NodeID) *downlink {
	if n.uplink(peer) != nil {
		return nil
	}
	n.down = append(n.down, downlink{peer: peer})
	n.guests++
	return &n.down[len(n.down)-1]
}

// dismissGuests removes guests that seem to have returned to their hubs.
func (n *node) dismissGuests(now time.Duration) {
	kept := n.down[:len(n.down)-n.guests]
	for _, k := range n.down[len(kept):] {
		if k.acked >= k.sent || now-max(k.heard, k.since) < max(stay*n.period, shortest) {
			kept = append(kept, k)
		}
	}
	n.guests -= len(n.down) - len(kept)
	n.down = kept
}

// overdue returns when to resend what a node below has not acknowledged, or never
// if there is nothing.
func (n *node) overdue(k *downlink) time.Duration {
	if !n.robust || k.acked >= k.sent {
		return never
	}
	return k.sentAt + backOff(max(2*n.period, shortest), k.tries)
}
