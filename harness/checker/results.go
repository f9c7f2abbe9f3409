// Package checker judges histories as Jepsen and Maelstrom do, rule by rule.
//
// A checker gets one op at a time. The checkers of workloads are SetFull for broadcast
// and g-set, UniqueIDs for unique-ids, Echo, Counter for g-counter and pn-counter,
// Linearizable for lin-kv, Logs for kafka, and Txns for transactions. Stats, Availability
// and Exceptions check every workload. The type Checkers passes a history to all checkers
// of a test and returns Results, which become metrics or a results.edn. Judge does the
// same for a test that Jepsen has judged, and compares.
//
// What Jepsen does not report is kept separate: values that a read shows twice or that
// nobody broadcast are findings, and never change a verdict.
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

// netEDN returns the counts of messages in the form of Maelstrom's :net.
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

// Checkers are all checkers of a Maelstrom test. They get a history op by op and return
// its Results.
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

// NewCheckers returns the checkers of a test: workload is the checker of its workload,
// such as a SetFull for broadcast, and goal its availability.
func NewCheckers(workload Checker, goal Goal) *Checkers {
	return &Checkers{availability: Availability{Goal: goal}, workload: workload}
}

// During sets the duration of the load, for metrics that count within it.
func (c *Checkers) During(load time.Duration) *Checkers {
	c.outage.Load, c.throughput.Load, c.pauses.Load = load, load, load
	return c
}

// Paced sets the rate of ops per second over all threads. Any client may begin any op.
// Pauses of the generator are detected only with a rate.
func (c *Checkers) Paced(rate float64, threads int) *Checkers {
	c.pauses.Rate, c.pauses.Threads = rate, threads
	return c
}

// Among sets which nodes the clients use, for names of nodes in texts.
func (c *Checkers) Among(cast Cast) *Checkers {
	c.cast = cast
	return c
}

// Add adds the next op of the history.
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

// Results returns the results of the ops so far. net has the counts of messages.
// deliveries has the times until values reached all nodes; it is nil if the backend does
// not know them.
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

// Results are the results of all checkers.
type Results struct {
	Exceptions   []Exception
	Stats        StatsResult
	Availability AvailabilityResult
	Silence      SilenceResult
	Pauses       *Pauses
	Net          history.Net
	Workload     Verdict

	deliveries *Deliveries // nil if unknown
	latencies  *Latencies
	outage     *Outage
	throughput *Throughput
}

// Outcome returns the verdict on the trial: the worst of all checkers.
func (r Results) Outcome() trial.Outcome {
	return Worst(r.Stats.Outcome, r.Availability.Outcome, r.Workload.Valid())
}

// Metrics returns the metrics by name, see package trial. An unknown metric is absent.
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
	if broadcasts == 0 { // strategies of broadcast always answer
		r.outage.AddMetrics(metrics)
		r.throughput.AddMetrics(metrics)
	}
	if r.deliveries != nil {
		r.deliveries.AddMetrics(metrics)
	}
	return metrics
}

// Warnings returns sentences about what the verdict leaves out: see Silence, Deliveries
// and Verdict.Findings.
func (r Results) Warnings() []string {
	all := r.Silence.Warnings()
	if r.deliveries != nil {
		all = append(all, r.deliveries.Warnings("which delivery-latency counts as until the end of the trial")...)
	}
	return append(all, r.Workload.Findings()...)
}

// AppendEDN appends the text that Maelstrom would write to results.edn, with its layout.
// Maelstrom's graphs and timeline are not drawn; their :valid? is true.
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
