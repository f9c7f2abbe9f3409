package main

import (
	"github.com/spf13/cobra"

	"gossipbench/harness/cli"
	"gossipbench/node/command"
)

// nodeVerb plays the node, so that this one program is all that a run needs.
func nodeVerb(w *cli.World) *cobra.Command {
	return &cobra.Command{
		Use:     "node [flags]",
		Short:   "Be a node: Maelstrom's protocol on stdin and stdout",
		Example: "  maelstrom test -w broadcast --bin bin/harness -- node --strategy flood\n  harness node --help",
		// The node's own flags are not this command's to read.
		DisableFlagParsing: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			w.Finishes.Store(true)
			if status := command.Run(cmd.Context(), args, w.Stdin, w.Raw, w.Stderr); status != cli.ExitWell {
				return cli.Exit(status, nil)
			}
			return nil
		},
	}
}
