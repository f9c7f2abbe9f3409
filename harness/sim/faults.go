package sim

import (
	"slices"
	"time"

	"gossipbench/harness/network"
	"gossipbench/harness/workload"
	"gossipbench/strategies/broadcast"
)

// nemesis holds the faults of a trial.
type nemesis struct {
	faults []workload.Fault
	stalls []workload.Stall
	struck map[string][]broadcast.NodeID // nodes by kind of the fault in progress
	// changed is called at each start and end.
	changed func(workload.Fault)
}

// plan schedules the trial's faults.
func (c *cluster) plan() {
	c.nemesis = nemesis{
		faults:  workload.Faults(*c.trial),
		stalls:  workload.Stalls(*c.trial),
		struck:  map[string][]broadcast.NodeID{},
		changed: func(workload.Fault) {},
	}
	for i, f := range c.nemesis.faults {
		c.queue.push(f.At, strike, event{ref: uint32(i)})
	}
	for i, s := range c.nemesis.stalls {
		c.queue.push(s.At, strike, event{ref: uint32(len(c.nemesis.faults) + i)})
	}
}

// heal returns when the last fault ended, and whether there was one. A fault in progress
// ends at the time limit; that end is among faults, which are in order of time.
func (m *nemesis) heal() (at time.Duration, any bool) {
	going := map[string]bool{}
	for _, f := range m.faults {
		if !f.Starts && going[f.Kind] {
			at, any = f.At, true
		}
		going[f.Kind] = f.Starts
	}
	return at, any
}

// healToLast returns the time from the end of the last fault until the last live node had
// every value from before it, also if it had forgotten one meanwhile; until the end of
// the trial if some node still lacks one. It is unknown without a fault, and if the trial
// ended with the fault.
func (c *cluster) healToLast() (took time.Duration, known bool) {
	healed, any := c.nemesis.heal()
	if !any || healed >= c.ended {
		return 0, false
	}
	for i := range c.spread.values {
		if r := &c.spread.values[i]; r.entered && r.first <= healed {
			took = max(took, r.last-healed, r.again-healed)
		}
	}
	for _, u := range c.delivered.Undelivered {
		if c.spread.values[u.Value].first <= healed {
			took = c.ended - healed
		}
	}
	return took, true
}

// strike starts or ends a fault, or stalls a receiver.
func (c *cluster) strike(i int) {
	if i >= len(c.nemesis.faults) {
		c.stall(c.nemesis.stalls[i-len(c.nemesis.faults)])
		return
	}
	f := c.nemesis.faults[i]
	if c.tracer != nil {
		c.tracer.fault(c.queue.now, f)
	}
	c.nemesis.changed(f)
	for _, id := range c.nemesis.struck[f.Kind] {
		c.recover(id, f.Kind)
	}
	c.nemesis.struck[f.Kind] = f.Nodes
	for _, id := range f.Nodes {
		switch f.Kind {
		case "kill":
			c.kill(id)
		case "pause":
			if c.nodes[id].state == up {
				c.nodes[id].state = paused
			}
		}
	}
	c.cuts = slices.DeleteFunc(c.cuts, func(old cut) bool { return old.kind == f.Kind })
	if f.Cut != nil {
		c.cuts = append(c.cuts, cut{f.Kind, f.Cut})
	}
	if f.Kind == "slow" {
		c.factor = 1
		if f.Starts {
			c.factor = network.SlowFactor
		}
	}
}

// kill takes a node down. It loses its state, and what arrives until it is started again.
func (c *cluster) kill(id broadcast.NodeID) {
	n := &c.nodes[id]
	if n.state == buried {
		return
	}
	for _, h := range c.held[id] { // the node was paused and then killed
		c.drop(h)
	}
	delete(c.held, id)
	n.state = down
	n.life++
}

func (c *cluster) drop(h held) {
	switch h.kind {
	case deliver:
		c.messages.release(h.ref)
	case expire:
		c.timers.take(h.ref)
	}
}

// recover ends a fault of a node. A killed node restarts in no time.
func (c *cluster) recover(id broadcast.NodeID, kind string) {
	n := &c.nodes[id]
	switch {
	case kind == "kill" && n.state == down:
		n.state = up
		c.make(id)
		if c.began == nil {
			c.began = make([]time.Duration, len(c.nodes))
		}
		c.began[id] = c.queue.now
		c.self = id
		n.strategy.Start(c)
	case kind == "pause" && n.state == paused:
		n.state = up
		waiting := c.held[id]
		delete(c.held, id)
		for _, h := range waiting { // all at once, in order of arrival
			switch h.kind {
			case deliver:
				c.receive(n, id, h.from, h.ref)
			case expire:
				c.ring(id, h.from, h.ref)
			default:
				c.request(id, int32(h.from), h.ref)
			}
		}
	}
}
