package history

import (
	"fmt"
	"time"
)

// Pauses finds the longest time of the load in which no op began though a client
// was free and one was due: whoever hands out the ops was kept from it, as by a
// pause of the JVM or by other work on the machine. Where the time between ops is
// uniform in [0, 2/rate), as in Jepsen (generator.clj, stagger), one is due after 2/rate.
type Pauses struct {
	Rate    float64       // ops a second, over all clients; 0 looks for nothing
	Threads int           // clients
	Load    time.Duration // how long the load lasts; 0 where it ends with the history

	busy    int
	begun   bool
	since   time.Duration // the last invocation, or when a client became free after it
	longest time.Duration // beyond what was due
	at      time.Duration // when that ended
}

// Add takes the next op of the history.
func (p *Pauses) Add(op Op) {
	if p.Rate <= 0 || !op.Client() || op.Final || p.Load > 0 && op.Time > p.Load {
		return
	}
	if op.Type != Invoke {
		if p.busy == p.Threads {
			p.since = op.Time
		}
		p.busy = max(p.busy-1, 0)
		return
	}
	due := time.Duration(2 * float64(time.Second) / p.Rate)
	if late := op.Time - p.since - due; p.begun && late > p.longest {
		p.longest, p.at = late, op.Time
	}
	p.busy++
	p.begun, p.since = true, op.Time
}

// Disturbance says that the load was kept waiting for longer than most; "" where it
// was not.
func (p *Pauses) Disturbance(most time.Duration) string {
	if p.longest <= most {
		return ""
	}
	return fmt.Sprintf("no op began for %v after one was due, until %v into the load", p.longest.Round(time.Millisecond), p.at.Round(100*time.Millisecond))
}
