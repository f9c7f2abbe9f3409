package plot

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/encoding/charmap"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/recorder"
)

// box stands in PNG and PDF for each letter that the font lacks. An SVG keeps
// the letter, because its reader has other fonts.
const box = '□'

// has reports whether the font has a glyph for r.
func has(f font.Face, r rune) bool {
	at, err := f.Face.GlyphIndex(nil, r)
	return err == nil && at != 0
}

// lacking returns the letters of the figure, in order, for which its font has
// no glyph.
func (f *Figure) lacking() []rune {
	var c recorder.Canvas
	l := f.lay()
	f.draw(draw.NewCanvas(&c, width, l.height), l)
	face := font.DefaultCache.Lookup(labelText.Font, labelText.Font.Size)
	var all []rune
	for _, a := range c.Actions {
		fill, ok := a.(*recorder.FillString)
		if !ok {
			continue
		}
		for _, r := range fill.String {
			if !has(face, r) {
				all = append(all, r)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// boxed returns the figure with a note that names the letters that the font
// lacks, by their code points; f itself where it lacks none.
func (f *Figure) boxed() *Figure {
	const most = 12 // code points that the note names
	all := f.lacking()
	if len(all) == 0 {
		return f
	}
	var points []string
	for _, r := range all[:min(len(all), most)] {
		points = append(points, fmt.Sprintf("%U", r))
	}
	if len(all) > most {
		points = append(points, fmt.Sprintf("and %d more", len(all)-most))
	}
	with := *f
	with.notes = slices.Clone(f.notes)
	with.note("%c stands for letters that the font of this picture lacks (%s); SVG keeps them.", box, strings.Join(points, ", "))
	return &with
}

// boxes is a canvas that draws a box in the place of a letter that the font
// lacks.
type boxes struct{ vg.CanvasWriterTo }

func (c boxes) FillString(f font.Face, at vg.Point, txt string) {
	c.CanvasWriterTo.FillString(f, at, strings.Map(func(r rune) rune {
		if has(f, r) {
			return r
		}
		return box
	}, txt))
}

// outlines is the canvas of a PDF. Its text can only have the letters of the
// code page Windows-1252, in that encoding (fpdf's fonts are such). The other
// letters are drawn as outlines.
type outlines struct{ vg.CanvasWriterTo }

func (c outlines) FillString(f font.Face, at vg.Point, txt string) {
	for txt != "" {
		n, encoded := leading(txt)
		if n > 0 {
			c.CanvasWriterTo.FillString(f, at, encoded)
		} else {
			n = strings.IndexFunc(txt, func(r rune) bool { _, in := charmap.Windows1252.EncodeRune(r); return in })
			if n < 0 {
				n = len(txt)
			}
			c.outline(f, at, txt[:n])
		}
		at.X += f.Width(txt[:n])
		txt = txt[n:]
	}
}

// leading returns the length of the longest prefix of txt that Windows-1252
// has, and that prefix encoded.
func leading(txt string) (int, string) {
	var encoded strings.Builder
	for i, r := range txt {
		b, in := charmap.Windows1252.EncodeRune(r)
		if !in {
			return i, encoded.String()
		}
		encoded.WriteByte(b)
	}
	return len(txt), encoded.String()
}

// outline fills the glyphs of txt from at on.
func (c outlines) outline(f font.Face, at vg.Point, txt string) {
	size := f.Font.Size
	ppem := fixed.I(int(f.Face.UnitsPerEm())) // so that a glyph's points are exact
	unit := size / vg.Length(f.Face.UnitsPerEm())
	for _, r := range txt {
		index, err := f.Face.GlyphIndex(nil, r)
		if err != nil {
			continue
		}
		glyph, err := f.Face.LoadGlyph(nil, index, ppem, nil)
		if err != nil {
			continue
		}
		point := func(p fixed.Point26_6) vg.Point {
			return vg.Point{X: at.X + vg.Length(p.X)/64*unit, Y: at.Y - vg.Length(p.Y)/64*unit}
		}
		var path vg.Path
		for _, s := range glyph {
			switch s.Op {
			case sfnt.SegmentOpMoveTo:
				if len(path) > 0 {
					path.Close()
				}
				path.Move(point(s.Args[0]))
			case sfnt.SegmentOpLineTo:
				path.Line(point(s.Args[0]))
			case sfnt.SegmentOpQuadTo:
				path.QuadTo(point(s.Args[0]), point(s.Args[1]))
			case sfnt.SegmentOpCubeTo:
				path.CubeTo(point(s.Args[0]), point(s.Args[1]), point(s.Args[2]))
			}
		}
		if len(path) > 0 {
			path.Close()
			c.Fill(path)
		}
		at.X += f.Width(string(r))
	}
}
