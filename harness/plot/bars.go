package plot

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

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
	of    map[string]stats.Interval // by the levels of the row and the metric
	stat  string
	least float64 // confidence of all that have two replicates or more; 2 if none has
}

// barsOf makes the intervals of a table's cells.
func (b *builder) barsOf(t *table.Table, metrics ...trial.Metric) *bars {
	samples := map[string][]float64{}
	for i := range b.results {
		r := &b.results[i]
		if r.Outcome != trial.Valid {
			continue
		}
		levels := make([]string, len(t.Factors))
		for j, name := range t.Factors {
			levels[j], _ = r.Trial.Value(name)
		}
		for _, m := range metrics {
			if x, has := r.Metrics[m.Name]; has && !math.IsNaN(x) {
				k := barKey(levels, m)
				samples[k] = append(samples[k], x)
			}
		}
	}
	made := &bars{of: map[string]stats.Interval{}, stat: b.o.Stat, least: 2}
	for k, xs := range samples {
		interval, _ := stats.MedianInterval(xs, confidence) // its warning is told by its confidence
		if b.o.Stat != Stats[0] {
			interval = stats.Interval{Low: slices.Min(xs), High: slices.Max(xs)}
		}
		made.of[k] = interval
		if len(xs) > 1 {
			made.least = min(made.least, interval.Confidence)
		}
	}
	return made
}

func barKey(levels []string, m trial.Metric) string {
	return strings.Join(levels, "\x00") + "\x00" + m.Name
}

// bar returns the ends of the bar of a row's metric.
func (s *bars) bar(r *table.Row, m trial.Metric) (low, high float64) {
	i := s.of[barKey(r.Levels, m)]
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
