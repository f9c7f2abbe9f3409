package table

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/pkg/twwidth"
	"github.com/olekukonko/tablewriter/tw"

	"gossipbench/harness/experiment"
)

// text writes the listing for a terminal or, aligned by spaces, for anything
// else.
func (l *Listing) text(b *strings.Builder, screen Screen) error {
	for _, line := range l.Head {
		fmt.Fprintln(b, oneLine(line))
	}
	if len(l.Head) > 0 {
		b.WriteString("\n")
	}
	rows := l.rows
	if screen.Color {
		rows = colored(rows)
	}
	if screen.Terminal {
		if err := l.draw(b, rows); err != nil {
			return err
		}
	} else {
		l.align(b, rows)
	}
	if len(l.Notes) > 0 {
		b.WriteString("\n")
	}
	for _, note := range l.Notes {
		fmt.Fprintln(b, oneLine(note))
	}
	return nil
}

// The colours of words: green is well, red is not, yellow is not known.
const (
	green  = "\x1b[32m"
	red    = "\x1b[31m"
	yellow = "\x1b[33m"
	plain  = "\x1b[0m"
)

// colors are those of verdicts and outcomes.
var colors = map[string]string{
	string(Pass): green, string(experiment.Valid): green,
	string(Fail): red, string(experiment.Invalid): red, string(experiment.Failed): red,
	string(Open): yellow, string(experiment.Unknown): yellow,
}

// colored colours the cells that begin with a verdict or an outcome.
func colored(rows [][]string) [][]string {
	all := make([][]string, len(rows))
	for i, row := range rows {
		all[i] = slices.Clone(row)
		for j, cell := range row {
			word, _, _ := strings.Cut(cell, " ")
			if color := colors[word]; color != "" {
				all[i][j] = color + cell + plain
			}
		}
	}
	return all
}

// draw writes the rows with lines round its cells.
func (l *Listing) draw(w io.Writer, rows [][]string) error {
	aligns := make([]tw.Align, len(l.right))
	for i, right := range l.right {
		aligns[i] = tw.AlignLeft
		if right {
			aligns[i] = tw.AlignRight
		}
	}
	table := tablewriter.NewTable(w,
		tablewriter.WithHeaderAutoFormat(tw.Off),
		tablewriter.WithHeaderAutoWrap(tw.WrapNone),
		tablewriter.WithRowAutoWrap(tw.WrapNone),
		tablewriter.WithAlignment(aligns),
	)
	table.Header(folded(l.header))
	if err := table.Bulk(rows); err != nil {
		return err
	}
	return table.Render()
}

// fold is where a header may be broken: before a quantile, or after a level.
var fold = regexp.MustCompile(`\.([a-z])|(=\S+) `)

// folded breaks headers that are longer than the numbers below them, so that
// the table fits a terminal.
func folded(header []string) []string {
	all := make([]string, len(header))
	for i, name := range header {
		all[i] = fold.ReplaceAllString(name, "$2\n$1")
	}
	return all
}

// align writes the rows with their columns aligned by spaces.
func (l *Listing) align(b *strings.Builder, rows [][]string) {
	lines := append([][]string{l.header}, rows...)
	widths := make([]int, len(l.header))
	for _, line := range lines {
		for i, cell := range line {
			widths[i] = max(widths[i], twwidth.Width(cell))
		}
	}
	for _, line := range lines {
		var padded []string
		for i, cell := range line {
			gap := strings.Repeat(" ", widths[i]-twwidth.Width(cell))
			if l.right[i] {
				cell = gap + cell
			} else {
				cell += gap
			}
			padded = append(padded, cell)
		}
		fmt.Fprintln(b, strings.TrimRight(strings.Join(padded, "  "), " "))
	}
}
