package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"gossipbench/harness/experiment"
	"gossipbench/harness/plain"
	"gossipbench/harness/runner"
	"gossipbench/harness/table"
	"gossipbench/harness/texttab"
	"gossipbench/strategies/param"
)

// world is all that a verb can reach outside itself, but for files.
type world struct {
	self   string // the command that this program was called by
	stdin  io.Reader
	stdout io.Writer // results and nothing else, as plain text; see guard
	stderr io.Writer // progress, warnings and errors, as plain text
	raw    io.Writer // stdout for what is no text, such as a PDF
	// backends makes the backends that this program has, by name.
	backends func(wiring) map[string]runner.Backend
	// source is what this program is made of; nil is what the compiler has put
	// into it.
	source fs.FS

	// finishes is set while a verb has something to finish when it is interrupted.
	finishes atomic.Bool

	disturbed bool   // --disturbed: count trials that were disturbed
	color     string // --color: auto, always or never
	args      []string
}

// The exit statuses.
const (
	exitWell        = 0
	exitInvalid     = 1
	exitUnknown     = 2
	exitGate        = 3
	exitFailed      = 4 // some trial, or the verb itself, could not be run
	exitUsage       = 64
	exitBadFile     = 65
	exitInterrupted = 130
)

// exits says what the exit statuses mean, in the order of the help.
var exits = []struct {
	status int
	means  string
}{
	{exitWell, "well"},
	{exitInvalid, "some trial is invalid"},
	{exitUnknown, "some trial is unknown"},
	{exitGate, "a gate failed"},
	{exitFailed, "some trial, or the verb itself, could not be run; 4 outranks 1, and 1 outranks 2"},
	{exitUsage, "wrong usage"},
	{exitBadFile, "a bad experiment file"},
	{exitInterrupted, "interrupted; what is done is kept"},
}

// exitsTopic lists the exit statuses as the help does.
func exitsTopic() string {
	var b strings.Builder
	for _, e := range exits {
		fmt.Fprintf(&b, "\n  %-3d  %s", e.status, e.means)
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

// usage is the error of a command line that makes no sense.
func usage(format string, args ...any) error {
	return &statusError{exitUsage, fmt.Errorf(format, args...)}
}

// execute runs the verb that args name and returns its exit status.
func (w *world) execute(ctx context.Context, args []string) int {
	w.args = args
	w.guard()
	root := w.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitWell
	}
	var status *statusError
	if !errors.As(err, &status) {
		status = &statusError{statusOf(err), err}
	}
	if status.err != nil {
		for line := range strings.Lines(status.err.Error()) {
			fmt.Fprintf(w.stderr, "harness: %s\n", strings.TrimSuffix(line, "\n"))
		}
	}
	return status.status
}

// guard lets nothing but plain text and the program's own escape sequences
// through to stdout and stderr: names of folders, foreign results and what nodes
// print are no instructions to a terminal.
func (w *world) guard() {
	w.raw = w.stdout
	w.stdout = plain.Writer{W: w.stdout, Own: append(slices.Clone(texttab.Escapes), "\r\n")} // as CSV has it
	w.stderr = plain.Writer{W: w.stderr, Own: []string{erase}}
}

// statusOf returns the exit status of an error that does not name its own.
func statusOf(err error) int {
	var mistakes experiment.Mistakes
	switch {
	case errors.As(err, &mistakes):
		return exitBadFile
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	}
	return exitFailed
}

func (w *world) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "harness",
		Short: "Run experiments on gossip strategies, and read what came out",
		Long: `Harness runs experiments on gossip strategies: on real node processes, on
Maelstrom itself, or in virtual time, and turns the results into tables.

Exit status:` + exitsTopic() + `

Where the system has not even the memory to start a program, Go's runtime says so
(fatal error: …) and exits with 2 of its own: with an unknown trial the last line
on stderr begins with harness:.`,
		Example: `  harness run experiments/quickstart.yaml
  harness run --set strategy=flood -P topology=tree4,grid,line
  harness table quickstart --row fanout --col interval --metric msgs-per-op`,
		SilenceUsage:       true,
		SilenceErrors:      true,
		Args:               cobra.ArbitraryArgs,
		FParseErrWhitelist: cobra.FParseErrWhitelist{UnknownFlags: true}, // so that a wrong verb is named, not its flags
	}
	root.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 && len(w.args) > 0 {
			return usage("unknown flag: %s, see harness --help", w.args[0])
		}
		if len(args) == 0 {
			return cmd.Help()
		}
		if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
			return usage("no such verb: %q, did you mean %s?", args[0], near[0])
		}
		return usage("no such verb: %q, see harness --help", args[0])
	}
	root.SuggestionsMinimumDistance = 2
	root.SetIn(w.stdin)
	root.SetOut(w.stdout)
	root.SetErr(w.stderr)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usage("%w, %s", err, flagHint(cmd, err))
	})
	root.PersistentFlags().StringVar(&w.color, "color", "auto", "colors on the terminal: auto (no where NO_COLOR is set), always or never")
	root.PersistentFlags().BoolVar(&w.disturbed, "disturbed", false, "count trials in real time that other work on their machine disturbed")
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		return oneOf("--color", w.color, []string{"auto", "always", "never"})
	}
	for _, verb := range verbs {
		cmd := verb(w)
		check := cmd.Args
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			if check != nil {
				if err := check(cmd, args); err != nil {
					return usage("%s: %w, see %s --help", cmd.Name(), err, cmd.CommandPath())
				}
			}
			return nil
		}
		root.AddCommand(cmd)
	}
	for _, topic := range topics() {
		root.AddCommand(topic)
	}
	root.SetHelpCommand(helpVerb())
	return root
}

// flagHint says what could have been meant by a flag that a verb does not have.
func flagHint(cmd *cobra.Command, err error) string {
	see := "see " + cmd.CommandPath() + " --help"
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return see
	}
	name := unknown.GetSpecifiedName()
	var known []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
	if near := param.Nearest(name, known); near != "" {
		return "did you mean --" + near + "?"
	}
	if cmd.Flags().Lookup("set") != nil && slices.Contains(settingNames(), name) {
		return fmt.Sprintf("did you mean --set %s=…?", name)
	}
	return see
}

// oneOf checks the value of a flag that knows few.
func oneOf(flag, value string, known []string) error {
	if slices.Contains(known, value) {
		return nil
	}
	return usage("%s: want one of %s, got %q", flag, strings.Join(known, ", "), value)
}

// terminal returns the file that a stream is, where that is a terminal.
func terminal(stream any) (*os.File, bool) {
	if guarded, ok := stream.(plain.Writer); ok {
		stream = guarded.W
	}
	file, ok := stream.(*os.File)
	return file, ok && term.IsTerminal(int(file.Fd()))
}

// screen says how tables are written to stdout.
func (w *world) screen() texttab.Screen {
	file, is := terminal(w.stdout)
	width := 0
	if is {
		width, _, _ = term.GetSize(int(file.Fd())) // 0, without end, where nobody knows
	}
	color := w.color == "always"
	if w.color == "auto" {
		color = is && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	}
	screen := texttab.Screen{Terminal: is, Width: width}
	if color {
		screen.Colors = table.Colors
	}
	return screen
}

// fileScreen says how tables are written to a file.
func (w *world) fileScreen() texttab.Screen {
	if w.color == "always" {
		return texttab.Screen{Colors: table.Colors}
	}
	return texttab.Screen{}
}
