package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"gossipbench/harness/cli"
	"gossipbench/harness/runner"
)

func versionVerb(w *cli.World) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Say which commit this is, and what built it",
		Example: "  harness version",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			made := runner.Here()
			_, err := fmt.Fprintf(w.Stdout, "gossipbench %s %s %s\n", made.Commit, made.Go, made.OS)
			return err
		},
	}
}
