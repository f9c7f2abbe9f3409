package maelstrom

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"gossipbench/harness/checker"
	"gossipbench/harness/edn"
	"gossipbench/harness/history"
	"gossipbench/harness/trial"
	"gossipbench/harness/workload"
)

// checkersOf returns the checkers that the other backends use for a trial with these
// settings, which have the names of an experiment file; nil if the workload is unknown.
func checkersOf(settings map[string]string) *checker.Checkers {
	protocol, known := workload.Protocols[settings["workload"]]
	if !known {
		return nil
	}
	t := trial.Default()
	t.Workload = settings["workload"]
	t.Concurrency, t.Nodes = settings["concurrency"], 0 // nodes may be unknown
	if n, err := strconv.Atoi(settings["nodes"]); err == nil {
		t.Nodes = n
	}
	if models := settings["consistency_models"]; models != "" {
		t.ConsistencyModels = models
	}
	goal, err := checker.ParseGoal(settings["availability"])
	if err != nil {
		goal = 0 // unknown
	}
	limit, err := time.ParseDuration(settings["time_limit"])
	if err != nil {
		limit = 0 // the load ends with the history
	}
	cast := checker.CastOf(t)
	checkers := checker.NewCheckers(protocol.Checker(t), goal).During(limit).Among(cast)
	if rate, err := strconv.ParseFloat(settings["rate"], 64); err == nil && cast.Threads > 0 && slices.Contains(paced, t.Workload) {
		checkers.Paced(rate, cast.Threads)
	}
	return checkers
}

// paced are the workloads in which any client may begin any op at any time. In lin-kv
// some clients only read and some only write.
var paced = []string{"broadcast", "echo", "g-counter", "g-set", "kafka", "pn-counter", "txn-list-append", "txn-rw-register", "unique-ids"}

// leastPause is the least pause that counts as a disturbance, unless a latency is longer.
// Chosen: on a quiet machine Maelstrom's JVM pauses for up to 60 ms.
const leastPause = 100 * time.Millisecond

// disturbances returns what kept Maelstrom from the processor during the trial.
func (t *Test) disturbances(trial trial.Trial) []string {
	if t.pauses == nil {
		return nil
	}
	if told := t.pauses.Disturbance(max(leastPause, trial.Latency)); told != "" {
		return []string{told}
	}
	return nil
}

// tell sets the results of a test: the metrics of the checkers, if there are any,
// replaced by those of results.edn, digit by digit; and what Jepsen does not report.
func (t *Test) tell(checkers *checker.Checkers, results edn.Value) {
	t.Metrics = map[string]float64{}
	if checkers != nil {
		net, known := netOf(results)
		all := checkers.Results(net, nil)
		t.Metrics, t.silence, t.pauses = all.Metrics(), all.Silence, all.Pauses
		t.Reasons = sharper(t.Reasons, slices.Concat(all.Workload.Reasons(), all.Availability.Reasons()))
		t.Warnings = append(t.Warnings, all.Warnings()...)
		if !known {
			for _, name := range []string{"msgs-per-op", "msgs-per-op.all", "msgs-per-broadcast"} {
				delete(t.Metrics, name)
			}
		}
	}
	maps.Copy(t.Metrics, metrics(results))
}

// sharper replaces reasons from a results.edn by those of our checkers with the same
// kind, which name nodes and goals.
func sharper(reasons, ours []trial.Reason) []trial.Reason {
	for i, r := range reasons {
		if at := slices.IndexFunc(ours, func(o trial.Reason) bool { return o.Kind == r.Kind }); at >= 0 {
			reasons[i] = ours[at]
		}
	}
	return reasons
}

// fewAsked: a node may leave fewer requests than this without any answer, as in package
// native.
const fewAsked = 3

// silent returns the error of a trial without faults in which a node never answered a
// client. In Maelstrom an op without an answer is not an error.
func (t *Test) silent(trial trial.Trial) error {
	never := t.silence.Never(fewAsked)
	if len(never) == 0 || len(trial.Faults()) > 0 {
		return nil
	}
	return fmt.Errorf("node %s never answered: none of its requests had an answer in time, which Maelstrom may call valid even so", strings.Join(never, ", "))
}

// netOf returns the counts of messages in a results.edn, and false if it has none.
func netOf(results edn.Value) (history.Net, bool) {
	known := true
	part := func(name string) history.Count {
		count := func(key string) int {
			n, is := results.At("net", name, key).Int()
			known = known && is
			return int(n)
		}
		return history.Count{Send: count("send-count"), Recv: count("recv-count"), Msg: count("msg-count")}
	}
	return history.Net{All: part("all"), Clients: part("clients"), Servers: part("servers")}, known
}

// metrics returns the metrics in a results.edn, unchanged.
func metrics(results edn.Value) map[string]float64 {
	numbers := map[string]float64{}
	take := func(name string, value edn.Value) {
		if x, ok := value.Float(); ok {
			numbers[name] = x
		}
	}
	net, workload := results.At("net"), results.At("workload")
	take("msgs-per-op", net.At("servers", "msgs-per-op"))
	take("msgs-per-op.all", net.At("all", "msgs-per-op"))
	take("ops", results.At("stats", "count"))
	take("ok-fraction", results.At("availability", "ok-fraction"))
	take("stable", workload.At("stable-count"))
	take("lost", workload.At("lost-count"))
	take("never-read", workload.At("never-read-count"))
	take("stale", workload.At("stale-count"))
	if _, isSet := workload.At("attempt-count").Float(); isSet && results.At("stats", "by-f", "broadcast").Present() {
		take("broadcasts", workload.At("attempt-count"))
	}
	for _, q := range trial.Quantiles {
		take("stable-latency."+q.Name, quantile(workload.At("stable-latencies"), q.Q))
	}
	if messages, ok := net.At("servers", "msg-count").Float(); ok && numbers["broadcasts"] > 0 {
		numbers["msgs-per-broadcast"] = messages / numbers["broadcasts"]
	}
	requests(numbers, workload)
	return numbers
}

// requests adds the metrics of workloads whose nodes answer requests.
//
// Sources: what src/maelstrom/workload/ writes under :workload; condense-error and
// checker in jepsen.tests.kafka.
func requests(numbers map[string]float64, workload edn.Value) {
	if n, ok := workload.At("duplicated-count").Float(); ok && workload.At("attempted-count").Present() {
		numbers["duplicated"] = n
	}
	if workload.At("final-reads").Present() && workload.At("acceptable").Present() {
		numbers["wrong-reads"] = float64(workload.At("errors").Len())
	}
	if workload.At("results").Present() && workload.At("failures").Present() {
		numbers["wrong-keys"] = float64(workload.At("failures").Len())
	}
	if types := workload.At("anomaly-types"); types.Present() {
		numbers["anomalies"] = float64(types.Len())
	}
	if types := workload.At("bad-error-types"); types.Present() {
		numbers["anomalies"] = float64(types.Len())
		numbers["lost-writes"], _ = workload.At("lost-write", "count").Float()
		unseen := 0.0
		for _, count := range workload.At("unseen", "unseen").Pairs() {
			n, _ := count.Float()
			unseen += n
		}
		numbers["unseen"] = unseen
		worst := workload.At("worst-realtime-lag")
		if lag, ok := worst.At("lag").Float(); ok && worst.At("key").Present() { // else no poll was answered
			numbers["poll-lag"] = math.Round(lag*1e9) / 1e6 // rounded to nanoseconds
		}
	}
}

// quantile returns q from Jepsen's {0 12, 0.5 350, 1 579}, in which 0 and 1 are integers.
func quantile(quantiles edn.Value, q float64) edn.Value {
	for key, value := range quantiles.Pairs() {
		if x, ok := key.Float(); ok && x == q {
			return value
		}
	}
	return edn.Value{}
}
