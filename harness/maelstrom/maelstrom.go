// Package maelstrom runs trials on Maelstrom itself, Kyle Kingsbury's workbench for
// distributed systems on top of Jepsen (github.com/jepsen-io/maelstrom), and reads what
// any Maelstrom wrote.
//
// A trial is one `maelstrom test …` in a folder of its own, so that nothing depends on
// store/latest, and in a process group of its own, so that no node outlives it. Its
// metrics are those of results.edn, digit by digit. Metrics that results.edn lacks come
// from history.edn, by the checkers of the other backends: latencies of ops, outages,
// stale reads, values that a read shows twice. What a history cannot show, such as bytes
// and delivery latencies, is absent.
//
// The outcome is Jepsen's, with three exceptions. The checkers that only draw, perf and
// timeline, do not count: without gnuplot they are unknown. A test in which Maelstrom
// stopped reading a node's output is an error, although Maelstrom may call it valid,
// unless the node had given all its answers: see mute. A test without faults in which a
// node never answered a client is an error, too.
//
// Maelstrom has no seed. Our own nodes get a trial's seed, but ops, latencies and faults
// differ from run to run: replicates are not paired with those of other backends, nor
// between strategies.
package maelstrom

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"time"

	"gossipbench/harness/scratch"
	"gossipbench/harness/trial"
)

// Name is the name of the backend.
const Name = "maelstrom"

// Given is the key in Extra of a provenance for the name by which the user gave
// Maelstrom; it is absent if Maelstrom was found in a default place.
const Given = "maelstrom"

// Options are options of New.
type Options struct {
	// Maelstrom is the file to run or the folder of a release. If it is empty, Find looks
	// for one.
	Maelstrom string
	// Node is the command of our own node: an executable and its first arguments, such as
	// this program and "node". Trials with a user's own node ignore it.
	Node []string
	// Keep says which trials' files are kept: KeepFailed, KeepAll or KeepNone. Empty
	// means KeepFailed.
	Keep string
	// Folder returns the folder of a trial by its ID. The folder need not exist. If
	// Folder is nil, nothing is kept.
	Folder func(id string) string
	// Parallel is the number of trials that may run at once; 0 means 1. Each needs one or
	// two cores and about 1 GB of memory.
	Parallel int
	// Patience bounds the time that Maelstrom needs to start and to analyze a test. 0
	// means three minutes, another two time limits and 25 ms per op. Chosen: a test of 25
	// nodes and 20 s needs 10 to 30 s for both, one of kafka with 20,000 ops 160 s.
	Patience time.Duration
}

// Backend runs trials on Maelstrom. It is safe for concurrent use.
type Backend struct {
	opts Options
	find func() (Install, error)

	examined sync.Once // takes a second
	install  Install
	made     map[string]string // versions and hashes

	hashes sync.Map // of nodes' executables, by path
}

// New returns a backend. It looks for Maelstrom when the first trial runs.
func New(opts Options) *Backend {
	b := &Backend{opts: opts}
	b.find = sync.OnceValues(func() (Install, error) { return Find(opts.Maelstrom) })
	return b
}

// Ready returns an error if there is no Maelstrom.
func (b *Backend) Ready() error {
	_, err := b.find()
	return err
}

// Parallel returns the number of trials that may run at once.
func (b *Backend) Parallel() int { return max(1, b.opts.Parallel) }

// node returns the executable and the first arguments of a trial's node.
func (b *Backend) node(t trial.Trial) ([]string, error) {
	if t.Strategy != trial.External {
		if len(b.opts.Node) == 0 {
			return nil, errors.New("maelstrom: strategy: this program cannot play a node, want a bin")
		}
		return b.opts.Node, nil
	}
	bin, err := filepath.Abs(t.Bin)
	if err != nil {
		return nil, err
	}
	about, err := os.Stat(bin)
	if err != nil {
		return nil, fmt.Errorf("maelstrom: bin: %w", err)
	}
	if about.IsDir() || about.Mode()&0o111 == 0 {
		return nil, fmt.Errorf("maelstrom: bin: %s is not an executable file", bin)
	}
	return append([]string{bin}, t.Arguments()...), nil
}

// Run runs a trial. Its error says what went wrong and, if known, what to do.
func (b *Backend) Run(ctx context.Context, t trial.Trial) (trial.Result, error) {
	install, err := b.find()
	if err != nil {
		return trial.Result{}, err
	}
	node, err := b.node(t)
	if err != nil {
		return trial.Result{}, err
	}
	result := trial.Result{Made: b.provenance(ctx, install, node[0])}
	temporary, err := scratch.New(Name)
	if err != nil {
		return result, err
	}
	defer temporary.Remove()
	work := temporary.Path
	limit := b.limit(t)
	end, err := launch(ctx, install.Script, Args(t, node), work, limit)
	if err != nil {
		return result, err
	}
	found, err := settle(ctx, work, end, limit, t)
	result.Outcome, result.Reasons, result.Metrics, result.Warnings = found.Outcome, found.Reasons, found.Metrics, found.Warnings
	result.Disturbances = found.disturbances(t)
	if b.opts.Folder != nil {
		result.Warnings = append(result.Warnings, b.tidy(work, b.opts.Folder(t.ID()), err != nil || result.Outcome != trial.Valid, &result.Made)...)
	}
	return result, err
}

// tidy keeps the files of a trial, or removes those of its earlier run. It returns
// warnings.
func (b *Backend) tidy(work, folder string, failed bool, made *trial.Provenance) []string {
	if b.opts.Keep == KeepNone || b.opts.Keep != KeepAll && !failed {
		if err := os.RemoveAll(folder); err != nil {
			return []string{"files of an earlier run not removed: " + err.Error()}
		}
		return nil
	}
	if err := keep(work, folder); err != nil {
		return []string{"files not kept: " + err.Error()}
	}
	made.Extra["files"] = folder
	return nil
}

// limit returns the time after which a trial is ended.
func (b *Backend) limit(t trial.Trial) time.Duration {
	patience := b.opts.Patience
	if patience == 0 {
		ops := t.Rate * t.TimeLimit.Seconds()
		patience = 3*time.Minute + 2*t.TimeLimit + time.Duration(ops*float64(25*time.Millisecond))
	}
	return t.TimeLimit + recovery + patience
}

// examine determines the versions and hashes of Maelstrom and java.
func (b *Backend) examine(ctx context.Context, found Install) {
	b.install = Examine(ctx, found)
	java, err := Java(ctx)
	if err != nil {
		java = unknown
	}
	what, hash := b.install.Program()
	b.made = map[string]string{"java": java, what: hash}
	if b.install.Given != "" {
		b.made[Given] = b.install.Given
	}
}

// provenance returns which Maelstrom, java and node made a result.
func (b *Backend) provenance(ctx context.Context, found Install, node string) trial.Provenance {
	b.examined.Do(func() { b.examine(ctx, found) })
	made := trial.Provenance{Backend: Name + " " + b.install.Version, Extra: maps.Clone(b.made)}
	hash, known := b.hashes.Load(node)
	if !known {
		sum, err := hashOf(node)
		if err != nil {
			sum = unknown
		}
		hash, _ = b.hashes.LoadOrStore(node, sum)
	}
	made.Node = hash.(string)
	return made
}

// settle returns the test that Maelstrom left in the folder work, or the error that
// explains its failure.
func settle(ctx context.Context, work string, end ended, limit time.Duration, t trial.Trial) (Test, error) {
	folder, err := runFolder(work)
	if err != nil {
		return Test{}, err
	}
	var log testLog
	if folder != "" {
		if log, err = readLog(ctx, filepath.Join(folder, logName)); err != nil {
			return Test{}, err
		}
	}
	printed := output(work)
	if end.timedOut {
		return Test{}, endFailure(end, limit, log, printed)
	}
	if err := logFailure(log, folder); err != nil {
		return Test{}, err
	}
	if folder != "" && end.status >= 0 && end.status <= 2 {
		p, err := locate(ctx, folder)
		if err != nil {
			return Test{}, err
		}
		if p.results != "" {
			test, err := read(ctx, p, log, t.Values())
			if err == nil {
				err = test.silent(t)
			}
			return test, err
		}
	}
	if !log.loaded {
		if err := startFailure(end, printed); err != nil {
			return Test{}, err
		}
	}
	return Test{}, endFailure(end, limit, log, printed)
}
