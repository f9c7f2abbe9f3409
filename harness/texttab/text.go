package texttab

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/pkg/twwidth"
	"github.com/olekukonko/tablewriter/tw"
)

// text writes the listing for a terminal or, aligned by spaces, for anything
// else.
func (l *Listing) text(b *strings.Builder, screen Screen) error {
	for _, line := range l.Head {
		paragraph(b, line, screen.Width)
	}
	if len(l.Head) > 0 {
		b.WriteString("\n")
	}
	if err := l.body(b, screen); err != nil {
		return err
	}
	if len(l.Notes) > 0 {
		b.WriteString("\n")
	}
	for _, note := range l.Notes {
		paragraph(b, note, screen.Width)
	}
	return nil
}

// body writes the rows: on a terminal with lines round the cells, if they fit, else
// with spaces between them, and at worst as blocks.
func (l *Listing) body(b *strings.Builder, screen Screen) error {
	color := func(rows [][]string) [][]string {
		if screen.Colors != nil {
			return colored(rows, screen.Colors)
		}
		return rows
	}
	columns := len(l.header)
	if screen.Terminal {
		header, rows, fits := folded(l.header), l.rows, true
		if screen.Width > 0 {
			// Beside each cell stand a line and two spaces, and at the end a line.
			header, rows, fits = wrapped(header, rows, screen.Width-3*columns-1, false)
		}
		if fits {
			return l.draw(b, header, color(rows))
		}
	}
	if screen.Width == 0 {
		l.align(b, l.header, color(l.rows))
		return nil
	}
	for _, torn := range []bool{false, true} {
		if header, rows, fits := wrapped(l.header, l.rows, screen.Width-2*(columns-1), torn); fits {
			l.align(b, header, color(rows))
			return nil
		}
	}
	l.blocks(b, screen.Width, screen.Colors)
	return nil
}

// The colours of words.
const (
	Green  = "\x1b[32m"
	Red    = "\x1b[31m"
	Yellow = "\x1b[33m"
	normal = "\x1b[0m"
)

// Escapes are the escape sequences of text in color.
var Escapes = []string{Green, Red, Yellow, normal}

// colored colours the cells that begin with a word of colors, each of their lines by
// itself.
func colored(rows [][]string, colors map[string]string) [][]string {
	all := make([][]string, len(rows))
	for i, row := range rows {
		all[i] = slices.Clone(row)
		for j, cell := range row {
			word, _, _ := strings.Cut(strings.ReplaceAll(cell, "\n", " "), " ")
			if color := colors[word]; color != "" {
				all[i][j] = color + strings.ReplaceAll(cell, "\n", normal+"\n"+color) + normal
			}
		}
	}
	return all
}

// draw writes the rows with lines round its cells.
func (l *Listing) draw(w io.Writer, header []string, rows [][]string) error {
	aligns := make([]tw.Align, len(l.right))
	for i, right := range l.right {
		aligns[i] = tw.AlignLeft
		if right {
			aligns[i] = tw.AlignRight
		}
	}
	between := tw.Off // lines between rows, where a row has several of its own
	if slices.ContainsFunc(rows, func(row []string) bool {
		return slices.ContainsFunc(row, func(cell string) bool { return strings.Contains(cell, "\n") })
	}) {
		between = tw.On
	}
	table := tablewriter.NewTable(w,
		tablewriter.WithRendition(tw.Rendition{Settings: tw.Settings{Separators: tw.Separators{BetweenRows: between}}}),
		tablewriter.WithHeaderAutoFormat(tw.Off),
		tablewriter.WithHeaderAutoWrap(tw.WrapNone),
		tablewriter.WithRowAutoWrap(tw.WrapNone),
		tablewriter.WithAlignment(aligns),
	)
	table.Header(header)
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
func (l *Listing) align(b *strings.Builder, header []string, rows [][]string) {
	var lines [][]string
	for _, row := range append([][]string{header}, rows...) {
		lines = append(lines, broken(row)...)
	}
	widths := make([]int, len(header))
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

// broken parts a row at the line breaks of its cells.
func broken(row []string) [][]string {
	lines := [][]string{slices.Clone(row)}
	for i, cell := range row {
		for n, part := range strings.Split(cell, "\n") {
			if n == len(lines) {
				lines = append(lines, make([]string, len(row)))
			}
			lines[n][i] = part
		}
	}
	return lines
}
