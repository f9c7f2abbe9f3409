package main

import (
	"os"
	"time"

	"gossipbench/harness/maelstrom"
	"gossipbench/harness/native"
	"gossipbench/harness/runner"
	"gossipbench/harness/sim"
	"gossipbench/harness/store"
)

// wiring is what backends need to know of a run.
type wiring struct {
	dir       string        // of the results; "" where no trial's files are to be kept
	keep      string        // whose files stay: failed, all or none
	maelstrom string        // --maelstrom
	patience  time.Duration // --patience
	parallel  int           // -j
	cost      bool          // --cost
}

// keeps are the values of --keep.
var keeps = []string{"failed", "all", "none"}

// backends makes every backend that this program has.
func backends(w wiring) map[string]runner.Backend {
	self, err := os.Executable()
	if err != nil {
		self = os.Args[0]
	}
	node := []string{self, "node"}
	var kept func(id string) string
	if w.dir != "" {
		kept = func(id string) string { return store.TrialFolder(w.dir, id) }
	}
	keep, err := native.ParseKeep(w.keep)
	if err != nil {
		panic(err) // run has checked --keep
	}
	return map[string]runner.Backend{
		"sim":       sim.New(sim.Options{Cost: w.cost}),
		"native":    native.New(native.Options{Node: node, Keep: keep, Folder: kept}),
		"maelstrom": maelstrom.New(maelstrom.Options{Maelstrom: w.maelstrom, Patience: w.patience, Node: node, Keep: w.keep, Folder: kept, Parallel: w.parallel}),
	}
}
