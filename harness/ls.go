package main

import (
	"bytes"
	"errors"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"gossipbench/harness/cli"
	"gossipbench/harness/experiment"
	"gossipbench/harness/query"
	"gossipbench/harness/texttab"
	"gossipbench/harness/trial"
)

// lsOptions is one call of the verb ls.
type lsOptions struct {
	*cli.World
	format  string
	orphans bool
}

func lsVerb(w *cli.World) *cobra.Command {
	l := &lsOptions{World: w}
	cmd := &cobra.Command{
		Use:   "ls [EXPERIMENT]...",
		Short: "List the experiments and what is done of them, or the trials of one",
		Long: `Ls lists the experiments in experiments/ and the results in results/: how many
trials each has, and how many of those are done, by outcome. With the name of an
experiment, its file or a folder it lists the trials that have a result.

A trial is stale where other code made its result than that which is there, and an
orphan where the plan of its folder, the experiment as it was run last, has no such
trial; harness prune removes orphans.`,
		Example: `  harness ls
  harness ls quickstart
  harness ls quickstart --orphans
  harness ls quickstart --format csv`,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return cli.PlaceNames(), cobra.ShellCompDirectiveDefault
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if err := cli.OneOf("--format", l.format, texttab.Formats); err != nil {
				return err
			}
			listing, unread := l.listing(args)
			if listing == nil {
				return unread
			}
			var b bytes.Buffer
			if err := listing.Write(&b, l.format, l.Screen()); err != nil {
				return err
			}
			_, err := l.Stdout.Write(b.Bytes())
			return errors.Join(err, unread)
		},
	}
	cmd.Flags().BoolVar(&l.orphans, "orphans", false, "only the trials that are not of the plan")
	cmd.Flags().StringVar(&l.format, "format", "text", strings.Join(texttab.Formats, ", "))
	cli.Complete(cmd, "format", func() []string { return texttab.Formats })
	return cmd
}

// listing lists what args name. The error joins what could not be read, beside which
// the rest is listed.
func (l *lsOptions) listing(args []string) (*texttab.Listing, error) {
	if len(args) == 0 && !l.orphans {
		return l.experiments()
	}
	chosen, err := cli.Places()
	if len(args) > 0 {
		chosen, err = cli.ChosenPlaces(args)
	}
	if err != nil {
		return nil, err
	}
	var results []trial.Result
	states := map[string][]string{} // by ID
	var unread error
	for _, p := range chosen {
		s, err := l.Read(p)
		if err != nil {
			unread = errors.Join(unread, err)
			continue
		}
		orphan := map[string]bool{}
		for _, id := range s.Orphans {
			orphan[id] = true
			states[id] = append(states[id], "orphan")
		}
		for id, changed := range s.Stale {
			states[id] = append(states[id], "stale: "+strings.Join(changed, ", "))
		}
		for _, r := range s.Results {
			if !l.orphans || orphan[r.ID] {
				results = append(results, r)
			}
		}
	}
	return trialsOf(results, states), unread
}

// trialsOf lists trials by what tells them apart.
func trialsOf(results []trial.Result, states map[string][]string) *texttab.Listing {
	names := query.Varying(results)
	listing := &texttab.Listing{}
	for _, name := range append([]string{"trial", "outcome"}, names...) {
		listing.Column(name, false)
	}
	listing.Column("replicate", true)
	listing.Column("seed", true)
	if len(states) > 0 {
		listing.Column("state", false)
	}
	for i := range results {
		row := []string{results[i].ID, string(results[i].Outcome)}
		for _, name := range append(names, "replicate", "seed") {
			level, _ := results[i].Trial.Value(name)
			row = append(row, level)
		}
		if len(states) > 0 {
			row = append(row, strings.Join(states[results[i].ID], ", "))
		}
		listing.Row(row...)
	}
	return listing
}

// experiments lists what lies in experiments and in results, by name.
func (l *lsOptions) experiments() (*texttab.Listing, error) {
	files, err := cli.ExperimentFiles()
	if err != nil {
		return nil, err
	}
	all, err := cli.Places()
	if err != nil {
		return nil, err
	}
	listing := &texttab.Listing{}
	listing.Column("experiment", false)
	for _, name := range []string{"trials", "done", "valid", "invalid", "unknown", "error", "stale", "orphans"} {
		listing.Column(name, true)
	}
	listing.Column("question", false)
	byName := map[string]cli.Place{}
	var unread error
	for _, p := range all {
		byName[p.Name] = p
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		e, err := experiment.Load(file, cli.Catalog{}, experiment.Flags{})
		var mistakes experiment.Mistakes
		p := byName[name]
		delete(byName, name)
		if errors.As(err, &mistakes) {
			e.Question = mistakes[0]
			err = nil
		}
		if err == nil {
			err = l.row(listing, name, e, p)
		}
		unread = errors.Join(unread, err)
	}
	for _, p := range all {
		if _, left := byName[p.Name]; !left {
			continue
		}
		e, _ := p.LoadExperiment()
		unread = errors.Join(unread, l.row(listing, p.Name, e, p))
	}
	return listing, unread
}

// row adds an experiment, and what is done of it.
func (l *lsOptions) row(listing *texttab.Listing, name string, e experiment.Experiment, p cli.Place) error {
	n := map[trial.Outcome]int{}
	trials, done := len(e.Trials), 0
	var s cli.Stored
	if p.Dir != "" {
		var err error
		if s, err = l.Read(p); err != nil {
			return err
		}
		results := s.Results
		wanted := map[string]bool{}
		for _, t := range e.Trials {
			wanted[t.ID()] = true
		}
		if trials == 0 {
			trials = len(results)
		}
		for _, r := range results {
			if e.Trials != nil && !wanted[r.ID] {
				continue // of an earlier form of the file
			}
			n[r.Outcome]++
			if r.Outcome != trial.Failed {
				done++
			}
		}
	}
	question, _, _ := strings.Cut(strings.TrimSpace(e.Question), "\n")
	listing.Row(name, strconv.Itoa(trials), strconv.Itoa(done), strconv.Itoa(n[trial.Valid]), strconv.Itoa(n[trial.Invalid]),
		strconv.Itoa(n[trial.Unknown]), strconv.Itoa(n[trial.Failed]),
		strconv.Itoa(len(s.Stale)), strconv.Itoa(len(s.Orphans)), question)
	return nil
}
