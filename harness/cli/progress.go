package cli

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"gossipbench/harness/table"
	"gossipbench/harness/trial"
	"gossipbench/harness/workload"
)

// Progress tells a person how far a sweep is: a bar that is drawn again and
// again on a terminal, a line now and then elsewhere.
type Progress struct {
	mu       sync.Mutex
	out      io.Writer
	drawn    bool          // out is a terminal, and its last line is the bar
	bar      bool          // out is a terminal
	total    int           // trials
	cost     time.Duration // estimated, of all trials
	done     int
	paid     time.Duration // estimated, of the trials done
	outcomes map[trial.Outcome]int
	running  int
	began    time.Time
	turned   time.Time // when the last trial was done, or the first began
	told     time.Time // when the last plain line was written
	quit     chan struct{}
}

// Chosen: often enough to see life, seldom enough for a log.
const (
	redraw = 500 * time.Millisecond
	retell = time.Second
)

func NewProgress(out io.Writer, trials []trial.Trial) *Progress {
	_, bar := Terminal(out)
	now := time.Now()
	p := &Progress{out: out, bar: bar, total: len(trials), began: now, turned: now, outcomes: map[trial.Outcome]int{}, quit: make(chan struct{})}
	for _, t := range trials {
		p.cost += Estimate(t)
	}
	if bar {
		go p.tick()
	}
	return p
}

// tick draws the bar while nothing else happens.
func (p *Progress) tick() {
	for {
		select {
		case <-p.quit:
			return
		case <-time.After(redraw):
			p.mu.Lock()
			p.draw()
			p.mu.Unlock()
		}
	}
}

// Close takes the bar away.
func (p *Progress) Close() {
	close(p.quit)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.erase()
	p.bar = false
}

func (p *Progress) Started(trial.Trial) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running++
	p.draw()
}

// Finished counts a result. One that is not valid is always told of.
func (p *Progress) Finished(r trial.Result) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running--
	p.done++
	p.paid += Estimate(r.Trial)
	p.turned = time.Now()
	p.outcomes[r.Outcome]++
	bad := r.Outcome != trial.Valid
	if bad {
		p.erase()
		fmt.Fprintf(p.out, "trial %s (%s %s) %s%s\n", r.ID, r.Trial.Backend, r.Trial.Strategy, r.Outcome, table.Reason(&r))
	}
	if p.bar {
		p.draw()
	} else if now := time.Now(); p.done == p.total || now.Sub(p.told) >= retell {
		p.told = now
		fmt.Fprintln(p.out, p.line())
	}
}

// Stopping says that the first Ctrl-C has been heard, unless all is over.
func (p *Progress) Stopping() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.done < p.total {
		p.erase()
		fmt.Fprintln(p.out, "stopping: what is done is kept; press Ctrl-C again to kill")
	}
}

// line is the state in words.
func (p *Progress) line() string {
	parts := []string{fmt.Sprintf("%d/%d", p.done, p.total)}
	for _, o := range trial.Unused {
		if p.outcomes[o] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.outcomes[o], o))
		}
	}
	if p.running > 0 {
		parts = append(parts, fmt.Sprintf("%d running", p.running))
	}
	if left, known := p.left(); known {
		parts = append(parts, left.String()+" left")
	}
	return strings.Join(parts, ", ")
}

// left estimates the time that remains: of what was estimated before, as much
// longer as the trials done took longer than their estimates.
func (p *Progress) left() (time.Duration, bool) {
	if p.done == p.total {
		return 0, false
	}
	left := p.cost - p.paid
	if p.paid > 0 {
		left = time.Duration(float64(left) * float64(p.turned.Sub(p.began)) / float64(p.paid))
	}
	return max(left-time.Since(p.turned), 0).Round(time.Second), true
}

// erase takes what stands on the last line of a terminal away.
const erase = "\r\x1b[K"

// barWidth is the length of the bar, in characters.
const barWidth = 30

func (p *Progress) draw() {
	if !p.bar {
		return
	}
	full := barWidth * p.done / max(p.total, 1)
	fmt.Fprintf(p.out, erase+"[%s%s] %s", strings.Repeat("#", full), strings.Repeat(".", barWidth-full), p.line())
	p.drawn = true
}

// erase takes the bar off the line.
func (p *Progress) erase() {
	if p.drawn {
		fmt.Fprint(p.out, erase)
		p.drawn = false
	}
}

// Estimate says how long a trial takes on this or a like machine. Real time is
// known to the second. Virtual time is guessed: a value keeps each node busy for
// a microsecond, and so do 20 rounds a second where clients wait; that is chosen,
// and corrected by what the first trials take.
func Estimate(t trial.Trial) time.Duration {
	lasts := t.TimeLimit
	if workload.HasFinal(t) {
		lasts += t.Recovery
	}
	switch t.Backend {
	case trial.Sim:
		each := float64(t.Spread)
		if t.Workload == "broadcast" {
			each = t.Rate*t.TimeLimit.Seconds()/2 + 20*lasts.Seconds()
		}
		return time.Duration(each * float64(t.Nodes) * float64(time.Microsecond))
	case trial.Maelstrom:
		return lasts + maelstromStart
	}
	return lasts + nativeStart
}

// What a trial takes beside its load and its recovery: Maelstrom for starting
// and analyzing (a test of 25 nodes, 20 s and 10 s takes 40 to 58 s), ours for
// starting and the final reads.
const (
	maelstromStart = 20 * time.Second
	nativeStart    = time.Second
)
