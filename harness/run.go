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

	"al.essio.dev/pkg/shellescape"
	"github.com/spf13/cobra"

	"gossipbench/harness/cli"
	"gossipbench/harness/code"
	"gossipbench/harness/experiment"
	"gossipbench/harness/plain"
	"gossipbench/harness/runner"
	"gossipbench/harness/store"
	"gossipbench/harness/trial"
)

// keeps are the values of --keep.
var keeps = []string{"failed", "all", "none"}

// runOptions is one call of the verb run.
type runOptions struct {
	*cli.World
	cli.Sweep
	cli.Pivot
	out      string
	keep     string
	parallel int
	patience time.Duration
	quiet    bool
	cost     bool
}

func runVerb(w *cli.World) *cobra.Command {
	r := &runOptions{World: w}
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
			if err := cli.OneOf("--keep", r.keep, keeps); err != nil {
				return err
			}
			if r.parallel < 0 {
				return cli.Usage("-j: want at least 1, or 0 for as many as the backend allows, got %d", r.parallel)
			}
			if r.patience < 0 {
				return cli.Usage("--patience: want a time above zero, got %v", r.patience)
			}
			e, err := r.Load(cmd, args)
			if err != nil {
				return err
			}
			return r.run(cmd.Context(), e)
		},
	}
	r.Sweep.Register(cmd)
	r.Pivot.Register(cmd)
	f := cmd.Flags()
	f.StringVarP(&r.out, "out", "o", "", "folder of the results (default results/NAME)")
	f.IntVarP(&r.parallel, "jobs", "j", 0, "trials at once, where the backend allows it (default as many as do not disturb each other)")
	f.StringVar(&r.keep, "keep", "failed", "whose history and logs stay, in DIR/trials/ID: failed (all that are not valid), all or none; simulated trials need no files, see harness replay")
	f.DurationVar(&r.patience, "patience", 0, "how long Maelstrom may take to start and to analyze a trial (default 3m, twice the time limit and 25ms an op)")
	f.BoolVar(&r.cost, "cost", false, "measure what simulated trials cost in time and memory, one at a time; such results differ from run to run")
	f.BoolVarP(&r.quiet, "quiet", "q", false, "no progress")
	cli.Complete(cmd, "keep", func() []string { return keeps })
	return cmd
}

// run runs what is missing of an experiment, and tells all of it.
func (r *runOptions) run(ctx context.Context, e experiment.Experiment) error {
	if err := r.Pivot.Check(e.Trials); err != nil {
		return err
	}
	dir := r.out
	if dir == "" {
		dir = store.Folder(cli.ResultsFolder, e)
	}
	all := r.Backends(cli.Wiring{Dir: dir, Keep: r.keep, Maelstrom: r.Maelstrom, Patience: r.patience, Parallel: r.parallel, Cost: r.cost})
	if errs := runner.Check(e.Trials, all); errs != nil {
		return cli.Exit(cli.ExitBadFile, errors.Join(errs...))
	}
	if !cli.Exists(dir) { // so there is nothing to tell of either
		if err := runner.Ready(e.Trials, all); err != nil {
			return err
		}
	}
	s, err := store.Open(dir)
	if err != nil {
		return err
	}
	contents := s.Contents()
	plan, err := r.Adopt(dir, e, contents.Results)
	if err != nil {
		return errors.Join(err, s.Close())
	}
	checker, err := r.CodeChecker(plan.Depends)
	if err != nil {
		return errors.Join(err, s.Close())
	}
	for _, warning := range contents.Warnings {
		fmt.Fprintln(r.Stderr, "harness: "+warning)
	}
	c, missing := r.begin(e, contents.Results, dir, checker)
	if !plan.Keep {
		err = store.SaveExperiment(dir, e, plan.Depends)
		if len(plan.Orphans) > 0 {
			fmt.Fprintf(r.Stderr, "harness: %s: %s\n", dir, cli.OrphansText(plan.Orphans, len(contents.Results), dir))
		}
	}
	r.Notes = cli.MarkCode(checker, c.results()).Cautions()
	if r.Format == "jsonl" {
		c.stream = r.matching()
	}
	if err = cmp.Or(err, c.advance()); err == nil {
		err = r.trials(ctx, s, []stage{{missing, all}}, c, runner.Options{Parallel: r.parallel, Begin: checker.Begin})
	}
	return r.finish(e, c, dir, cmp.Or(err, s.Close(), c.failed))
}

// begin collects the results of an experiment's trials that are stored, and returns the
// trials to run. It prints how many these are, unless the run is quiet.
func (r *runOptions) begin(e experiment.Experiment, stored []trial.Result, dir string, checker *code.Checker) (c *collection, missing []trial.Trial) {
	missing, notes := r.Missing(e, stored, checker)
	if !r.quiet {
		fmt.Fprintf(r.Stderr, "%s: %s, results in %s\n", e.Name, cli.ToRun(len(e.Trials), len(missing)), dir)
		for _, note := range notes {
			fmt.Fprintf(r.Stderr, "%s: %s\n", e.Name, note)
		}
	}
	for i := range stored {
		r.SetAside(&stored[i])
	}
	return newCollection(e.Trials, stored, missing), missing
}

// matching returns the writer of a result as a line, if --filter lets it
// through.
func (r *runOptions) matching() func(trial.Result) error {
	return func(result trial.Result) error {
		var line bytes.Buffer
		if err := r.Write(&line, r.Screen(), []trial.Result{result}, "", nil); err != nil {
			return err
		}
		_, err := r.Stdout.Write(line.Bytes())
		return err
	}
}

// stage is trials that run on the same backends.
type stage struct {
	trials   []trial.Trial
	backends map[string]runner.Backend
}

// trials runs the missing trials, one stage after the other, and stores their results.
func (r *runOptions) trials(ctx context.Context, s *store.Store, stages []stage, c *collection, options runner.Options) error {
	r.Finishes.Store(true) // and stays so: what is done is still to be stored and told
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	out := r.Stderr
	if r.quiet {
		out = io.Discard
	}
	var missing []trial.Trial
	for _, st := range stages {
		missing = append(missing, st.trials...)
	}
	p := cli.NewProgress(out, missing)
	defer p.Close()
	stop := context.AfterFunc(ctx, p.Stopping)
	defer stop()
	options.Made, options.Started = runner.Here(), p.Started
	done := func(result trial.Result) error {
		shown := result
		r.SetAside(&shown)
		p.Finished(shown)
		s.Append(result, func(err error) {
			if err == nil {
				err = c.add(shown)
			}
			if err != nil {
				cancel(err)
			}
		})
		return nil
	}
	for _, st := range stages {
		if err := runner.All(ctx, st.trials, st.backends, options, done); err != nil {
			return err
		}
	}
	return nil
}

// finish prints the results, and says what they come to.
func (r *runOptions) finish(e experiment.Experiment, c *collection, dir string, err error) error {
	results := c.results()
	if r.Format == "jsonl" {
		err = cmp.Or(err, c.flush())
	} else if len(results) > 0 {
		var b bytes.Buffer
		wrong := r.Write(&b, r.Screen(), results, cli.Title(e), e.Targets)
		_, failed := r.Stdout.Write(b.Bytes())
		err = cmp.Or(err, wrong, failed)
	}
	if errors.Is(err, context.Canceled) {
		return cli.Exit(cli.ExitInterrupted, fmt.Errorf("interrupted: %d of %d done and kept in %s, go on by\n%s %s",
			len(results), len(e.Trials), dir, r.Self, shellescape.QuoteCommand(r.Args)))
	}
	if err != nil {
		return err
	}
	return verdict(results)
}

// verdict returns the error that results come to: nil where all are valid.
func verdict(results []trial.Result) error {
	n := map[trial.Outcome]int{}
	for _, r := range results {
		n[r.Outcome]++
	}
	var parts []string
	status := cli.ExitWell
	for _, o := range []struct {
		outcome trial.Outcome
		status  int
		said    string
	}{
		{trial.Disturbed, cli.ExitWell, "%d disturbed, which are in no number"},
		{trial.Unknown, cli.ExitUnknown, "%d unknown"},
		{trial.Invalid, cli.ExitInvalid, "%d invalid"},
		{trial.Failed, cli.ExitFailed, "%d could not be run"},
	} {
		if n[o.outcome] > 0 {
			status = o.status // the last has the word
			parts = append([]string{fmt.Sprintf(o.said, n[o.outcome])}, parts...)
		}
	}
	if parts == nil {
		return nil
	}
	return cli.Exit(status, fmt.Errorf("of %s %s", plain.Count(len(results), "trial"), strings.Join(parts, ", ")))
}

// collection gathers the results of an experiment, whichever run made them.
type collection struct {
	trials []trial.Trial
	place  map[string]int // of a trial among trials, by ID
	got    []*trial.Result
	// stream, unless it is nil, is given the results in the order of trials,
	// each as soon as all before it are there.
	stream   func(trial.Result) error
	streamed int
	failed   error // of stream
}

// newCollection returns the results that an experiment has already.
func newCollection(trials []trial.Trial, results []trial.Result, missing []trial.Trial) *collection {
	c := &collection{trials: trials, place: map[string]int{}, got: make([]*trial.Result, len(trials))}
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
func (c *collection) add(r trial.Result) error {
	c.got[c.place[r.ID]] = &r
	return c.advance()
}

// advance streams the results whose turn has come.
func (c *collection) advance() error {
	for c.stream != nil && c.failed == nil && c.streamed < len(c.got) && c.got[c.streamed] != nil {
		c.failed = c.stream(*c.got[c.streamed])
		c.streamed++
	}
	return c.failed
}

// flush streams the results that wait for one that does not come.
func (c *collection) flush() error {
	for ; c.failed == nil && c.streamed < len(c.got); c.streamed++ {
		if r := c.got[c.streamed]; r != nil {
			c.failed = c.stream(*r)
		}
	}
	return c.failed
}

// results returns what there is, in the order of the trials.
func (c *collection) results() []trial.Result {
	var all []trial.Result
	for _, r := range c.got {
		if r != nil {
			all = append(all, *r)
		}
	}
	return all
}
