package checker

import (
	"fmt"
	"gossipbench/harness/history"
	"math"
	"time"
)

// Pauses finds out whether whoever hands out the ops was kept from it, as by a pause
// of the JVM or by other work on the machine: by the longest time of the load in
// which no op began though a client was free and one was due, and by how much later
// than asked ops began on the mean. Where the time between ops is uniform in
// [0, 2/rate), as in Jepsen (generator.clj, stagger), one is due after 2/rate.
type Pauses struct {
	Rate    float64       // ops a second, over all clients; 0 looks for nothing
	Threads int           // clients
	Load    time.Duration // how long the load lasts; 0 where it ends with the history

	busy    int
	full    bool // no client was free after the last invocation
	begun   bool
	since   time.Duration // the last invocation, or when a client became free after it
	longest time.Duration // beyond what was due
	at      time.Duration // when that ended

	gaps int           // between ops, in which a client was free all the time
	gap  time.Duration // their sum
}

// mostHabit is by how much later than asked ops begin on the mean on a quiet machine.
// Measured with Jepsen 0.3.7 at 100 ops a second: 0.19 ms.
const mostHabit = 300 * time.Microsecond

// Add takes the next op of the history.
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

// Disturbance says that the load was kept waiting for longer than most, or that ops
// began later than on a quiet machine by more than chance explains; "" where neither
// was so.
func (p *Pauses) Disturbance(most time.Duration) string {
	if p.longest > most {
		return fmt.Sprintf("no op began for %v after one was due, until %v into the load", p.longest.Round(time.Millisecond), p.at.Round(100*time.Millisecond))
	}
	if p.gaps == 0 {
		return ""
	}
	asked := 1 / p.Rate
	mean := p.gap.Seconds() / float64(p.gaps)
	chance := 3 * asked / math.Sqrt(3*float64(p.gaps)) // three sampling errors of a uniform gap's mean
	if mean-asked <= mostHabit.Seconds()+chance {
		return ""
	}
	return fmt.Sprintf("%.0f %% fewer ops began than planned: one every %.2f ms, where %.2f ms was asked", 100*(1-asked/mean), 1000*mean, 1000*asked)
}
