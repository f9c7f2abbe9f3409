package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"gossipbench/harness/cli"
	"gossipbench/harness/experiment"
	"gossipbench/harness/runner"
	"gossipbench/harness/store"
	"gossipbench/harness/texttab"
	"gossipbench/harness/trial"
)

// planOptions is one call of the verb plan.
type planOptions struct {
	*cli.World
	cli.Sweep
	out      string
	format   string
	parallel int
}

func planVerb(w *cli.World) *cobra.Command {
	p := &planOptions{World: w}
	cmd := &cobra.Command{
		Use:   "plan [FILE] [flags] [-- arguments of --bin]",
		Short: "Say what run would run, how many trials, and how long it takes",
		Long: `Plan takes what run takes, checks all of it, and runs nothing. It prints a row
for each setting: how many of its replicates are done, the ID of the first, and
an estimate of the time that the others take. As jsonl it prints every trial.`,
		Example: `  harness plan experiments/quickstart.yaml
  harness plan --set strategy=flood -P topology=tree4,grid,line --replicates 3 --format markdown`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := cli.OneOf("--format", p.format, cli.Formats); err != nil {
				return err
			}
			e, err := p.Load(cmd, args)
			if err != nil {
				return err
			}
			return p.print(e)
		},
	}
	p.Sweep.Register(cmd)
	f := cmd.Flags()
	f.StringVarP(&p.out, "out", "o", "", "folder of the results (default results/NAME)")
	f.IntVarP(&p.parallel, "jobs", "j", 0, "trials at once, as for run")
	f.StringVar(&p.format, "format", "text", "text, markdown, latex, csv, json, html, or jsonl: every trial, a line each")
	cli.Complete(cmd, "format", func() []string { return cli.Formats })
	return cmd
}

func (p *planOptions) print(e experiment.Experiment) error {
	all := p.Backends(cli.Wiring{Keep: "none", Maelstrom: p.Maelstrom, Parallel: p.parallel})
	if errs := runner.Check(e.Trials, all); errs != nil {
		return cli.Exit(cli.ExitBadFile, errors.Join(errs...))
	}
	dir := p.out
	if dir == "" {
		dir = store.Folder(cli.ResultsFolder, e)
	}
	contents, err := store.Load(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	plan, err := p.Adopt(dir, e, contents.Results)
	if err != nil {
		return err
	}
	checker, err := p.CodeChecker(plan.Depends)
	if err != nil {
		return err
	}
	lacking, notes := p.Missing(e, contents.Results, checker)
	if len(plan.Orphans) > 0 && !plan.Keep {
		notes = append(notes, cli.OrphansText(plan.Orphans, len(contents.Results), dir))
	}
	missing := map[string]bool{}
	for _, t := range lacking {
		missing[t.ID()] = true
	}
	var b bytes.Buffer
	if p.format == "jsonl" {
		for _, t := range e.Trials {
			if err := planned(&b, t, !missing[t.ID()]); err != nil {
				return err
			}
		}
	} else {
		if err := p.listing(e, missing, all, notes).Write(&b, p.format, p.Screen()); err != nil {
			return err
		}
	}
	_, err = p.Stdout.Write(b.Bytes())
	return err
}

// planned writes a trial as a line.
func planned(b *bytes.Buffer, t trial.Trial, done bool) error {
	line, err := json.Marshal(struct {
		ID    string      `json:"id"`
		Trial trial.Trial `json:"trial"`
		Done  bool        `json:"done"`
	}{t.ID(), t, done})
	b.Write(append(line, '\n'))
	return err
}

// listing has a row for each setting.
func (p *planOptions) listing(e experiment.Experiment, missing map[string]bool, all map[string]runner.Backend, notes []string) *texttab.Listing {
	var names []string
	for _, f := range e.Factors {
		names = append(names, f.Name)
	}
	l := &texttab.Listing{Head: []string{cli.Title(e)}}
	l.Column("first trial", false)
	for _, name := range names {
		l.Column(name, false)
	}
	l.Column("replicates", true)
	l.Column("done", true)
	l.Column("takes", true)
	var total time.Duration
	settings := len(e.Trials) / e.Replicates // replicates vary slowest
	for i, t := range e.Trials[:settings] {
		row := []string{t.ID()}
		for _, name := range names {
			level, _ := t.Value(name)
			row = append(row, level)
		}
		var takes time.Duration
		done := 0
		for replicate := range e.Replicates {
			if again := e.Trials[replicate*settings+i]; missing[again.ID()] {
				takes += cli.Estimate(again) / time.Duration(p.atOnce(all[again.Backend]))
			} else {
				done++
			}
		}
		total += takes
		l.Row(append(row, strconv.Itoa(e.Replicates), strconv.Itoa(done), about(takes))...)
	}
	seeds := fmt.Sprintf("seed %d", e.Seed)
	if e.Replicates > 1 {
		seeds = fmt.Sprintf("seeds %d to %d", e.Seed, e.Seed+uint64(e.Replicates)-1)
	}
	note := cli.ToRun(len(e.Trials), len(missing)) + ", " + seeds
	switch {
	case len(missing) > 0 && total < time.Second:
		note += ", in less than a second"
	case len(missing) > 0:
		note += ", in about " + about(total)
	}
	l.Notes = append(l.Notes, note+".")
	for _, said := range notes {
		l.Notes = append(l.Notes, said+".")
	}
	for _, t := range e.Targets {
		l.Notes = append(l.Notes, fmt.Sprintf("target: %s %s", t.Metric, t.Text))
	}
	return l
}

// atOnce is the number of trials that run at once.
func (p *planOptions) atOnce(b runner.Backend) int {
	n := max(b.Parallel(), 1)
	if p.parallel > 0 {
		n = min(n, p.parallel)
	}
	return n
}

// about rounds a time to what an estimate is worth.
func about(d time.Duration) string {
	if d == 0 {
		return "–"
	}
	if d < time.Second {
		return "< 1s"
	}
	return d.Round(time.Second).String()
}
