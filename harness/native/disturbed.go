package native

import (
	"fmt"
	"gossipbench/harness/network"
	"slices"
	"time"
)

// Bounds beyond which a trial counts as disturbed. Chosen: a delay of half a latency
// changes the greatest latencies by more than replicates differ.
const (
	leastDelay   = 50 * time.Millisecond // if latencies are short or 0
	sampleEvery  = 500 * time.Millisecond
	mostWaiting  = 0.5  // share of a sample in which a node's thread waits for a processor
	mostStolen   = 0.05 // share of the processors' time that the hypervisor takes
	mostLate     = 0.03 // share of deliveries that are late by more than network.LateBound
	nodesASecond = 100  // bound on the reading of run delays, so that it disturbs nobody
)

// disturbances records what keeps the harness and the nodes from the processor during the
// load: late alarms of the harness, late deliveries, threads of nodes that are ready but
// wait (run delay in schedstat), and time stolen by the hypervisor. It ignores
// /proc/pressure/cpu, which is about other processes.
type disturbances struct {
	bound time.Duration // on a delay
	late  delay         // of the harness's own work

	nodes  []waiting // last sample of each node
	worst  float64   // greatest share of a sample that a node's thread waited
	who    string    // that node
	when   time.Duration
	stolen [2]processors // at the start and the end

	quit chan struct{}
	done chan struct{}
}

// delay is the longest delay and when it happened.
type delay struct{ most, when time.Duration }

// waiting is how long each thread of a process has been ready but waiting.
type waiting struct {
	threads map[string]time.Duration // by thread ID
	at      time.Duration            // time of the sample
}

// processors counts ticks of all processors since the machine started.
type processors struct{ stolen, all uint64 }

func (d processors) since(before processors) float64 {
	if d.all <= before.all {
		return 0
	}
	return float64(d.stolen-before.stolen) / float64(d.all-before.all)
}

// watch starts to record disturbances. The caller holds r.mu.
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

// sample reads the run delays of all nodes.
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

// unwatch stops the recording.
func (r *run) unwatch() {
	d := r.disturbances
	if d == nil {
		return
	}
	close(d.quit)
	<-d.done
	d.stolen[1] = readProcessors()
}

// rang records how late the harness did what was due.
func (d *disturbances) rang(due, now, since time.Duration) {
	if d != nil && now-due > d.late.most {
		d.late = delay{now - due, now - since}
	}
}

// told returns what disturbed the trial, if it exceeds the bounds.
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
