package export

import (
	"encoding/csv"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"gossipbench/harness/plain"
	"gossipbench/harness/trial"
	"gossipbench/strategies/param"
)

// sheet is a table of CSV: each column with its name and what it says of a
// trial.
type sheet struct {
	names   []string
	columns []func(*row) string
}

// row is what a line of CSV is about.
type row struct {
	experiment string
	result     *trial.Result
	metric     trial.Metric // of long
}

// column adds a column. No two have the same name: of a setting and a metric
// called rounds the metric is metric.rounds.
func (s *sheet) column(kind, name string, of func(*row) string) {
	if slices.Contains(s.names, name) {
		name = kind + "." + name
	}
	s.names = append(s.names, name)
	s.columns = append(s.columns, of)
}

// trial adds the columns that say which trial it is. Durations are in
// milliseconds, in columns that say so by their names.
func (s *sheet) trial(parts []Part) {
	s.column("", "schema", func(r *row) string { return strconv.Itoa(r.result.Schema) })
	s.column("", "experiment", func(r *row) string { return plain.Cell(r.experiment) })
	s.column("", "id", func(r *row) string { return plain.Cell(r.result.ID) })
	for _, d := range trial.Settings() {
		s.setting("setting", d.Name, d.Kind == param.Duration)
	}
	for _, name := range params(parts) {
		s.setting("param", name, durations(parts, name))
	}
	s.setting("", "seed", false)
	s.setting("", "replicate", false)
	s.column("", "outcome", func(r *row) string { return plain.Cell(string(r.result.Outcome)) })
}

// setting adds a column of a setting or parameter, empty where the trial has
// none or nobody knows it.
func (s *sheet) setting(kind, name string, duration bool) {
	header := name
	if duration {
		header += "_ms"
	}
	s.column(kind, header, func(r *row) string {
		value, has := r.result.Trial.Value(name)
		if !has || value == "?" {
			return ""
		}
		if d, err := time.ParseDuration(value); duration && err == nil {
			return inFull(float64(d) / float64(time.Millisecond))
		}
		return plain.Cell(value)
	})
}

// wide writes a line a trial. Where a metric is not known its cell is empty.
func wide(w io.Writer, parts []Part, metrics []trial.Metric) error {
	var s sheet
	s.trial(parts)
	s.column("", "error", func(r *row) string {
		if r.result.Error == nil {
			return ""
		}
		return plain.Cell(*r.result.Error)
	})
	s.column("", "reasons", func(r *row) string {
		texts := make([]string, len(r.result.Reasons))
		for i, reason := range r.result.Reasons {
			texts[i] = reason.Text
		}
		return plain.Cell(strings.Join(texts, "; "))
	})
	s.column("", "warnings", func(r *row) string { return plain.Cell(strings.Join(r.result.Warnings, "; ")) })
	for _, m := range []struct {
		name string
		of   func(*trial.Provenance) string
	}{
		{"commit", func(p *trial.Provenance) string { return p.Commit }},
		{"made_by", func(p *trial.Provenance) string { return p.Backend }},
		{"go", func(p *trial.Provenance) string { return p.Go }},
		{"os", func(p *trial.Provenance) string { return p.OS }},
		{"cpu", func(p *trial.Provenance) string { return p.CPU }},
		{"cores", func(p *trial.Provenance) string {
			if p.Cores == 0 {
				return ""
			}
			return strconv.Itoa(p.Cores)
		}},
	} {
		s.column("made", m.name, func(r *row) string { return plain.Cell(m.of(&r.result.Made)) })
	}
	for _, m := range metrics {
		s.column("metric", m.Name, func(r *row) string { return number(r.result, m) })
	}
	return s.write(w, parts, func(r row, line func(row) error) error { return line(r) })
}

// long writes a line for each metric of each trial, so none for a trial that
// has no metrics.
func long(w io.Writer, parts []Part, metrics []trial.Metric) error {
	var s sheet
	s.trial(parts)
	s.column("", "metric", func(r *row) string { return plain.Cell(r.metric.Name) })
	s.column("", "unit", func(r *row) string { return plain.Cell(r.metric.Unit) })
	s.column("", "value", func(r *row) string { return number(r.result, r.metric) })
	return s.write(w, parts, func(r row, line func(row) error) error {
		for _, r.metric = range metrics {
			if number(r.result, r.metric) == "" {
				continue
			}
			if err := line(r); err != nil {
				return err
			}
		}
		return nil
	})
}

// write writes the sheet as RFC 4180 has it: lines end with CRLF, the first one
// is the header. Each result is one or more lines, as each has it.
func (s *sheet) write(w io.Writer, parts []Part, each func(row, func(row) error) error) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	names := make([]string, len(s.names))
	for i, name := range s.names {
		names[i] = plain.Cell(name)
	}
	if err := out.Write(names); err != nil {
		return err
	}
	cells := make([]string, len(s.columns))
	line := func(r row) error {
		for i, of := range s.columns {
			cells[i] = of(&r)
		}
		return out.Write(cells)
	}
	for _, p := range parts {
		for i := range p.Results {
			if err := each(row{experiment: p.Name, result: &p.Results[i]}, line); err != nil {
				return err
			}
		}
	}
	out.Flush()
	return out.Error()
}

// params are the names of the parameters of all results, in order.
func params(parts []Part) []string {
	seen := map[string]bool{}
	for _, p := range parts {
		for i := range p.Results {
			for name := range p.Results[i].Trial.Params {
				seen[name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// durations reports whether a parameter is a duration wherever it stands. A
// result does not know its parameters' kinds; that of a strategy writes each
// duration with its unit, 0s too.
func durations(parts []Part, name string) bool {
	any := false
	for _, p := range parts {
		for i := range p.Results {
			value, has := p.Results[i].Trial.Params[name]
			if !has {
				continue
			}
			if _, err := time.ParseDuration(value); err != nil || value == "0" {
				return false
			}
			any = true
		}
	}
	return any
}

// number writes a metric of a result; "" where it is not known.
func number(r *trial.Result, m trial.Metric) string {
	x, has := r.Metrics[m.Name]
	if !has || math.IsNaN(x) || math.IsInf(x, 0) {
		return ""
	}
	return inFull(x)
}

// inFull writes a number in full and without an exponent, which not every
// spreadsheet reads.
func inFull(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
