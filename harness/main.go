// Command harness runs experiments on gossip strategies and turns their results
// into tables. There is a file for each verb; `harness help` lists them.
package main

import (
	"context"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the second interrupt is the system's, which kills
	w := &world{self: self(os.Args[0]), stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, backends: backends}
	code := w.execute(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// self is how the user calls this program: go run builds it in a folder that is
// gone when it ends.
func self(arg0 string) string {
	if strings.Contains(arg0, "go-build") {
		return "go run ./harness"
	}
	return arg0
}

// verbs are in the order in which an experiment meets them. A verb is a file
// with its function, and a line here.
var verbs = []func(*world) *cobra.Command{
	runVerb,
	planVerb,
	lsVerb,
	showVerb,
	replayVerb,
	tableVerb,
	compareVerb,
	paretoVerb,
	effectsVerb,
	gateVerb,
	baselineVerb,
	plotVerb,
	reportVerb,
	exportVerb,
	agreeVerb,
	importVerb,
	judgeVerb,
	strategiesVerb,
	doctorVerb,
	nodeVerb,
	versionVerb,
}
