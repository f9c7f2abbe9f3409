package table

import (
	"encoding/json"
	"io"
	"strconv"

	"gossipbench/harness/texttab"
)

// csv writes the table for a spreadsheet: numbers in full, one a cell, and
// neither caption nor notes, which have no place in it.
func (t *Table) csv(w io.Writer) error {
	header := append([]string{}, t.Factors...)
	header = append(header, "n", "invalid", "unknown", "disturbed", "error")
	for _, c := range t.Columns {
		label := t.label(c)
		if t.Stat != "" {
			header = append(header, label+" "+t.Stat)
		} else {
			header = append(header, label+" median", label+" least", label+" most")
		}
		if c.Target != nil {
			header = append(header, label+" "+c.Target.Text)
		}
	}
	lines := [][]string{header}
	for _, r := range t.Rows {
		line := append([]string{}, r.Levels...)
		for _, n := range []int{r.Counts.Valid, r.Counts.Invalid, r.Counts.Unknown, r.Counts.Disturbed, r.Counts.Failed} {
			line = append(line, strconv.Itoa(n))
		}
		for i, c := range r.Cells {
			for _, x := range t.values(c) {
				if x == nil {
					line = append(line, "")
				} else {
					line = append(line, strconv.FormatFloat(*x, 'g', -1, 64))
				}
			}
			if t.Columns[i].Target != nil {
				line = append(line, string(c.Verdict))
			}
		}
		lines = append(lines, line)
	}
	return texttab.WriteCSV(w, lines)
}

// values are the numbers of a cell; nil where there is none.
func (t *Table) values(c Cell) []*float64 {
	switch {
	case t.Stat != "":
		return []*float64{c.Stat}
	case c.N == 0:
		return []*float64{nil, nil, nil}
	}
	return []*float64{&c.Median, &c.Least, &c.Most}
}

// schema is the version of the table's JSON.
const schema = 1

// The JSON form of a table: its fields with their names in small letters, and
// a cell without a valid trial as null.
type (
	tableJSON struct {
		Schema  int          `json:"schema"`
		Title   string       `json:"title"`
		Caption string       `json:"caption"`
		Stat    string       `json:"stat,omitempty"`
		Notes   []string     `json:"notes"`
		Columns []columnJSON `json:"columns"`
		Rows    []rowJSON    `json:"rows"`
	}
	columnJSON struct {
		Metric string            `json:"metric"`
		Unit   string            `json:"unit"`
		Levels map[string]string `json:"levels"`
		Target *string           `json:"target"`
	}
	rowJSON struct {
		Levels    map[string]string `json:"levels"`
		N         int               `json:"n"`
		Invalid   int               `json:"invalid"`
		Unknown   int               `json:"unknown"`
		Disturbed int               `json:"disturbed"`
		Error     int               `json:"error"`
		Cells     []*cellJSON       `json:"cells"`
	}
	cellJSON struct {
		N       int      `json:"n"`
		Median  *float64 `json:"median"`
		Least   *float64 `json:"least"`
		Most    *float64 `json:"most"`
		Stat    *float64 `json:"stat,omitempty"`
		Verdict Verdict  `json:"verdict,omitempty"`
		Missed  int      `json:"missed,omitempty"`
	}
)

// json writes the table as one JSON document.
func (t *Table) json(w io.Writer) error {
	doc := tableJSON{Schema: schema, Title: t.Title, Caption: t.Caption, Stat: t.Stat, Notes: append([]string{}, t.Notes...),
		Columns: []columnJSON{}, Rows: []rowJSON{}}
	for _, c := range t.Columns {
		column := columnJSON{Metric: c.Metric.Name, Unit: c.Metric.Unit, Levels: named(t.Split, c.Levels)}
		if c.Target != nil {
			column.Target = &c.Target.Text
		}
		doc.Columns = append(doc.Columns, column)
	}
	for _, r := range t.Rows {
		row := rowJSON{Levels: named(t.Factors, r.Levels), N: r.Counts.Valid, Invalid: r.Counts.Invalid,
			Unknown: r.Counts.Unknown, Disturbed: r.Counts.Disturbed, Error: r.Counts.Failed, Cells: []*cellJSON{}}
		for i := range r.Cells {
			c := &r.Cells[i]
			if c.trials() == 0 {
				row.Cells = append(row.Cells, nil)
				continue
			}
			cell := &cellJSON{N: c.N, Stat: c.Stat, Verdict: c.Verdict, Missed: c.Missed}
			if c.N > 0 {
				cell.Median, cell.Least, cell.Most = &c.Median, &c.Least, &c.Most
			}
			row.Cells = append(row.Cells, cell)
		}
		doc.Rows = append(doc.Rows, row)
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(doc)
}

// named returns levels by the names of their settings, without those that a
// trial lacks.
func named(names, levels []string) map[string]string {
	all := map[string]string{}
	for i, name := range names {
		if levels[i] != "" {
			all[name] = levels[i]
		}
	}
	return all
}
