package plot

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gossipbench/harness/query"
	"gossipbench/harness/stats"
	"gossipbench/harness/table"
	"gossipbench/harness/trial"
)

// setting is a point of a front: a row of the table.
type setting struct {
	row     *table.Row
	at      point
	on      bool // the front
	unfit   bool // for it: some trial is not valid, or leaves values undelivered that an axis is about
	tint    string
	x0, x1  float64 // the bar along x
	y0, y1  float64
	ordinal int // on the front, from 1
}

// front draws two metrics, a point for each setting. On the front is a setting
// that none beats: none is better in one of the two and at least as good in
// the other.
func (b *builder) front() (*Figure, error) {
	mx, err := b.metric("x", b.o.X, costs...)
	if err != nil {
		return nil, err
	}
	my, err := b.metric("y", b.o.Y, delays...)
	if err != nil {
		return nil, err
	}
	for _, axis := range []struct {
		option string
		trial.Metric
	}{{"x", mx}, {"y", my}} {
		if axis.Better == 0 {
			return nil, query.In(axis.option, fmt.Errorf("neither less nor more of %s is better, so there is no front", axis.Name))
		}
	}
	tint := b.o.By
	if tint == "" && len(b.varying) > 0 {
		tint = b.varying[0]
		if slices.Contains(b.varying, "strategy") {
			tint = "strategy"
		}
	}
	rows := slices.Clone(b.varying)
	if tint != "" && !slices.Contains(rows, tint) {
		rows = append(rows, tint)
	}
	t, err := b.table(rows, mx, my)
	if err != nil {
		return nil, err
	}
	ends := b.barsOf(t, mx, my)
	all := b.settings(t, tint)
	for _, s := range all {
		s.x0, s.x1 = ends.bar(s.row, mx)
		s.y0, s.y1 = ends.bar(s.row, my)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no valid trial has both %s and %s", mx.Name, my.Name)
	}
	chosen := markFront(all, mx.Better, my.Better)
	f := b.figure(t, ends.String()+fmt.Sprintf(" The line is the Pareto front: no setting is better than one of it in %s or %s and as good in the other.", mx.Name, my.Name))
	b.frontAxes(f, mx, my, all)
	b.targets(f, mx, my)
	f.steps(chosen)
	if err := f.settings(all, tint); err != nil {
		return nil, err
	}
	f.frontNotes(all, chosen, t)
	return f, nil
}

// settings are the rows of a table that have both metrics.
func (b *builder) settings(t *table.Table, tint string) []*setting {
	var all []*setting
	at := slices.Index(t.Factors, tint)
	for i := range t.Rows {
		r := &t.Rows[i]
		x, y := r.Cells[0], r.Cells[1]
		if x.N == 0 || y.N == 0 {
			continue
		}
		s := &setting{row: r, at: point{b.value(x), b.value(y)}, unfit: r.Counts.Unused() > 0 || x.Marred+y.Marred > 0}
		if at >= 0 {
			s.tint = r.Levels[at]
		}
		all = append(all, s)
	}
	return all
}

// markFront finds the settings that no other beats, of those that are fit, and
// returns them from the best x on. Of Better −1 is less, 1 more.
func markFront(all []*setting, betterX, betterY int) []*setting {
	points := make([]stats.Point, len(all))
	for i, s := range all {
		points[i] = stats.Point{X: -float64(betterX) * s.at.x, Y: -float64(betterY) * s.at.y}
		if s.unfit {
			points[i].X = math.NaN() // which is on no front
		}
	}
	var chosen []*setting
	for i, on := range stats.Front(points) {
		if all[i].on = on; on {
			chosen = append(chosen, all[i])
		}
	}
	slices.SortStableFunc(chosen, func(a, b *setting) int {
		return cmp.Or(-betterX*cmp.Compare(a.at.x, b.at.x), -betterY*cmp.Compare(a.at.y, b.at.y))
	})
	for i, s := range chosen {
		s.ordinal = i + 1
	}
	return chosen
}

func (b *builder) frontAxes(f *Figure, mx, my trial.Metric, all []*setting) {
	var xs, ys []float64
	for _, s := range all {
		xs, ys = append(xs, s.x0, s.at.x, s.x1), append(ys, s.y0, s.at.y, s.y1)
	}
	for _, t := range b.o.Targets {
		if t.Metric == mx.Name {
			xs = append(xs, t.Value)
		}
		if t.Metric == my.Name {
			ys = append(ys, t.Value)
		}
	}
	f.grid = true
	f.x = numbers(axisOf(mx), b.o.LogX, xs...)
	f.y = numbers(axisOf(my), b.o.LogY, ys...)
}

// targets draws what the experiment wants of the two metrics.
func (b *builder) targets(f *Figure, mx, my trial.Metric) {
	style := draw.LineStyle{Color: faint, Width: vg.Points(0.8), Dashes: []vg.Length{3, 3}}
	for _, t := range b.o.Targets {
		if t.Metric != mx.Name && t.Metric != my.Name {
			continue
		}
		f.drawn = append(f.drawn, across{at: t.Value, level: t.Metric == my.Name, style: style})
		f.legend = append(f.legend, entry{"target " + t.Metric + " " + t.Text, thumbOf(&style, nil)})
	}
}

// steps draws the front as what can be reached: between two of its settings
// only the worse y.
func (f *Figure) steps(chosen []*setting) {
	var line []point
	for i, s := range chosen {
		if i > 0 {
			line = append(line, point{s.at.x, chosen[i-1].at.y})
		}
		line = append(line, s.at)
	}
	style := draw.LineStyle{Color: ink, Width: vg.Points(1)}
	f.drawn = append(f.drawn, path{line, style})
	f.legend = append(f.legend, entry{"Pareto front", thumbOf(&style, nil)})
}

// settings draws each setting, the front's with its number.
func (f *Figure) settings(all []*setting, tint string) error {
	var names []string
	for _, s := range all {
		names = append(names, s.tint)
	}
	names = slices.Compact(slices.SortedFunc(slices.Values(names), query.CompareLevels))
	if len(names) > maxSeries {
		return tooMany(len(names), "levels of "+tint, maxSeries, []string{tint})
	}
	for i, name := range names {
		look := styleOf(i, i)
		var points []point
		for _, s := range all {
			if s.tint != name {
				continue
			}
			points = append(points, s.at)
			f.drawn = append(f.drawn,
				bar{point{s.x0, s.at.y}, point{s.x1, s.at.y}, 2, look.thin()},
				bar{point{s.at.x, s.y0}, point{s.at.x, s.y1}, 2, look.thin()})
		}
		mark := look.glyph()
		f.drawn = append(f.drawn, dots{points, mark})
		if tint != "" {
			f.legend = append(f.legend, entry{label([]string{tint}, []string{name}), thumbOf(nil, &mark)})
		}
	}
	f.drawn = append(f.drawn, ordinals(all))
	return nil
}

// ordinals are the numbers of the settings on the front.
type ordinals []*setting

// Plot implements plot.Plotter.
func (o ordinals) Plot(c draw.Canvas, p *plot.Plot) {
	var marks []vg.Point
	var notes []ordinal
	sorted := slices.SortedFunc(slices.Values(o), func(a, b *setting) int { return cmp.Compare(a.ordinal, b.ordinal) })
	for _, s := range sorted {
		at := place(&c, p, s.at)[0]
		marks = append(marks, at)
		if !s.on {
			continue
		}
		if n := len(notes) - 1; n >= 0 && notes[n].near(at) {
			notes[n].last = s.ordinal
			continue
		}
		notes = append(notes, ordinal{at, s.ordinal, s.ordinal})
	}
	style := smallText
	var taken []vg.Rectangle
	for _, n := range notes {
		r := beside(n.at, style.Rectangle(n.String()).Size(), c.Rectangle, marks, taken)
		taken = append(taken, r)
	}
	for i, n := range notes {
		r := taken[i]
		end := vg.Point{X: min(max(n.at.X, r.Min.X), r.Max.X), Y: min(max(n.at.Y, r.Min.Y), r.Max.Y)}
		c.StrokeLine2(draw.LineStyle{Color: faint, Width: vg.Points(0.4)}, n.at.X, n.at.Y, end.X, end.Y)
		c.FillPolygon(white, corners(r)) // so that no line crosses it out
		c.FillText(style, vg.Point{X: r.Min.X, Y: r.Max.Y}, n.String())
	}
}

// ordinal is the number of a setting of the front, or of several that lie so close
// that their numbers would cover each other.
type ordinal struct {
	at          vg.Point // of the first
	first, last int
}

func (o ordinal) near(at vg.Point) bool {
	return max(at.X-o.at.X, o.at.X-at.X) < 11 && max(at.Y-o.at.Y, o.at.Y-at.Y) < 8
}

// String is "4", "4, 5" or "4–7".
func (o ordinal) String() string {
	switch o.last - o.first {
	case 0:
		return strconv.Itoa(o.first)
	case 1:
		return fmt.Sprintf("%d, %d", o.first, o.last)
	}
	return fmt.Sprintf("%d–%d", o.first, o.last)
}

// beside finds the place of a text near a point: left below it, where nothing of a
// front of two costs lies; else the nearest where it covers the fewest marks, no
// other text, and does not leave the plot.
func beside(at, size vg.Point, inside vg.Rectangle, marks []vg.Point, taken []vg.Rectangle) vg.Rectangle {
	var best vg.Rectangle
	least := -1
	for _, further := range []vg.Length{0, 8, 16, 26, 38} { // chosen
		left, right, middle := -4-size.X-further, 4+further, -size.X/2
		below, above, level := -3-size.Y-further, 3+further, -size.Y/2
		for _, from := range []vg.Point{{X: left, Y: below}, {X: right, Y: below}, {X: middle, Y: below}, {X: left, Y: level}, {X: right, Y: level},
			{X: middle, Y: above}, {X: right, Y: above}, {X: left, Y: above}} {
			r := vg.Rectangle{Min: at.Add(from), Max: at.Add(from).Add(size)}
			covered := 0
			for _, m := range marks {
				if m.X > r.Min.X-3 && m.X < r.Max.X+3 && m.Y > r.Min.Y-3 && m.Y < r.Max.Y+3 { // a mark is 6 wide
					covered++
				}
			}
			for _, o := range taken {
				if o.Min.X < r.Max.X && r.Min.X < o.Max.X && o.Min.Y < r.Max.Y && r.Min.Y < o.Max.Y {
					covered += len(marks) + 1
				}
			}
			if r.Min.X < inside.Min.X || r.Max.X > inside.Max.X || r.Min.Y < inside.Min.Y || r.Max.Y > inside.Max.Y {
				covered += 100 * (len(marks) + 1)
			}
			if least < 0 || covered < least {
				best, least = r, covered
			}
		}
	}
	return best
}

// maxListed is the most settings of a front that are listed below it. Chosen.
const maxListed = 20

// frontNotes lists the settings of the front, and how many are unfit for it.
func (f *Figure) frontNotes(all, chosen []*setting, t *table.Table) {
	unfit := 0
	for _, s := range all {
		if s.unfit {
			unfit++
		}
	}
	if unfit > 0 {
		f.note("On no front, since some trial is not valid or leaves values undelivered: %d of %d settings.", unfit, len(all))
	}
	for _, s := range chosen[:min(len(chosen), maxListed)] {
		f.note("%d: %s (%s, %s)", s.ordinal, label(t.Factors, s.row.Levels), rounded(s.at.x), rounded(s.at.y))
	}
	if more := len(chosen) - maxListed; more > 0 {
		f.note("and %d more settings", more)
	}
}
