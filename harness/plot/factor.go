package plot

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"gossipbench/harness/query"
	"gossipbench/harness/table"
)

// series is a line of a figure: some levels of all settings but one.
type series struct {
	levels []string
	rows   []*table.Row
}

// factor draws a metric by a factor, a line for each combination of the other
// settings. One whose strategy lacks the factor is level all the way. Levels that
// are no sizes are not joined.
func (b *builder) factor() (*Figure, error) {
	m, err := b.metric("--metric", b.o.Metric, costs...)
	if err != nil {
		return nil, err
	}
	x := b.o.X
	if x == "" {
		if x = b.widest(); x == "" {
			return nil, fmt.Errorf("--x: want a factor: no setting varies")
		}
	} else if err := b.checkFactor("--x", x); err != nil {
		return nil, err
	}
	others := b.others(x)
	if b.o.By != "" && b.o.By != x && !slices.Contains(others, b.o.By) {
		others = append(others, b.o.By)
	}
	t, err := b.table(append([]string{x}, others...), m)
	if err != nil {
		return nil, err
	}
	all := seriesOf(t, 1)
	if len(all) > maxSeries {
		return nil, tooMany(len(all), "lines", maxSeries, others)
	}
	ends := b.barsOf(t, m)
	f := b.figure(t, ends.String())
	var xs []string
	var ys []float64
	for _, s := range all {
		for _, r := range s.rows {
			if r.Levels[0] != "" {
				xs = append(xs, r.Levels[0])
			}
			low, high := ends.bar(r, m)
			ys = append(ys, low, high, b.value(r.Cells[0]))
		}
	}
	for _, target := range b.o.Targets {
		if target.Metric == m.Name {
			ys = append(ys, target.Value)
		}
	}
	if len(ys) == 0 {
		return nil, fmt.Errorf("no valid trial has the metric %s", m.Name)
	}
	at := map[string]float64{}
	if f.x = named(x, []string{"–"}); len(xs) > 0 {
		f.x, at = levels(x, b.o.LogX, xs)
	}
	f.y = numbers(axisOf(m), b.o.LogY, ys...)
	f.y.zero, f.grid = true, true
	b.targets(f, m, m)
	tints, shapes := b.looks(all, others)
	names := f.fitted(others, levelsOf(all), legendRoom)
	places := maps.Clone(at)
	for i, s := range all {
		if f.x.names != nil { // beside each other, or marks would cover marks
			for level, x := range places {
				at[level] = x + 0.6*(float64(i)+0.5)/float64(len(all)) - 0.3
			}
		}
		b.line(f, s, styleOf(tints[i], shapes[i]), names[i], at, func(r *table.Row) (low, high float64) { return ends.bar(r, m) })
	}
	return f, nil
}

// widest is the setting that varies most, of numbers if there is one.
func (b *builder) widest() string {
	best, most := "", 0
	for _, name := range b.varying {
		seen := map[string]bool{}
		numeric := true
		for i := range b.results {
			if value, has := b.results[i].Trial.Value(name); has {
				seen[value] = true
				numeric = numeric && isSize(value)
			}
		}
		weight := len(seen)
		if numeric {
			weight += len(b.results) // before all that are not
		}
		if weight > most {
			best, most = name, weight
		}
	}
	return best
}

// isSize reports whether a level is a number or a duration.
func isSize(level string) bool {
	if _, err := strconv.ParseFloat(level, 64); err == nil {
		return true
	}
	_, err := time.ParseDuration(level)
	return err == nil
}

// seriesOf parts the rows of a table that have numbers by their levels from
// skip on, in order.
func seriesOf(t *table.Table, skip int) []*series {
	index := map[string]*series{}
	var all []*series
	for i := range t.Rows {
		r := &t.Rows[i]
		if r.Cells[0].N == 0 {
			continue
		}
		rest := r.Levels[min(skip, len(r.Levels)):]
		key := strings.Join(rest, "\x00")
		if index[key] == nil {
			index[key] = &series{levels: rest}
			all = append(all, index[key])
		}
		index[key].rows = append(index[key].rows, r)
	}
	slices.SortFunc(all, func(a, b *series) int { return slices.CompareFunc(a.levels, b.levels, query.CompareLevels) })
	return all
}

func levelsOf(all []*series) [][]string {
	var levels [][]string
	for _, s := range all {
		levels = append(levels, s.levels)
	}
	return levels
}

// looks gives each series the index of its colour and of its marks and dashes:
// both its own, or where a factor is to be told by colour, those of its level
// and of the others'.
func (b *builder) looks(all []*series, names []string) (tints, shapes []int) {
	at := slices.Index(names, b.o.By)
	seen := [2]map[string]int{{}, {}}
	index := func(which int, key string) int {
		if _, known := seen[which][key]; !known {
			seen[which][key] = len(seen[which])
		}
		return seen[which][key]
	}
	for i, s := range all {
		if at < 0 {
			tints, shapes = append(tints, i), append(shapes, i)
			continue
		}
		rest := strings.Join(slices.Delete(slices.Clone(s.levels), at, at+1), "\x00")
		tints, shapes = append(tints, index(0, s.levels[at])), append(shapes, index(1, rest))
	}
	return tints, shapes
}

// line draws a series.
func (b *builder) line(f *Figure, s *series, look style, name string, at map[string]float64, ends func(*table.Row) (low, high float64)) {
	stroke, mark := look.line(), look.glyph()
	var points []point
	for _, r := range s.rows {
		c := r.Cells[0]
		if r.Levels[0] == "" {
			f.drawn = append(f.drawn, across{at: b.value(c), level: true, style: stroke})
			continue
		}
		x := at[r.Levels[0]]
		points = append(points, point{x, b.value(c)})
		low, high := ends(r)
		f.drawn = append(f.drawn, bar{point{x, low}, point{x, high}, 2.5, look.thin()})
	}
	nominal := f.x.names != nil // between two names there is nothing for a line to tell
	if len(points) > 1 && !nominal {
		f.drawn = append(f.drawn, path{points, stroke})
	}
	f.drawn = append(f.drawn, dots{points, mark})
	if len(s.levels) == 0 { // it is the only one
		return
	}
	switch {
	case len(points) == 0:
		f.legend = append(f.legend, entry{name, thumbOf(&stroke, nil)})
	case nominal:
		f.legend = append(f.legend, entry{name, thumbOf(nil, &mark)})
	default:
		f.legend = append(f.legend, entry{name, thumbOf(&stroke, &mark)})
	}
}
