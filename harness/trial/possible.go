package trial

import "strings"

// of returns the need for one of these workloads.
func of(workloads ...string) Need { return Need{setting: "workload", levels: workloads} }

// makers maps a metric, or a family of metrics, to the need of trials that can have it. A
// metric that is absent is possible in all trials. A target on a metric that no trial of
// an experiment can have would never be decided.
var makers = map[string]Need{
	"stable": of("broadcast", "g-set"), "lost": of("broadcast", "g-set"), "never-read": of("broadcast", "g-set"),
	"stale": of("broadcast", "g-set"), "stable-latency": of("broadcast", "g-set"),
	"wrong-reads": of("g-counter", "pn-counter"), "stale-read-share": of("g-counter", "pn-counter"),
	"wrong-keys": of("lin-kv"), "lost-writes": of("kafka"), "unseen": of("kafka"), "poll-lag": of("kafka"),
	"anomalies": withKeys, "unwritten-reads": transactions,
	"broadcast-latency": of("broadcast"), "add-latency": of("g-set", "g-counter", "pn-counter"),
	"read-latency":  of("broadcast", "g-set", "g-counter", "pn-counter", "lin-kv"),
	"write-latency": of("lin-kv"), "cas-latency": of("lin-kv"),
	"send-latency": of("kafka"), "poll-latency": of("kafka"), "txn-latency": transactions, "generate-latency": of("unique-ids"),
	"coverage": disseminates, "residue": disseminates, "traffic": disseminates, "rmr": disseminates, "ldh": disseminates,
	"rounds": disseminates, "t50": disseminates, "t90": disseminates, "t99": disseminates, "t100": disseminates,
	"t-last": disseminates, "bytes-per-broadcast": disseminates,
	"msgs-per-op": withClients, "bytes-per-op": withClients, "ops": withClients, "ok-fraction": withClients, "op-latency": withClients,
	"outage": withClients, "throughput": withClients,
	"broadcasts": of("broadcast", "dissemination"), "msgs-per-broadcast": of("broadcast", "dissemination"),
	"heal-to-last": virtual,
}

// Makes reports whether the trial can have the metric. If not, it returns the need that
// the trial does not satisfy.
func (t *Trial) Makes(metric string) (Need, bool) {
	family, _, _ := strings.Cut(metric, ".")
	n, limited := makers[family]
	return n, !limited || n.met(t)
}
