package sim

import (
	"gossipbench/harness/trial"
	"gossipbench/strategies/broadcast"
	"math/rand/v2"
	"time"
)

// dissemination spreads values without clients until no event is left or the time limit
// is reached.
type dissemination struct {
	*cluster
	origins *rand.Rand
	churn   *rand.Rand
	live    []broadcast.NodeID // nodes that were up at the start
	entered int
}

func newDissemination(c *cluster) *dissemination {
	d := &dissemination{cluster: c, origins: c.trial.Rand("origins"), churn: c.trial.Rand("churn")}
	d.bury()
	c.spread.live = len(d.live)
	c.spread.total = c.trial.Spread
	c.spread.stop = c.trial.Until == "complete"
	if c.trial.Rounds == "synchronous" {
		c.rounds = &rounds{length: c.trial.Latency}
	}
	return d
}

// bury takes down the nodes that are dead from the start.
func (d *dissemination) bury() {
	n := len(d.nodes)
	dead := int(d.trial.Dead * float64(n))
	if dead > 0 {
		for _, id := range d.trial.Rand("dead").Perm(n)[:dead] {
			d.nodes[id].state = buried
		}
	}
	d.live = make([]broadcast.NodeID, 0, n-dead)
	for id := range d.nodes {
		if d.nodes[id].state == up {
			d.live = append(d.live, broadcast.NodeID(id))
		}
	}
}

// play runs the trial.
func (d *dissemination) play() {
	d.start()
	d.enter()
	if d.rounds != nil {
		d.queue.push(d.rounds.length, proceed, event{})
	}
	if d.trial.Churn > 0 {
		d.renewNext()
	}
	d.limit = d.trial.TimeLimit
	d.run(d.step)
}

// enter broadcasts the values that are due.
func (d *dissemination) enter() {
	for d.entered < d.trial.Spread {
		at := time.Duration(0)
		if d.trial.Rate > 0 {
			at = time.Duration(float64(d.entered) / d.trial.Rate * float64(time.Second))
		}
		if at > d.queue.now {
			d.queue.push(at, enter, event{})
			return
		}
		d.broadcast(d.origin(), broadcast.Value(d.entered))
		d.entered++
	}
}

// origin draws the node at which the next value enters. It skips nodes that are down.
func (d *dissemination) origin() broadcast.NodeID {
	i := 0
	switch d.trial.Origins {
	case "random":
		i = d.origins.IntN(len(d.live))
	case "each":
		i = d.entered % len(d.live)
	}
	for range d.live {
		if id := d.live[i]; d.nodes[id].state == up {
			return id
		}
		i = (i + 1) % len(d.live)
	}
	return d.live[i]
}

// step handles the dissemination's own events. None of them ends it.
func (d *dissemination) step(e event) {
	switch e.kind() {
	case enter:
		d.enter()
	case renew:
		id := d.live[d.churn.IntN(len(d.live))]
		d.kill(id)
		d.recover(id, "kill")
		if d.busy() {
			d.renewNext()
		}
	case proceed:
		if d.endRound() {
			d.queue.push(d.queue.now+d.rounds.length, proceed, event{})
		}
	}
}

func (d *dissemination) renewNext() {
	gap := 2 * d.churn.Float64() / (d.trial.Churn * float64(len(d.live)))
	d.queue.push(d.queue.now+max(1, time.Duration(gap*float64(time.Second))), renew, event{})
}

// busy reports whether events other than churn are to come. The end of a round alone does
// not count.
func (d *dissemination) busy() bool {
	if d.rounds != nil {
		return d.queue.Len() > 1 || len(d.rounds.values) > 0
	}
	return d.queue.Len() > 0
}

// sum returns the outcome, its reasons, the metrics and the warnings.
func (d *dissemination) sum() (trial.Outcome, []trial.Reason, map[string]float64, []string) {
	d.ended = d.trial.TimeLimit // although all nodes may be quiet long before
	d.delivered = d.deliveries(d.ended)
	warnings := d.delivered.Warnings("which t50 to t100 count as until the time limit as far as they do not come")
	n, values := float64(len(d.nodes)), float64(max(d.entered, 1))
	sent := float64(d.count.sent)
	metrics := map[string]float64{
		"broadcasts":          float64(d.entered),
		"msgs-per-broadcast":  sent / values,
		"bytes-per-broadcast": float64(d.count.bytes) / values,
		"traffic":             sent / n,
		"traffic.values":      float64(d.count.bringing) / n,
	}
	if sent > 0 {
		metrics["busiest-node-share"] = d.busiest()
	}
	d.addReach(metrics)
	if metrics["coverage"] == 1 || d.excused() {
		return trial.Valid, nil, metrics, warnings
	}
	if d.queue.now > d.limit {
		return trial.Unknown, because("time_limit %v came before the values were everywhere: coverage is %.6g", d.limit, metrics["coverage"]), metrics, warnings
	}
	return trial.Invalid, because("coverage is %.6g, though nothing was lost and the strategy promises every value at every node", metrics["coverage"]), metrics, warnings
}

// because returns the reason why a dissemination is not valid.
func because(format string, args ...any) []trial.Reason {
	return []trial.Reason{trial.Because(trial.NotEverywhere, format, args...)}
}

// excused reports whether the strategy does not promise full delivery under these
// circumstances.
func (d *dissemination) excused() bool {
	t := d.trial
	return d.spec.Promise(t.Params) == broadcast.Probably || t.Loss > 0 || t.Dead > 0 || t.Churn > 0 || t.Nemesis != "none"
}

// addReach adds the metrics of how far the values came, each as the mean over values. A
// value that never came so far counts with the time limit, so that going quiet early does
// not look fast.
func (d *dissemination) addReach(metrics map[string]float64) {
	metrics[trial.Undelivered] = float64(len(d.delivered.Undelivered))
	var coverage, hops, last, copies float64
	var quarter [len(shares)]float64
	for i := range d.spread.values {
		r := &d.spread.values[i]
		coverage += d.share(broadcast.Value(i))
		hops += float64(r.hops)
		last += ms(r.last - r.first)
		copies += float64(r.count - 1)
		for q, at := range r.quarter {
			if float64(r.count) < shares[q]*float64(d.spread.live) {
				at = max(d.ended, r.first)
			}
			quarter[q] += ms(at - r.first)
		}
	}
	n := float64(len(d.spread.values))
	if n == 0 {
		return
	}
	metrics["coverage"], metrics["residue"] = coverage/n, 1-coverage/n
	metrics["ldh"], metrics["t-last"] = hops/n, last/n
	if copies > 0 {
		metrics["rmr"] = float64(d.count.payload)/copies - 1
	}
	for q, name := range [...]string{"t50", "t90", "t99", "t100"} {
		metrics[name] = quarter[q] / n
	}
	if d.rounds != nil {
		metrics["rounds"] = last / n / ms(d.rounds.length)
	}
}

// share returns the share of live nodes that have a value at the end.
func (d *dissemination) share(v broadcast.Value) float64 {
	if r := &d.spread.values[v]; r.has == nil {
		return float64(r.count) / float64(d.spread.live)
	}
	count := 0
	for _, id := range d.live {
		if d.nodes[id].state != down && d.nodes[id].values.Has(v) {
			count++
		}
	}
	return float64(count) / float64(len(d.live))
}

func ms(t time.Duration) float64 { return float64(t) / float64(time.Millisecond) }
