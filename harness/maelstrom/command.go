package maelstrom

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"gossipbench/harness/trial"
	"gossipbench/strategies/topology"
)

// workloads are Maelstrom's workloads.
//
// Source: the list that Maelstrom 0.2.5 prints for an unknown -w.
var workloads = []string{"broadcast", "echo", "g-counter", "g-set", "kafka", "lin-kv",
	"pn-counter", "txn-list-append", "txn-rw-register", "unique-ids"}

// recovery is a constant in Maelstrom. Source: (gen/sleep 10) in maelstrom/core.clj.
const recovery = 10 * time.Second

// Args returns the arguments with which Maelstrom runs the trial. node is the absolute
// path of an executable, since Maelstrom starts it in the system's temporary folder, and
// its first arguments; for a user's own node, all its arguments.
func Args(t trial.Trial, node []string) []string {
	args := []string{"test",
		"-w", t.Workload,
		"--bin", node[0],
		"--node-count", strconv.Itoa(t.Nodes),
		"--time-limit", strconv.FormatInt(int64(t.TimeLimit/time.Second), 10),
		"--rate", decimal(t.Rate),
		"--concurrency", t.Concurrency,
		"--latency", strconv.FormatInt(t.Latency.Milliseconds(), 10),
		"--latency-dist", t.LatencyDist,
	}
	if topology.Offered(t.Topology) {
		args = append(args, "--topology", t.Topology)
	}
	if t.Nemesis != "none" && t.Nemesis != "" {
		args = append(args, "--nemesis", t.Nemesis, "--nemesis-interval", decimal(t.NemesisInterval.Seconds()))
	}
	if t.Availability != "" {
		args = append(args, "--availability", t.Availability)
	}
	args = append(args, keyOptions(t)...)
	args = append(args, "--")
	args = append(args, node[1:]...)
	if t.Strategy == trial.External {
		return args
	}
	return append(args, nodeFlags(t)...)
}

// keyOptions returns the options of workloads that write to changing keys. Several
// consistency models are one argument.
//
// Source: the options of maelstrom/core.clj; doc/workloads.md.
func keyOptions(t trial.Trial) []string {
	txn := t.Workload == "txn-rw-register" || t.Workload == "txn-list-append"
	if !txn && t.Workload != "kafka" {
		return nil
	}
	options := []string{"--key-count", strconv.Itoa(t.KeyCount), "--max-writes-per-key", strconv.Itoa(t.MaxWritesPerKey)}
	if txn {
		options = append(options, "--max-txn-length", strconv.Itoa(t.MaxTxnLength),
			"--consistency-models", strings.ReplaceAll(t.ConsistencyModels, "+", " , "))
	}
	return options
}

// nodeFlags returns the flags with which our own node runs the trial.
func nodeFlags(t trial.Trial) []string {
	neighbors := "offered"
	if !topology.Offered(t.Topology) || t.Workload == "g-set" { // g-set has no topology message
		neighbors = t.Topology
	}
	flags := []string{"--workload=" + t.Workload, "--strategy=" + t.Strategy, "--topology=" + neighbors}
	if neighbors == "random" {
		flags = append(flags, "--degree="+strconv.Itoa(t.Degree))
	}
	flags = append(flags, "--seed="+strconv.FormatUint(t.Seed, 10))
	for _, name := range slices.Sorted(maps.Keys(t.Params)) {
		flags = append(flags, "--"+name+"="+t.Params[name])
	}
	return flags
}

// decimal formats x without an exponent.
func decimal(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// Check returns what Maelstrom cannot do for the trial, each with its reason, or nil.
func (b *Backend) Check(t trial.Trial) error {
	var errs []error
	refuse := func(name, format string, args ...any) {
		errs = append(errs, fmt.Errorf("maelstrom: %s: %s", name, fmt.Sprintf(format, args...)))
	}
	if !slices.Contains(workloads, t.Workload) {
		refuse("workload", "Maelstrom has no %s, want one of %s", t.Workload, strings.Join(workloads, ", "))
	}
	if !topology.Offered(t.Topology) {
		if t.Strategy == trial.External {
			refuse("topology", "%s is built by our own node, and Maelstrom does not offer it", t.Topology)
		} else if err := topology.Check(t.Topology, t.Nodes, t.Degree); err != nil {
			errs = append(errs, fmt.Errorf("maelstrom: %w", err))
		}
	}
	if t.Latency%time.Millisecond != 0 {
		refuse("latency", "want whole milliseconds, got %v", t.Latency)
	}
	if t.LatencyMin != 0 {
		refuse("latency_min", "Maelstrom's latencies have no lower part of their own, want 0s, got %v", t.LatencyMin)
	}
	if t.Network != "maelstrom" {
		refuse("network", "Maelstrom's own is %q, got %q", "maelstrom", t.Network)
	}
	if t.Loss != 0 {
		refuse("loss", "Maelstrom loses no messages, want 0, got %v", t.Loss)
	}
	if t.Duplicate != 0 {
		refuse("duplicate", "Maelstrom sends no message twice, want 0, got %v", t.Duplicate)
	}
	if t.Stall != 0 {
		refuse("stall", "Maelstrom stalls no thread on purpose, want 0, got %v", t.Stall)
	}
	if t.TimeLimit < time.Second || t.TimeLimit%time.Second != 0 {
		refuse("time_limit", "want whole seconds above zero, got %v", t.TimeLimit)
	}
	if t.Recovery != recovery {
		refuse("recovery", "Maelstrom's is %v, got %v", recovery, t.Recovery)
	}
	if its := trial.RPCTimeout(t.Workload, t.Latency); t.RPCTimeout != its {
		refuse("rpc_timeout", "Maelstrom's is %v, got %v", its, t.RPCTimeout)
	}
	if t.Nemesis != "none" && t.Nemesis != "" && t.Nemesis != "partition" {
		refuse("nemesis", "Maelstrom has only partition, got %s", t.Nemesis)
	}
	if _, err := b.node(t); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
