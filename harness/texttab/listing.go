// Package texttab writes a table of texts, a Listing, as aligned text, Markdown,
// LaTeX, CSV, JSON or HTML. Whatever a cell holds, it is text in every format: no cell
// can be markup, a formula or an escape sequence.
package texttab

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"gossipbench/harness/plain"
	"gossipbench/strategies/param"
)

// Formats are the names of the forms in which a table or a listing can be written.
var Formats = []string{"text", "markdown", "latex", "csv", "json", "html"}

// endings are the formats of files by their endings.
var endings = map[string]string{
	".txt": "text", ".md": "markdown", ".tex": "latex", ".csv": "csv", ".json": "json", ".jsonl": "jsonl", ".html": "html",
}

// Endings are those of files whose formats are known.
func Endings() []string { return slices.Sorted(maps.Keys(endings)) }

// FormatOf returns the format that a file's ending asks for; "" where it asks
// for none. It knows jsonl too, the form of results that are no table.
func FormatOf(path string) string { return endings[strings.ToLower(filepath.Ext(path))] }

// Screen is what a table in the format text is written to. The zero Screen is a
// file or a pipe: columns are aligned by spaces.
type Screen struct {
	Terminal bool // lines are drawn
	// Colors has the escape sequence of each word with which a coloured cell begins;
	// nil is without colours.
	Colors map[string]string
	// Width is how many columns the screen has, for which cells are broken into
	// lines, and rows that are far too wide become blocks; 0 is without end.
	Width int
}

// Listing is a table of texts. Whatever is in them, it is text in every format.
type Listing struct {
	Head  []string // lines above; the last one is the caption
	Notes []string // lines below

	header []string
	right  []bool // the columns of numbers
	rows   [][]string
}

// Column adds a column, of numbers or of texts.
func (l *Listing) Column(name string, numbers bool) {
	l.header = append(l.header, plain.Text(name))
	l.right = append(l.right, numbers)
}

// Row adds a row, which has a cell for each column.
func (l *Listing) Row(cells ...string) {
	if len(cells) != len(l.header) {
		panic(fmt.Sprintf("table: %d cells for %d columns", len(cells), len(l.header)))
	}
	row := make([]string, len(cells))
	for i, c := range cells {
		row[i] = plain.Text(c)
	}
	l.rows = append(l.rows, row)
}

// Write writes a listing in one of Formats. As csv and json it is the rows alone.
func (l *Listing) Write(w io.Writer, format string, screen Screen) error {
	var b strings.Builder
	var err error
	switch format {
	case "text":
		err = l.text(&b, screen)
	case "markdown":
		l.markdown(&b)
	case "latex":
		l.latex(&b)
	case "html":
		l.html(&b)
	case "csv":
		err = WriteCSV(&b, append([][]string{l.header}, l.rows...))
	case "json":
		err = l.json(&b)
	default:
		return fmt.Errorf("no such format: %q, %s", format, param.Hint(format, Formats))
	}
	if err == nil {
		_, err = io.WriteString(w, b.String())
	}
	return err
}

// WriteCSV writes lines of CSV in which no cell is a formula.
func WriteCSV(w io.Writer, lines [][]string) error {
	cells := make([][]string, len(lines))
	for i, line := range lines {
		cells[i] = make([]string, len(line))
		for j, text := range line {
			cells[i][j] = plain.Cell(text)
		}
	}
	return csv.NewWriter(w).WriteAll(cells)
}

// json writes a list of objects, whose keys are the columns.
func (l *Listing) json(w io.Writer) error {
	objects := make([]map[string]string, 0, len(l.rows))
	for _, row := range l.rows {
		object := map[string]string{}
		for i, cell := range row {
			object[l.header[i]] = cell
		}
		objects = append(objects, object)
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(objects)
}
