package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"gossipbench/harness/cli"
	"gossipbench/harness/files"
	"gossipbench/harness/runner"
	"gossipbench/harness/sim"
	"gossipbench/harness/trial"
)

// replayOptions is one call of the verb replay.
type replayOptions struct {
	*cli.World
	in             []string
	trace, history string
}

func replayVerb(w *cli.World) *cobra.Command {
	r := &replayOptions{World: w}
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

func (r *replayOptions) run(ctx context.Context, prefix string) error {
	_, stored, err := findTrial(r.World, r.in, prefix)
	if err != nil {
		return err
	}
	if err := repeats(stored); err != nil { // before files of that name are emptied
		return err
	}
	var options sim.Options
	var drafts []*files.Draft
	for _, f := range []struct {
		path string
		to   *io.Writer
	}{{r.trace, &options.Trace}, {r.history, &options.History}} {
		if f.path == "" {
			continue
		}
		draft, err := files.Create(f.path)
		if err != nil {
			return err
		}
		defer draft.Drop()
		drafts = append(drafts, draft)
		*f.to = draft
	}
	again, err := repeat(ctx, stored, options)
	if err != nil {
		return err
	}
	for _, draft := range drafts {
		if err := draft.Keep(); err != nil {
			return err
		}
	}
	if here := runner.Here().Commit; here != stored.Made.Commit {
		fmt.Fprintf(r.Stderr, "harness: the result is of commit %s, this is %s\n", stored.Made.Commit, here)
	}
	if differences := differ(stored, again); len(differences) > 0 {
		for _, d := range differences {
			fmt.Fprintln(r.Stdout, d)
		}
		return cli.Exit(cli.ExitInvalid, fmt.Errorf("trial %s came to another result", stored.ID))
	}
	fmt.Fprintf(r.Stdout, "trial %s: the same result\n", stored.ID)
	return nil
}

// repeats says why a trial cannot be repeated, if so.
func repeats(stored trial.Result) error {
	if t := stored.Trial; !t.Virtual() {
		return cli.Usage("trial %s: only trials of backend sim repeat themselves, this one is of %s; harness show %s has the command that runs it again",
			stored.ID, t.Backend, stored.ID)
	}
	if err := sim.New(sim.Options{}).Check(stored.Trial); err != nil {
		return fmt.Errorf("trial %s: %w", stored.ID, err)
	}
	return nil
}

// repeat runs a stored trial again.
func repeat(ctx context.Context, stored trial.Result, options sim.Options) (trial.Result, error) {
	if err := repeats(stored); err != nil {
		return trial.Result{}, err
	}
	return sim.New(options).Run(ctx, stored.Trial)
}

// costs are the metrics that a repetition cannot have the same.
var costs = []string{"seconds", "deliveries-per-second", "memory-per-node"}

// differ says in what two results of a trial differ, beside their making and
// what they cost.
func differ(stored, again trial.Result) []string {
	again.Made = stored.Made
	stored.Metrics, again.Metrics = maps.Clone(stored.Metrics), maps.Clone(again.Metrics)
	for _, name := range costs {
		delete(stored.Metrics, name)
		delete(again.Metrics, name)
	}
	was, is := stored.AppendJSON(nil), again.AppendJSON(nil)
	if bytes.Equal(was, is) {
		return nil
	}
	before, after := fields(was), fields(is)
	both := maps.Clone(before)
	maps.Copy(both, after)
	var all []string
	for _, name := range slices.Sorted(maps.Keys(both)) {
		was, is := cmp.Or(before[name], "nothing"), cmp.Or(after[name], "nothing")
		if was != is {
			all = append(all, fmt.Sprintf("%s: stored %s, again %s", name, was, is))
		}
	}
	return all
}

// fields are the fields of a stored line as they stand there, those of the
// settings and the metrics by their own names.
func fields(line []byte) map[string]string {
	var whole map[string]json.RawMessage
	all := map[string]string{}
	take := func(raw []byte, into *map[string]json.RawMessage) {
		if err := json.Unmarshal(raw, into); err != nil {
			panic(err) // AppendJSON wrote it
		}
	}
	take(line, &whole)
	for name, raw := range whole {
		if name != "trial" && name != "metrics" {
			all[name] = string(raw)
			continue
		}
		var inner map[string]json.RawMessage
		take(raw, &inner)
		for key, raw := range inner {
			all[key] = string(raw)
		}
	}
	return all
}
