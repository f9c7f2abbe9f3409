package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"gossipbench/harness/code"
	"gossipbench/harness/experiment"
	"gossipbench/harness/runner"
	"gossipbench/harness/store"
	"gossipbench/harness/trial"
)

// resultsFolder is where results lie unless told otherwise.
const resultsFolder = "results"

// run is one call of the verb run.
type run struct {
	*world
	sweep
	pivot
	out      string
	keep     string
	parallel int
	patience time.Duration
	quiet    bool
	cost     bool
}

func runVerb(w *world) *cobra.Command {
	r := &run{world: w}
	cmd := &cobra.Command{
		Use:   "run [FILE] [flags] [-- arguments of --bin]",
		Short: "Run the trials of an experiment that have no result yet",
		Long: `Run runs the trials of an experiment file, or of the flags alone, and prints a
table of all its results. Each result is stored as soon as it is there, in
results/NAME/trials.jsonl, so that the same command goes on where the last one
ended: a trial that has a result is not run again, one that could not be run is.

A result belongs to the code that made it: where the strategy, the backend, or a
node of your own has changed since, its trial is run again, or with --keep-stale
its result is kept and marked. An edit of a comment or of another strategy changes
nothing.

The first Ctrl-C ends the run and keeps what is done; the second kills.`,
		Example: `  harness run experiments/quickstart.yaml
  harness run experiments/quickstart.yaml --replicates 5 -P fanout=1,2
  harness run --set backend=sim --set strategy=flood --set topology=tree4 --set nodes=25 --set rate=100 \
    --set time_limit=20s --set latency=100ms --replicates 3 --seed 1 --format jsonl
  harness run --set backend=native --bin ./my-node --set nodes=5 -- --verbose`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf("--keep", r.keep, keeps); err != nil {
				return err
			}
			if r.parallel < 0 {
				return usage("-j: want at least 1, or 0 for as many as the backend allows, got %d", r.parallel)
			}
			if r.patience < 0 {
				return usage("--patience: want a time above zero, got %v", r.patience)
			}
			e, err := r.load(cmd, args)
			if err != nil {
				return err
			}
			return r.run(cmd.Context(), e)
		},
	}
	r.sweep.register(cmd)
	r.pivot.register(cmd)
	f := cmd.Flags()
	f.StringVarP(&r.out, "out", "o", "", "folder of the results (default results/NAME)")
	f.IntVarP(&r.parallel, "jobs", "j", 0, "trials at once, where the backend allows it (default as many as do not disturb each other)")
	f.StringVar(&r.keep, "keep", "failed", "whose history and logs stay, in DIR/trials/ID: failed (all that are not valid), all or none; simulated trials need no files, see harness replay")
	f.DurationVar(&r.patience, "patience", 0, "how long Maelstrom may take to start and to analyze a trial (default 3m, twice the time limit and 25ms an op)")
	f.BoolVar(&r.cost, "cost", false, "measure what simulated trials cost in time and memory, one at a time; such results differ from run to run")
	f.BoolVarP(&r.quiet, "quiet", "q", false, "no progress")
	complete(cmd, "keep", func() []string { return keeps })
	return cmd
}

// run runs what is missing of an experiment, and tells all of it.
func (r *run) run(ctx context.Context, e experiment.Experiment) error {
	if err := r.pivot.check(e.Trials); err != nil {
		return err
	}
	dir := r.out
	if dir == "" {
		dir = store.Folder(resultsFolder, e)
	}
	all := r.backends(wiring{dir: dir, keep: r.keep, maelstrom: r.maelstrom, patience: r.patience, parallel: r.parallel, cost: r.cost})
	if errs := runner.Check(e.Trials, all); errs != nil {
		return &statusError{exitBadFile, errors.Join(errs...)}
	}
	if !exists(dir) { // so there is nothing to tell of either
		if err := runner.Ready(e.Trials, all); err != nil {
			return err
		}
	}
	s, err := store.Open(dir)
	if err != nil {
		return err
	}
	contents := s.Contents()
	plan, err := r.adopt(dir, e, contents.Results)
	if err != nil {
		return errors.Join(err, s.Close())
	}
	checker, err := r.checker(plan.depends)
	if err != nil {
		return errors.Join(err, s.Close())
	}
	for _, warning := range contents.Warnings {
		fmt.Fprintln(r.stderr, "harness: "+warning)
	}
	missing, stale := r.missing(e, contents.Results, checker)
	if !r.quiet {
		fmt.Fprintf(r.stderr, "%s: %s, results in %s\n", e.Name, toRun(len(e.Trials), len(missing)), dir)
		if stale != "" {
			fmt.Fprintf(r.stderr, "%s: %s\n", e.Name, stale)
		}
	}
	if !plan.keep {
		err = store.SaveExperiment(dir, e, plan.depends)
		if len(plan.orphans) > 0 {
			fmt.Fprintf(r.stderr, "harness: %s: %s\n", dir, orphansText(plan.orphans, len(contents.Results), dir))
		}
	}
	for i := range contents.Results {
		r.setAside(&contents.Results[i])
	}
	c := newCollected(e.Trials, contents.Results, missing)
	r.notes = markCode(checker, c.results()).careful()
	if r.format == "jsonl" {
		c.stream = r.matching()
	}
	if err = cmp.Or(err, c.advance()); err == nil {
		err = r.trials(ctx, s, all, missing, c, checker)
	}
	return r.tell(e, c, dir, cmp.Or(err, s.Close(), c.failed))
}

// missing are the trials to run: those without a result that counts. What is said
// of the stale ones among the results is "" where there is none.
func (s *sweep) missing(e experiment.Experiment, results []trial.Result, checker *code.Checker) (missing []trial.Trial, said string) {
	if s.rerun {
		return e.Trials, ""
	}
	of := newCollected(e.Trials, results, nil)
	m := markCode(checker, of.results())
	if said = m.staleText(); said != "" && s.keepStale {
		said += "; kept"
	} else if said != "" {
		said += "; they are run again"
	}
	return store.Missing(e.Trials, results, func(id string) bool { return !s.keepStale && m.stale[id] != "" }), said
}

// toRun says how many of all trials are missing.
func toRun(all, missing int) string {
	switch missing {
	case all:
		return count(all, "trial") + " to run"
	case 0:
		if all == 1 {
			return "the only trial is done"
		}
		return "all of " + count(all, "trial") + " done"
	}
	return fmt.Sprintf("%d of %d done, %d to run", all-missing, all, missing)
}

// count is a number of things: "1 trial", "2 trials".
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// matching returns the writer of a result as a line, if --filter lets it
// through.
func (r *run) matching() func(trial.Result) error {
	return func(result trial.Result) error {
		var line bytes.Buffer
		if err := r.write(&line, r.screen(), []trial.Result{result}, "", nil); err != nil {
			return err
		}
		_, err := r.stdout.Write(line.Bytes())
		return err
	}
}

// trials runs the missing trials and stores their results.
func (r *run) trials(ctx context.Context, s *store.Store, all map[string]runner.Backend, missing []trial.Trial, c *collected, checker *code.Checker) error {
	r.finishes.Store(true) // and stays so: what is done is still to be stored and told
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	out := r.stderr
	if r.quiet {
		out = io.Discard
	}
	p := newProgress(out, missing)
	defer p.close()
	stop := context.AfterFunc(ctx, p.stopping)
	defer stop()
	options := runner.Options{Parallel: r.parallel, Made: runner.Here(), Begin: checker.Begin, Started: p.started}
	return runner.All(ctx, missing, all, options, func(result trial.Result) error {
		shown := result
		r.setAside(&shown)
		p.finished(shown)
		s.Append(result, func(err error) {
			if err == nil {
				err = c.add(shown)
			}
			if err != nil {
				cancel(err)
			}
		})
		return nil
	})
}

// tell prints the results, and says what they come to.
func (r *run) tell(e experiment.Experiment, c *collected, dir string, err error) error {
	results := c.results()
	if r.format == "jsonl" {
		err = cmp.Or(err, c.flush())
	} else if len(results) > 0 {
		var b bytes.Buffer
		wrong := r.write(&b, r.screen(), results, title(e), e.Targets)
		_, failed := r.stdout.Write(b.Bytes())
		err = cmp.Or(err, wrong, failed)
	}
	if errors.Is(err, context.Canceled) {
		return &statusError{exitInterrupted, fmt.Errorf("interrupted: %d of %d done and kept in %s, go on by\n%s %s",
			len(results), len(e.Trials), dir, r.self, quoteAll(r.args))}
	}
	if err != nil {
		return err
	}
	return verdict(results)
}

// title is the heading of an experiment's table.
func title(e experiment.Experiment) string {
	if e.Question == "" {
		return e.Name
	}
	return e.Name + ": " + strings.TrimSpace(e.Question)
}

// verdict returns the error that results come to: nil where all are valid.
func verdict(results []trial.Result) error {
	n := map[trial.Outcome]int{}
	for _, r := range results {
		n[r.Outcome]++
	}
	var parts []string
	status := exitWell
	for _, o := range []struct {
		outcome trial.Outcome
		status  int
		said    string
	}{
		{trial.Disturbed, exitWell, "%d disturbed, which are in no number"},
		{trial.Unknown, exitUnknown, "%d unknown"},
		{trial.Invalid, exitInvalid, "%d invalid"},
		{trial.Failed, exitFailed, "%d could not be run"},
	} {
		if n[o.outcome] > 0 {
			status = o.status // the last has the word
			parts = append([]string{fmt.Sprintf(o.said, n[o.outcome])}, parts...)
		}
	}
	if parts == nil {
		return nil
	}
	return &statusError{status, fmt.Errorf("of %s %s", count(len(results), "trial"), strings.Join(parts, ", "))}
}

// collected gathers the results of an experiment, whichever run made them.
type collected struct {
	trials []trial.Trial
	place  map[string]int // of a trial among trials, by ID
	got    []*trial.Result
	// stream, unless it is nil, is given the results in the order of trials,
	// each as soon as all before it are there.
	stream   func(trial.Result) error
	streamed int
	failed   error // of stream
}

// newCollected returns the results that an experiment has already.
func newCollected(trials []trial.Trial, results []trial.Result, missing []trial.Trial) *collected {
	c := &collected{trials: trials, place: map[string]int{}, got: make([]*trial.Result, len(trials))}
	for i, t := range trials {
		c.place[t.ID()] = i
	}
	for i := range results {
		if at, wanted := c.place[results[i].ID]; wanted {
			c.got[at] = &results[i]
		}
	}
	for _, t := range missing { // what is stored of them is not their result
		c.got[c.place[t.ID()]] = nil
	}
	return c
}

// add takes a result. It is called by one goroutine at a time.
func (c *collected) add(r trial.Result) error {
	c.got[c.place[r.ID]] = &r
	return c.advance()
}

// advance streams the results whose turn has come.
func (c *collected) advance() error {
	for c.stream != nil && c.failed == nil && c.streamed < len(c.got) && c.got[c.streamed] != nil {
		c.failed = c.stream(*c.got[c.streamed])
		c.streamed++
	}
	return c.failed
}

// flush streams the results that wait for one that does not come.
func (c *collected) flush() error {
	for ; c.failed == nil && c.streamed < len(c.got); c.streamed++ {
		if r := c.got[c.streamed]; r != nil {
			c.failed = c.stream(*r)
		}
	}
	return c.failed
}

// results returns what there is, in the order of the trials.
func (c *collected) results() []trial.Result {
	var all []trial.Result
	for _, r := range c.got {
		if r != nil {
			all = append(all, *r)
		}
	}
	return all
}
