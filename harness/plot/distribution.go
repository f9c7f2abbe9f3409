package plot

import (
	"fmt"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gossipbench/harness/query"
	"gossipbench/harness/table"
	"gossipbench/harness/trial"
	"gossipbench/strategies/param"
)

// distribution draws the quantiles that are stored of families of latencies, a
// row a setting: a thin line from the least to the greatest value, a thick one
// from the median to the 0.95 quantile, a dot at the median, and a stroke at the
// 0.99 quantile. Each is the median of the replicates.
func (b *builder) distribution() (*Figure, error) {
	families, err := b.families()
	if err != nil {
		return nil, err
	}
	var metrics []trial.Metric
	for _, family := range families {
		for _, q := range trial.Quantiles {
			metrics = append(metrics, trial.Metric{Name: family + "." + q.Name})
		}
	}
	names := slices.Clone(b.varying)
	if len(names) == 0 {
		names = []string{"strategy"}
	}
	if b.o.By != "" { // the rows are its levels alone
		names = []string{b.o.By}
	}
	t, err := b.table(names, metrics...)
	if err != nil {
		return nil, err
	}
	if len(t.Rows) > maxRows {
		return nil, tooMany(len(t.Rows), "rows", maxRows, names)
	}
	f := b.figure(t, "Thin line: least to greatest value; thick: median to 0.95 quantile; dot: median; stroke: 0.99 quantile. Each is the median of the valid trials.")
	var xs []float64
	var levels [][]string
	for i := range t.Rows {
		r := &t.Rows[len(t.Rows)-1-i] // from the bottom up
		levels = append(levels, r.Levels)
		for j := range families {
			q, has := quantilesOf(r.Cells[j*len(trial.Quantiles):])
			if !has {
				continue
			}
			xs = append(xs, q[:]...)
			f.box(q, float64(i)+spread(j, len(families)), styleOf(j, j))
		}
	}
	if len(xs) == 0 {
		return nil, fmt.Errorf("no valid trial has the quantiles of %s", strings.Join(families, ", "))
	}
	f.grid = true
	f.x = numbers("latency (ms), from stored quantiles: least, 0.5, 0.95, 0.99, greatest", b.o.LogX, xs...)
	rows := f.fitted(names, levels, 0.4*width)
	f.y = named("", rows)
	for j, family := range families {
		look := styleOf(j, j)
		thick, mark := look.line(), look.glyph()
		thick.Width, thick.Dashes = boxWidth, nil
		f.legend = append(f.legend, entry{family, thumbOf(&thick, &mark)})
	}
	f.height = max(tall/2, vg.Length(len(rows)*len(families))*11+60)
	return f, nil
}

// boxWidth is that of the thick line.
const boxWidth = 3.2 * vg.Length(1)

// spread is how far above the middle of its row the j-th of n boxes is.
func spread(j, n int) float64 { return 0.6 * (float64(n-1)/2 - float64(j)) / float64(max(n, 2)) }

// families are the families of metrics to draw: by default those that some trial
// has of how long values take, or where none has, of how long clients wait.
func (b *builder) families() ([]string, error) {
	var known []string
	for _, m := range trial.Metrics {
		if family, found := strings.CutSuffix(m.Name, ".p50"); found {
			known = append(known, family)
		}
	}
	wanted := strings.FieldsFunc(b.o.Metric, func(r rune) bool { return r == ',' || r == ' ' })
	for _, family := range wanted {
		if !slices.Contains(known, family) {
			return nil, query.In("metric", fmt.Errorf("no such family of metrics: %q, %s", family, param.Hint(family, known)))
		}
	}
	if len(wanted) > 0 {
		return wanted, nil
	}
	for _, family := range []string{"stable-latency", "delivery-latency"} {
		has := func(r trial.Result) bool { _, has := r.Metrics[family+".p50"]; return has }
		if slices.ContainsFunc(b.results, has) {
			wanted = append(wanted, family)
		}
	}
	if len(wanted) == 0 {
		wanted = []string{"op-latency"}
	}
	return wanted, nil
}

// quantilesOf returns the medians of the replicates' quantiles, if there are any.
func quantilesOf(cells []table.Cell) (q [5]float64, has bool) {
	for i := range q {
		if cells[i].N == 0 {
			return q, false
		}
		q[i] = cells[i].Median
	}
	return q, true
}

// box draws the quantiles of one distribution.
func (f *Figure) box(q [5]float64, at float64, look style) {
	thick, thin := look.line(), look.thin()
	thick.Width, thick.Dashes = boxWidth, nil
	f.drawn = append(f.drawn,
		bar{point{q[0], at}, point{q[4], at}, 2, thin},
		path{[]point{{q[1], at}, {q[2], at}}, thick},
		tick{point{q[3], at}, draw.LineStyle{Color: look.color, Width: vg.Points(1.5)}},
		dots{[]point{{q[1], at}}, draw.GlyphStyle{Color: look.color, Radius: vg.Points(3.5), Shape: look.mark}})
}
