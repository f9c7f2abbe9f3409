// Package native is the backend with real processes: Maelstrom's test loop without the
// JVM. It starts a process for each node, exchanges messages in the format of node/wire
// with it over stdin and stdout, and routes them by the rules of package network.
//
// It follows Maelstrom, by Kyle Kingsbury (src/maelstrom/core.clj, db.clj, process.clj,
// client.clj, net.clj), including the head-of-line rule and the counting of messages. It
// differs if a node misbehaves: Maelstrom ignores a node that printed garbage, notices a
// dead node only at the end, and calls the test valid. Here such a trial is an error that
// says what the node did and how Maelstrom reacts: see Misbehavior. Departures lists all
// differences.
//
// Beside partitions it has faults of its own. one-way: the struck nodes do not receive
// from the others, which receive from them. slow: all latencies are ten times as long.
// kill: SIGKILL; when the fault ends, a new process gets init and the topology and
// remembers nothing; messages that arrive meanwhile are lost. pause: SIGSTOP and SIGCONT.
// Loss and duplication concern messages between nodes, or between nodes and services,
// when they are sent; each copy has its own latency. Random numbers come from the trial's
// seed, but the order of draws depends on real time.
//
// Times are those of this machine, so results are only as good as the machine is idle. A
// result with late deliveries has a warning.
package native

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"time"

	"gossipbench/harness/checker"
	procs "gossipbench/harness/process"
	"gossipbench/harness/trial"
	"gossipbench/harness/workload"
	"gossipbench/strategies/topology"
)

// Options are options of New.
type Options struct {
	// Node is the command of our own node, to which flags are appended. If it is empty,
	// the node is this program with the argument "node".
	Node []string
	// Keep says which trials' folders are kept.
	Keep Keep
	// Folder returns the folder of a trial by its ID. The folder need not exist. If
	// Folder is nil, nothing is kept.
	Folder func(id string) string
}

// Backend runs trials with processes.
type Backend struct {
	options Options
	hashes  procs.Files // of programs
	// initTimeout bounds the time to answer init: 10 s, as in Maelstrom; less in tests.
	initTimeout         time.Duration
	maxHeld, maxWaiting int // see the constants; less in tests
}

// New returns the backend.
func New(o Options) *Backend {
	return &Backend{options: o, initTimeout: 10 * time.Second, maxHeld: maxHeld, maxWaiting: maxWaiting}
}

// maxNodes bounds the processes of a trial. Chosen: an ordinary machine cannot run more
// in real time.
const maxNodes = 500

// Parallel returns 1: two trials would compete for the processors, and both would be
// late.
func (b *Backend) Parallel() int { return 1 }

// Check implements runner.Backend.
func (b *Backend) Check(t trial.Trial) error {
	if _, ok := workload.Protocols[t.Workload]; !ok {
		return fmt.Errorf("backend native: it has no workload %s", t.Workload)
	}
	if t.Nodes > maxNodes {
		return fmt.Errorf("backend native: nodes: want at most %d processes, got %d", maxNodes, t.Nodes)
	}
	if err := topology.Check(t.Topology, t.Nodes, t.Degree); err != nil {
		return fmt.Errorf("backend native: %w", err)
	}
	_, err := b.command(t)
	return err
}

// command returns the command that starts a node of the trial.
func (b *Backend) command(t trial.Trial) ([]string, error) {
	if t.Bin != "" {
		program, err := procs.Program(t.Bin)
		if err != nil {
			return nil, fmt.Errorf("backend native: bin: %w", err)
		}
		return append([]string{program}, t.Arguments()...), nil
	}
	command := slices.Clone(b.options.Node)
	if len(command) == 0 {
		self, err := os.Executable()
		if err != nil {
			return nil, fmt.Errorf("backend native: %w", err)
		}
		command = []string{self, "node"}
	}
	command = append(command, "--workload", t.Workload, "--strategy", t.Strategy, "--seed", strconv.FormatUint(t.Seed, 10))
	switch t.Workload {
	case "broadcast":
		command = append(command, "--topology", "offered")
	case "g-set": // g-set has no topology message
		command = append(command, "--topology", t.Topology, "--degree", strconv.Itoa(t.Degree))
	}
	names := make([]string, 0, len(t.Params))
	for name := range t.Params {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		command = append(command, "--"+name, t.Params[name])
	}
	return command, nil
}

// Run implements runner.Backend. The error is a *Misbehavior if a node broke the
// protocol.
func (b *Backend) Run(ctx context.Context, t trial.Trial) (trial.Result, error) {
	command, err := b.command(t)
	if err != nil {
		return trial.Result{}, err
	}
	node, _ := b.hashes.Hash(command[0]) // a missing program cannot be started, which gives a better error
	result := trial.Result{Made: trial.Provenance{Backend: "native", Node: node}}
	f, err := b.open(t)
	if err != nil {
		return result, err
	}
	r, err := b.newRun(ctx, t, command, f)
	if err == nil {
		err = r.close(r.play())
		result.Disturbances = r.disturbances.told(r.router.Lateness())
	}
	var results *checker.Results
	if err == nil {
		results, err = r.judge(ctx, &result)
	}
	return result, errors.Join(err, f.close(result.Outcome, results))
}
