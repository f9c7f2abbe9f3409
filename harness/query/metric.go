package query

import (
	"maps"
	"slices"
	"strings"

	"gossipbench/harness/trial"
)

// headline are the metrics that a person sees first, as far as the results have them.
var headline = []string{
	"msgs-per-op", "stable-latency.p50", "stable-latency.max", "delivery-latency.max", "heal-to-last", "op-latency.p50", "lost",
	trial.Undelivered, trial.Unanswered, // where there are any
	"coverage", "residue", "traffic", "rmr", "ldh", "rounds", "t-last",
	"seconds", "memory-per-node", // where the cost was asked for
}

// requests come before them where nodes may refuse, or be slow to answer: in
// workloads that have an outage. Where clients ask more than one thing, the
// latency is told of each. Throughput is not among them: it is the rate that was
// asked, as far as ok-fraction and outage allow.
var requests = []string{
	"msgs-per-op", "ok-fraction", "outage", "read-latency.p50", "add-latency.p50", "write-latency.p50", "cas-latency.p50",
	"send-latency.p50", "poll-latency.p50", "stale-read-share", "store-bytes",
}

// quiet are those of the usual metrics that are not shown where they are 0 throughout.
var quiet = []string{trial.Undelivered, trial.Unanswered}

// Measured returns the metrics that some result has: in the order of trial.Metrics, and
// after them by name those of a newer or a foreign harness.
func Measured(results []trial.Result) []trial.Metric {
	has := measured(results)
	return slices.DeleteFunc(known(has), func(m trial.Metric) bool { return !has[m.Name] })
}

// measured has the names of the metrics that some result has.
func measured(results []trial.Result) map[string]bool {
	has := map[string]bool{}
	for i := range results {
		for name := range results[i].Metrics {
			has[name] = true
		}
	}
	return has
}

// known are the metrics that are declared, and those that results have.
func known(has map[string]bool) []trial.Metric {
	all := slices.Clone(trial.Metrics)
	for _, name := range slices.Sorted(maps.Keys(has)) {
		if !slices.ContainsFunc(trial.Metrics, func(m trial.Metric) bool { return m.Name == name }) {
			all = append(all, trial.Metric{Name: name})
		}
	}
	return all
}

// Metrics returns the metrics of those names or families, whether the results have them
// or not; where names is nil, those that Usual names. A name that is neither declared nor
// among the results is an OptionError; all are returned.
func Metrics(results []trial.Result, names []string) ([]trial.Metric, error) {
	if names == nil {
		names = Usual(results)
	}
	all := known(measured(results))
	var found []trial.Metric
	var errs []error
	for _, name := range names {
		metrics, err := trial.MetricsNamed(all, name)
		errs = append(errs, err)
		found = append(found, metrics...)
	}
	return found, In("metric", errs...)
}

// Metric returns the metric of a name that is declared, or that a result has.
func Metric(results []trial.Result, name string) (trial.Metric, error) {
	m, err := trial.FindMetric(name)
	if err != nil && measured(results)[name] {
		return trial.Metric{Name: name}, nil
	}
	return m, err
}

// Usual returns the names of those metrics that a person sees unless told otherwise.
func Usual(results []trial.Result) []string {
	has := measured(results)
	all := headline
	if has["outage"] {
		all = slices.Concat(requests, headline)
	}
	any := func(name string) bool {
		return slices.ContainsFunc(results, func(r trial.Result) bool { return r.Metrics[name] > 0 })
	}
	var names []string
	for _, name := range all {
		if has[name] && !slices.Contains(names, name) && (!slices.Contains(quiet, name) || any(name)) {
			names = append(names, name)
		}
	}
	if has["outage"] && !slices.ContainsFunc(results, withoutKinds) {
		names = slices.DeleteFunc(names, func(name string) bool { return name == "op-latency.p50" })
	}
	return names
}

// withoutKinds reports whether latencies are in op-latency.p50 alone.
func withoutKinds(r trial.Result) bool {
	_, has := r.Metrics["op-latency.p50"]
	return has && !slices.ContainsFunc(requests, func(name string) bool {
		_, is := r.Metrics[name]
		return is && strings.HasSuffix(name, "-latency.p50")
	})
}
