package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"gossipbench/harness/store"
)

func pruneVerb(w *world) *cobra.Command {
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
			return placeNames(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error { return w.prune(args) },
	}
}

func (w *world) prune(args []string) error {
	chosen, err := chosenPlaces(args)
	if err != nil {
		return err
	}
	for _, p := range chosen {
		s, err := w.read(p)
		if err != nil {
			return err
		}
		if len(s.e.Trials) == 0 {
			return usage("prune: nobody knows the plan of %s: run its experiment there again", p.dir)
		}
		if len(s.orphans) == len(s.results) && len(s.results) > 0 {
			return usage("prune: of %s no result is of the plan, nothing would be left: remove the folder if that is what you want", p.dir)
		}
		orphan := map[string]bool{}
		for _, id := range s.orphans {
			orphan[id] = true
		}
		gone, err := store.Prune(p.dir, func(id string) bool { return orphan[id] })
		if err != nil {
			return err
		}
		parts := []string{count(gone.Results, "result") + " removed"}
		if gone.Damaged > 0 {
			parts = append(parts, count(gone.Damaged, "damaged line"))
		}
		if gone.Earlier > 0 {
			parts = append(parts, count(gone.Earlier, "earlier result"))
		}
		fmt.Fprintf(w.stderr, "%s: %s\n", p.name, strings.Join(parts, ", "))
	}
	return nil
}
