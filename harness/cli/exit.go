package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"gossipbench/harness/experiment"
)

// The exit statuses.
const (
	ExitWell        = 0
	ExitInvalid     = 1
	ExitUnknown     = 2
	ExitGate        = 3
	ExitFailed      = 4 // some trial, or the verb itself, could not be run
	ExitUsage       = 64
	ExitBadFile     = 65
	ExitInterrupted = 130
)

// Exits says what the exit statuses mean, in the order of the help.
var Exits = []struct {
	Status int
	Means  string
}{
	{ExitWell, "well"},
	{ExitInvalid, "some trial is invalid"},
	{ExitUnknown, "some trial is unknown"},
	{ExitGate, "a gate failed"},
	{ExitFailed, "some trial, or the verb itself, could not be run; 4 outranks 1, and 1 outranks 2"},
	{ExitUsage, "wrong usage"},
	{ExitBadFile, "a bad experiment file"},
	{ExitInterrupted, "interrupted; what is done is kept"},
}

// exitsTopic lists the exit statuses as the help does.
func exitsTopic() string {
	var b strings.Builder
	for _, e := range Exits {
		fmt.Fprintf(&b, "\n  %-3d  %s", e.Status, e.Means)
	}
	return b.String()
}

// statusError is an error that has an exit status of its own.
type statusError struct {
	status int
	err    error // nil where there is nothing to say
}

func (e *statusError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit status %d", e.status)
	}
	return e.err.Error()
}

func (e *statusError) Unwrap() error { return e.err }

// Usage is the error of a command line that makes no sense.
func Usage(format string, args ...any) error {
	return Exit(ExitUsage, fmt.Errorf(format, args...))
}

// Exit returns err with an exit status of its own. It is nil where there is nothing to
// say.
func Exit(status int, err error) error { return &statusError{status, err} }

// statusOf returns the exit status of an error that does not name its own.
func statusOf(err error) int {
	var mistakes experiment.Mistakes
	switch {
	case errors.As(err, &mistakes):
		return ExitBadFile
	case errors.Is(err, context.Canceled):
		return ExitInterrupted
	}
	return ExitFailed
}
