package plot

import (
	"bytes"
	"compress/zlib"
	"encoding/xml"
	"fmt"
	"io"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/recorder"
	"pgregory.net/rapid"

	"gossipbench/harness/trial"
	"gossipbench/strategies/param"
)

// made is a valid result.
func made(strategy string, params param.Values, replicate int, metrics map[string]float64) trial.Result {
	t := trial.Default()
	t.Strategy, t.Params, t.Latency, t.Nodes = strategy, params, 100*time.Millisecond, 25
	t.Replicate, t.Seed = replicate, uint64(replicate)
	return trial.Result{Schema: trial.Schema, ID: t.ID(), Trial: t, Outcome: trial.Valid, Metrics: metrics}
}

// sample is gossip at fanouts 1, 2 and 4 and intervals 50ms and 100ms, and flood,
// which has neither: three replicates of each, whose numbers are the middle one's
// times 0.9, 1 and 1.1.
func sample() []trial.Result {
	var all []trial.Result
	add := func(strategy string, params param.Values, msgs, latency float64) {
		for replicate, times := range []float64{0.9, 1, 1.1} {
			all = append(all, made(strategy, params, replicate+1, map[string]float64{
				"msgs-per-op": msgs * times, "ops": 1000,
				"stable-latency.min": 0, "stable-latency.p50": latency * times, "stable-latency.p95": 2 * latency * times,
				"stable-latency.p99": 3 * latency * times, "stable-latency.max": 4 * latency * times,
			}))
		}
	}
	for i, fanout := range []string{"1", "2", "4"} {
		for j, interval := range []string{"50ms", "100ms"} {
			times := float64(int(1)<<i) / float64(j+1) // messages double with the fanout and halve with the interval
			add("gossip", param.Values{"fanout": fanout, "interval": interval}, 8*times, 800/times)
		}
	}
	add("flood", param.Values{}, 12, 300)
	return all
}

// drawing is what an SVG shows.
type drawing struct {
	texts  []string
	styles []string // of each path
	title  string
	desc   string
}

// has reports whether a text stands in the drawing.
func (d drawing) has(text string) bool { return slices.Contains(d.texts, text) }

// count is the number of paths of that style.
func (d drawing) count(style string) int {
	n := 0
	for _, s := range d.styles {
		if strings.Contains(s, style) {
			n++
		}
	}
	return n
}

// drawn draws and reads what has been drawn.
func drawn(t *testing.T, results []trial.Result, o Options) drawing {
	t.Helper()
	f, err := Build(results, o)
	if err != nil {
		t.Fatal(err)
	}
	return read(t, rendered(t, f, "svg"))
}

func rendered(t *testing.T, f *Figure, format string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f.Write(&b, format); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(t *testing.T, svg []byte) drawing {
	t.Helper()
	var d drawing
	decoder := xml.NewDecoder(bytes.NewReader(svg))
	text := map[string]*string{"title": &d.title, "desc": &d.desc}
	inside := ""
	for {
		token, err := decoder.Token()
		if token == nil {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			inside = e.Name.Local
			if inside == "text" {
				d.texts = append(d.texts, "")
			}
			for _, a := range e.Attr {
				if inside == "path" && a.Name.Local == "style" {
					d.styles = append(d.styles, a.Value)
				}
			}
		case xml.CharData:
			if inside == "text" {
				d.texts[len(d.texts)-1] += string(e)
			} else if to := text[inside]; to != nil {
				*to += string(e)
			}
		case xml.EndElement:
			inside = ""
		}
	}
	return d
}

// The first colours, as an SVG writes them. The marks of the first four series
// are filled.
const (
	blue       = "fill:#0072B2"
	vermillion = "fill:#D55E00"
	green      = "fill:#009E73"
	purple     = "fill:#CC79A7"
)

func TestFrontFigure(t *testing.T) {
	d := drawn(t, sample(), Options{Kind: Front, Title: "a < b", Targets: []trial.Target{{Metric: "msgs-per-op", Op: "<", Value: 30, Text: "< 30"}}})
	// Settings, messages and latency of the middle replicate:
	//   gossip 1/100ms 4 1600, 1/50ms 8 800, 2/100ms 8 800, 2/50ms 16 400, 4/100ms 16 400, 4/50ms 32 200; flood 12 300.
	// Flood beats both at (16, 400); those at (8, 800) are equals. So the front is
	// (4, 1600), (8, 800) twice, (12, 300), (32, 200): five settings.
	for _, want := range []string{
		"a < b", "msgs-per-op (messages)", "stable-latency.p50 (ms)", "Pareto front", "flood", "gossip", "target msgs-per-op < 30",
		"1: gossip fanout=1 interval=100ms (4, 1600)", "4: flood (12, 300)", "5: gossip fanout=4 interval=50ms (32, 200)",
		"1", "2, 3", "4", "5",
	} {
		if !d.has(want) {
			t.Errorf("there is no text %q among %q", want, d.texts)
		}
	}
	if got := d.count(blue); got != 1+1 {
		t.Errorf("flood: %d marks, want 1 and that of the legend", got)
	}
	if got := d.count(vermillion); got != 6+1 {
		t.Errorf("gossip: %d marks, want 6 and that of the legend", got)
	}
	// A bar and two caps for x and as many for y, each a path, of 7 settings.
	if got := d.count("stroke:#0072B2") + d.count("stroke:#D55E00"); got != 7*6 {
		t.Errorf("%d strokes of bars, want 42", got)
	}
	if d.title != "a < b" || !strings.Contains(d.desc, "n = 3, workload broadcast, backend sim") {
		t.Errorf("screen readers hear %q, %q", d.title, d.desc)
	}
}

// TestMarkFront against fronts worked out by hand, for every sense of better.
func TestMarkFront(t *testing.T) {
	points := []point{{1, 5}, {2, 3}, {2, 4}, {3, 3}, {4, 1}, {5, 2}, {4, 1}}
	for _, tt := range []struct {
		betterX, betterY int
		want             string
	}{
		{-1, -1, "[{1 5} {2 3} {4 1} {4 1}]"}, // equals stay both
		{1, 1, "[{5 2} {3 3} {2 4} {1 5}]"},
		{1, -1, "[{5 2} {4 1} {4 1}]"},
		{-1, 1, "[{1 5}]"},
	} {
		var all []*setting
		for _, p := range points {
			all = append(all, &setting{at: p})
		}
		var got []point
		for _, s := range markFront(all, tt.betterX, tt.betterY) {
			got = append(got, s.at)
		}
		if fmt.Sprint(got) != tt.want {
			t.Errorf("better %d, %d: got %v, want %s", tt.betterX, tt.betterY, got, tt.want)
		}
	}
}

// TestFrontIsUnbeaten is what a front is: nobody beats one of it, and whoever is
// not of it is beaten by one of it.
func TestFrontIsUnbeaten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all []*setting
		for range rapid.IntRange(1, 30).Draw(t, "settings") {
			all = append(all, &setting{at: point{float64(rapid.IntRange(0, 9).Draw(t, "x")), float64(rapid.IntRange(0, 9).Draw(t, "y"))}})
		}
		beats := func(a, b point) bool { return a.x <= b.x && a.y <= b.y && a != b }
		chosen := markFront(all, -1, -1)
		for _, s := range all {
			beaten := slices.ContainsFunc(all, func(other *setting) bool { return beats(other.at, s.at) })
			byFront := slices.ContainsFunc(chosen, func(other *setting) bool { return beats(other.at, s.at) })
			if s.on == beaten || beaten != byFront {
				t.Fatalf("%v: on the front %t, beaten %t, by one of the front %t", s.at, s.on, beaten, byFront)
			}
		}
	})
}

func TestFactorFigure(t *testing.T) {
	d := drawn(t, sample(), Options{Kind: Factor, X: "fanout", Metric: "stable-latency.p50"})
	for _, want := range []string{"fanout", "stable-latency.p50 (ms)", "flood", "gossip interval=50ms", "gossip interval=100ms", "Points are the median of the valid trials of a setting, bars hold the true median with probability 0.75 or more: 0.95 needs six trials."} {
		if !d.has(want) {
			t.Errorf("there is no text %q among %q", want, d.texts)
		}
	}
	// Three fanouts and the legend; flood, the first, is level and has no marks.
	if f, short, long := d.count(blue), d.count(vermillion), d.count(green); f != 0 || short != 4 || long != 4 {
		t.Errorf("got %d, %d, %d marks, want 0, 4, 4", f, short, long)
	}
	if got := d.count("stroke:#0072B2"); got != 2 {
		t.Errorf("flood: %d strokes, want a line and that of the legend", got)
	}

	// By colour alone the strategy, by dashes the interval: the same dashes twice.
	d = drawn(t, sample(), Options{Kind: Factor, X: "fanout", By: "strategy"})
	if f, g, h := d.count(blue), d.count(vermillion), d.count(green); f != 0 || g != 8 || h != 0 {
		t.Errorf("got %d, %d, %d marks, want 0, 8, 0", f, g, h)
	}
}

func TestHeatFigure(t *testing.T) {
	results := slices.DeleteFunc(sample(), func(r trial.Result) bool { // no cell at 4, 100ms
		fanout, _ := r.Trial.Value("fanout")
		interval, _ := r.Trial.Value("interval")
		return r.Trial.Strategy == "flood" || fanout == "4" && interval == "100ms"
	})
	lacking := made("gossip", param.Values{"fanout": "4", "interval": "100ms"}, 1, map[string]float64{"msgs-per-op": 77})
	lacking.Outcome = trial.Invalid
	d := drawn(t, append(results, lacking), Options{Kind: Heat, X: "fanout", Y: "interval"})
	var cells []string
	for _, text := range d.texts {
		if slices.Contains([]string{"32", "16", "8", "4", "–", "77"}, text) {
			cells = append(cells, text)
		}
	}
	slices.Sort(cells)
	// 32, 8 twice, 16 and 4, a level 4, and of the key 4 and 32.
	if got, want := fmt.Sprint(cells), "[16 32 32 4 4 4 8 8 –]"; got != want {
		t.Errorf("cells and key are %s, want %s", got, want)
	}
	if !d.has("fanout") || !d.has("interval") || !d.has("msgs-per-op (messages)") || !d.has("1 of 16 trials are not valid and not drawn; harness table names them.") {
		t.Errorf("something is not said in %q", d.texts)
	}
}

// TestBars: of twenty replicates 1, 2, …, 20 the interval for the median is from
// the 6th to the 15th, which hold it with probability 0.959 (David and Nagaraja,
// Order Statistics, section 7.1); of three it is their range, with 0.75; of one
// it is nothing.
func TestBars(t *testing.T) {
	m := trial.Metric{Name: "msgs-per-op"}
	for _, tt := range []struct {
		n         int
		stat      string
		low, high float64
		says      string
	}{
		{20, "median", 6, 15, "Points are the median of the valid trials of a setting, bars hold the true median with probability 0.95 or more."},
		{3, "median", 1, 3, "Points are the median of the valid trials of a setting, bars hold the true median with probability 0.75 or more: 0.95 needs six trials."},
		{20, "most", 1, 20, "Points are the most of the valid trials of a setting, bars reach from the least to the most."},
		{1, "median", 1, 1, "Points are the median of the valid trials of a setting, each of one trial, which says nothing of the spread."},
	} {
		var results []trial.Result
		for i := range tt.n {
			results = append(results, made("flood", param.Values{}, i+1, map[string]float64{"msgs-per-op": float64(i + 1)}))
		}
		b := &builder{results: results, o: Options{Stat: tt.stat}}
		table, err := b.table(nil, m)
		if err != nil {
			t.Fatal(err)
		}
		ends := b.barsOf(table, m)
		if low, high := ends.bar(&table.Rows[0], m); low != tt.low || high != tt.high || ends.String() != tt.says {
			t.Errorf("%d trials, %s: got %v to %v, %q\nwant %v to %v, %q", tt.n, tt.stat, low, high, ends, tt.low, tt.high, tt.says)
		}
	}
}

// TestBarsOfHealth: what an invalid trial lost is in the point, so it is in the bar.
func TestBarsOfHealth(t *testing.T) {
	m := trial.Metric{Name: "lost", Health: true}
	var results []trial.Result
	for i, lost := range []float64{0, 4, 8} {
		r := made("flood", param.Values{}, i+1, map[string]float64{"lost": lost})
		if lost > 0 {
			r.Outcome = trial.Invalid
		}
		results = append(results, r)
	}
	b := &builder{results: results, o: Options{Stat: "median"}}
	table, err := b.table(nil, m)
	if err != nil {
		t.Fatal(err)
	}
	if low, high := b.barsOf(table, m).bar(&table.Rows[0], m); low != 0 || high != 8 || table.Rows[0].Cells[0].Median != 4 {
		t.Errorf("got %v to %v about %v, want 0 to 8 about 4", low, high, table.Rows[0].Cells[0].Median)
	}
}

// TestStat: the most of 0.9, 1 and 1.1 times 32 messages is 35.2, the least of 4
// is 3.6.
func TestStat(t *testing.T) {
	for stat, want := range map[string]string{"most": "35.2", "least": "3.60", "median": "16"} {
		d := drawn(t, sample()[:18], Options{Kind: Heat, X: "fanout", Y: "interval", Stat: stat})
		if !d.has(want) || !d.has("Each cell is the "+stat+" of the valid trials of a setting.") {
			t.Errorf("%s: there is no %s among %q", stat, want, d.texts)
		}
	}
}

func TestDeliveryFigure(t *testing.T) {
	results := slices.DeleteFunc(sample(), func(r trial.Result) bool {
		fanout, _ := r.Trial.Value("fanout")
		return fanout != "1"
	})
	called := 0
	d := drawn(t, results, Options{Kind: Delivery, Curve: func(r trial.Result) (Curve, error) {
		called++
		return Curve{After: []float64{0, 100, 200, 300 * float64(r.Trial.Replicate)}, Of: 4}, nil
	}})
	if called != 6 {
		t.Errorf("%d trials were repeated, want 6", called)
	}
	// A fifth of #0072B2 and #D55E00, the rest white.
	if blueBand, redBand := d.count("fill:#CCE2EF"), d.count("fill:#F6DECC"); blueBand != 1 || redBand != 1 {
		t.Errorf("%d and %d bands, want one a setting", blueBand, redBand)
	}
	for _, want := range []string{"interval=50ms", "interval=100ms", "time since the value came (ms)", "share of the nodes that have it"} {
		if !d.has(want) {
			t.Errorf("there is no text %q among %q", want, d.texts)
		}
	}
}

func TestShare(t *testing.T) {
	c := Curve{After: []float64{0, 0, 10, 20, 20}, Of: 8} // two values at four nodes; three deliveries never came
	for at, want := range map[float64]float64{-1: 0, 0: 0.25, 9.9: 0.25, 10: 0.375, 20: 0.625, 99: 0.625} {
		if got := c.share(at); got != want {
			t.Errorf("share(%v): got %v, want %v", at, got, want)
		}
	}
}

func TestDistributionFigure(t *testing.T) {
	d := drawn(t, sample(), Options{Kind: Distribution})
	for _, want := range []string{
		"latency (ms), from stored quantiles: least, 0.5, 0.95, 0.99, greatest", "stable-latency", "flood", "gossip fanout=4 interval=100ms",
	} {
		if !d.has(want) {
			t.Errorf("there is no text %q among %q", want, d.texts)
		}
	}
	if got := d.count(blue); got != 7+1 {
		t.Errorf("%d dots, want one for each of 7 settings and that of the legend", got)
	}
	// The thin line and its caps, the thick line, and the 0.99 quantile; and the
	// legend.
	if got := d.count("stroke:#0072B2"); got != 7*5+1 {
		t.Errorf("%d strokes, want 36", got)
	}
}

// TestDistributionWithoutValues: where no values spread, clients still wait.
func TestDistributionWithoutValues(t *testing.T) {
	waits := map[string]float64{"op-latency.min": 1, "op-latency.p50": 2, "op-latency.p95": 3, "op-latency.p99": 4, "op-latency.max": 5}
	d := drawn(t, []trial.Result{made("proxy", param.Values{}, 1, waits)}, Options{Kind: Distribution})
	if !d.has("op-latency") || d.has("stable-latency") || d.has("delivery-latency") {
		t.Errorf("want op-latency alone, got %q", d.texts)
	}
}

// TestSameBytes whatever the order of the results, in every form.
func TestSameBytes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	curve := func(r trial.Result) (Curve, error) { return Curve{After: []float64{0, 10, 20}, Of: 3}, nil }
	for _, kind := range Kinds {
		results := sample()
		if kind == Heat {
			results = results[:18]
		}
		for _, format := range Formats {
			var first []byte
			for range 2 {
				r.Shuffle(len(results), func(i, j int) { results[i], results[j] = results[j], results[i] })
				f, err := Build(results, Options{Kind: kind, Title: "same", Curve: curve})
				if err != nil {
					t.Fatal(err)
				}
				again := rendered(t, f, format)
				if first != nil && !bytes.Equal(first, again) {
					t.Errorf("%s as %s: the same results gave other bytes", kind, format)
				}
				first = again
			}
			if format == "pdf" && !bytes.HasPrefix(first, []byte("%PDF-")) || format == "png" && !bytes.HasPrefix(first, []byte("\x89PNG")) {
				t.Errorf("%s begins with %q", format, first[:8])
			}
		}
	}
}

// TestFitted: of labels that have not enough room goes what does not tell them
// apart, then the names of the settings, and then the end.
func TestFitted(t *testing.T) {
	names := []string{"strategy", "origins", "nodes"}
	all := [][]string{{"gossip", "random", "5"}, {"gossip", "random", "25"}, {"star", "first", "5"}}
	for _, tt := range []struct {
		room vg.Length
		want string
	}{
		{500, "[gossip origins=random nodes=5 gossip origins=random nodes=25 star origins=first nodes=5]"},
		{100, "[gossip nodes=5 gossip nodes=25 star nodes=5]"},
		{50, "[gossip 5 gossip 25 star 5]"},
		{20, "[go… go… sta…]"},
	} {
		if got := fmt.Sprint((&Figure{}).fitted(names, all, tt.room)); got != tt.want {
			t.Errorf("%v: got %s, want %s", tt.room, got, tt.want)
		}
	}
}

// TestTextsHaveWidths, so that they fit where their font is not there: each
// glyph of these digits is 1139/2048 of its size wide in Liberation Sans.
func TestTextsHaveWidths(t *testing.T) {
	f := &Figure{title: "0123", x: named("", []string{"a"}), y: named("", []string{"b"})}
	svg := string(rendered(t, f, "svg"))
	if !strings.Contains(svg, `<text textLength="23.36" lengthAdjust="spacingAndGlyphs"`) { // 4 × 10.5 × 0.55615
		t.Errorf("the title has no width, or another, in\n%s", svg)
	}
	if with, all := strings.Count(svg, " textLength="), strings.Count(svg, "<text "); with != all {
		t.Errorf("%d of %d texts have widths", with, all)
	}
}

// TestAnyText: what a user calls things is text, in every form.
func TestAnyText(t *testing.T) {
	const hostile = "</title><script>alert(1)</script> & \x00\x1b[1m 日本 −5 ≤ “…”"
	f, err := Build([]trial.Result{made(hostile, param.Values{}, 1, map[string]float64{"msgs-per-op": 1, "stable-latency.p50": 2})},
		Options{Kind: Front, Title: hostile})
	if err != nil {
		t.Fatal(err)
	}
	d := read(t, rendered(t, f, "svg"))
	if want := `</title><script>alert(1)</script> & \u0000\u001b[1m 日本 −5 ≤ “…”`; d.title != want {
		t.Errorf("the title is %q, want %q", d.title, want)
	}
	rendered(t, f, "pdf")
	rendered(t, f, "png")
}

// TestLettersOfPDF: the text of a PDF has the letters of Windows-1252 as text,
// each in one byte; others that the font has are drawn, and what it lacks is a
// box that a note explains.
func TestLettersOfPDF(t *testing.T) {
	for _, tt := range []struct{ title, text, not string }{
		{"café – 2×", "caf\xe9 \x96 2\xd7\n", "stands for letters"},
		{"a ≤ b", "a \n b\n", "stands for letters"},
		{"日本 b", "stands for letters that the font of this picture lacks \\(U+65E5, U+672C\\)", "日"},
	} {
		f := &Figure{title: tt.title, x: named("", []string{"a"}), y: named("", []string{"b"})}
		text := texts(t, rendered(t, f, "pdf"))
		if !strings.Contains(text, tt.text) || strings.Contains(text, tt.not) {
			t.Errorf("%s: want %q in the PDF and not %q, got\n%q", tt.title, tt.text, tt.not, text)
		}
		if strings.Contains(string(rendered(t, f, "svg")), "stands for letters") {
			t.Errorf("%s: an SVG keeps its letters, yet has the note", tt.title)
		}
	}
}

// TestOutlines: the outline of ≤ in a PDF lies where its text would be.
func TestOutlines(t *testing.T) {
	var c recorder.Canvas
	outlines{recorded{&c}}.FillString(font.DefaultCache.Lookup(labelText.Font, 2048), vg.Point{X: 100, Y: 50}, "≤")
	fill, ok := c.Actions[0].(*recorder.Fill)
	if !ok || len(c.Actions) != 1 {
		t.Fatalf("got %v, want one filled path", c.Actions)
	}
	low, high := vg.Point{X: 1e9, Y: 1e9}, vg.Point{}
	for _, part := range fill.Path {
		if part.Type == vg.MoveComp || part.Type == vg.LineComp {
			low.X, low.Y = min(low.X, part.Pos.X), min(low.Y, part.Pos.Y)
			high.X, high.Y = max(high.X, part.Pos.X), max(high.Y, part.Pos.Y)
		}
	}
	// Liberation Sans has it within 1124 of 2048 units of width, above the base line.
	if low.X < 100 || high.X > 100+1124 || low.Y < 50 || high.Y > 50+1400 || high.Y-low.Y < 600 {
		t.Errorf("the outline is from %v to %v", low, high)
	}
}

// recorded makes a recorder a canvas that could be written.
type recorded struct{ *recorder.Canvas }

func (recorded) Size() (w, h vg.Length) { return width, tall }

func (recorded) WriteTo(io.Writer) (int64, error) { return 0, nil }

// texts returns the texts of a PDF's pages, a line each.
func texts(t *testing.T, pdf []byte) string {
	t.Helper()
	var all strings.Builder
	for _, part := range bytes.Split(pdf, []byte("stream\n"))[1:] {
		r, err := zlib.NewReader(bytes.NewReader(part))
		if err != nil {
			continue
		}
		b, err := io.ReadAll(r)
		if err != nil || bytes.Contains(b, []byte("glyf")) { // a font
			continue
		}
		for _, m := range regexp.MustCompile(`(?s)\(((?:\\.|[^\\)])*)\) ?Tj`).FindAllSubmatch(b, -1) {
			fmt.Fprintf(&all, "%s\n", m[1])
		}
	}
	return all.String()
}

func TestMistakes(t *testing.T) {
	many := sample()
	for i := range 30 {
		many = append(many, made("gossip", param.Values{"fanout": "2", "interval": fmt.Sprintf("%ds", i+1)}, 1, map[string]float64{"msgs-per-op": 1}))
	}
	for _, tt := range []struct {
		results []trial.Result
		o       Options
		want    string
	}{
		{sample(), Options{Kind: "frnt"}, `no such kind: "frnt", did you mean front?`},
		{sample(), Options{Kind: Front, X: "msg-per-op"}, `x: no such metric: "msg-per-op", did you mean msgs-per-op?`},
		{sample(), Options{Kind: Front, Y: "stable-latency"}, `y: "stable-latency" is a family of metrics, want one of it: stable-latency.min, stable-latency.p50, stable-latency.p95, stable-latency.p99, stable-latency.max`},
		{sample(), Options{Kind: Front, Y: "t50"}, `y: no valid trial has the metric t50`},
		{sample(), Options{Kind: Front, Y: "ops"}, `y: neither less nor more of ops is better, so there is no front`},
		{sample(), Options{Kind: Factor, X: "fanuot"}, `x: no trial here has a setting or parameter "fanuot", did you mean fanout?`},
		{sample(), Options{Kind: Factor, By: "fanuot"}, `by: no trial here has a setting or parameter "fanuot", did you mean fanout?`},
		{sample()[:1], Options{Kind: Factor}, `x: want a factor: no setting varies`},
		{sample()[:1], Options{Kind: Heat, X: "fanout"}, `want two factors, x and y; those that vary are []`},
		{many, Options{Kind: Factor, X: "fanout"}, `33 lines are too many to tell apart, want at most 24: choose levels of strategy, interval`},
		{sample(), Options{Kind: Distribution, Metric: "stabel-latency"}, `metric: no such family of metrics: "stabel-latency", did you mean stable-latency?`},
		{sample(), Options{Kind: Distribution, Metric: "op-latency"}, `no valid trial has the quantiles of op-latency`},
		{sample(), Options{Kind: Delivery}, `nobody can repeat the trials, so there are no curves`},
		{sample(), Options{Kind: Heat, Stat: "mean"}, `stat: no such statistic: "mean", want one of median, least, most`},
		{nil, Options{Kind: Front}, `no results to draw`},
	} {
		if _, err := Build(tt.results, tt.o); err == nil || err.Error() != tt.want {
			t.Errorf("%+v:\n got %v\nwant %s", tt.o, err, tt.want)
		}
	}
}

// TestBeside: a number stands left below its mark; at the left edge and the lower
// it turns to where the plot has room, and where marks are, to where the fewest are.
func TestBeside(t *testing.T) {
	inside := vg.Rectangle{Max: vg.Point{X: 100, Y: 100}}
	size := vg.Point{X: 20, Y: 8}
	for _, tt := range []struct {
		name  string
		at    vg.Point
		marks []vg.Point
		taken []vg.Rectangle
		want  vg.Point // the left lower corner
	}{
		{"free", vg.Point{X: 50, Y: 50}, nil, nil, vg.Point{X: 26, Y: 39}},
		{"left edge", vg.Point{X: 5, Y: 50}, nil, nil, vg.Point{X: 9, Y: 39}},
		{"corner", vg.Point{X: 5, Y: 2}, nil, nil, vg.Point{X: 9, Y: 5}},
		{"a mark in the way", vg.Point{X: 50, Y: 50}, []vg.Point{{X: 30, Y: 42}}, nil, vg.Point{X: 54, Y: 39}},
		{"a text in the way", vg.Point{X: 50, Y: 50}, nil, []vg.Rectangle{{Min: vg.Point{X: 20, Y: 40}, Max: vg.Point{X: 40, Y: 48}}}, vg.Point{X: 54, Y: 39}},
		{"marks all round", vg.Point{X: 50, Y: 50}, []vg.Point{{X: 30, Y: 45}, {X: 60, Y: 45}, {X: 30, Y: 50}, {X: 60, Y: 50}, {X: 30, Y: 58}, {X: 60, Y: 58}},
			nil, vg.Point{X: 18, Y: 31}},
	} {
		if got := beside(tt.at, size, inside, append(tt.marks, tt.at), tt.taken).Min; got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
	if got := (ordinal{first: 1, last: 7}).String(); got != "1–7" {
		t.Errorf("got %s, want 1–7", got)
	}
}

// TestNamesAreNotJoined: between flood and gossip there is nothing.
func TestNamesAreNotJoined(t *testing.T) {
	for x, want := range map[string]int{"strategy": 0, "fanout": 1} {
		results := slices.DeleteFunc(sample(), func(r trial.Result) bool {
			interval, _ := r.Trial.Value("interval")
			fanout, has := r.Trial.Value("fanout")
			return interval == "100ms" || x == "strategy" && fanout == "1" || x == "strategy" && fanout == "2" || x == "fanout" && !has
		})
		figure, err := Build(results, Options{Kind: Factor, X: x})
		if err != nil {
			t.Fatal(err)
		}
		lines := 0
		for _, p := range figure.drawn {
			if _, is := p.(path); is {
				lines++
			}
		}
		if lines != want {
			t.Errorf("by %s: %d lines, want %d", x, lines, want)
		}
	}
}

// TestDeliverySteps: half of the deliveries come at 100 ms and all are there at
// 300 ms: level until there, and upright.
func TestDeliverySteps(t *testing.T) {
	f := &Figure{x: numbers("", false, 0, 300)}
	f.curve([]Curve{{After: []float64{0, 100, 300, 300}, Of: 4}}, styleOf(0, 0), 0, "")
	for _, p := range f.drawn {
		if line, is := p.(path); is {
			if want := []point{{0, 0.25}, {100, 0.25}, {100, 0.5}, {300, 0.5}, {300, 1}}; !slices.Equal(line.points, want) {
				t.Errorf("got %v, want %v", line.points, want)
			}
		}
	}
}
