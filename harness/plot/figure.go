package plot

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgpdf"
	"gonum.org/v1/plot/vg/vgsvg"

	"gossipbench/harness/plain"
)

// Figure is a picture that can be written in each of Formats.
type Figure struct {
	title, caption string
	notes          []string // below
	x, y           axis
	grid           bool
	drawn          []plot.Plotter // in the order in which they are drawn
	legend         []entry
	key            plot.Plotter // in the place of the legend: the colours of a heat map
	height         vg.Length    // of the plot with its axes
}

// entry is a line of the legend.
type entry struct {
	label string
	thumb func(c *draw.Canvas) // draws it into the rectangle of c
}

// note adds a line below the figure.
func (f *Figure) note(format string, args ...any) {
	f.notes = append(f.notes, plain.Text(fmt.Sprintf(format, args...)))
}

// Formats are the names of the forms in which a figure can be written.
var Formats = []string{"svg", "png", "pdf"}

// FormatOf returns the format that a file's ending asks for; "" where it asks
// for none.
func FormatOf(path string) string {
	ending := strings.TrimPrefix(strings.ToLower(filepath.Ext(path)), ".")
	for _, f := range Formats {
		if f == ending {
			return f
		}
	}
	return ""
}

// The measures of a figure. Its width is that of a text on A4 or letter paper.
const (
	width      = 6.9 * vg.Inch
	tall       = 3.6 * vg.Inch
	margin     = 6 * vg.Length(1)
	gap        = 6 * vg.Length(1)
	thumbWidth = 26 * vg.Length(1)
	dpi        = 200
)

// sans is text of that size in points.
func sans(size float64) text.Style {
	return text.Style{
		Color:   ink,
		Font:    font.Font{Typeface: "Liberation", Variant: "Sans", Size: vg.Points(size)},
		XAlign:  text.XLeft,
		YAlign:  text.YTop,
		Handler: plot.DefaultTextHandler,
	}
}

// The styles of texts.
var (
	titleText   = sans(10.5) // not bold: vgpdf does not find its bold fonts
	captionText = func() text.Style { s := sans(7.5); s.Color = faint; return s }()
	labelText   = sans(8)
	smallText   = sans(7)
)

// A PDF tells when it was made, so two of the same results would differ; and
// its parts would be in the order of a map.
func init() {
	fpdf.SetDefaultCreationDate(time.Unix(0, 0).UTC())
	fpdf.SetDefaultModificationDate(time.Unix(0, 0).UTC())
	fpdf.SetDefaultCatalogSort(true)
}

// Write writes the figure in one of Formats, the same bytes each time.
func (f *Figure) Write(w io.Writer, format string) error {
	if format != "svg" {
		f = f.boxed()
	}
	l := f.lay()
	var canvas vg.CanvasWriterTo
	switch format {
	case "svg":
		canvas = vgsvg.New(width, l.height)
	case "png":
		canvas = boxes{vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(width, l.height), vgimg.UseDPI(dpi))}}
	case "pdf":
		canvas = boxes{outlines{vgpdf.New(width, l.height)}}
	default:
		return fmt.Errorf("no such format: %q, want one of %s", format, strings.Join(Formats, ", "))
	}
	f.draw(draw.NewCanvas(canvas, width, l.height), l)
	var b bytes.Buffer
	if _, err := canvas.WriteTo(&b); err != nil {
		return err
	}
	whole := b.Bytes()
	if format == "svg" {
		whole = f.named(whole)
	}
	_, err := w.Write(whole)
	return err
}

// family names fonts that look like Liberation Sans, or are at least without
// serifs, to whom lacks it.
const family = "font-family:Liberation Sans,Arimo,Helvetica,Arial,sans-serif;"

// written is a text of an SVG: its attributes, the size of its font, and itself.
var written = regexp.MustCompile(`(?s)<text( [^>]*?font-size:([0-9.]+)px[^>]*)>([^<]+)</text>`)

// named gives an SVG a title and a description, which screen readers read. To
// each text it gives the names of other fonts and its width, so that it fits
// in those too.
func (f *Figure) named(svg []byte) []byte {
	at := bytes.Index(svg, []byte("<svg"))
	at += bytes.IndexByte(svg[at:], '>') + 1
	words := "\n<title>" + html.EscapeString(f.title) + "</title>\n<desc>" +
		html.EscapeString(strings.Join(append([]string{f.caption}, f.notes...), "\n")) + "</desc>"
	body := bytes.ReplaceAll(svg[at:], []byte("font-family:Liberation Sans;"), []byte(family))
	body = written.ReplaceAllFunc(body, func(element []byte) []byte {
		parts := written.FindSubmatch(element)
		size, err := strconv.ParseFloat(string(parts[2]), 64)
		if err != nil {
			return element
		}
		wide := sans(size).Width(html.UnescapeString(string(parts[3])))
		return fmt.Appendf(nil, `<text textLength="%.2f" lengthAdjust="spacingAndGlyphs"%s>%s</text>`, wide.Points(), parts[1], parts[3])
	})
	return slices.Concat(svg[:at], []byte(words), body)
}

// layout says where the parts of a figure are.
type layout struct {
	height                 vg.Length
	title, caption, notes  []string
	beside                 vg.Length // width of the legend, right of the plot
	below                  vg.Length // height of the legend, below the plot
	head, foot, legendLine vg.Length
}

// lay finds a place for everything. The legend is right of the plot, or below
// where it is wide.
func (f *Figure) lay() layout {
	room := width - 2*margin
	l := layout{
		title: wrap(titleText, f.title, room), caption: wrap(captionText, f.caption, room),
		legendLine: 1.45 * labelText.Font.Size,
	}
	for _, n := range f.notes {
		l.notes = append(l.notes, wrap(captionText, n, room)...)
	}
	l.head = lines(titleText, l.title) + lines(captionText, l.caption) + gap
	l.foot = lines(captionText, l.notes) + gap
	widest := vg.Length(0)
	for _, e := range f.legend {
		widest = max(widest, labelText.Width(e.label))
	}
	switch {
	case f.key != nil:
		l.beside = 0.7 * vg.Inch
	case len(f.legend) == 0:
	case widest+thumbWidth < 0.36*width:
		l.beside = widest + thumbWidth + 3*gap
	default:
		l.below = vg.Length(len(f.legend))*l.legendLine + gap
	}
	plotted := max(f.height, tall)
	if l.beside > 0 {
		plotted = max(plotted, vg.Length(len(f.legend))*l.legendLine+2*gap)
	}
	l.height = 2*margin + l.head + plotted + l.below + l.foot
	return l
}

// draw draws all parts.
func (f *Figure) draw(c draw.Canvas, l layout) {
	c.FillPolygon(white, corners(c.Rectangle))
	c = draw.Crop(c, margin, -margin, margin, -margin)
	at := vg.Point{X: c.Min.X, Y: c.Max.Y}
	at.Y -= write(&c, titleText, at, l.title)
	write(&c, captionText, at, l.caption)
	write(&c, captionText, vg.Point{X: c.Min.X, Y: c.Min.Y + lines(captionText, l.notes)}, l.notes)

	body := draw.Crop(c, 0, -l.beside, l.foot+l.below, -l.head)
	inside := body
	if f.y.label != "" {
		inside.Min.X += 1.6 * labelText.Font.Size
	}
	inside.Min.Y += 1.6 * labelText.Font.Size
	p := f.plot()
	p.Draw(inside)
	inner := p.DataCanvas(inside)
	label := labelText
	label.XAlign, label.YAlign = text.XCenter, text.YBottom
	c.FillText(label, vg.Point{X: inner.Center().X, Y: body.Min.Y}, f.x.label)
	label.Rotation, label.YAlign = math.Pi/2, text.YTop
	c.FillText(label, vg.Point{X: body.Min.X, Y: inner.Center().Y}, f.y.label)
	switch {
	case f.key != nil:
		key := draw.Crop(c, c.Max.X-c.Min.X-l.beside+2*gap, 0, l.foot, -l.head)
		key.Min.Y, key.Max.Y = inner.Min.Y, inner.Max.Y
		f.key.Plot(key, p)
	case l.below > 0:
		f.entries(&c, vg.Point{X: c.Min.X + gap, Y: c.Min.Y + l.foot + l.below - gap}, l.legendLine)
	case l.beside > 0:
		f.entries(&c, vg.Point{X: c.Max.X - l.beside + 2*gap, Y: inner.Max.Y}, l.legendLine)
	}
}

// plot makes gonum's plot of the axes and what is drawn between them.
func (f *Figure) plot() *plot.Plot {
	p := plot.New()
	p.BackgroundColor = white
	for _, a := range []struct {
		from axis
		to   *plot.Axis
	}{{f.x, &p.X}, {f.y, &p.Y}} {
		a.to.Tick.Label.Font, a.to.Tick.Label.Color = labelText.Font, ink
		a.to.LineStyle.Color, a.to.Tick.LineStyle.Color = faint, faint
		a.to.Padding = 0
		a.from.set(a.to)
	}
	if f.grid {
		p.Add(rules{})
	}
	p.Add(f.drawn...)
	return p
}

// entries draws the legend downwards from a point.
func (f *Figure) entries(c *draw.Canvas, at vg.Point, line vg.Length) {
	for _, e := range f.legend {
		thumb := draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{
			Min: vg.Point{X: at.X, Y: at.Y - line}, Max: vg.Point{X: at.X + thumbWidth - gap, Y: at.Y}}}
		e.thumb(&thumb)
		s := labelText
		s.YAlign = text.YCenter
		c.FillText(s, vg.Point{X: at.X + thumbWidth, Y: at.Y - line/2}, e.label)
		at.Y -= line
	}
}

// wrap breaks a text into lines that fit.
func wrap(s text.Style, txt string, room vg.Length) []string {
	var all []string
	line := ""
	for _, word := range strings.Fields(txt) {
		longer := strings.TrimPrefix(line+" "+word, " ")
		if line != "" && s.Width(longer) > room {
			all = append(all, line)
			longer = word
		}
		line = longer
	}
	if line != "" {
		all = append(all, line)
	}
	return all
}

// lines is the height of so many lines.
func lines(s text.Style, all []string) vg.Length { return vg.Length(len(all)) * 1.3 * s.Font.Size }

// write writes lines downwards from a point, and returns their height.
func write(c *draw.Canvas, s text.Style, at vg.Point, all []string) vg.Length {
	for i, line := range all {
		c.FillText(s, vg.Point{X: at.X, Y: at.Y - vg.Length(i)*1.3*s.Font.Size}, line)
	}
	return lines(s, all)
}

func corners(r vg.Rectangle) []vg.Point {
	return []vg.Point{r.Min, {X: r.Max.X, Y: r.Min.Y}, r.Max, {X: r.Min.X, Y: r.Max.Y}}
}

// fitted tells levels for a legend as label does. Where a label has not enough
// room, settings that are not needed to tell the labels apart are left out, the
// first first, but never the strategy; then the levels stand without their
// settings, which a note names; and what is still too long is cut.
func (f *Figure) fitted(names []string, all [][]string, room vg.Length) []string {
	left := slices.Clone(names)
	bare := false
	told := func() []string {
		made := make([]string, len(all))
		for i, levels := range all {
			kept := make([]string, len(left))
			for j, name := range left {
				kept[j] = levels[slices.Index(names, name)]
			}
			if made[i] = label(left, kept); bare {
				made[i] = plain.Text(strings.Join(slices.DeleteFunc(kept, func(level string) bool { return level == "" }), " "))
			}
		}
		return made
	}
	fits := func(s string) bool { return labelText.Width(s) <= room }
	narrow := func(made []string) bool { return slices.ContainsFunc(made, func(s string) bool { return !fits(s) }) }
	made := told()
	distinct := len(slices.Compact(slices.Sorted(slices.Values(made))))
	for _, name := range names {
		if !narrow(made) {
			break
		}
		if name == "strategy" {
			continue
		}
		before := slices.Clone(left)
		left = slices.DeleteFunc(left, func(n string) bool { return n == name })
		if shorter := told(); len(slices.Compact(slices.Sorted(slices.Values(shorter)))) == distinct {
			made = shorter
		} else {
			left = before
		}
	}
	if narrow(made) {
		bare = true
		made = told()
		f.note("Named by their levels of %s.", strings.Join(left, ", "))
	}
	for i := range made {
		for !fits(made[i]) {
			runes := []rune(strings.TrimSuffix(made[i], "…"))
			made[i] = string(runes[:len(runes)-1]) + "…"
		}
	}
	return made
}

// legendRoom is for the labels of a legend below the plot.
const legendRoom = width - 2*margin - thumbWidth - 2*gap
