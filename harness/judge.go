package main

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"gossipbench/harness/maelstrom"
)

func judgeVerb(w *world) *cobra.Command {
	return &cobra.Command{
		Use:   "judge PATH...",
		Short: "Check the histories of tests again, and compare with Jepsen's verdict",
		Long: `Judge reads a history.edn, plain or compressed, checks it with our own checkers
and prints where they agree with the results.edn beside it and where they do not,
and what Jepsen does not say, such as values that a read showed twice. PATH is a
history, the folder of a test, or a folder of such folders, as Maelstrom's store
is one. Without results.edn it prints our verdict alone.

Exit status: 1 where Jepsen's verdict on some test cannot be reproduced, 4 where
some test cannot be judged.`,
		Example: "  harness judge store/broadcast/latest\n  harness judge results/quickstart/trials/3f9c02ab41d7/history.edn.gz",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			var paths []string
			var errs []error
			for _, arg := range args {
				tests, err := testsAt(arg)
				errs = append(errs, err)
				paths = append(paths, tests...)
			}
			different := 0
			for _, path := range paths {
				judgement, err := maelstrom.Judge(path)
				if err != nil {
					errs = append(errs, err)
					continue
				}
				if !judgement.Reproduced() {
					different++
				}
				var b bytes.Buffer
				if len(paths) > 1 {
					fmt.Fprintf(&b, "%s\n", path)
				}
				if err := judgement.Print(&b); err != nil {
					return err
				}
				text := b.String()
				if len(paths) > 1 {
					text = strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n  ") + "\n"
				}
				if _, err := fmt.Fprint(w.stdout, text); err != nil {
					return err
				}
			}
			if err := errors.Join(errs...); err != nil {
				return &statusError{exitFailed, err}
			}
			if different > 0 {
				return &statusError{exitInvalid, fmt.Errorf("of %s %d cannot be judged as Jepsen judged", count(len(paths), "test"), different)}
			}
			return nil
		},
	}
}

// testsAt returns the tests at or below a path, of which there must be some.
func testsAt(path string) ([]string, error) {
	tests, err := maelstrom.Tests(path)
	if err == nil && len(tests) == 0 {
		err = fmt.Errorf("%s: no test in it, want a results.edn, a history.edn or a jepsen.log", path)
	}
	return tests, err
}
