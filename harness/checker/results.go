// Package checker judges histories as Jepsen and Maelstrom do, rule by rule.
//
// Checkers take ops one at a time: SetFull for broadcast and g-set, UniqueIDs for
// unique-ids, Echo, Counter, Linearizable, Logs and Txns for echo, the counters,
// lin-kv, kafka and transactions, and Stats, Availability and Exceptions for all.
// Checkers, the type, feeds one history to all that a test has and gives Results,
// which become metrics or a results.edn. Judge does so with the history of a test
// that Jepsen has judged, and says where the two agree.
//
// What Jepsen leaves out is kept apart from what it says: values that a read
// shows twice or that nobody broadcast are findings and never change a verdict.
//
// Sources: jepsen/src/jepsen/checker.clj in Jepsen 0.3.7; src/maelstrom/checker.clj,
// net/checker.clj and workload/broadcast.clj in Maelstrom.
package checker

import (
	"time"

	"gossipbench/harness/edn"
	"gossipbench/harness/history"
	"gossipbench/harness/trial"
)

// netEDN returns the counts of messages as Maelstrom has them under :net.
func netEDN(n history.Net, ops int) edn.Value {
	part := func(c history.Count, perOp bool) edn.Value {
		pairs := []any{"send-count", c.Send, "recv-count", c.Recv, "msg-count", c.Msg}
		if perOp && ops > 0 {
			pairs = append(pairs, "msgs-per-op", edn.NewFloat32(ratio(c.Msg, ops)))
		}
		return mapOf(pairs...)
	}
	return mapOf("all", part(n.All, true), "clients", part(n.Clients, false), "servers", part(n.Servers, true), "valid?", true)
}

// Checkers are all checkers of a Maelstrom test. Fed with a history, op by op,
// they give its Results.
type Checkers struct {
	exceptions   Exceptions
	stats        Stats
	availability Availability
	latencies    Latencies
	outage       Outage
	throughput   Throughput
	silence      Silence
	pauses       Pauses
	cast         Cast
	workload     Checker
}

// NewCheckers returns the checkers of a test with that checker of its workload,
// such as a SetFull for broadcast, and that goal of its availability.
func NewCheckers(workload Checker, goal Goal) *Checkers {
	return &Checkers{availability: Availability{Goal: goal}, workload: workload}
}

// During says how long the load lasts, for the metrics that count what is within
// it.
func (c *Checkers) During(load time.Duration) *Checkers {
	c.outage.Load, c.throughput.Load, c.pauses.Load = load, load, load
	return c
}

// Paced says how many ops a second so many clients are to begin, where any client
// may begin any op: then a pause of whoever hands them out can be told.
func (c *Checkers) Paced(rate float64, threads int) *Checkers {
	c.pauses.Rate, c.pauses.Threads = rate, threads
	return c
}

// Among says which nodes the clients talk to, for what names nodes.
func (c *Checkers) Among(cast Cast) *Checkers {
	c.cast = cast
	return c
}

// Add takes the next op of the history.
func (c *Checkers) Add(op history.Op) {
	c.exceptions.Add(op)
	c.stats.Add(op)
	c.availability.Add(op)
	c.latencies.Add(op)
	c.outage.Add(op)
	c.throughput.Add(op)
	c.silence.Add(op)
	c.pauses.Add(op)
	c.workload.Add(op)
}

// Results returns the verdict on the ops so far, with the counts of messages and
// the times that values took to reach all nodes; nil where the backend does not
// know them.
func (c *Checkers) Results(net history.Net, deliveries *Deliveries) Results {
	return Results{
		Exceptions:   c.exceptions.Result(),
		Stats:        c.stats.Result(),
		Availability: c.availability.Result(),
		Silence:      c.silence.Result(c.cast),
		Net:          net,
		Workload:     c.workload.Verdict(),
		deliveries:   deliveries,
		latencies:    &c.latencies,
		outage:       &c.outage,
		throughput:   &c.throughput,
		Pauses:       &c.pauses,
	}
}

// Results are all that a trial's history says.
type Results struct {
	Exceptions   []Exception
	Stats        StatsResult
	Availability AvailabilityResult
	Silence      SilenceResult
	Pauses       *Pauses
	Net          history.Net
	Workload     Verdict

	deliveries *Deliveries // nil where nobody knows
	latencies  *Latencies
	outage     *Outage
	throughput *Throughput
}

// Outcome is the verdict on the trial: the worst of its checkers'.
func (r Results) Outcome() trial.Outcome {
	return Worst(r.Stats.Outcome, r.Availability.Outcome, r.Workload.Valid())
}

// Metrics returns the numbers by their names in harness/experiment. What is not
// known is absent.
func (r Results) Metrics() map[string]float64 {
	ops, broadcasts := r.Stats.Ops(), r.Stats.Invoked["broadcast"]
	metrics := map[string]float64{
		"ops":         float64(ops),
		"ok-fraction": shortest(r.Availability.Fraction),
	}
	if ops > 0 {
		metrics["msgs-per-op"] = shortest(ratio(r.Net.Servers.Msg, ops))
		metrics["msgs-per-op.all"] = shortest(ratio(r.Net.All.Msg, ops))
	}
	if ops == broadcasts+r.Stats.Invoked["read"] {
		metrics["broadcasts"] = float64(broadcasts)
	}
	if broadcasts > 0 {
		metrics["msgs-per-broadcast"] = float64(r.Net.Servers.Msg) / float64(broadcasts)
	}
	r.Workload.AddMetrics(metrics)
	r.Silence.AddMetrics(metrics)
	r.latencies.AddMetrics(metrics)
	if broadcasts == 0 { // whose strategies answer whatever happens
		r.outage.AddMetrics(metrics)
		r.throughput.AddMetrics(metrics)
	}
	if r.deliveries != nil {
		r.deliveries.AddMetrics(metrics)
	}
	return metrics
}

// Warnings says in sentences what the verdict does not: see Silence, Deliveries and
// Verdict.Findings.
func (r Results) Warnings() []string {
	all := r.Silence.Warnings()
	if r.deliveries != nil {
		all = append(all, r.deliveries.Warnings("which delivery-latency counts as until the end of the trial")...)
	}
	return append(all, r.Workload.Findings()...)
}

// AppendEDN appends what Maelstrom would write to results.edn, layout included.
// The graphs and the timeline that it draws are called valid without being
// drawn.
func (r Results) AppendEDN(dst []byte) []byte {
	valid := mapOf("valid?", true)
	return append(edn.AppendPretty(dst, mapOf(
		"perf", mapOf("latency-graph", valid, "rate-graph", valid, "valid?", true),
		"timeline", valid,
		"exceptions", exceptionsEDN(r.Exceptions),
		"stats", r.Stats.EDN(),
		"availability", r.Availability.EDN(),
		"net", netEDN(r.Net, r.Stats.Ops()),
		"workload", r.Workload.EDN(),
		"valid?", validity(r.Outcome()),
	)), '\n')
}
