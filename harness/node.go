package main

import (
	"github.com/spf13/cobra"

	"gossipbench/node/command"
)

// nodeVerb plays the node, so that this one program is all that a run needs.
func nodeVerb(w *world) *cobra.Command {
	return &cobra.Command{
		Use:     "node [flags]",
		Short:   "Be a node: Maelstrom's protocol on stdin and stdout",
		Example: "  maelstrom test -w broadcast --bin bin/harness -- node --strategy flood\n  harness node --help",
		// The node's own flags are not this command's to read.
		DisableFlagParsing: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			w.finishes.Store(true)
			if status := command.Run(cmd.Context(), args, w.stdin, w.raw, w.stderr); status != exitWell {
				return &statusError{status: status}
			}
			return nil
		},
	}
}
