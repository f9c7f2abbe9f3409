package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	abortWhenBroken()
	w := &world{self: self(os.Args[0]), stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, backends: backends}
	ctx, stop := interruptible(w)
	code := w.execute(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// interruptible returns a context that ends with SIGINT, SIGTERM or SIGHUP. A verb
// that has nothing to finish ends with it at once; of one that has, the second
// signal is the system's, which kills.
func interruptible(w *world) (context.Context, context.CancelFunc) {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // as by nohup
		signals = append(signals, syscall.SIGHUP)
	}
	ctx, cancel := context.WithCancel(context.Background())
	came := make(chan os.Signal, 1)
	signal.Notify(came, signals...)
	go func() {
		<-came
		signal.Stop(came) // before anybody is told that the next one kills
		if !w.finishes.Load() {
			fmt.Fprintln(os.Stderr, "harness: interrupted")
			os.Exit(exitInterrupted)
		}
		cancel()
	}()
	return ctx, cancel
}

// abortWhenBroken has Go's runtime end the program by SIGABRT, without a core file,
// where it is out of memory or a bug of ours panics. Its own exit status for that is
// 2, which stands for an unknown trial here.
func abortWhenBroken() {
	debug.SetTraceback("crash")
	_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
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
	pruneVerb,
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
