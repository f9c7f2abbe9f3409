package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"gossipbench/harness/files"
	"gossipbench/harness/table"
	"gossipbench/harness/texttab"
	"gossipbench/harness/trial"
	"gossipbench/strategies/param"
)

// written are the flags of a verb that reads results and writes a listing.
type written struct {
	filters     []string
	format, out string
	careful     []string // what a reader must know of the results that were loaded
}

func (o *written) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVar(&o.filters, "filter", nil, `only these trials: "key=value,… key!=value …" (see harness help filters)`)
	f.StringVar(&o.format, "format", "text", "text, markdown, latex, csv, json or html")
	f.StringVarP(&o.out, "out", "o", "", "file to write, in the format of its ending unless --format is given (default stdout)")
	complete(cmd, "format", func() []string { return texttab.Formats })
}

// check finds the format, and what is wrong with it before anything is read.
func (o *written) check(cmd *cobra.Command) error {
	if err := byEnding(&o.format, o.out, cmd.Flags().Changed("format"), texttab.FormatOf, texttab.Endings()); err != nil {
		return err
	}
	return oneOf("--format", o.format, texttab.Formats)
}

// byEnding sets a format to that which the ending of the file to write asks for,
// unless the format was given. An ending that asks for none is a mistake; no ending
// leaves the format as it is.
func byEnding(format *string, out string, given bool, formatOf func(string) string, endings []string) error {
	if out == "" || given || filepath.Ext(out) == "" {
		return nil
	}
	asked := formatOf(out)
	if asked == "" {
		return usage("-o %s: want a file that ends in %s, or --format", out, strings.Join(endings, ", "))
	}
	*format = asked
	return nil
}

// load reads the results that args mean, baselines among them. The listing tells what
// else there is to know of them; where they are one of several sides, by name.
func (o *written) load(w *world, args []string, side bool) ([]stored, []trial.Result, error) {
	all, results, err := w.collect(args)
	for _, s := range all {
		for _, note := range s.told(side || len(all) > 1) {
			if !slices.Contains(o.careful, note) {
				o.careful = append(o.careful, note)
			}
		}
	}
	return all, results, err
}

// tell writes a listing to the file or to stdout. Notes for which the format has no
// room go to stderr.
func (o *written) tell(w *world, l *texttab.Listing) error {
	l.Notes = append(l.Notes, o.careful...)
	if o.format == "csv" {
		w.warn(l.Notes)
	}
	screen := w.screen()
	if o.out != "" {
		screen = w.fileScreen()
	}
	if n := len(l.Head); n > 0 {
		l.Head[n-1] += table.Filtered(o.filters)
	}
	var b bytes.Buffer
	if err := l.Write(&b, o.format, screen); err != nil {
		return err
	}
	if o.out != "" {
		return files.Write(o.out, b.Bytes())
	}
	_, err := w.stdout.Write(b.Bytes())
	return err
}

// warn says on stderr what stands nowhere else.
func (w *world) warn(notes []string) {
	for _, note := range notes {
		fmt.Fprintln(w.stderr, "harness: "+note)
	}
}

// collect reads the results that args mean, baselines among them.
func (w *world) collect(args []string) ([]stored, []trial.Result, error) {
	var chosen []place
	for _, text := range args {
		if filepath.Base(text) == "trials.jsonl" {
			text = filepath.Dir(text)
		}
		p, err := findPlace(text)
		if err != nil {
			b, found := findBaseline(text)
			if names := baselineNames(); !found && len(names) > 0 {
				names = append(names, placeNames()...)
				return nil, nil, usage("no results of %q in %s or %s, %s", text, resultsFolder, baselinesFolder, param.Hint(text, names))
			}
			if !found {
				return nil, nil, err
			}
			p = b
		}
		chosen = append(chosen, p)
	}
	if len(args) == 0 {
		only, err := chosenPlaces(nil)
		if err != nil {
			return nil, nil, err
		}
		chosen = only
	}
	var all []stored
	var results []trial.Result
	for _, p := range chosen {
		s, err := w.read(p)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, s)
		results = gathered(results, s.results)
	}
	return all, results, nil
}

// gathered appends results to others; the first are not copied, for there may be
// many.
func gathered(results, more []trial.Result) []trial.Result {
	if len(results) == 0 {
		return more
	}
	return append(results, more...)
}
