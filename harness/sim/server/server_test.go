package server_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"gossipbench/harness/checker"
	simserver "gossipbench/harness/sim/server"
	"gossipbench/harness/trial"
	"gossipbench/harness/trialtest"
	"gossipbench/node/wire"
	"gossipbench/strategies"
	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/server"
	"gossipbench/strategies/topology"
)

var (
	seeds = flag.Int("seeds", 5, "number of random trials of each strategy")
	only  = flag.Int64("seed", -1, "the only random trial to run, as a failure names it")
)

// models are the consistency models that the strategies of transactions promise, by name.
var models = map[string]string{
	"gossip": "read-committed", "keylocks": "strict-serializable", "lock": "strict-serializable",
}

// alone are the strategies that accept only one node.
var alone = map[string]bool{"memory": true}

// draw draws a small trial of a strategy, with its parameters and faults. given are
// settings as key=value that are not drawn.
func draw(workload string, s strategies.Strategy, seed uint64, given ...string) trial.Trial {
	r := rand.New(rand.NewPCG(seed, 0x7669727475616c)) // "virtual"
	nodes, rate := 1+r.IntN(5), 30+r.IntN(40)
	if alone[s.Name] {
		nodes = 1
	}
	set := []string{
		"workload=" + workload, "strategy=" + s.Name, fmt.Sprint("nodes=", nodes), fmt.Sprint("rate=", rate),
		"time_limit=5s", "recovery=40s",
	}
	if model := models[s.Name]; model != "" && strings.HasPrefix(workload, "txn-") {
		set = append(set, "consistency_models="+model)
	}
	return trialtest.Draw(seed, append(set, given...)...)
}

// run runs a trial and also returns its history.
func run(t *testing.T, s strategies.Strategy, trial trial.Trial) (checker.Results, map[string]float64, string) {
	t.Helper()
	graph := func(nodes int) ([][]broadcast.NodeID, error) {
		return topology.Build(trial.Topology, nodes, trial.Degree, trial.Seed)
	}
	var lines bytes.Buffer
	node := func() server.Service { return s.Service(trial.Workload, trial.Params, graph) }
	results, metrics, err := simserver.Run(context.Background(), trial, node, &lines)
	if err != nil {
		t.Fatalf("%v\n%s", err, rerun(t, trial))
	}
	return results, metrics, lines.String()
}

func rerun(t *testing.T, trial trial.Trial) string {
	return fmt.Sprintf("again: go test ./harness/sim/server -run '^%s$' -seed %d\nor %s", t.Name(), trial.Seed, trialtest.Command(trial))
}

// each runs a test for every strategy of every workload of this package.
func each(t *testing.T, test func(t *testing.T, workload string, s strategies.Strategy)) {
	for _, workload := range strategies.Workloads {
		if workload == "broadcast" {
			continue
		}
		for _, s := range strategies.Of(workload) {
			t.Run(workload+"/"+s.Name, func(t *testing.T) { test(t, workload, s) })
		}
	}
}

// TestPromises runs each strategy in random small clusters with faults. No checker may
// find what the strategy promises not to happen.
func TestPromises(t *testing.T) { holdPromises(t) }

// TestPromisesWithDuplicates is the same with messages that are duplicated and reordered.
func TestPromisesWithDuplicates(t *testing.T) {
	holdPromises(t, "network=ideal", "latency=10ms", "latency_dist=uniform", "duplicate=0.2", "loss=0")
}

func holdPromises(t *testing.T, given ...string) {
	each(t, func(t *testing.T, workload string, s strategies.Strategy) {
		for seed := range int64(*seeds) {
			if *only >= 0 && seed != *only {
				continue
			}
			tr := draw(workload, s, uint64(seed), given...)
			// The workload's verdict only: Jepsen also calls a test invalid if no
			// compare-and-set succeeded.
			r, _, _ := run(t, s, tr)
			if tr.Loss > 0 && r.Workload.Valid() == trial.Invalid {
				// Losses never end, and no promise says how soon all nodes agree: if a
				// quarter of the messages is lost, reconciliation may take minutes.
				tr.Recovery = 20 * time.Minute
				r, _, _ = run(t, s, tr)
			}
			if trialtest.Promised(tr) && r.Workload.Valid() == trial.Invalid && !excused(tr, r) {
				t.Errorf("%s\n%v\n%s", r.Workload.EDN(), r.Warnings(), rerun(t, tr))
			}
		}
	})
}

// excused reports whether a trial is invalid only because nothing happened in it, or
// because messages are lost and a last poll of kafka was not answered in time, so that
// its client did not see the rest.
func excused(trial trial.Trial, r checker.Results) bool {
	verdict := r.Workload.EDN()
	return verdict.At("anomaly-types").String() == "(:empty-transaction-graph)" ||
		trial.Loss > 0 && verdict.At("bad-error-types").String() == "(:unseen)"
}

// TestSameSeedSameHistory: a seed gives the same history, byte for byte.
func TestSameSeedSameHistory(t *testing.T) {
	each(t, func(t *testing.T, workload string, s strategies.Strategy) {
		trial := draw(workload, s, 3)
		_, first, lines := run(t, s, trial)
		_, second, again := run(t, s, trial)
		if !reflect.DeepEqual(first, second) || lines != again {
			t.Errorf("got %v and %v; histories equal: %v\n%s", first, second, lines == again, rerun(t, trial))
		}
		if strings.Count(lines, "\n") < 10 {
			t.Errorf("the history has hardly an op:\n%s", lines)
		}
	})
}

// measured are the metrics of a workload's trials, families by name, in addition to the
// metrics of all workloads.
var measured = map[string]string{
	server.Echo:       "",
	server.UniqueIDs:  "duplicated generate-latency " + measuredOfStores,
	server.GSet:       "stable lost never-read stale duplicated stable-latency add-latency read-latency",
	server.GCounter:   "wrong-reads stale-read-share add-latency read-latency " + measuredOfStores,
	server.PNCounter:  "wrong-reads stale-read-share add-latency read-latency " + measuredOfStores,
	server.LinKV:      "wrong-keys read-latency write-latency cas-latency " + measuredOfStores,
	server.Kafka:      "anomalies lost-writes unseen poll-lag send-latency poll-latency " + measuredOfStores,
	server.RWRegister: "anomalies unwritten-reads txn-latency " + measuredOfStores,
	server.ListAppend: "anomalies unwritten-reads txn-latency " + measuredOfStores,
}

const (
	measuredOfStores = "msgs-per-op.services cas-refused-per-op store-bytes store-bytes.disks"
	measuredOfAll    = "ops ok-fraction unanswered outage throughput op-latency msgs-per-op msgs-per-op.all bytes-per-op busiest-node-share"
)

// TestMetrics: a trial has the metrics of its workload and no others.
func TestMetrics(t *testing.T) {
	each(t, func(t *testing.T, workload string, s strategies.Strategy) {
		tr := draw(workload, s, 5, "loss=0")
		tr.Nemesis = "none"
		_, metrics, _ := run(t, s, tr)
		may := strings.Fields(measured[workload])
		for name := range metrics {
			family, q, _ := strings.Cut(name, ".")
			if known := append(strings.Fields(measuredOfAll), may...); !slices.Contains(known, name) && !(strings.HasSuffix(family, "-latency") && q != "" && slices.Contains(known, family)) {
				t.Errorf("%s: is there", name)
			}
			if !slices.ContainsFunc(trial.Metrics, func(m trial.Metric) bool { return m.Name == name }) {
				t.Errorf("%s: package trial does not declare it", name)
			}
		}
		for _, name := range append(may, "throughput", "outage", "op-latency") {
			if _, has := metrics[name]; !has && !strings.HasSuffix(name, "-latency") {
				t.Errorf("%s: is missing", name)
			}
			if _, has := metrics[name+".p50"]; !has && strings.HasSuffix(name, "-latency") {
				t.Errorf("%s.p50: is missing", name)
			}
		}
	})
}

// keeper makes ids and stores 3 bytes on its disk.
type keeper struct{}

func (keeper) Start(env server.Env, c server.Config) (server.Handlers, error) {
	c.Disk.Put("key", []byte("as long as this"))
	c.Disk.Put("k", []byte{1, 2})
	c.Disk.Delete("key")
	env.Call("seq-kv", "cas", wire.Fields(nil).Text("key", "k").Int("from", 0).Int("to", 1), time.Second, func(server.Message, *wire.Error) {})
	last := int64(0)
	return server.Handlers{"generate": func(m server.Message) {
		last++
		env.Reply(m, "generate_ok", wire.Fields(nil).Text("id", fmt.Sprint(c.Self, "-", last)))
	}}, nil
}

// TestStores: each of three nodes has 3 bytes on disk and one refused compare-and-set.
func TestStores(t *testing.T) {
	trial := trial.Default()
	trial.Workload, trial.Nodes, trial.TimeLimit = server.UniqueIDs, 3, time.Second
	_, metrics, err := simserver.Run(context.Background(), trial, func() server.Service { return keeper{} }, nil)
	if err != nil {
		t.Fatal(err)
	}
	ops := metrics["ops"]
	for name, want := range map[string]float64{
		"store-bytes": 9, "store-bytes.disks": 9, "cas-refused-per-op": 3 / ops, "msgs-per-op.services": 6 / ops,
	} {
		if metrics[name] != want {
			t.Errorf("%s: got %v, want %v", name, metrics[name], want)
		}
	}
}

// oracle returns ids from the service lin-tso.
type oracle struct{}

func (oracle) Start(env server.Env, _ server.Config) (server.Handlers, error) {
	return server.Handlers{"generate": func(m server.Message) {
		env.Call("lin-tso", "ts", nil, time.Second, func(reply server.Message, _ *wire.Error) {
			env.Reply(m, "generate_ok", wire.Fields(nil).Raw("id", wire.Field(reply.Body, "ts")))
		})
	}}, nil
}

// TestOpLatency: an op that calls one service takes two latencies, and one more if it
// waits behind a message in flight. The time until the next op does not matter.
func TestOpLatency(t *testing.T) {
	trial := trial.Default()
	trial.Workload, trial.Nodes, trial.Concurrency = server.UniqueIDs, 2, "4n"
	trial.Rate, trial.Latency, trial.Jitter, trial.TimeLimit = 20, 2*time.Millisecond, 0, 20*time.Second
	_, metrics, err := simserver.Run(context.Background(), trial, func() server.Service { return oracle{} }, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := metrics["op-latency.max"]; got < 4 || got > 6 || metrics["ops"] < 300 {
		t.Errorf("of %v ops the slowest took %v ms, want from 4 ms to the 6 of three latencies", metrics["ops"], got)
	}
}
