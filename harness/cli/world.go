package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"gossipbench/harness/plain"
	"gossipbench/harness/runner"
	"gossipbench/harness/texttab"
)

// World is all that a verb can reach outside itself, but for files.
type World struct {
	Self   string // the command that this program was called by
	Stdin  io.Reader
	Stdout io.Writer // results and nothing else, as plain text; see guard
	Stderr io.Writer // progress, warnings and errors, as plain text
	Raw    io.Writer // stdout for what is no text, such as a PDF
	// Backends makes the backends that this program has, by name.
	Backends func(Wiring) map[string]runner.Backend
	// Source is what this program is made of; nil is what the compiler has put
	// into it.
	Source fs.FS
	Groups []Group                 // the verbs
	Topics func() []*cobra.Command // what help explains beside verbs

	// Finishes is set while a verb has something to finish when it is interrupted.
	Finishes atomic.Bool

	printed   *printed // stdout
	disturbed bool     // --disturbed: count trials that were disturbed
	color     string   // --color: auto, always or never
	Args      []string
}

// Group is verbs that stand together in the help.
type Group struct {
	Title string
	Verbs []Verb
}

// Verb makes the command of a verb.
type Verb func(*World) *cobra.Command

// Execute runs the verb that args name and returns its exit status.
func (w *World) Execute(ctx context.Context, args []string) int {
	w.Args = args
	w.guard()
	root := w.Root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil { // many verbs, and the help, do not ask what became of a line
		err = w.printed.err
	}
	if err == nil {
		return ExitWell
	}
	var status *statusError
	if !errors.As(err, &status) {
		status = &statusError{statusOf(err), err}
	}
	if status.err != nil {
		for line := range strings.Lines(err.Error()) {
			fmt.Fprintf(w.Stderr, "harness: %s\n", strings.TrimSuffix(line, "\n"))
		}
	}
	return status.status
}

// printed writes to stdout and keeps the first error.
type printed struct {
	to  io.Writer
	err error
}

func (p *printed) Write(b []byte) (int, error) {
	n, err := p.to.Write(b)
	if p.err == nil {
		p.err = err
	}
	return n, err
}

// guard lets nothing but plain text and the program's own escape sequences
// through to stdout and stderr: names of folders, foreign results and what nodes
// print are no instructions to a terminal.
func (w *World) guard() {
	w.printed = &printed{to: w.Stdout}
	w.Raw = w.printed
	w.Stdout = plain.Writer{W: w.printed, Own: append(slices.Clone(texttab.Escapes), "\r\n")} // as CSV has it
	w.Stderr = plain.Writer{W: w.Stderr, Own: []string{erase}}
}

// Survive makes an error of a bug that a file has met, so that it does not end what
// is done with others.
func (w *World) Survive(path string, err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("%s: a mistake of this program, please report it: %v", path, r)
		fmt.Fprintf(w.Stderr, "harness: %v\n%s", *err, debug.Stack())
	}
}

// Wiring is what backends need to know of a run.
type Wiring struct {
	Dir       string        // of the results; "" where no trial's files are to be kept
	Keep      string        // whose files stay: failed, all or none
	Maelstrom string        // --maelstrom
	Patience  time.Duration // --patience
	Parallel  int           // -j
	Cost      bool          // --cost
}
