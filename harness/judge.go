package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"gossipbench/harness/checker"
	"gossipbench/harness/cli"
	"gossipbench/harness/maelstrom"
	"gossipbench/harness/plain"
	"gossipbench/harness/trial"
)

func judgeVerb(w *cli.World) *cobra.Command {
	return &cobra.Command{
		Use:   "judge PATH...",
		Short: "Check the histories of tests again, and compare with Jepsen's verdict",
		Long: `Judge reads a history.edn, plain or compressed, checks it with our own checkers
and prints where they agree with the results.edn beside it and where they do not,
and what Jepsen does not say, such as values that a read showed twice. PATH is a
history, the folder of a test or of one key of it, or a folder with such folders,
as Maelstrom's store is one. Without results.edn it prints our verdict alone. A test
that cannot be judged is a line with the reason, and the others go on.

Exit status: 0 where each verdict is Jepsen's, or valid where Jepsen has none; 1
where one contradicts Jepsen's, or is invalid where Jepsen has none; 2 where some
test cannot be judged, or not as far as Jepsen judged it.`,
		Example: "  harness judge store/broadcast/latest\n  harness judge results/quickstart/trials/3f9c02ab41d7/history.edn.gz",
		Args:    cobra.MinimumNArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return judge(cmd.Context(), w, args) },
	}
}

// judge judges the tests at paths.
func judge(ctx context.Context, w *cli.World, args []string) error {
	paths, errs := testsAt(ctx, args)
	var different, unknown, invalid int
	for _, path := range paths {
		judgement, err := judged(ctx, w, path)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var text string
		switch {
		case err != nil:
			unknown++
			text = "not judged: " + plain.Text(err.Error()) + "\n"
		default:
			var b bytes.Buffer
			if err := judgement.Print(&b); err != nil {
				return err
			}
			text = b.String()
			switch {
			case judgement.Contradicts():
				different++
			case !judgement.Reproduced(), !judgement.Compared() && judgement.Ours == trial.Unknown:
				unknown++
			case !judgement.Compared() && judgement.Ours == trial.Invalid:
				invalid++
			}
		}
		if len(paths) > 1 {
			text = plain.Text(path) + "\n  " + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n  ") + "\n"
		}
		if _, err := fmt.Fprint(w.Stdout, plain.Lines(text)); err != nil {
			return err
		}
	}
	return verdictOf(len(paths), different, unknown, invalid, errs)
}

// verdictOf is the error, and with it the exit status, of a number of tests, of
// which so many contradict Jepsen, cannot be judged, and are invalid without Jepsen.
func verdictOf(tests, different, unknown, invalid int, errs []error) error {
	say := func(n int, what string) {
		if n > 0 {
			errs = append(errs, fmt.Errorf("of %s %d %s", plain.Count(tests, "test"), n, what))
		}
	}
	say(different, "cannot be judged as Jepsen judged")
	say(invalid, "invalid, and Jepsen has no verdict to compare with")
	say(unknown, "cannot be judged")
	switch err := errors.Join(errs...); {
	case different > 0 || invalid > 0:
		return cli.Exit(cli.ExitInvalid, err)
	case err != nil:
		return cli.Exit(cli.ExitUnknown, err)
	}
	return nil
}

// judged judges one test.
func judged(ctx context.Context, w *cli.World, path string) (judgement checker.Judgement, err error) {
	defer w.Survive(path, &err)
	return maelstrom.Judge(ctx, path)
}

// testsAt returns the tests at or below paths, each once, and what could not be
// looked at. A path below which there is no test is an error.
func testsAt(ctx context.Context, args []string) (paths []string, errs []error) {
	been := map[string]bool{}
	for _, arg := range args {
		tests, err := maelstrom.Tests(ctx, arg)
		if err == nil && len(tests) == 0 {
			err = fmt.Errorf("%s: no test in it, want a results.edn, a history.edn or a jepsen.log", arg)
		}
		if err != nil {
			errs = append(errs, err)
		}
		for _, path := range tests {
			if same := maelstrom.Same(path); !been[same] {
				been[same] = true
				paths = append(paths, path)
			}
		}
	}
	return paths, errs
}
