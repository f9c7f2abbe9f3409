package table

import (
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"gossipbench/strategies/param"
)

// Formats are the names of the forms in which a table can be written.
var Formats = []string{"text", "markdown", "latex", "csv", "json", "html"}

// endings are the formats of files by their endings.
var endings = map[string]string{
	".txt": "text", ".md": "markdown", ".tex": "latex", ".csv": "csv", ".json": "json", ".jsonl": "jsonl", ".html": "html",
}

// FormatOf returns the format that a file's ending asks for; "" where it asks
// for none. It knows jsonl too, the form of results that are no table.
func FormatOf(path string) string { return endings[strings.ToLower(filepath.Ext(path))] }

// Screen is what a table in the format text is written to. The zero Screen is a
// file or a pipe: columns are aligned by spaces.
type Screen struct {
	Terminal bool // lines are drawn
	Color    bool // verdicts are coloured
}

// Write writes a table in one of Formats.
func (t *Table) Write(w io.Writer, format string, screen Screen) error {
	switch format {
	case "text":
		return t.text(w, screen)
	case "markdown":
		return t.markdown(w)
	case "latex":
		return t.latex(w)
	case "csv":
		return t.csv(w)
	case "json":
		return t.json(w)
	case "html":
		return t.html(w)
	}
	return fmt.Errorf("no such format: %q, %s", format, param.Hint(format, Formats))
}

// grid is a table as texts, the same for every format that people read.
type grid struct {
	header []string
	right  []bool // the columns of numbers
	rows   [][]string
}

// grid lays the table out: factors, n, what is not used, then the metrics, each
// followed by the verdicts on its target.
func (t *Table) grid() grid {
	g := grid{header: slices.Clone(t.Factors), right: make([]bool, len(t.Factors))}
	for i := range t.Factors {
		g.right[i] = t.numeric(i)
	}
	column := func(label string, right bool) {
		g.header, g.right = append(g.header, label), append(g.right, right)
	}
	column("n", true)
	unused := slices.ContainsFunc(t.Rows, func(r Row) bool { return r.Counts.unused() > 0 })
	if unused {
		column("not used", false)
	}
	for _, c := range t.Columns {
		column(t.label(c), true)
		if c.Target != nil {
			column(c.Target.Text, false)
		}
	}
	for _, r := range t.Rows {
		line := make([]string, 0, len(g.header))
		for _, l := range r.Levels {
			line = append(line, orDash(l))
		}
		line = append(line, r.n())
		if unused {
			line = append(line, r.Counts.String())
		}
		for i, c := range r.Cells {
			line = append(line, c.String())
			if t.Columns[i].Target != nil {
				line = append(line, c.verdict())
			}
		}
		g.rows = append(g.rows, line)
	}
	return g
}

// numeric reports whether all levels of a factor are numbers or durations.
func (t *Table) numeric(factor int) bool {
	return !slices.ContainsFunc(t.Rows, func(r Row) bool {
		rank, _ := size(r.Levels[factor])
		return rank == text
	})
}

// label heads a column. Where the columns are of one metric alone, the title
// names it.
func (t *Table) label(c Column) string {
	var parts []string
	for i, l := range c.Levels {
		parts = append(parts, t.Split[i]+"="+orDash(l))
	}
	if parts == nil || t.oneMetric() == "" {
		parts = append(parts, labelOf(c))
	}
	return strings.Join(parts, " ")
}

func labelOf(c Column) string {
	if c.Metric.Unit == "ms" {
		return c.Metric.Name + " (ms)"
	}
	return c.Metric.Name
}

// oneMetric returns the label of the metric that all columns of a split table
// share; "" where there is none.
func (t *Table) oneMetric() string {
	if len(t.Split) == 0 || len(t.Columns) == 0 {
		return ""
	}
	for _, c := range t.Columns {
		if c.Metric.Name != t.Columns[0].Metric.Name {
			return ""
		}
	}
	return labelOf(t.Columns[0])
}

// head returns the title and the caption, as far as there are any.
func (t *Table) head() []string {
	var lines []string
	if t.Title != "" {
		lines = append(lines, t.Title)
	}
	if m := t.oneMetric(); m != "" {
		return append(lines, m+" by "+strings.Join(t.Split, " and ")+": "+t.Caption)
	}
	return append(lines, t.Caption)
}

// orDash writes a level, which may be any text of a user's.
func orDash(level string) string {
	if level == "" {
		return "–"
	}
	return oneLine(level)
}

// oneLine puts spaces in the place of control characters.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}

// n is the number of valid trials, in each cell where they differ.
func (r Row) n() string {
	least, most := r.Counts.Valid, 0
	for _, c := range r.Cells {
		least, most = min(least, c.Counts.Valid), max(most, c.Counts.Valid)
	}
	if len(r.Cells) == 0 || least == most {
		return strconv.Itoa(least)
	}
	return fmt.Sprintf("%d–%d", least, most)
}

// String tells what is not used: "1 invalid, 2 errors".
func (c Counts) String() string {
	var parts []string
	for _, p := range []struct {
		n    int
		what string
	}{{c.Invalid, "invalid"}, {c.Unknown, "unknown"}, {c.Failed, "error"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	return strings.Join(parts, ", ")
}

// String is the median and the range: "15.3 [15.2 15.5]"; the median alone
// where there is no range, and a dash where there is nothing.
func (c Cell) String() string {
	if c.N == 0 {
		return "–"
	}
	d := decimals(c.Median, c.Least, c.Most)
	form := func(x float64) string { return strconv.FormatFloat(x, 'f', d, 64) }
	if c.Least == c.Most {
		return form(c.Median)
	}
	return fmt.Sprintf("%s [%s %s]", form(c.Median), form(c.Least), form(c.Most))
}

func (c Cell) verdict() string {
	switch {
	case c.Verdict == Fail && c.trials() > 1:
		return fmt.Sprintf("%s %d/%d", Fail, c.Missed, c.trials())
	case c.Verdict == None:
		return "–"
	}
	return string(c.Verdict)
}

// trials is the number of trials of any outcome.
func (c Cell) trials() int { return c.Counts.Valid + c.Counts.unused() }

// decimals returns how many decimals give the greatest of xs three significant
// digits; none where all are integers.
func decimals(xs ...float64) int {
	most, whole := 0.0, true
	for _, x := range xs {
		most = max(most, math.Abs(x))
		whole = whole && x == math.Trunc(x)
	}
	if whole {
		return 0
	}
	return min(max(2-int(math.Floor(math.Log10(most))), 0), 12)
}
