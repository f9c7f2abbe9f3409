package plot

import (
	"image/color"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// colors are those of Okabe and Ito, the most visible on white first; see the
// package's documentation. Grey stands in the place of their yellow, which is
// hard to see on white, as in R's palette of their name.
var colors = []color.RGBA{
	{0x00, 0x72, 0xb2, 0xff}, // blue
	{0xd5, 0x5e, 0x00, 0xff}, // vermillion
	{0x00, 0x9e, 0x73, 0xff}, // bluish green
	{0xcc, 0x79, 0xa7, 0xff}, // reddish purple
	{0xe6, 0x9f, 0x00, 0xff}, // orange
	{0x56, 0xb4, 0xe9, 0xff}, // sky blue
	{0x00, 0x00, 0x00, 0xff}, // black
	{0x99, 0x99, 0x99, 0xff}, // grey
}

// marks and dashes are as many as have no divisor beside one in common with
// each other, or few enough: the first maxSeries series differ in their pairs.
var (
	marks = []draw.GlyphDrawer{
		draw.CircleGlyph{}, draw.BoxGlyph{}, draw.PyramidGlyph{}, diamond{}, draw.CrossGlyph{}, draw.RingGlyph{},
		draw.SquareGlyph{}, draw.TriangleGlyph{}, draw.PlusGlyph{},
	}
	dashes = [][]vg.Length{
		nil, {6, 2}, {2, 2}, {6, 2, 2, 2}, {10, 3}, {1, 2}, {8, 2, 1, 2, 1, 2},
	}
)

// diamond is a square on its corner.
type diamond struct{}

// DrawGlyph implements draw.GlyphDrawer.
func (diamond) DrawGlyph(c *draw.Canvas, style draw.GlyphStyle, at vg.Point) {
	r := style.Radius * 1.2
	c.FillPolygon(style.Color, []vg.Point{{X: at.X, Y: at.Y + r}, {X: at.X + r, Y: at.Y}, {X: at.X, Y: at.Y - r}, {X: at.X - r, Y: at.Y}})
}

// The colours of what is no series.
var (
	white = color.RGBA{0xff, 0xff, 0xff, 0xff}
	ink   = color.RGBA{0x20, 0x20, 0x20, 0xff}
	faint = color.RGBA{0x70, 0x70, 0x70, 0xff}
	rule  = color.RGBA{0xe4, 0xe4, 0xe4, 0xff}
)

// style is how a series looks.
type style struct {
	color color.RGBA
	mark  draw.GlyphDrawer
	dash  []vg.Length
}

// styleOf is the look of the series that is tint-th in colour and shape-th in
// marks and dashes.
func styleOf(tint, shape int) style {
	return style{color: colors[tint%len(colors)], mark: marks[shape%len(marks)], dash: dashes[shape%len(dashes)]}
}

func (s style) glyph() draw.GlyphStyle {
	return draw.GlyphStyle{Color: s.color, Radius: vg.Points(3), Shape: s.mark}
}

func (s style) line() draw.LineStyle {
	return draw.LineStyle{Color: s.color, Width: vg.Points(1.2), Dashes: s.dash}
}

func (s style) thin() draw.LineStyle {
	return draw.LineStyle{Color: s.color, Width: vg.Points(0.7)}
}

// faded is the colour of a band, on white.
func faded(c color.RGBA) color.RGBA {
	mix := func(x uint8) uint8 { return uint8((int(x) + 4*0xff) / 5) }
	return color.RGBA{mix(c.R), mix(c.G), mix(c.B), 0xff}
}

// heatColor is from almost white at 0 to dark blue at 1. It grows darker all
// the way, so those who see no colours, and printers, can tell it.
func heatColor(share float64) color.RGBA {
	stops := []color.RGBA{{0xf4, 0xf8, 0xfb, 0xff}, {0x56, 0xb4, 0xe9, 0xff}, {0x00, 0x72, 0xb2, 0xff}, {0x00, 0x2a, 0x4a, 0xff}}
	at := min(max(share, 0), 1) * float64(len(stops)-1)
	i := min(int(at), len(stops)-2)
	mix := func(a, b uint8) uint8 { return uint8(float64(a) + (at-float64(i))*(float64(b)-float64(a)) + 0.5) }
	a, b := stops[i], stops[i+1]
	return color.RGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 0xff}
}

// on is the colour of text on a background.
func on(c color.RGBA) color.RGBA {
	// Luma of ITU-R BT.601.
	if 0.299*float64(c.R)+0.587*float64(c.G)+0.114*float64(c.B) < 140 {
		return white
	}
	return ink
}
