package experiment

// Metric describes a number that a result may hold.
type Metric struct {
	Name string
	Unit string // empty for a ratio or a count without a unit of its own
	Doc  string // one sentence, without its full stop
	// Better is -1 where less is better, 1 where more is, 0 where neither.
	Better int
}

// Names of metrics that others than their makers ask for.
const (
	Unanswered = "unanswered"
)

// Metrics are all metrics, in the order in which a person wants to read them.
// Latencies are in milliseconds; family.p50 is the median of family. Workloads
// with stores are those whose strategies may keep what they need in services or on
// disks: all but broadcast, dissemination, g-set and echo.
var Metrics = append([]Metric{
	{"msgs-per-op", "messages", "messages between servers (nodes and services, init included) ÷ ops invoked by clients, reads and final reads included", -1},
	{"msgs-per-op.all", "messages", "the same with the clients' own messages", -1},
	{"msgs-per-op.services", "messages", "those of msgs-per-op that go to services or come from them; the others are between nodes (workloads with stores)", -1},
	{"msgs-per-broadcast", "messages", "messages between servers ÷ broadcasts invoked", -1},
	{"ops", "ops", "client ops invoked, final reads included", 0},
	{"broadcasts", "ops", "broadcasts invoked", 0},
	{"ok-fraction", "", "share of the ops that succeeded; a compare-and-set that meets another value did not, as in Jepsen", 1},
	{Unanswered, "ops", "ops that nobody answered in time, whatever the reason", -1},
	{"outage", "ms", "the longest time of the load in which no op ended well (workloads other than broadcast)", -1},
	{"throughput", "ops/s", "ops that ended well within the load, a second (workloads other than broadcast)", 1},
	{"stable", "values", "values that were never missing again after some read", 1},
	{"lost", "values", "acknowledged or seen values missing from the last reads", -1},
	{"never-read", "values", "values that no read ever showed", -1},
	{"stale", "values", "stable values that were missing from some read after their acknowledgement", -1},
	{"duplicated", "values", "values that some read showed twice", -1},
	{"wrong-reads", "ops", "final reads of a counter that cannot be", -1},
	{"stale-read-share", "", "share of a counter's reads that cannot have seen all adds acknowledged before they began", -1},
	{"wrong-keys", "keys", "keys of lin-kv whose ops are not linearizable", -1},
	{"anomalies", "", "kinds of anomaly that the histories of logs and transactions show", -1},
	{"unwritten-reads", "reads", "reads of values that no transaction wrote: Elle takes no notice of them in registers, and breaks down over them in lists", -1},
	{"lost-writes", "messages", "messages of a log that nobody polled although what stands behind them was", -1},
	{"unseen", "messages", "acknowledged messages of a log that nobody polled", -1},
	{"poll-lag", "ms", "the longest that a poll was behind what was known to be in its logs", -1},
	{"cas-refused-per-op", "requests", "compare-and-sets that a service refused since the value was another or there was none ÷ client ops invoked (workloads with stores)", -1},
	{"store-bytes", "bytes", "keys and values that services and the nodes' disks hold in the end, as JSON texts or as they were put, of all replicas (workloads with stores; nodes of ours)", -1},
	{"store-bytes.disks", "bytes", "those of them on the nodes' disks", -1},
	{"bytes-per-op", "bytes", "bytes between servers ÷ client ops invoked", -1},
	{"busiest-node-share", "", "share of the messages between servers that the busiest node sent or received", -1},
	{"bytes-per-broadcast", "bytes", "bytes between nodes ÷ values that were spread", -1},
	{"coverage", "", "share of the live nodes that have a value in the end, mean over values", 1},
	{"residue", "", "1 − coverage: Demers' s", -1},
	{"traffic", "messages", "messages ÷ nodes, questions and answers without values included", -1},
	{"traffic.values", "messages", "messages that bring values ÷ nodes: Demers' m", -1},
	{"rmr", "", "relative message redundancy, m/(n−1) − 1, of payload messages m and n nodes reached", -1},
	{"ldh", "links", "last delivery hop: the most links that a first delivery crossed", -1},
	{"rounds", "rounds", "rounds until the last node that learns a value has learnt it", -1},
	{"t50", "ms", "time until half of the live nodes have the value", -1},
	{"t90", "ms", "time until 90 % of the live nodes have the value", -1},
	{"t99", "ms", "time until 99 % of the live nodes have the value", -1},
	{"t100", "ms", "time until all live nodes have the value", -1},
	{"t-last", "ms", "time until the last node that learns the value has learnt it", -1},
	{"heal-to-last", "ms", "time from the end of the last fault until the last live node has the last of the values that came before it (backend sim)", -1},
	{"seconds", "s", "wall time of a simulated trial, where its cost was asked for", -1},
	{"deliveries-per-second", "messages/s", "messages between nodes received ÷ that time", 1},
	{"memory-per-node", "bytes", "heap that a simulated cluster takes in the end, its queue included, ÷ nodes", -1},
}, families()...)

// families are the metrics that are distributions.
func families() []Metric {
	type family struct{ name, doc string }
	all := []family{
		{"stable-latency", "Jepsen's: from a value's acknowledgement to the start of the last read that missed it, sampled by reads"},
		{"delivery-latency", "from a broadcast's arrival at its first node until the last live node has the value"},
		{"op-latency", "how long a client waited for its answer"},
	}
	for _, k := range Kinds {
		all = append(all, family{k.Name + "-latency", "how long a client waited for the answer to " + k.noun})
	}
	var metrics []Metric
	for _, f := range all {
		for _, q := range Quantiles {
			metrics = append(metrics, Metric{f.name + "." + q.Name, "ms", f.doc + "; " + q.Doc, -1})
		}
	}
	return metrics
}

// Kinds are the kinds of ops whose latencies have metrics of their own: read has
// read-latency. Those of echo, and of assigns, are in op-latency alone.
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

// Quantiles are those that each distribution is reported by.
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
