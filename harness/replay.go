package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"gossipbench/harness/experiment"
	"gossipbench/harness/runner"
	"gossipbench/harness/sim"
)

// replay is one call of the verb replay.
type replay struct {
	shown
	trace, history string
}

func replayVerb(w *world) *cobra.Command {
	r := &replay{shown: shown{world: w}}
	cmd := &cobra.Command{
		Use:   "replay TRIAL",
		Short: "Repeat a simulated trial, which must come to the same result",
		Long: `Replay repeats a trial of backend sim by its ID, of which the beginning is enough,
and compares what it comes to with what is stored. They are the same unless the
code has changed in between: the stored result says of which commit it is.

A trace has a line of JSON for each event: t (ns), event (broadcast, send,
deliver, expire or fault), and whom and what it is about.

Exit status: 1 where the results differ.`,
		Example: `  harness replay 3f9c
  harness replay 3f9c --trace trace.jsonl --history history.edn`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return r.run(cmd.Context(), args[0]) },
	}
	cmd.Flags().StringSliceVar(&r.in, "in", nil, "experiments or folders to look in (default all of results/)")
	cmd.Flags().StringVar(&r.trace, "trace", "", "file to write every event to, as JSON lines")
	cmd.Flags().StringVar(&r.history, "history", "", "file to write the clients' ops to, as Jepsen's history.edn")
	return cmd
}

func (r *replay) run(ctx context.Context, prefix string) error {
	_, stored, err := r.find(prefix)
	if err != nil {
		return err
	}
	var options sim.Options
	var files []*os.File
	for _, f := range []struct {
		path string
		to   *io.Writer
	}{{r.trace, &options.Trace}, {r.history, &options.History}} {
		if f.path == "" {
			continue
		}
		file, err := os.Create(f.path)
		if err != nil {
			return err
		}
		files = append(files, file)
		*f.to = file
	}
	again, err := repeat(ctx, stored, options)
	for _, file := range files {
		err = errors.Join(err, file.Close())
	}
	if err != nil {
		return err
	}
	if here := runner.Here().Commit; here != stored.Made.Commit {
		fmt.Fprintf(r.stderr, "harness: the result is of commit %s, this is %s\n", stored.Made.Commit, here)
	}
	if differences := differ(stored, again); len(differences) > 0 {
		for _, d := range differences {
			fmt.Fprintln(r.stdout, d)
		}
		return &statusError{exitInvalid, fmt.Errorf("trial %s came to another result", stored.ID)}
	}
	fmt.Fprintf(r.stdout, "trial %s: the same result\n", stored.ID)
	return nil
}

// repeat runs a stored trial again.
func repeat(ctx context.Context, stored experiment.Result, options sim.Options) (experiment.Result, error) {
	t := stored.Trial
	if t.Backend != "sim" {
		return experiment.Result{}, usage("trial %s: only trials of backend sim repeat themselves, this one is of %s; harness show %s has the command that runs it again",
			stored.ID, t.Backend, stored.ID)
	}
	b := sim.New(options)
	if err := b.Check(t); err != nil {
		return experiment.Result{}, fmt.Errorf("trial %s: %w", stored.ID, err)
	}
	return b.Run(ctx, t)
}

// costs are the metrics that a repetition cannot have the same.
var costs = []string{"seconds", "deliveries-per-second", "memory-per-node"}

// differ says in what two results of a trial differ, beside their making.
func differ(stored, again experiment.Result) []string {
	for _, name := range costs {
		delete(stored.Metrics, name)
		delete(again.Metrics, name)
	}
	again.Made = stored.Made
	if bytes.Equal(stored.AppendJSON(nil), again.AppendJSON(nil)) {
		return nil
	}
	var all []string
	if stored.Outcome != again.Outcome {
		all = append(all, fmt.Sprintf("outcome: stored %s, again %s", stored.Outcome, again.Outcome))
	}
	form := func(r experiment.Result, name string) string {
		if x, has := r.Metrics[name]; has {
			return strconv.FormatFloat(x, 'g', -1, 64)
		}
		return "nothing"
	}
	both := map[string]bool{}
	for name := range stored.Metrics {
		both[name] = true
	}
	for name := range again.Metrics {
		both[name] = true
	}
	for _, name := range sortedKeys(both) {
		if was, is := form(stored, name), form(again, name); was != is {
			all = append(all, fmt.Sprintf("%s: stored %s, again %s", name, was, is))
		}
	}
	if len(all) == 0 {
		all = append(all, "the warnings or the settings differ; see --format json of harness show")
	}
	return all
}
