package trial

// Metric describes a number that a result may hold.
type Metric struct {
	Name string
	Unit string // empty for a ratio, and for a count without a unit of its own
	Doc  string // one sentence without the full stop
	// Better is -1 if less is better, 1 if more is better, else 0.
	Better int
	// Omits says what the number leaves out, or how it counts what never happened. It can
	// follow Doc after a semicolon. It is empty if the number covers the whole trial.
	Omits string
	// Health is true for a metric that counts failures. Summaries of it also include
	// invalid and unknown trials: over valid trials alone it would always be 0.
	Health bool
	// Whole names the metric that must be 0 before a result may be chosen by this one. If
	// it is not 0, some of what this metric measures never completed. See Merit.
	Whole string
}

// In reports whether summaries of the metric include results with outcome o: valid ones,
// and for a health metric also invalid and unknown ones.
func (m Metric) In(o Outcome) bool { return o == Valid || m.Health && (o == Invalid || o == Unknown) }

// Meaning returns the metric's definition and what it omits, for users.
func (m Metric) Meaning() string {
	if m.Omits == "" {
		return m.Doc
	}
	return m.Doc + "; " + m.Omits
}

// Merit reports whether a result may be chosen by this metric. A strategy that loses
// values may not win because the other values arrived fast.
func (m Metric) Merit(r *Result) bool { return m.Whole == "" || r.Metrics[m.Whole] == 0 }

// Names of metrics that other packages use.
const (
	Unanswered  = "unanswered"
	Undelivered = "undelivered"
)

// Metrics are all metrics, in the order in which they are shown. Latencies are in
// milliseconds. family.p50 is the median of family. A workload has stores if its
// strategies may keep data in services or on disks: all but broadcast, dissemination,
// g-set and echo.
var Metrics = append([]Metric{
	whole("msgs-per-op", "messages", "messages between servers (nodes and services, init included) ÷ ops invoked by clients, reads and final reads included", -1),
	whole("msgs-per-op.all", "messages", "the same with the clients' own messages", -1),
	whole("msgs-per-op.services", "messages", "those of msgs-per-op that go to services or come from them; the others are between nodes (workloads with stores)", -1),
	whole("msgs-per-broadcast", "messages", "messages between servers ÷ broadcasts invoked", -1),
	whole("ops", "ops", "client ops invoked, final reads included", 0),
	whole("broadcasts", "ops", "broadcasts invoked", 0),
	whole("ok-fraction", "", "share of the ops that succeeded; a compare-and-set that meets another value did not, as in Jepsen", 1),
	health(Unanswered, "ops", "ops that nobody answered in time, whatever the reason", ""),
	partial("outage", "ms", "the longest time of the load in which no op ended well (workloads other than broadcast)", -1, "final ops, and what comes after the load"),
	partial("throughput", "ops/s", "ops that ended well within the load, a second (workloads other than broadcast)", 1, "final ops, and ops that end after the load"),
	whole("stable", "values", "values that were never missing again after some read", 1),
	health("lost", "values", "acknowledged or seen values missing from the last reads", "a value that a node misses which did not read last: see undelivered"),
	health("never-read", "values", "values that no read ever showed", ""),
	partial("stale", "values", "stable values that were missing from some read after their acknowledgement", -1, "lost values"),
	health("duplicated", "values", "values that some read showed twice; ids that were given twice", ""),
	health("wrong-reads", "ops", "final reads of a counter that cannot be", "final reads that were not answered"),
	partial("stale-read-share", "", "share of a counter's reads that cannot have seen all adds acknowledged before they began", -1, "reads that were not answered, or by an error: see ok-fraction"),
	health("wrong-keys", "keys", "keys of lin-kv whose ops are not linearizable", "keys for which there was no time"),
	health("anomalies", "", "kinds of anomaly that the histories of logs and transactions show", ""),
	health("unwritten-reads", "reads", "reads of values that no transaction wrote: Elle takes no notice of them in registers, and breaks down over them in lists", ""),
	health("lost-writes", "messages", "messages of a log that nobody polled although what stands behind them was", "messages behind all that was polled: see unseen"),
	health("unseen", "messages", "acknowledged messages of a log that nobody polled", ""),
	partial("poll-lag", "ms", "the longest that a poll was behind what was known to be in its logs", -1, "polls that were not answered, or by an error, and messages that nobody polled: see ok-fraction and unseen; it is not known where no poll was answered"),
	whole("cas-refused-per-op", "requests", "compare-and-sets that a service refused since the value was another or there was none ÷ client ops invoked (workloads with stores)", -1),
	whole("store-bytes", "bytes", "keys and values that services and the nodes' disks hold in the end, as JSON texts or as they were put, of all replicas (workloads with stores; nodes of ours)", -1),
	whole("store-bytes.disks", "bytes", "those of them on the nodes' disks", -1),
	whole("bytes-per-op", "bytes", "bytes between servers ÷ client ops invoked", -1),
	whole("busiest-node-share", "", "share of the messages between servers that the busiest node sent or received", -1),
	whole("bytes-per-broadcast", "bytes", "bytes between nodes ÷ values that were spread", -1),
	health(Undelivered, "values", "values that some live node lacks in the end (backends sim and native, nodes of ours; a node that a fault had down is live again in the end, without what it had forgotten)", "values that came to no node at all"),
	whole("coverage", "", "share of the live nodes that have a value in the end, mean over values", 1),
	whole("residue", "", "1 − coverage: Demers' s", -1),
	whole("traffic", "messages", "messages ÷ nodes, questions and answers without values included", -1),
	whole("traffic.values", "messages", "messages that bring values ÷ nodes: Demers' m", -1),
	partial("rmr", "", "relative message redundancy, m/(n−1) − 1, of payload messages m and n nodes reached", -1, "nodes that were not reached: see coverage"),
	partial("ldh", "links", "last delivery hop: the most links that a first delivery crossed", -1, "nodes that were not reached: see coverage"),
	partial("rounds", "rounds", "rounds until the last node that learns a value has learnt it", -1, "nodes that never learn it: see residue"),
	counted("t50", "ms", "time until half of the live nodes have the value, mean over values", untilLimit),
	counted("t90", "ms", "time until 90 % of the live nodes have the value, mean over values", untilLimit),
	counted("t99", "ms", "time until 99 % of the live nodes have the value, mean over values", untilLimit),
	merit("t100", "ms", "time until all live nodes have the value, mean over values", untilLimit),
	partial("t-last", "ms", "time until the last node that learns the value has learnt it, mean over values", -1, "nodes that never learn it: see residue, and t100 of all nodes"),
	merit("heal-to-last", "ms", "time from the end of the last fault until the last live node has the last of the values that came before it (backend sim)", untilEnd),
	whole("seconds", "s", "wall time of a simulated trial, where its cost was asked for", -1),
	whole("deliveries-per-second", "messages/s", "messages between nodes received ÷ that time", 1),
	whole("memory-per-node", "bytes", "heap that a simulated cluster takes in the end, its queue included, ÷ nodes", -1),
}, families()...)

// How metrics count what never arrives or is never answered. See Undelivered.
const (
	untilLimit = "a value that never comes so far counts as until the time limit, and is told of; see undelivered"
	untilEnd   = "a value that some live node lacks to the end counts as until the end of the trial, and is told of; see undelivered"
	untilGiven = "leaves out ops that were answered by an error, which ok-fraction counts; one without an answer counts with the time that its client waited, so its time-out at least: see unanswered"
)

// whole returns a metric that covers the whole trial.
func whole(name, unit, doc string, better int) Metric {
	return Metric{Name: name, Unit: unit, Doc: doc, Better: better}
}

// partial returns a metric that leaves something out.
func partial(name, unit, doc string, better int, omits string) Metric {
	return Metric{Name: name, Unit: unit, Doc: doc, Better: better, Omits: leaves(omits)}
}

// leaves returns the text of Omits for what is left out.
func leaves(omits string) string {
	if omits == "" {
		return ""
	}
	return "leaves out " + omits
}

// counted returns a metric that also counts what never completed; how says in what way.
func counted(name, unit, doc, how string) Metric {
	return Metric{Name: name, Unit: unit, Doc: doc, Better: -1, Omits: how}
}

// health returns a metric that counts failures.
func health(name, unit, doc, omits string) Metric {
	return Metric{Name: name, Unit: unit, Doc: doc, Better: -1, Omits: leaves(omits), Health: true}
}

// merit returns the metric of a time until a value is everywhere. A strategy is not
// chosen by it if some value did not reach every node.
func merit(name, unit, doc, omits string) Metric {
	return Metric{Name: name, Unit: unit, Doc: doc, Better: -1, Omits: omits, Whole: Undelivered}
}

// families returns the metrics that are distributions.
func families() []Metric {
	all := []Metric{
		partial("stable-latency", "ms", "Jepsen's: from a value's acknowledgement to the start of the last read that missed it, sampled by reads", -1,
			"lost values and those that no read showed: see lost and never-read"),
		merit("delivery-latency", "ms", "from a broadcast's arrival at its first node until the last live node has the value, if it forgets it later or not", untilEnd),
		counted("op-latency", "ms", "how long a client waited for its answer", untilGiven),
	}
	for _, k := range Kinds {
		all = append(all, counted(k.Name+"-latency", "ms", "how long a client waited for the answer to "+k.noun, untilGiven))
	}
	var metrics []Metric
	for _, f := range all {
		for _, q := range Quantiles {
			m := f
			m.Name, m.Doc = f.Name+"."+q.Name, f.Doc+"; "+q.Doc
			metrics = append(metrics, m)
		}
	}
	return metrics
}

// Kinds are the kinds of ops that have latency metrics of their own, such as
// read-latency. The ops of echo, and assigns, count in op-latency only.
var Kinds = []struct{ Name, noun string }{
	{"broadcast", "a broadcast"},
	{"read", "a read"},
	{"add", "an add (g-set and counters)"},
	{"write", "a write"},
	{"cas", "a compare-and-set that met its value"},
	{"send", "a send to a log"},
	{"poll", "a poll, with the commit of what it brought"},
	{"txn", "a transaction"},
	{"generate", "a request of an id"},
}

// Quantiles are the quantiles that are reported of each distribution.
var Quantiles = []struct {
	Name string
	Q    float64
	Doc  string
}{
	{"min", 0, "the least"},
	{"p50", 0.5, "the median"},
	{"p95", 0.95, "the 0.95 quantile"},
	{"p99", 0.99, "the 0.99 quantile"},
	{"max", 1, "the greatest"},
}
