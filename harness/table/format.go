package table

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"gossipbench/harness/compare"
	"gossipbench/harness/query"
	"gossipbench/harness/texttab"
)

// Write writes a table in one of Formats.
func (t *Table) Write(w io.Writer, format string, screen texttab.Screen) error {
	switch format {
	case "csv":
		return t.csv(w)
	case "json":
		return t.json(w)
	}
	return t.listing().Write(w, format, screen)
}

// listing lays the table out for people: factors, n, what is not used, then the
// metrics, each followed by the verdicts on its target.
func (t *Table) listing() *texttab.Listing {
	l := &texttab.Listing{Head: t.head(), Notes: t.Notes}
	for i, name := range t.Factors {
		l.Column(name, t.numeric(i))
	}
	l.Column("n", true)
	unused := slices.ContainsFunc(t.Rows, func(r Row) bool { return r.Counts.Unused() > 0 })
	if unused {
		l.Column("not used", false)
	}
	for _, c := range t.Columns {
		l.Column(t.label(c), true)
		if c.Target != nil {
			l.Column(c.Target.Text, false)
		}
	}
	for _, r := range t.Rows {
		var line []string
		for _, level := range r.Levels {
			line = append(line, query.Shown(level))
		}
		line = append(line, r.n())
		if unused {
			line = append(line, r.Counts.String())
		}
		for i, c := range r.Cells {
			line = append(line, t.shown(c))
			if t.Columns[i].Target != nil {
				line = append(line, c.verdict())
			}
		}
		l.Row(line...)
	}
	return l
}

// numeric reports whether all levels of a factor are numbers or durations.
func (t *Table) numeric(factor int) bool {
	return !slices.ContainsFunc(t.Rows, func(r Row) bool {
		return r.Levels[factor] != "" && !query.IsSize(r.Levels[factor])
	})
}

// label heads a column. Where the columns are of one metric alone, the title
// names it.
func (t *Table) label(c Column) string {
	var parts []string
	for i, l := range c.Levels {
		parts = append(parts, query.Pair(t.Split[i], l))
	}
	if parts == nil || t.oneMetric() == "" {
		parts = append(parts, c.Metric.Label())
	}
	return strings.Join(parts, " ")
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
	return t.Columns[0].Metric.Label()
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
	}{{c.Invalid, "invalid"}, {c.Unknown, "unknown"}, {c.Disturbed, "disturbed"}, {c.Failed, "error"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	return strings.Join(parts, ", ")
}

// String is the median and the range: see compare.Seen.
func (c Cell) String() string { return compare.Seen(c.Summary) }

// shown is the statistic of the table that was asked for, or the median and the
// range.
func (t *Table) shown(c Cell) string {
	switch {
	case t.Stat == "":
		return c.String()
	case c.Stat == nil:
		return "–"
	}
	return compare.Number(*c.Stat)
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
func (c Cell) trials() int { return c.Counts.Valid + c.Counts.Unused() }
