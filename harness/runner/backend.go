// Package runner runs trials on their backends, as many at once as the backend allows. A
// trial that fails does not affect the others.
package runner

import (
	"context"
	"gossipbench/harness/trial"
)

// Backend runs trials of one kind. It returns an error if a trial could not be run, and a
// result if the strategy failed.
type Backend interface {
	Run(context.Context, trial.Trial) (trial.Result, error)
	// Check returns why the backend cannot run a trial with these settings, or nil. It is
	// called before any trial runs.
	Check(trial.Trial) error
	// Parallel returns how many trials can run at once without disturbing each other.
	Parallel() int
}
