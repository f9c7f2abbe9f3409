// Command node is one node of a Maelstrom cluster. See node --help.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"gossipbench/node/command"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal kills a node that hangs
	os.Exit(command.Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
