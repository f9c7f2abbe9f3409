// Package runner runs trials on their backends: as many at once as the backend
// allows, each costing at most itself.
package runner

import (
	"context"
	"gossipbench/harness/trial"
)

// Backend runs trials of one kind. A trial that could not be run is an error; a
// strategy that failed is a result.
type Backend interface {
	Run(context.Context, trial.Trial) (trial.Result, error)
	// Check says why the backend cannot run a trial of such settings, before
	// any is run; nil where it can.
	Check(trial.Trial) error
	// Parallel is the number of trials that do not disturb each other when
	// they run at once.
	Parallel() int
}
