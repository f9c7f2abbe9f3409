package native

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"time"

	"gossipbench/harness/network"
	procs "gossipbench/harness/process"
	"gossipbench/node/durable"
)

// pump runs the network, the clients and the faults until done, or until the
// time comes. Done may be nil. Its caller holds mu, which is free meanwhile.
func (r *run) pump(until time.Duration, done func() bool) error {
	r.until, r.done, r.pumping = until, done, true
	r.step()
	r.mu.Unlock()
	var cut error
	select {
	case <-r.reached:
	case <-r.ctx.Done():
		cut = context.Cause(r.ctx)
	}
	r.mu.Lock()
	if r.err != nil {
		return r.err
	}
	return cut
}

// step does all that is due, and sees to it that somebody comes when more is.
func (r *run) step() {
	r.disturbances.rang(r.rings, r.now(), r.start)
	r.router.Run()
	now := r.now()
	next := min(r.strike(now), r.stall(now), r.expire(now), r.ask(now))
	r.flush()
	r.checkHeld()
	next = min(next, r.router.Next(), r.until, r.lookBehind(now))
	if r.pumping && (r.err != nil || now >= r.until || r.done != nil && r.done()) {
		r.pumping = false
		r.reached <- struct{}{} // has room: pump takes one for each that it waits for
	}
	if next != r.rings {
		r.rings = next
		r.alarm.set(next - r.now())
	}
}

// ring is called when the alarm rings.
func (r *run) ring() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.disturbances.rang(r.rings, r.now(), r.start)
	r.rings = network.Never
	if !r.over {
		r.step()
	}
}

// tell takes what a process has to tell, and reports whether anybody listens.
func (r *run) tell(e event) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over {
		return false
	}
	if r.err == nil {
		r.heed(e)
	}
	r.step()
	return true
}

// fail ends the trial with its first error.
func (r *run) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// close ends all processes of the run, and all its goroutines: gently, unless
// the trial has failed of err. It returns err, or what a node did wrong about
// its end.
func (r *run) close(err error) error {
	r.mu.Lock()
	r.over = true
	close(r.quit)
	r.mu.Unlock()
	r.unwatch()
	r.alarm.close()
	r.spawner.close()
	hearOut(err)
	alive := r.nodes[:0:0]
	for _, p := range r.nodes {
		if p.isStarted && !p.released {
			alive = append(alive, p)
		}
	}
	if endErr := stopAll(alive, err == nil); err == nil {
		err = endErr
	}
	grace := childGrace
	if err != nil {
		grace = 0
	}
	if strays := procs.Hunt(r.mark, grace); err == nil {
		err = r.leftBehind(strays)
	}
	fill(err)
	if r.durable && err == nil {
		err = r.weigh()
	}
	if removed := r.scratch.Remove(); err == nil {
		err = removed
	}
	return err
}

// weigh adds up what is on the disks of the nodes, which have ended.
func (r *run) weigh() error {
	for _, p := range r.nodes {
		values, err := durable.Read(r.diskOf(p.node))
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // who was killed before it began has none
			return fmt.Errorf("disk of %s: %w", p.name, err)
		}
		for key, value := range values {
			r.stored += len(key) + len(value)
		}
	}
	return nil
}

// leftBehind is the error of strays, which names the node of the first where its
// mark tells; nil where there are none.
func (r *run) leftBehind(strays []procs.Stray) error {
	if len(strays) == 0 {
		return nil
	}
	s := strays[0]
	what := fmt.Sprintf("ended and left a process of another group behind, which has been killed: %d, %s", s.PID, clip([]byte(s.Command)))
	rest, _ := s.MarkOf(r.mark)
	if i, err := strconv.Atoi(rest); err == nil && i >= 0 && i < len(r.nodes) {
		return r.nodes[i].misbehaved(what).under(unnoticed)
	}
	return &Misbehavior{Node: "a node", What: what, Maelstrom: unnoticed}
}
