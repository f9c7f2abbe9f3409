// Package command is the command line of a node. The program node and the harness
// use it, so that one program can play both.
package command

import (
	"context"
	"errors"
	"fmt"
	"io"

	"gossipbench/node/durable"
	"gossipbench/node/host"
	"gossipbench/strategies/broadcast"
	"gossipbench/strategies/server"
	"gossipbench/strategies/topology"
)

// The exit statuses of Run.
const (
	well   = 0 // the input ended, or the node was stopped
	failed = 1 // the service cannot run or panicked, or input or output failed
	misled = 2 // a flag is bad
)

// Run runs the node that args describe until stdin ends or ctx is done, and returns
// the exit status. It prints each mistake in args as a line on stderr.
func Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	c, mistakes := parse(args)
	for _, m := range mistakes {
		fmt.Fprintf(stderr, "node: %v\n", m)
	}
	switch {
	case mistakes != nil:
		return misled
	case c.help:
		if _, err := io.WriteString(stdout, help(c)); err != nil {
			return failed
		}
		return well
	}
	err := c.run(ctx, host.Options{Stdin: stdin, Stdout: stdout, Stderr: stderr, Seed: c.seed + uint64(c.life)<<32})
	if err == nil || errors.Is(err, context.Canceled) {
		return well
	}
	fmt.Fprintf(stderr, "node: %v\n", err)
	return failed
}

// run runs the node, with its disk if it has one.
func (c call) run(ctx context.Context, o host.Options) (err error) {
	if c.data != "" {
		disk, openErr := durable.Open(c.data, durable.Options{})
		if openErr != nil {
			return fmt.Errorf("data: %w", openErr)
		}
		defer func() { err = errors.Join(err, disk.Close()) }()
		o.Disk = disk
	}
	return host.Run(ctx, c.service(), o)
}

// service makes the service of a call.
func (c call) service() server.Service {
	if c.topology == offered {
		return c.strategy.Service(c.workload, c.params, nil)
	}
	return c.strategy.Service(c.workload, c.params, func(nodes int) ([][]broadcast.NodeID, error) {
		return topology.Build(c.topology, nodes, c.degree, c.seed)
	})
}
