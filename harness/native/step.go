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

// pump runs the network, the clients and the faults until done returns true or the time
// has come. done may be nil. The caller holds r.mu; pump releases it meanwhile.
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

// step does everything that is due and sets the alarm for what is due next.
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
		r.reached <- struct{}{} // never blocks: pump reads one for each wait
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

// tell handles an event of a process, and reports whether the trial still listens.
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

// close ends all processes and goroutines of the run: gently, unless the trial failed
// with err. It returns err, or what a node did wrong at its end.
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

// weigh adds up the sizes of the nodes' disks, after the nodes have ended.
func (r *run) weigh() error {
	for _, p := range r.nodes {
		values, err := durable.Read(r.diskOf(p.node))
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // a node killed at its start has no disk
			return fmt.Errorf("disk of %s: %w", p.name, err)
		}
		for key, value := range values {
			r.stored += len(key) + len(value)
		}
	}
	return nil
}

// leftBehind returns the error for stray processes, with the node of the first if its
// mark shows it; nil if there are none.
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
