// Package cli is what the verbs of command harness share, so that there is one way to
// do each thing:
//
//   - World is what a verb reaches outside itself: streams, the terminal, backends. It
//     runs the verb that a command line names and returns its exit status.
//   - Place is a folder of results. World.Read returns its results with what a reader
//     must know of them: which are stale, and which are not of the plan.
//   - Sweep, Pivot and Output are flags that several verbs have: those that make an
//     experiment, those that shape a table, and those of a listing.
//   - Progress says how far a run is; Complete has a shell complete a flag.
//
// A verb itself is a file of command harness: flags, load, compute, write.
package cli
