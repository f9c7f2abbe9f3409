package trialtest

import (
	"time"

	"gossipbench/harness/trial"
	"gossipbench/strategies/param"
)

// Made returns a result for a cluster of 25 nodes at 100 ms, with that outcome and the
// metrics msgs-per-op and stable-latency.p50.
func Made(fanout, interval string, replicate int, outcome trial.Outcome, messages, latency float64) trial.Result {
	t := trial.Default()
	t.Nodes, t.Latency, t.Rate = 25, 100*time.Millisecond, 100
	t.Params = param.Values{"fanout": fanout, "interval": interval}
	t.Seed, t.Replicate = uint64(replicate), replicate
	return trial.Result{ID: "id-" + fanout + "-" + interval + "-" + string(rune('0'+replicate)), Trial: t, Outcome: outcome,
		Metrics: map[string]float64{"msgs-per-op": messages, "stable-latency.p50": latency}, Made: trial.Provenance{Commit: "c0ffee"}}
}

// Sweep returns results for two levels of fanout by two of interval, with three
// replicates each. An alphabetical order would put fanout 10 before 2.
func Sweep() []trial.Result {
	message := "java: not found\nmore"
	all := []trial.Result{
		// Valid: 15.2 15.3 15.5, median 15.3; 349.5 352 377, median 352.
		Made("2", "50ms", 1, trial.Valid, 15.5, 352),
		Made("2", "50ms", 2, trial.Valid, 15.2, 349.5),
		Made("2", "50ms", 3, trial.Valid, 15.3, 377),
		// One is invalid. Valid: 8 and 9, median 8.5; 410 and 420, median 415.
		Made("2", "100ms", 1, trial.Valid, 8, 410),
		Made("2", "100ms", 2, trial.Invalid, 0.5, 10),
		Made("2", "100ms", 3, trial.Valid, 9, 420),
		// One could not be run and one is unknown: one is left.
		Made("10", "50ms", 1, trial.Valid, 70, 300),
		Made("10", "50ms", 2, trial.Unknown, 1, 1),
		{ID: "id-10-50ms-3", Trial: Made("10", "50ms", 3, "", 0, 0).Trial, Outcome: trial.Failed, Error: &message},
		// Two results with equal integers.
		Made("10", "100ms", 1, trial.Valid, 36, 390),
		Made("10", "100ms", 2, trial.Valid, 36, 390),
	}
	all[4].Metrics["lost"] = 3
	return all
}
