package star

import "time"

// phase is what a node knows of the moments at which another one collects what
// it has been sent: one in each period, none of which either needs to name.
//
// A message that left at s and was held for a while before it was passed on
// could have left that much later: s + held is the latest moment, and so is that
// moment a period later, and two. Neither the latency nor the other's clock need
// be known, and one answer is enough to begin with.
type phase struct {
	from   source
	latest time.Duration // one of those moments, smoothed
	margin time.Duration // how much earlier to leave
	widest time.Duration // how far a sample was off, at most, lately
}

// source is where a phase is known from.
type source uint8

const (
	unknown source = iota
	guessed
	measured
)

// known reports whether there is anything to go by.
func (p *phase) known() bool { return p.from != unknown }

// guess assumes a latest moment, unless one has been measured.
func (p *phase) guess(latest, margin time.Duration) {
	if p.from != measured {
		*p = phase{from: guessed, latest: latest, margin: margin}
	}
}

// gain is the weight of one sample in the smoothed latest, and forgiveness the
// share of the margin above its floor that a message which was in time takes
// off, and of the widest sample that each takes off. Chosen: a tenth of a second
// of jitter is taken up by two misses and given back within some hundred messages.
const (
	gain        = 8
	forgiveness = 256
)

// observe takes a sample of the latest moment. If a message that left margin
// before the smoothed one would have come too late, the margin grows to what it
// would have taken: a message that misses costs others, see catchUp. But one that
// is alone tells of a thread that stopped, not of how long messages take. So no
// sample counts for more than the margin, unless another one was as far off lately.
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

// slot returns the first moment, from now on, at which to send.
func (p *phase) slot(now, period time.Duration) time.Duration {
	return now + modulo(p.latest-p.margin-now, period)
}

// modulo is d modulo period, from 0 to period.
func modulo(d, period time.Duration) time.Duration {
	if d %= period; d < 0 {
		d += period
	}
	return d
}
