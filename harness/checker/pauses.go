package checker

import (
	"fmt"
	"gossipbench/harness/history"
	"math"
	"time"
)

// Pauses detects whether the generator of ops was delayed, for example by a pause of the
// JVM or by other work on the machine. It measures the longest time of the load in which
// no op began although a client was free and an op was due, and the mean delay of ops. If
// the time between ops is uniform in [0, 2/rate), as in Jepsen (generator.clj, stagger),
// an op is due after 2/rate.
type Pauses struct {
	Rate    float64       // ops per second of all clients together; 0 disables the check
	Threads int           // number of clients
	Load    time.Duration // duration of the load; 0: until the end of the history

	busy    int
	full    bool // no client was free after the last invocation
	begun   bool
	since   time.Duration // last invocation, or the time when a client became free after it
	longest time.Duration // longest delay of an op that was due
	at      time.Duration // when that delay ended

	gaps int           // gaps between ops in which a client was always free
	gap  time.Duration // sum of these gaps
}

// mostHabit bounds the mean delay of ops on a quiet machine. Measured with Jepsen 0.3.7
// at 100 ops per second: 0.19 ms.
const mostHabit = 300 * time.Microsecond

// Add adds the next op of the history.
func (p *Pauses) Add(op history.Op) {
	if p.Rate <= 0 || !op.Client() || op.Final || p.Load > 0 && op.Time > p.Load {
		return
	}
	if op.Type != history.Invoke {
		if p.busy == p.Threads {
			p.since = op.Time
		}
		p.busy = max(p.busy-1, 0)
		return
	}
	if p.begun && !p.full {
		p.gaps++
		p.gap += op.Time - p.since
	}
	due := time.Duration(2 * float64(time.Second) / p.Rate)
	if late := op.Time - p.since - due; p.begun && late > p.longest {
		p.longest, p.at = late, op.Time
	}
	p.busy++
	p.begun, p.since, p.full = true, op.Time, p.busy >= p.Threads
}

// Disturbance returns a text if the load waited longer than most, or if the mean delay of
// ops is greater than on a quiet machine by more than chance explains; else "".
func (p *Pauses) Disturbance(most time.Duration) string {
	if p.longest > most {
		return fmt.Sprintf("no op began for %v after one was due, until %v into the load", p.longest.Round(time.Millisecond), p.at.Round(100*time.Millisecond))
	}
	if p.gaps == 0 {
		return ""
	}
	asked := 1 / p.Rate
	mean := p.gap.Seconds() / float64(p.gaps)
	chance := 3 * asked / math.Sqrt(3*float64(p.gaps)) // three standard errors of the mean of uniform gaps
	if mean-asked <= mostHabit.Seconds()+chance {
		return ""
	}
	return fmt.Sprintf("%.0f %% fewer ops began than planned: one every %.2f ms, where %.2f ms was asked", 100*(1-asked/mean), 1000*mean, 1000*asked)
}
