package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"gossipbench/harness/cli"
	"gossipbench/harness/plain"
	"gossipbench/harness/store"
)

func pruneVerb(w *cli.World) *cobra.Command {
	return &cobra.Command{
		Use:   "prune EXPERIMENT...",
		Short: "Remove results of trials that are not of the plan",
		Long: `Prune removes the results of trials that are not of the plan of their folder: the
experiment as it was run last. With them goes what was kept of those trials, and so
do damaged lines, and of a trial that was run again its earlier results.

harness ls --orphans lists what would go.`,
		Example: `  harness ls quickstart --orphans
  harness prune quickstart`,
		Args: cobra.MinimumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return cli.PlaceNames(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error { return prune(w, args) },
	}
}

func prune(w *cli.World, args []string) error {
	chosen, err := cli.ChosenPlaces(args)
	if err != nil {
		return err
	}
	for _, p := range chosen {
		s, err := w.Read(p)
		if err != nil {
			return err
		}
		if len(s.Experiment.Trials) == 0 {
			return cli.Usage("prune: nobody knows the plan of %s: run its experiment there again", p.Dir)
		}
		if len(s.Orphans) == len(s.Results) && len(s.Results) > 0 {
			return cli.Usage("prune: of %s no result is of the plan, nothing would be left: remove the folder if that is what you want", p.Dir)
		}
		orphan := map[string]bool{}
		for _, id := range s.Orphans {
			orphan[id] = true
		}
		gone, err := store.Prune(p.Dir, func(id string) bool { return orphan[id] })
		if err != nil {
			return err
		}
		parts := []string{plain.Count(gone.Results, "result") + " removed"}
		if gone.Damaged > 0 {
			parts = append(parts, plain.Count(gone.Damaged, "damaged line"))
		}
		if gone.Earlier > 0 {
			parts = append(parts, plain.Count(gone.Earlier, "earlier result"))
		}
		fmt.Fprintf(w.Stderr, "%s: %s\n", p.Name, strings.Join(parts, ", "))
	}
	return nil
}
