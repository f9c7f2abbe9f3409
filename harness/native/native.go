// Package native is the backend of real processes: Maelstrom's test loop
// without the JVM. It starts a process a node, speaks node/wire with it over
// stdin and stdout, and carries its messages under the rules of package
// network.
//
// It follows Maelstrom, by Kyle Kingsbury (src/maelstrom/core.clj, db.clj,
// process.clj, client.clj, net.clj), down to the head-of-line rule and to what
// counts as a message. It departs from it where a node misbehaves: Maelstrom
// stops listening to a node that printed garbage, notices a dead node only in
// the end, and calls the test valid all the same. Here such a trial is an error
// that says what the node did, and what Maelstrom makes of it: see Misbehavior.
// Departures lists them all.
//
// Beside partitions it has faults of its own. one-way: the struck nodes do not
// hear the others, who hear them. slow: all latencies are ten times as long.
// kill: SIGKILL, and at the fault's end a new process that is given init and the
// topology and remembers nothing; what arrives meanwhile is lost. pause: SIGSTOP
// and SIGCONT. Loss and duplicates strike messages between nodes, or nodes and
// services, when they are sent; each copy has a latency of its own. All that is
// drawn is drawn from the trial's seed, in an order that real time decides.
//
// Times are those of this machine: a result is as good as it was idle. When
// deliveries come late the result says so in its warnings.
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

// Options say what New is to run, and what is kept of it.
type Options struct {
	// Node is the command that plays our node, to which its flags are
	// appended. Where it is empty, it is this program with the argument "node".
	Node []string
	// Keep says of which trials the folder is kept.
	Keep Keep
	// Folder returns the folder of the trial of that ID, which need not exist.
	// Nothing is kept where it is nil.
	Folder func(id string) string
}

// Backend runs trials on processes.
type Backend struct {
	options Options
	hashes  procs.Files // of programs
	// initTimeout is how long a node may take to answer init: 10 s, as in
	// Maelstrom, but in tests.
	initTimeout         time.Duration
	maxHeld, maxWaiting int // see the constants; less in tests
}

// New returns the backend.
func New(o Options) *Backend {
	return &Backend{options: o, initTimeout: 10 * time.Second, maxHeld: maxHeld, maxWaiting: maxWaiting}
}

// maxNodes bounds the processes of a trial. Chosen: more do not run in real time
// on a machine that one would call one.
const maxNodes = 500

// Parallel is 1: two trials would take the processors from each other, and
// both would be late.
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

// command returns what starts a node of the trial.
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
	case "g-set": // nobody offers one
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

// Run implements runner.Backend. Its error is a *Misbehavior where a node broke
// the protocol.
func (b *Backend) Run(ctx context.Context, t trial.Trial) (trial.Result, error) {
	command, err := b.command(t)
	if err != nil {
		return trial.Result{}, err
	}
	node, _ := b.hashes.Hash(command[0]) // a program that is gone cannot be started, which says so
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
