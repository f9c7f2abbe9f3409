package table

import (
	"fmt"
	"io"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/pkg/twwidth"
	"github.com/olekukonko/tablewriter/tw"
)

// text writes the table for a terminal or, aligned by spaces, for anything
// else.
func (t *Table) text(w io.Writer, screen Screen) error {
	var b strings.Builder
	for _, line := range t.head() {
		fmt.Fprintln(&b, line)
	}
	b.WriteString("\n")
	g := t.grid()
	if screen.Color {
		g.color()
	}
	if screen.Terminal {
		if err := g.draw(&b); err != nil {
			return err
		}
	} else {
		g.align(&b)
	}
	if len(t.Notes) > 0 {
		b.WriteString("\n")
	}
	for _, note := range t.Notes {
		fmt.Fprintln(&b, note)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// The colours of verdicts: green, red and yellow.
const (
	green  = "\x1b[32m"
	red    = "\x1b[31m"
	yellow = "\x1b[33m"
	plain  = "\x1b[0m"
)

// color colours the verdicts.
func (g grid) color() {
	for _, row := range g.rows {
		for i, cell := range row {
			word, _, _ := strings.Cut(cell, " ")
			switch Verdict(word) {
			case Pass:
				row[i] = green + cell + plain
			case Fail:
				row[i] = red + cell + plain
			case Open:
				row[i] = yellow + cell + plain
			}
		}
	}
}

// draw writes the grid with lines round its cells.
func (g grid) draw(w io.Writer) error {
	aligns := make([]tw.Align, len(g.right))
	for i, right := range g.right {
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
	table.Header(g.header)
	if err := table.Bulk(g.rows); err != nil {
		return err
	}
	return table.Render()
}

// align writes the grid with its columns aligned by spaces.
func (g grid) align(b *strings.Builder) {
	lines := append([][]string{g.header}, g.rows...)
	widths := make([]int, len(g.header))
	for _, line := range lines {
		for i, cell := range line {
			widths[i] = max(widths[i], twwidth.Width(cell))
		}
	}
	for _, line := range lines {
		var padded []string
		for i, cell := range line {
			gap := strings.Repeat(" ", widths[i]-twwidth.Width(cell))
			if g.right[i] {
				cell = gap + cell
			} else {
				cell += gap
			}
			padded = append(padded, cell)
		}
		fmt.Fprintln(b, strings.TrimRight(strings.Join(padded, "  "), " "))
	}
}
