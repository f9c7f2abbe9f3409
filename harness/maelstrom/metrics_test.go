package maelstrom

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gossipbench/harness/edn"
	"gossipbench/harness/history"
	"gossipbench/harness/trial"
)

// realVariable is the environment variable with a folder of real Maelstrom's stores,
// which TestHistoryReproducesResults also reads.
const realVariable = "MAELSTROM_STORES"

// TestHistoryReproducesResults: on every test with results and history, the checkers of the
// other backends give the numbers that Maelstrom wrote. So the metrics that only they
// have come from the same engine.
func TestHistoryReproducesResults(t *testing.T) {
	paths := recorded(t)
	if stores := os.Getenv(realVariable); stores != "" {
		more, err := Tests(t.Context(), stores)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, more...)
	}
	compared := map[string]int{}
	for _, path := range paths {
		p, err := locate(t.Context(), path)
		if err != nil || p.history == "" || p.results == "" {
			continue
		}
		_, results := parse(t, p.results)
		if results.At("workload", "error").Present() {
			continue // Jepsen's checker crashed
		}
		var log testLog
		if p.log != "" {
			if log, err = readLog(t.Context(), p.log); err != nil {
				t.Fatal(err)
			}
		}
		settings := known(nil, logged(log), p.folder, results)
		heard, err := hear(t.Context(), p.history, checkersOf(settings))
		if err != nil {
			t.Fatal(err)
		}
		if heard.checkers == nil {
			t.Errorf("%s: no checkers for workload %q", path, settings["workload"])
			continue
		}
		net, _ := netOf(results)
		got := heard.checkers.Results(net, nil).Metrics()
		for metric, want := range metrics(results) {
			if metric == "anomalies" && strings.HasPrefix(settings["workload"], "txn-") && settings["consistency_models"] == "" {
				continue // the models are unknown
			}
			if x, is := got[metric]; !is || x != want {
				t.Errorf("%s: %s: the history gives %v, results.edn %v", path, metric, x, want)
			}
			compared[metric]++
		}
	}
	for _, metric := range []string{"ops", "msgs-per-op", "stable-latency.max", "wrong-keys", "wrong-reads", "anomalies", "unseen", "lost-writes", "poll-lag"} {
		if compared[metric] == 0 {
			t.Errorf("%s was compared in no test", metric)
		}
	}
	t.Logf("compared: %v", compared)
}

// TestMetricsFromHistory: in every workload a result has the metrics that results.edn
// lacks, as on the other backends.
func TestMetricsFromHistory(t *testing.T) {
	for _, tt := range []struct {
		test     string
		workload string
		want     []string
	}{
		{"bc5-ruby-part", "broadcast", []string{"op-latency.p50", "duplicated"}},
		{"gset-ruby", "g-set", []string{"outage", "throughput", "add-latency.p50", "duplicated"}},
		{"gcounter-clj", "g-counter", []string{"outage", "throughput", "stale-read-share", "wrong-reads", "add-latency.max"}},
		{"ids3-part", "unique-ids", []string{"outage", "throughput", "duplicated", "generate-latency.p99"}},
		{"linkv-raft-ruby", "lin-kv", []string{"outage", "throughput", "wrong-keys", "cas-latency.p50"}},
		{"kafka-multi", "kafka", []string{"outage", "throughput", "anomalies", "unseen", "lost-writes", "poll-lag", "send-latency.p50"}},
		{"txnla-datomic", "txn-list-append", []string{"outage", "throughput", "anomalies", "txn-latency.p50"}},
		{"echo-py", "echo", []string{"outage", "throughput", "op-latency.p50"}},
	} {
		path := filepath.Join(shared, "maelstrom", tt.test)
		if _, err := os.Stat(path); err != nil {
			t.Skip("not recorded here: " + path)
		}
		test, err := Read(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range tt.want {
			if _, is := test.Metrics[name]; !is {
				t.Errorf("%s: there is no %s in %v", tt.test, name, test.Metrics)
			}
		}
		again := recompute(t, path, tt.workload)
		for _, name := range []string{"outage", "throughput", "stale-read-share", "op-latency.p50", "op-latency.max"} {
			if test.Metrics[name] != again[name] {
				t.Errorf("%s: %s is %v, computed again %v", tt.test, name, test.Metrics[name], again[name])
			}
		}
	}
}

// recompute computes the metrics of a history in a few lines of its own.
func recompute(t *testing.T, path, workload string) map[string]float64 {
	t.Helper()
	ops := readOps(t, path)
	var load []history.Op // ops of clients before the final ones
	for _, op := range ops {
		if op.Process >= 0 && !op.Final {
			load = append(load, op)
		}
	}
	numbers := map[string]float64{}
	if workload != "broadcast" {
		ended, last, longest := 0, load[0].Time, load[0].Time*0
		for _, op := range load {
			if op.Type == history.OK {
				ended++
				longest = max(longest, op.Time-last)
				last = op.Time
			}
		}
		numbers["outage"] = float64(longest) / 1e6
		numbers["throughput"] = float64(ended) / (load[len(load)-1].Time - load[0].Time).Seconds()
	}
	if workload == "g-counter" {
		numbers["stale-read-share"] = staleShare(ops)
	}
	var took []float64
	for i, op := range ops {
		if op.Process < 0 || op.Type != history.Invoke {
			continue
		}
		for _, end := range ops[i+1:] {
			if end.Process == op.Process {
				if end.Type == history.OK || end.Error == "net-timeout" { // an op that timed out waited too
					took = append(took, float64(end.Time-op.Time)/1e6)
				}
				break
			}
		}
	}
	slices.Sort(took)
	numbers["op-latency.p50"], numbers["op-latency.max"] = took[len(took)/2], took[len(took)-1]
	return numbers
}

// staleShare counts the reads of a growing counter that returned less than had been
// acknowledged when they began.
func staleShare(ops []history.Op) float64 {
	asked, began := map[int]int64{}, map[int]int64{}
	var known int64
	reads, stale := 0, 0
	for _, op := range ops {
		value, _ := op.Value.(int64)
		switch {
		case op.Process < 0:
		case op.F == "add" && op.Type == history.Invoke:
			asked[op.Process] = value
		case op.F == "add" && op.Type == history.OK:
			known += asked[op.Process]
		case op.F == "read" && op.Type == history.Invoke:
			began[op.Process] = known
		case op.F == "read" && op.Type == history.OK:
			reads++
			if value < began[op.Process] {
				stale++
			}
		}
	}
	return float64(stale) / float64(reads)
}

func readOps(t *testing.T, path string) []history.Op {
	t.Helper()
	p, err := locate(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(p.history)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var ops []history.Op
	for r := history.NewReader(path, file); ; {
		op, err := r.Read()
		if err != nil {
			return ops
		}
		ops = append(ops, op)
	}
}

// TestMetricNames: every metric is declared in package trial.
func TestMetricNames(t *testing.T) {
	for _, path := range recorded(t) {
		test, err := Read(t.Context(), path)
		if err != nil {
			continue
		}
		for name := range test.Metrics {
			if _, err := trial.FindMetric(name); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
}

// TestSilentNode: a trial without faults in which a node never answers is an error,
// although Maelstrom calls it valid.
func TestSilentNode(t *testing.T) {
	for _, tt := range []struct {
		name, nemesis string
		asked         int
		want          string
	}{
		{"calm", "none", 3, "node n1 never answered: none of its requests had an answer in time, which Maelstrom may call valid even so"},
		{"asked too little", "none", 2, ""},
		{"cut off, perhaps", "partition", 3, ""},
	} {
		trial := someTrial()
		trial.Workload, trial.Nodes, trial.Nemesis = "echo", 2, tt.nemesis
		checkers := checkersOf(trial.Values())
		for i := range tt.asked {
			checkers.Add(history.Op{Type: history.Invoke, Process: i * 2, F: "echo", Value: "a"})
			checkers.Add(history.Op{Type: history.OK, Process: i * 2, F: "echo", Value: "a"})
			checkers.Add(history.Op{Type: history.Invoke, Process: i*2 + 1, F: "echo", Value: "b"})
			checkers.Add(history.Op{Type: history.Info, Process: i*2 + 1, F: "echo", Value: "b", Error: "net-timeout"})
		}
		var test Test
		test.tell(checkers, edn.Value{})
		got := ""
		if err := test.silent(trial); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s: error is %q, want %q", tt.name, got, tt.want)
		}
		if len(test.Warnings) == 0 || test.Metrics["unanswered"] != float64(tt.asked) {
			t.Errorf("%s: warnings %q and %v unanswered, want one and %d", tt.name, test.Warnings, test.Metrics["unanswered"], tt.asked)
		}
	}
}
