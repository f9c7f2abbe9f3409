package plot

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// point is where something is, by the numbers of the axes.
type point struct{ x, y float64 }

// place finds points on the canvas.
func place(c *draw.Canvas, p *plot.Plot, at ...point) []vg.Point {
	x, y := p.Transforms(c)
	all := make([]vg.Point, len(at))
	for i, a := range at {
		all[i] = vg.Point{X: x(a.x), Y: y(a.y)}
	}
	return all
}

// rules are faint lines at the ticks that have numbers.
type rules struct{}

// Plot implements plot.Plotter.
func (rules) Plot(c draw.Canvas, p *plot.Plot) {
	style := draw.LineStyle{Color: rule, Width: vg.Points(0.5)}
	x, y := p.Transforms(&c)
	for _, t := range p.X.Tick.Marker.Ticks(p.X.Min, p.X.Max) {
		if t.Label != "" && t.Value >= p.X.Min && t.Value <= p.X.Max {
			c.StrokeLine2(style, x(t.Value), c.Min.Y, x(t.Value), c.Max.Y)
		}
	}
	for _, t := range p.Y.Tick.Marker.Ticks(p.Y.Min, p.Y.Max) {
		if t.Label != "" && t.Value >= p.Y.Min && t.Value <= p.Y.Max {
			c.StrokeLine2(style, c.Min.X, y(t.Value), c.Max.X, y(t.Value))
		}
	}
}

// path is a line through points.
type path struct {
	points []point
	style  draw.LineStyle
}

// Plot implements plot.Plotter.
func (l path) Plot(c draw.Canvas, p *plot.Plot) {
	c.StrokeLines(l.style, c.ClipLinesXY(place(&c, p, l.points...))...)
}

// dots are marks at points.
type dots struct {
	points []point
	style  draw.GlyphStyle
}

// Plot implements plot.Plotter.
func (d dots) Plot(c draw.Canvas, p *plot.Plot) {
	for _, at := range place(&c, p, d.points...) {
		c.DrawGlyph(d.style, at)
	}
}

// bar is a straight line with caps at its ends, of cap on either side.
type bar struct {
	from, to point
	cap      vg.Length
	style    draw.LineStyle
}

// Plot implements plot.Plotter. A bar without length is not drawn.
func (b bar) Plot(c draw.Canvas, p *plot.Plot) {
	if b.from == b.to {
		return
	}
	ends := place(&c, p, b.from, b.to)
	c.StrokeLine2(b.style, ends[0].X, ends[0].Y, ends[1].X, ends[1].Y)
	for _, e := range ends {
		if b.from.x == b.to.x {
			c.StrokeLine2(b.style, e.X-b.cap, e.Y, e.X+b.cap, e.Y)
		} else {
			c.StrokeLine2(b.style, e.X, e.Y-b.cap, e.X, e.Y+b.cap)
		}
	}
}

// tick is an upright stroke at a point.
type tick struct {
	at    point
	style draw.LineStyle
}

// Plot implements plot.Plotter.
func (t tick) Plot(c draw.Canvas, p *plot.Plot) {
	at := place(&c, p, t.at)[0]
	c.StrokeLine2(t.style, at.X, at.Y-4, at.X, at.Y+4)
}

// band is the area inside points.
type band struct {
	points []point
	color  color.RGBA
}

// Plot implements plot.Plotter.
func (b band) Plot(c draw.Canvas, p *plot.Plot) {
	c.FillPolygon(b.color, c.ClipPolygonXY(place(&c, p, b.points...)))
}

// across is a line from one end of the plot to the other: at x, or at y where
// level.
type across struct {
	at    float64
	level bool
	style draw.LineStyle
}

// Plot implements plot.Plotter.
func (a across) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	if a.level {
		c.StrokeLine2(a.style, c.Min.X, y(a.at), c.Max.X, y(a.at))
	} else {
		c.StrokeLine2(a.style, x(a.at), c.Min.Y, x(a.at), c.Max.Y)
	}
}

// thumbOf draws a line, a mark or both as they are in the plot.
func thumbOf(line *draw.LineStyle, mark *draw.GlyphStyle) func(*draw.Canvas) {
	return func(c *draw.Canvas) {
		middle := c.Center()
		if line != nil {
			c.StrokeLine2(*line, c.Min.X, middle.Y, c.Max.X, middle.Y)
		}
		if mark != nil {
			c.DrawGlyph(*mark, middle)
		}
	}
}
