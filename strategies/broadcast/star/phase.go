package star

import "time"

// phase is what a node knows about the times at which another node collects its
// messages: one in each period.
//
// A message that left at s and was held for some time could have left at s + held
// at the latest. The same holds one period later, and so on. So the node needs to
// know neither the latency nor the other's clock, and one answer is enough to
// start.
type phase struct {
	from   source
	latest time.Duration // the latest time to leave, smoothed
	margin time.Duration // how much earlier to leave
	widest time.Duration // the greatest recent deviation of a sample
}

// source is how a phase is known.
type source uint8

const (
	unknown source = iota
	guessed
	measured
)

// known reports whether the phase was guessed or measured.
func (p *phase) known() bool { return p.from != unknown }

// guess sets the phase, unless it was measured.
func (p *phase) guess(latest, margin time.Duration) {
	if p.from != measured {
		*p = phase{from: guessed, latest: latest, margin: margin}
	}
}

// gain is the inverse weight of a sample in the smoothed latest. Forgiveness is the
// inverse share of the margin above its floor, and of the widest deviation, that is
// removed after each sample in time. Chosen: the margin adapts to a tenth of a
// second of jitter after two late messages, and returns within some hundred
// messages.
const (
	gain        = 8
	forgiveness = 256
)

// observe adds a sample of the latest time. If a message that left margin before
// the smoothed time would have been late, the margin grows to what it needed, since
// a late message costs others: see catchUp. But a single late message shows that a
// thread stopped, not how long messages take. So a sample counts for at most the
// margin, unless another one deviated as much recently.
func (p *phase) observe(latest, period, floor time.Duration) {
	if p.from != measured {
		*p = phase{from: measured, latest: latest, margin: floor}
		return
	}
	off := modulo(latest-p.latest+period/2, period) - period/2
	far := max(off, -off)
	most := max(p.margin, p.widest)
	off = min(max(off, -most), most)
	p.widest = max(far, p.widest-p.widest/forgiveness)
	if early := -off; early > p.margin {
		p.margin = min(early+floor, period/2)
	} else {
		p.margin -= (p.margin - floor) / forgiveness
	}
	p.latest += off / gain
}

// slot returns the next time to send, from now on.
func (p *phase) slot(now, period time.Duration) time.Duration {
	return now + modulo(p.latest-p.margin-now, period)
}

// modulo returns d modulo period, never negative.
func modulo(d, period time.Duration) time.Duration {
	if d %= period; d < 0 {
		d += period
	}
	return d
}
