package native

import (
	"fmt"
	"gossipbench/harness/network"
	"slices"
	"time"
)

// Bounds on what a trial bears before it counts as disturbed. Chosen: a delay of
// half a latency moves the greatest latencies by more than replicates differ.
const (
	leastDelay   = 50 * time.Millisecond // where latencies are short or none
	sampleEvery  = 500 * time.Millisecond
	mostWaiting  = 0.5  // share of a sample in which a thread of a node waits for a processor
	mostStolen   = 0.05 // share of the processors' time that the hypervisor takes
	mostLate     = 0.03 // share of the deliveries that are late by more than network.LateBound
	nodesASecond = 100  // whose waiting is read, so that reading it disturbs nobody
)

// disturbances notes what keeps the harness and the nodes from the processor while
// the load runs: its alarm rings late, deliveries come late, threads of a node are
// ready and wait (schedstat's run delay), the hypervisor steals time. Waiting of
// other processes (/proc/pressure/cpu) tells nothing of that, and is not looked at.
type disturbances struct {
	bound time.Duration // of a delay
	late  delay         // of what the harness does itself

	nodes  []waiting // by node, as last read
	worst  float64   // share of a sample that a thread of a node waited
	who    string    // that node
	when   time.Duration
	stolen [2]processors // at the begin and the end

	quit chan struct{}
	done chan struct{}
}

// delay is the worst of delays.
type delay struct{ most, when time.Duration }

// waiting is how long each thread of a process has been ready and waited.
type waiting struct {
	threads map[string]time.Duration // by the thread's ID
	at      time.Duration            // when it was read
}

// processors are ticks of all processors since the machine began.
type processors struct{ stolen, all uint64 }

func (d processors) since(before processors) float64 {
	if d.all <= before.all {
		return 0
	}
	return float64(d.stolen-before.stolen) / float64(d.all-before.all)
}

// watch begins to note disturbances. Its caller holds mu of the run.
func (r *run) watch() {
	d := &disturbances{
		bound: max(leastDelay, r.trial.Latency/2), nodes: make([]waiting, len(r.nodes)),
		quit: make(chan struct{}), done: make(chan struct{}),
	}
	d.stolen[0] = readProcessors()
	r.disturbances = d
	every := max(sampleEvery, time.Duration(len(r.nodes))*time.Second/nodesASecond)
	go func() {
		defer close(d.done)
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			r.sample()
			select {
			case <-d.quit:
				return
			case <-tick.C:
			}
		}
	}()
}

// sample reads how long each node has waited.
func (r *run) sample() {
	r.mu.Lock()
	nodes := slices.Clone(r.nodes)
	r.mu.Unlock()
	d := r.disturbances
	for i, p := range nodes {
		is, was := waiting{runDelays(p.cmd.Process.Pid), r.now()}, d.nodes[i]
		d.nodes[i] = is
		for thread, time := range is.threads {
			before, known := was.threads[thread]
			if share := float64(time-before) / float64(is.at-was.at); known && share > d.worst {
				d.worst, d.who, d.when = share, p.name, is.at-r.start
			}
		}
	}
}

// unwatch ends the noting.
func (r *run) unwatch() {
	d := r.disturbances
	if d == nil {
		return
	}
	close(d.quit)
	<-d.done
	d.stolen[1] = readProcessors()
}

// rang notes how late the harness came to do what was due.
func (d *disturbances) rang(due, now, since time.Duration) {
	if d != nil && now-due > d.late.most {
		d.late = delay{now - due, now - since}
	}
}

// told says what disturbed the trial; nothing where that was within bounds.
func (d *disturbances) told(l network.Lateness) []string {
	if d == nil {
		return nil
	}
	var all []string
	add := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	if d.late.most > d.bound {
		add("the harness itself was kept waiting for %v, %v into the load", d.late.most.Round(time.Millisecond), d.late.when.Round(100*time.Millisecond))
	}
	if l.Worst > d.bound {
		add("a message was delivered %v late", l.Worst.Round(time.Millisecond))
	}
	if float64(l.Late) > mostLate*float64(l.Count) {
		add("%.1f %% of the messages were delivered more than %v late", 100*float64(l.Late)/float64(l.Count), network.LateBound)
	}
	if d.worst > mostWaiting {
		add("%s waited for a processor for %.0f %% of the time about %v into the load", d.who, 100*min(d.worst, 1), d.when.Round(100*time.Millisecond))
	}
	if stolen := d.stolen[1].since(d.stolen[0]); stolen > mostStolen {
		add("the hypervisor took %.0f %% of the processors' time", 100*stolen)
	}
	return all
}
