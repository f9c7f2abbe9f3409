// Package report turns the results of experiments into one HTML file, for a
// person who has nothing else: what was asked, what was run, which configuration to
// choose and why, tables to sort and filter, charts whose selections filter each
// other, and every trial that is not in the numbers, with the command that runs
// it again.
//
// The file needs no network and no server. Charts are drawn by Vega-Lite
// (Satyanarayan et al., "Vega-Lite: A Grammar of Interactive Graphics", IEEE
// TVCG 23(1), 2017), which lies in assets with its licence and is built into the
// page. Its policy allows the page's own scripts and nothing else: Vega's
// expressions are interpreted, not evaluated. All text of users, which is
// questions, parameters, errors and warnings, is text in the page.
//
// The same results give the same bytes, in whatever order they come. What a page
// cannot hold in Options.Limit it says; nothing is left out silently. It promises
// no significance where it says "lowest" of medians: what it says of chance it
// says with an interval beside it.
package report

import (
	"errors"
	"io"

	"gossipbench/harness/experiment"
	"gossipbench/harness/plain"
	"gossipbench/harness/trial"
)

// Part is an experiment and what came out.
type Part struct {
	// Experiment is the file's, where that is known; its Name always is. Of its
	// Trials those without a result are told of.
	Experiment experiment.Experiment
	Results    []trial.Result
	Notes      []string // what a reader must know of the results besides, as whole sentences
}

// Options say how a page is made.
type Options struct {
	Title string // of the page; the experiments' names without it
	// Catalog says what the parameters mean.
	Catalog experiment.Catalog
	// Replay is the command that repeats a trial of a part, or runs it again.
	Replay func(part int, r trial.Result) string
	// Filters are those that the results have passed; each caption tells them.
	Filters []string
	// Limit is how many bytes the page may have, or 0 for DefaultLimit. A page
	// that would have more leaves out trials first, then configurations, and says so.
	Limit int
}

// DefaultLimit is how many bytes a page has at the most: what still opens at
// once. Chosen.
const DefaultLimit = 4_500_000

// Write writes the page of parts, each of which has results.
func Write(w io.Writer, parts []Part, o Options) error {
	if len(parts) == 0 {
		return errors.New("want at least one experiment, got none")
	}
	var studies []*study
	for i, p := range parts {
		s, err := newStudy(p, func(r trial.Result) string { return o.Replay(i, r) })
		if err != nil {
			return err
		}
		studies = append(studies, s)
	}
	o.Title = plain.Text(o.Title)
	return write(w, studies, o)
}
