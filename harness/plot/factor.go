package plot

import (
	"fmt"
	"maps"
	"slices"

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
	m, err := b.metric("metric", b.o.Metric, costs...)
	if err != nil {
		return nil, err
	}
	x := b.o.X
	if x == "" {
		if x = b.widest(); x == "" {
			return nil, query.In("x", fmt.Errorf("want a factor: no setting varies"))
		}
	} else if err := b.checkFactor("x", x); err != nil {
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
		levels := query.Levels(b.results, name)
		weight := len(levels)
		if !slices.ContainsFunc(levels, func(level string) bool { return !query.IsSize(level) }) {
			weight += len(b.results) // before all that are not
		}
		if weight > most {
			best, most = name, weight
		}
	}
	return best
}

// seriesOf parts the rows of a table that have numbers by their levels from
// skip on, in order.
func seriesOf(t *table.Table, skip int) []*series {
	p := query.Project(t.Factors[min(skip, len(t.Factors)):]...)
	index := map[query.Key]*series{}
	var keys []query.Key
	for i := range t.Rows {
		r := &t.Rows[i]
		if r.Cells[0].N == 0 {
			continue
		}
		k := p.At(r.Levels[min(skip, len(r.Levels)):])
		if index[k] == nil {
			index[k] = &series{levels: k.Levels()}
			keys = append(keys, k)
		}
		index[k].rows = append(index[k].rows, r)
	}
	slices.SortFunc(keys, query.Key.Compare)
	all := make([]*series, len(keys))
	for i, k := range keys {
		all[i] = index[k]
	}
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
	if at < 0 {
		for i := range all {
			tints, shapes = append(tints, i), append(shapes, i)
		}
		return tints, shapes
	}
	by, others := query.Project(b.o.By), query.Project(slices.Delete(slices.Clone(names), at, at+1)...)
	index := func(of map[query.Key]int, k query.Key) int {
		if _, known := of[k]; !known {
			of[k] = len(of)
		}
		return of[k]
	}
	tint, shape := map[query.Key]int{}, map[query.Key]int{}
	for _, s := range all {
		tints = append(tints, index(tint, by.At(s.levels[at:at+1])))
		shapes = append(shapes, index(shape, others.At(slices.Delete(slices.Clone(s.levels), at, at+1))))
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
