package maelstrom

import (
	"gossipbench/harness/trial"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestArgs(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*trial.Trial)
		node   []string
		want   string
	}{
		{"our node", func(*trial.Trial) {}, []string{"/bin/harness", "node"},
			"test -w broadcast --bin /bin/harness --node-count 3 --time-limit 10 --rate 20 --concurrency 1n --latency 100 --latency-dist constant --topology grid" +
				" -- node --workload=broadcast --strategy=gossip --topology=offered --seed=7 --fanout=2 --interval=50ms"},
		{"faults and availability", func(t *trial.Trial) {
			t.Nemesis, t.NemesisInterval, t.Availability = "partition", 1500*time.Millisecond, "total"
		}, []string{"/bin/harness", "node"},
			"test -w broadcast --bin /bin/harness --node-count 3 --time-limit 10 --rate 20 --concurrency 1n --latency 100 --latency-dist constant --topology grid" +
				" --nemesis partition --nemesis-interval 1.5 --availability total" +
				" -- node --workload=broadcast --strategy=gossip --topology=offered --seed=7 --fanout=2 --interval=50ms"},
		{"a topology that Maelstrom does not have", func(t *trial.Trial) {
			t.Topology, t.Degree, t.Rate, t.LatencyDist, t.Concurrency = "random", 3, 0.25, "exponential", "10"
		}, []string{"/bin/harness", "node"},
			"test -w broadcast --bin /bin/harness --node-count 3 --time-limit 10 --rate 0.25 --concurrency 10 --latency 100 --latency-dist exponential" +
				" -- node --workload=broadcast --strategy=gossip --topology=random --degree=3 --seed=7 --fanout=2 --interval=50ms"},
		{"a node of one's own", func(t *trial.Trial) {
			t.Strategy, t.Topology = trial.External, "tree4"
		}, []string{"/home/me/node.py", "--verbose"},
			"test -w broadcast --bin /home/me/node.py --node-count 3 --time-limit 10 --rate 20 --concurrency 1n --latency 100 --latency-dist constant --topology tree4" +
				" -- --verbose"},
		{"transactions", func(t *trial.Trial) {
			t.Workload, t.Strategy, t.Params, t.ConsistencyModels = "txn-rw-register", "gossip", nil, "read-committed+serializable"
		}, []string{"/n"},
			"test -w txn-rw-register --bin /n --node-count 3 --time-limit 10 --rate 20 --concurrency 1n --latency 100 --latency-dist constant --topology grid" +
				" --key-count 10 --max-writes-per-key 16 --max-txn-length 4 --consistency-models read-committed , serializable" +
				" -- --workload=txn-rw-register --strategy=gossip --topology=offered --seed=7"},
		{"a set, to which nobody offers a topology", func(t *trial.Trial) { t.Workload, t.Params = "g-set", nil }, []string{"/n"},
			"test -w g-set --bin /n --node-count 3 --time-limit 10 --rate 20 --concurrency 1n --latency 100 --latency-dist constant --topology grid" +
				" -- --workload=g-set --strategy=gossip --topology=grid --seed=7"},
		{"a great rate", func(t *trial.Trial) { t.Rate, t.Params = 1e6, nil }, []string{"/n"},
			"test -w broadcast --bin /n --node-count 3 --time-limit 10 --rate 1000000 --concurrency 1n --latency 100 --latency-dist constant --topology grid" +
				" -- --workload=broadcast --strategy=gossip --topology=offered --seed=7"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			trial := someTrial()
			tt.change(&trial)
			if got := strings.Join(Args(trial, tt.node), " "); got != tt.want {
				t.Errorf("Args(%+v)\n got %s\nwant %s", trial, got, tt.want)
			}
		})
	}
}

// TestCheckRefusesBeforeAnyTrial: Check refuses what Maelstrom cannot do, and names all
// settings at once.
func TestCheckRefusesBeforeAnyTrial(t *testing.T) {
	plain := filepath.Join(t.TempDir(), "plain")
	if err := os.WriteFile(plain, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	backend := New(Options{Node: []string{"/bin/harness", "node"}})
	for _, tt := range []struct {
		name   string
		change func(*trial.Trial)
		want   string
	}{
		{"all well", func(*trial.Trial) {}, ""},
		{"a topology of our node's", func(t *trial.Trial) { t.Topology = "star" }, ""},
		{"partitions", func(t *trial.Trial) { t.Nemesis = "partition" }, ""},
		{"no seconds", func(t *trial.Trial) { t.TimeLimit = 1500 * time.Millisecond },
			"maelstrom: time_limit: want whole seconds above zero, got 1.5s"},
		{"no time", func(t *trial.Trial) { t.TimeLimit = 0 },
			"maelstrom: time_limit: want whole seconds above zero, got 0s"},
		{"no milliseconds", func(t *trial.Trial) { t.Latency = 1500 * time.Microsecond },
			"maelstrom: latency: want whole milliseconds, got 1.5ms"},
		{"workload", func(t *trial.Trial) { t.Workload = "dissemination" },
			"maelstrom: workload: Maelstrom has no dissemination, want one of broadcast, echo, g-counter, g-set, kafka, lin-kv, pn-counter, txn-list-append, txn-rw-register, unique-ids"},
		{"network and all that", func(t *trial.Trial) {
			t.Network, t.Loss, t.Duplicate, t.LatencyMin = "ideal", 0.5, 0.25, time.Millisecond
			t.Recovery, t.RPCTimeout, t.Nemesis = time.Second, time.Second, "partition+kill"
		}, `maelstrom: latency_min: Maelstrom's latencies have no lower part of their own, want 0s, got 1ms
maelstrom: network: Maelstrom's own is "maelstrom", got "ideal"
maelstrom: loss: Maelstrom loses no messages, want 0, got 0.5
maelstrom: duplicate: Maelstrom sends no message twice, want 0, got 0.25
maelstrom: recovery: Maelstrom's is 10s, got 1s
maelstrom: rpc_timeout: Maelstrom's is 5s, got 1s
maelstrom: nemesis: Maelstrom has only partition, got partition+kill`},
		{"a topology that a foreign node cannot know", func(t *trial.Trial) {
			t.Strategy, t.Bin, t.Topology = trial.External, "/bin/sh", "star"
		}, "maelstrom: topology: star is built by our own node, and Maelstrom does not offer it"},
		{"a topology that cannot be built", func(t *trial.Trial) { t.Topology, t.Nodes, t.Degree = "random", 5, 3 },
			"maelstrom: topology random: no connected graph of 5 nodes with 3 neighbors each: nodes times degree must be even, as each link has two ends"},
		{"a bin that is not there", func(t *trial.Trial) { t.Strategy, t.Bin = trial.External, "/no/such" },
			"maelstrom: bin: stat /no/such: no such file or directory"},
		{"a bin that is none", func(t *trial.Trial) { t.Strategy, t.Bin = trial.External, plain },
			"maelstrom: bin: " + plain + " is not an executable file"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			trial := someTrial()
			tt.change(&trial)
			got := ""
			if err := backend.Check(trial); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("Check(%+v)\n got %s\nwant %s", trial, got, tt.want)
			}
		})
	}
}
