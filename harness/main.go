package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"gossipbench/harness/cli"
	"gossipbench/harness/maelstrom"
	"gossipbench/harness/native"
	"gossipbench/harness/runner"
	"gossipbench/harness/sim"
	"gossipbench/harness/store"
	"gossipbench/harness/trial"
)

func main() {
	abortWhenBroken()
	w := newWorld(self(os.Args[0]), os.Stdin, os.Stdout, os.Stderr, backends)
	ctx, stop := interruptible(w)
	code := w.Execute(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// interruptible returns a context that ends with SIGINT, SIGTERM or SIGHUP. A verb
// that has nothing to finish ends with it at once; of one that has, the second
// signal is the system's, which kills.
func interruptible(w *cli.World) (context.Context, context.CancelFunc) {
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
		if !w.Finishes.Load() {
			fmt.Fprintln(os.Stderr, "harness: interrupted")
			os.Exit(cli.ExitInterrupted)
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

// groups are the verbs in the order of the help. A verb is a file with its function,
// and a word here.
var groups = []cli.Group{
	{Title: "Run", Verbs: []cli.Verb{runVerb, glomersVerb, planVerb, replayVerb, pruneVerb, nodeVerb}},
	{Title: "Read", Verbs: []cli.Verb{lsVerb, showVerb, tableVerb, plotVerb, reportVerb, publishVerb}},
	{Title: "Compare", Verbs: []cli.Verb{compareVerb, paretoVerb, effectsVerb, gateVerb, agreeVerb, baselineVerb}},
	{Title: "Exchange", Verbs: []cli.Verb{importVerb, judgeVerb, exportVerb}},
	{Title: "Learn", Verbs: []cli.Verb{strategiesVerb, helpVerb, doctorVerb, versionVerb}},
}

// newWorld returns the world of this program's verbs.
func newWorld(self string, stdin io.Reader, stdout, stderr io.Writer, backends func(cli.Wiring) map[string]runner.Backend) *cli.World {
	return &cli.World{Self: self, Stdin: stdin, Stdout: stdout, Stderr: stderr, Backends: backends, Groups: groups, Topics: topics}
}

// backends makes every backend that this program has.
func backends(w cli.Wiring) map[string]runner.Backend {
	self, err := os.Executable()
	if err != nil {
		self = os.Args[0]
	}
	node := []string{self, "node"}
	var kept func(id string) string
	if w.Dir != "" {
		kept = func(id string) string { return store.TrialFolder(w.Dir, id) }
	}
	keep, err := native.ParseKeep(w.Keep)
	if err != nil {
		panic(err) // run has checked --keep
	}
	return map[string]runner.Backend{
		trial.Sim:       sim.New(sim.Options{Cost: w.Cost}),
		trial.Native:    native.New(native.Options{Node: node, Keep: keep, Folder: kept}),
		trial.Maelstrom: maelstrom.New(maelstrom.Options{Maelstrom: w.Maelstrom, Patience: w.Patience, Node: node, Keep: w.Keep, Folder: kept, Parallel: w.Parallel}),
	}
}
