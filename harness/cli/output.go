package cli

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"gossipbench/harness/files"
	"gossipbench/harness/query"
	"gossipbench/harness/texttab"
	"gossipbench/harness/trial"
)

// Output are the flags of a verb that reads results and writes a listing.
type Output struct {
	Filters     []string
	Format, Out string
	cautions    []string // what a reader must know of the results that were loaded
}

func (o *Output) Register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVar(&o.Filters, "filter", nil, `only these trials: "key=value,… key!=value …" (see harness help filters)`)
	f.StringVar(&o.Format, "format", "text", "text, markdown, latex, csv, json or html")
	f.StringVarP(&o.Out, "out", "o", "", "file to write, in the format of its ending unless --format is given (default stdout)")
	Complete(cmd, "format", func() []string { return texttab.Formats })
}

// Check finds the format, and what is wrong with it before anything is read.
func (o *Output) Check(cmd *cobra.Command) error {
	if err := FormatByEnding(&o.Format, o.Out, cmd.Flags().Changed("format"), texttab.FormatOf, texttab.Endings()); err != nil {
		return err
	}
	return OneOf("--format", o.Format, texttab.Formats)
}

// FormatByEnding sets a format to that which the ending of the file to write asks for,
// unless the format was given. An ending that asks for none is a mistake; no ending
// leaves the format as it is.
func FormatByEnding(format *string, out string, given bool, formatOf func(string) string, endings []string) error {
	if out == "" || given || filepath.Ext(out) == "" {
		return nil
	}
	asked := formatOf(out)
	if asked == "" {
		return Usage("-o %s: want a file that ends in %s, or --format", out, strings.Join(endings, ", "))
	}
	*format = asked
	return nil
}

// Load reads the results that args mean, baselines among them. The listing tells what
// else there is to know of them; where they are one of several sides, by name.
func (o *Output) Load(w *World, args []string, side bool) ([]Stored, []trial.Result, error) {
	all, results, err := w.Collect(args)
	for _, s := range all {
		for _, note := range s.NamedCautions(side || len(all) > 1) {
			if !slices.Contains(o.cautions, note) {
				o.cautions = append(o.cautions, note)
			}
		}
	}
	return all, results, err
}

// Print writes a listing to the file or to stdout. Notes for which the format has no
// room go to stderr.
func (o *Output) Print(w *World, l *texttab.Listing) error {
	l.Notes = append(l.Notes, o.cautions...)
	if o.Format == "csv" {
		w.Warn(l.Notes)
	}
	screen := w.Screen()
	if o.Out != "" {
		screen = w.FileScreen()
	}
	if n := len(l.Head); n > 0 {
		l.Head[n-1] += query.Filtered(o.Filters)
	}
	var b bytes.Buffer
	if err := l.Write(&b, o.Format, screen); err != nil {
		return err
	}
	if o.Out != "" {
		return files.Write(o.Out, b.Bytes())
	}
	_, err := w.Stdout.Write(b.Bytes())
	return err
}
