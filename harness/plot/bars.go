package plot

import (
	"fmt"
	"slices"
	"strconv"

	"gossipbench/harness/query"
	"gossipbench/harness/stats"
	"gossipbench/harness/table"
	"gossipbench/harness/trial"
)

// confidence is the least with which bars are to hold the true median.
const confidence = 0.95

// bars are the intervals of the cells of a table: for the median with the
// confidence that is wanted, or where the replicates are too few the range with
// that which it has. Of another statistic they are the ranges.
type bars struct {
	rows  *query.Projection
	of    map[barOf]stats.Interval
	stat  string
	least float64 // confidence of all that have two replicates or more; 2 if none has
}

// barOf is a row of the table, and a metric.
type barOf struct {
	row    query.Key
	metric string
}

// barsOf makes the intervals of a table's cells.
func (b *builder) barsOf(t *table.Table, metrics ...trial.Metric) *bars {
	made := &bars{rows: query.Project(t.Factors...), of: map[barOf]stats.Interval{}, stat: b.o.Stat, least: 2}
	for _, g := range query.GroupBy(b.results, made.rows) {
		for _, m := range metrics {
			xs := g.Values(m)
			if len(xs) == 0 {
				continue
			}
			interval, _ := stats.MedianInterval(xs, confidence) // its warning is told by its confidence
			if b.o.Stat != Stats[0] {
				interval = stats.Interval{Low: slices.Min(xs), High: slices.Max(xs)}
			}
			made.of[barOf{g.Key, m.Name}] = interval
			if len(xs) > 1 {
				made.least = min(made.least, interval.Confidence)
			}
		}
	}
	return made
}

// bar returns the ends of the bar of a row's metric.
func (s *bars) bar(r *table.Row, m trial.Metric) (low, high float64) {
	i := s.of[barOf{s.rows.At(r.Levels), m.Name}]
	return i.Low, i.High
}

// String says what points and bars are.
func (s *bars) String() string {
	point := "Points are the " + s.stat + " of the valid trials of a setting"
	switch {
	case s.least > 1:
		return point + ", each of one trial, which says nothing of the spread."
	case s.stat != Stats[0]:
		return point + ", bars reach from the least to the most."
	case s.least < confidence:
		return fmt.Sprintf("%s, bars hold the true median with probability %s or more: %g needs six trials.",
			point, strconv.FormatFloat(s.least, 'g', 2, 64), confidence)
	}
	return fmt.Sprintf("%s, bars hold the true median with probability %g or more.", point, confidence)
}
