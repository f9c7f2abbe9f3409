package query

import (
	"errors"
	"fmt"
	"slices"

	"gossipbench/harness/trial"
	"gossipbench/strategies/param"
)

// OptionError is a mistake in an option, such as "row" or "metric". Whoever asked the
// user for it says what it is called there.
type OptionError struct {
	Option string
	Err    error
}

func (e *OptionError) Error() string { return e.Option + ": " + e.Err.Error() }
func (e *OptionError) Unwrap() error { return e.Err }

// In makes each of errs that is not nil an OptionError, and joins them.
func In(option string, errs ...error) error {
	all := make([]error, 0, len(errs))
	for _, err := range errs {
		if err != nil {
			all = append(all, &OptionError{option, err})
		}
	}
	return errors.Join(all...)
}

// Check returns an error for each name that no result has as a setting or parameter,
// nor as seed or replicate.
func Check(results []trial.Result, names ...string) []error {
	if len(names) == 0 {
		return nil
	}
	known := nameable(trial.NamesOf(results))
	var errs []error
	for _, name := range names {
		errs = append(errs, checkName(name, known))
	}
	return errs
}

// nameable adds to the names of settings and parameters those by which a user may tell
// any results apart.
func nameable(names []string) []string {
	all := append(slices.Clip(names), trial.SeedKey, trial.ReplicateKey)
	if !slices.Contains(all, "rpc_timeout") { // nobody chose it, see trial.NamesOf
		all = append(all, "rpc_timeout")
	}
	return all
}

func checkName(name string, known []string) error {
	if slices.Contains(known, name) {
		return nil
	}
	return fmt.Errorf("no trial here has a setting or parameter %q, %s", name, param.Hint(name, known))
}
