package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"gossipbench/harness/cli"
	"gossipbench/harness/experiment"
	"gossipbench/harness/files"
	"gossipbench/harness/plain"
	"gossipbench/harness/scratch"
	"gossipbench/harness/store"
)

// publishOptions is one call of the verb publish.
type publishOptions struct {
	*cli.World
	check bool
}

func publishVerb(w *cli.World) *cobra.Command {
	p := &publishOptions{World: w}
	cmd := &cobra.Command{
		Use:   "publish [EXPERIMENT]...",
		Short: "Make the tables and figures that experiments declare",
		Long: `Publish writes the tables and figures that an experiment declares under tables and
figures into the folder of its results, and prints the name of each file. It reads
the experiment's file as it is now, or if that is gone the copy beside the results.
An experiment that declares none gets table.md and front.svg. Without a name it is
the only one in results/.

  tables:  {fanout.md: {row: fanout, col: interval, metric: [msgs-per-op]}}
  figures: {fanout.svg: {kind: factor, x: fanout, by: interval, logx: true}}

A key is a flag of harness table or harness plot. The same results give the same
bytes.`,
		Example: `  harness publish first
  harness publish --check first`,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return cli.PlaceNames(), cobra.ShellCompDirectiveDefault
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			chosen, err := cli.ChosenPlaces(args)
			if err != nil {
				return err
			}
			return p.publish(cmd.Context(), chosen)
		},
	}
	cmd.Flags().BoolVar(&p.check, "check", false, "write nothing, print which files are not what the results make, and fail if there are any")
	return cmd
}

func (p *publishOptions) publish(ctx context.Context, chosen []cli.Place) error {
	draft, err := scratch.New("publish")
	if err != nil {
		return err
	}
	defer draft.Remove()
	stale := 0
	for _, at := range chosen {
		outputs, err := outputsOf(at)
		if err != nil {
			return err
		}
		for _, o := range outputs {
			path := filepath.Join(at.Dir, o.File)
			text, err := p.make(ctx, at, o, draft.Path)
			if err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			if p.check {
				was, err := files.Read(path)
				if err != nil && !errors.Is(err, fs.ErrNotExist) {
					return err
				}
				if err == nil && bytes.Equal(was, text) {
					continue
				}
				stale++
			} else if err := files.WriteOwn(path, text); err != nil {
				return err
			}
			fmt.Fprintln(p.Stdout, filepath.ToSlash(path))
		}
	}
	if stale > 0 {
		return cli.Exit(cli.ExitGate, fmt.Errorf("%s not what the results make; harness publish makes them", plain.Count(stale, "file")))
	}
	return nil
}

// outputsOf returns what the experiment's file declares, if that is still there, or else
// its copy beside the results.
func outputsOf(p cli.Place) ([]experiment.Output, error) {
	ran, told := store.LoadRan(p.Dir)
	if told && ran.File != "" && cli.Exists(ran.File) {
		e, err := experiment.Load(ran.File, cli.Catalog{}, experiment.Flags{})
		return declared(e), err
	}
	e, err := experiment.LoadStoredFile(filepath.Join(p.Dir, "experiment.yaml"), cli.Catalog{})
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return declared(e), err
}

func declared(e experiment.Experiment) []experiment.Output {
	if e.Outputs != nil {
		return e.Outputs
	}
	return []experiment.Output{{Verb: "table", File: "table.md"}, {Verb: "plot", File: "front.svg"}}
}

// make runs the verb that makes an output, and returns the file's text.
func (p *publishOptions) make(ctx context.Context, at cli.Place, o experiment.Output, draft string) ([]byte, error) {
	path := filepath.Join(draft, o.File)
	args := []string{at.Dir, "--out=" + path}
	for _, f := range o.Flags {
		for _, v := range f.Values {
			args = append(args, "--"+f.Name+"="+v)
		}
	}
	cmd := outputVerb(o.Verb, p.World)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs(args)
	if err := cmd.ExecuteContext(ctx); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// outputVerb returns a verb that makes outputs.
func outputVerb(verb string, w *cli.World) *cobra.Command {
	if verb == "table" {
		return tableVerb(w)
	}
	return plotVerb(w)
}
