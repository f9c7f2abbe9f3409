package cli

import (
	"errors"
	"fmt"

	"gossipbench/harness/query"
)

// Flagged writes the options that a library complains of as flags: each has the name of
// its option.
func Flagged(err error) error {
	switch e := err.(type) {
	case *query.OptionError:
		return fmt.Errorf("--%s: %w", e.Option, e.Err)
	case interface{ Unwrap() []error }:
		var all []error
		for _, one := range e.Unwrap() {
			all = append(all, Flagged(one))
		}
		return errors.Join(all...)
	}
	return err
}
