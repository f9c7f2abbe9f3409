package plot

import (
	"errors"
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gossipbench/harness/query"
	"gossipbench/harness/trial"
)

// heat draws a metric by two factors.
func (b *builder) heat() (*Figure, error) {
	m, err := b.metric("metric", b.o.Metric, costs...)
	if err != nil {
		return nil, err
	}
	x, y, err := b.twoFactors()
	if err != nil {
		return nil, err
	}
	t, err := b.table([]string{x, y}, m)
	if err != nil {
		return nil, err
	}
	f := b.figure(t, "Each cell is the "+b.o.Stat+" of the valid trials of a setting.")
	var xs, ys []string
	scale := shades{metric: m, least: math.Inf(1), most: math.Inf(-1)}
	for _, r := range t.Rows {
		xs, ys = append(xs, r.Levels[0]), append(ys, r.Levels[1])
		if c := r.Cells[0]; c.N > 0 {
			scale.least, scale.most = min(scale.least, b.value(c)), max(scale.most, b.value(c))
		}
	}
	xs = slices.Compact(slices.SortedFunc(slices.Values(xs), query.CompareLevels))
	ys = slices.Compact(slices.SortedFunc(slices.Values(ys), query.CompareLevels))
	if len(xs) > maxRows || len(ys) > maxRows {
		return nil, tooMany(max(len(xs), len(ys)), "levels", maxRows, []string{x, y})
	}
	scale.log = scale.least > 0 && scale.most > spans*scale.least
	if scale.log {
		f.note("Colors are by the logarithm.")
	}
	f.x, f.y = named(x, xs), named(y, ys)
	for i := range t.Rows {
		r := &t.Rows[i]
		f.drawn = append(f.drawn, tile{
			column: slices.Index(xs, r.Levels[0]), row: slices.Index(ys, r.Levels[1]), shades: scale, has: r.Cells[0].N > 0, value: b.value(r.Cells[0]),
		})
	}
	f.key = scale
	f.height = max(tall, vg.Length(len(ys))*16+60)
	return f, nil
}

// twoFactors are those of the axes: the settings that vary, one that has not
// been named.
func (b *builder) twoFactors() (x, y string, err error) {
	x, y = b.o.X, b.o.Y
	if err := errors.Join(b.checkFactor("x", x), b.checkFactor("y", y)); err != nil {
		return "", "", err
	}
	rest := b.others(x, y)
	take := func() string {
		if len(rest) == 0 {
			return ""
		}
		name := rest[0]
		rest = rest[1:]
		return name
	}
	if x == "" {
		x = take()
	}
	if y == "" {
		y = take()
	}
	if x == "" || y == "" || x == y {
		return "", "", fmt.Errorf("want two factors, x and y; those that vary are %v", b.varying)
	}
	return x, y, nil
}

// shades are the colours of a metric.
type shades struct {
	metric      trial.Metric
	least, most float64
	log         bool
}

func (s shades) of(v float64) color.RGBA {
	least, most := s.least, s.most
	if s.log {
		v, least, most = math.Log(v), math.Log(least), math.Log(most)
	}
	if least >= most {
		return heatColor(0.3)
	}
	return heatColor((v - least) / (most - least))
}

// Plot implements plot.Plotter: it draws the shades from the least to the most.
func (s shades) Plot(c draw.Canvas, _ *plot.Plot) {
	const steps = 32
	right := c.Min.X + 12
	for i := range steps {
		share := float64(i) / (steps - 1)
		from := c.Min.Y + vg.Length(i)*(c.Max.Y-c.Min.Y)/steps
		c.FillPolygon(heatColor(share), corners(vg.Rectangle{Min: vg.Point{X: c.Min.X, Y: from},
			Max: vg.Point{X: right, Y: from + (c.Max.Y-c.Min.Y)/steps}}))
	}
	c.StrokeLines(draw.LineStyle{Color: faint, Width: vg.Points(0.5)}, append(corners(vg.Rectangle{Min: c.Min,
		Max: vg.Point{X: right, Y: c.Max.Y}}), c.Min))
	low, high, name := smallText, smallText, smallText
	low.YAlign = text.YBottom
	c.FillText(low, vg.Point{X: right + 3, Y: c.Min.Y}, rounded(s.least))
	c.FillText(high, vg.Point{X: right + 3, Y: c.Max.Y}, rounded(s.most))
	name.Rotation, name.XAlign, name.YAlign = math.Pi/2, text.XCenter, text.YTop
	c.FillText(name, vg.Point{X: right + 4, Y: (c.Min.Y + c.Max.Y) / 2}, axisOf(s.metric))
}

// tile is a cell of a heat map.
type tile struct {
	column, row int
	shades      shades
	value       float64
	has         bool
}

// Plot implements plot.Plotter. A cell without a valid trial is crossed out.
func (t tile) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := float64(t.column), float64(t.row)
	at := place(&c, p, point{x - 0.5, y - 0.5}, point{x + 0.5, y + 0.5}, point{x, y})
	edges := corners(vg.Rectangle{Min: at[0], Max: at[1]})
	style := smallText
	style.XAlign, style.YAlign = text.XCenter, text.YCenter
	if !t.has {
		line := draw.LineStyle{Color: rule, Width: vg.Points(0.7)}
		c.StrokeLines(line, []vg.Point{edges[0], edges[2]}, []vg.Point{edges[1], edges[3]})
		c.FillText(style, at[2], "–")
		return
	}
	shade := t.shades.of(t.value)
	c.FillPolygon(shade, edges)
	c.StrokeLines(draw.LineStyle{Color: white, Width: vg.Points(0.7)}, append(edges, edges[0]))
	if number := rounded(t.value); style.Width(number) < at[1].X-at[0].X {
		style.Color = on(shade)
		c.FillText(style, at[2], number)
	}
}
