package plot

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"

	"gossipbench/harness/query"
	"gossipbench/harness/stats"
	"gossipbench/harness/trial"
)

// Curve is how the values of one trial spread, all together: what share of all
// that is to be delivered was there so long after the values came from outside.
type Curve struct {
	After []float64 // in ms, sorted: how old a value was when another node first had it
	Of    int       // values × live nodes
}

// share is that of the deliveries until a time.
func (c Curve) share(ms float64) float64 {
	n, _ := slices.BinarySearchFunc(c.After, ms, func(x, until float64) int {
		if x <= until {
			return -1
		}
		return 1
	})
	return float64(n) / float64(max(c.Of, 1))
}

// moments are the times at which curves are drawn that rise too often. Chosen: a
// point for every second dot of a screen.
const moments = 240

// delivery draws the share of the nodes that have a value over time, the mean
// over the values of a trial: the median of the replicates, and a band from the
// least to the greatest.
func (b *builder) delivery() (*Figure, error) {
	if b.o.Curve == nil {
		return nil, fmt.Errorf("nobody can repeat the trials, so there are no curves")
	}
	all := len(b.results)
	b.results = slices.DeleteFunc(slices.Clone(b.results), func(r trial.Result) bool {
		return r.Outcome != trial.Valid || !r.Trial.Virtual() || r.Trial.Workload != "broadcast" && r.Trial.Workload != "dissemination"
	})
	if len(b.results) == 0 {
		return nil, fmt.Errorf("a curve is what a repeated trial shows, and none of the %d trials is valid, of backend sim and of workload broadcast or dissemination", all)
	}
	b.varying = query.Varying(b.results)
	names := slices.Clone(b.varying)
	if b.o.By != "" && !slices.Contains(names, b.o.By) {
		names = append(names, b.o.By)
	}
	if len(names) == 0 {
		names = []string{"strategy"}
	}
	t, err := b.table(names)
	if err != nil {
		return nil, err
	}
	if len(t.Rows) > maxSeries {
		return nil, tooMany(len(t.Rows), "curves", maxSeries, names)
	}
	by := query.Project(names...)
	curves, until, soonest, err := b.curves(by)
	if err != nil {
		return nil, err
	}
	f := b.figure(t, "Share of the live nodes that have a value, mean over the values of a trial; lines are the median of the trials at that time, bands reach from the least to the greatest. The trials were repeated for it.")
	if left := all - len(b.results); left > 0 {
		f.note("%d of %d trials are not drawn: not valid, or not of backend sim.", left, all)
	}
	f.grid = true
	f.x = numbers("time since the value came (ms)", b.o.LogX, 0, until)
	if b.o.LogX {
		f.x = numbers("time since the value came (ms)", true, soonest, until)
	}
	f.y = axis{label: "share of the nodes that have it", least: 0, most: 1}
	var lines []*series
	for i := range t.Rows {
		lines = append(lines, &series{levels: t.Rows[i].Levels})
	}
	tints, shapes := b.looks(lines, names)
	told := f.fitted(names, levelsOf(lines), legendRoom)
	for i, s := range lines {
		look := styleOf(tints[i], shapes[i])
		f.curve(curves[by.At(s.levels)], look, i, told[i])
	}
	return f, nil
}

// curves repeats the trials, and returns their curves by their keys, and the last and
// the soonest delivery that takes time.
func (b *builder) curves(by *query.Projection) (curves map[query.Key][]Curve, until, soonest float64, err error) {
	curves, until, soonest = map[query.Key][]Curve{}, 0, math.Inf(1)
	for i := range b.results {
		c, err := b.o.Curve(b.results[i])
		if err != nil {
			return nil, 0, 0, err
		}
		k := by.Of(&b.results[i].Trial)
		curves[k] = append(curves[k], c)
		if len(c.After) > 0 {
			until = max(until, c.After[len(c.After)-1])
		}
		if at, _ := slices.BinarySearch(c.After, math.SmallestNonzeroFloat64); at < len(c.After) {
			soonest = min(soonest, c.After[at])
		}
	}
	if until == 0 {
		return nil, 0, 0, fmt.Errorf("no value took any time to spread: there is no curve to draw")
	}
	return curves, until, soonest, nil
}

// mostSteps is the most deliveries at times of their own of which each is drawn as
// it is. Chosen: more cannot be told apart on paper.
const mostSteps = 1000

// times are those at which curves are looked at: whenever one of them rises, or
// where these are too many, so often that the eye sees no difference.
func (f *Figure) times(curves []Curve) []float64 {
	all := []float64{f.x.least, f.x.most}
	for _, c := range curves {
		for _, at := range slices.Compact(slices.Clone(c.After)) {
			if at > f.x.least && at < f.x.most {
				all = append(all, at)
			}
		}
	}
	slices.Sort(all)
	if all = slices.Compact(all); len(all) <= mostSteps {
		return all
	}
	all = all[:0]
	for i := range moments {
		all = append(all, f.moment(i))
	}
	return all
}

// moment is the i-th of the moments, in equal steps of the axis.
func (f *Figure) moment(i int) float64 {
	if f.x.log {
		return f.x.least * math.Pow(f.x.most/f.x.least, float64(i)/(moments-1))
	}
	return f.x.least + (f.x.most-f.x.least)*float64(i)/(moments-1)
}

// curve draws the curves of a setting's replicates as one. Between two times
// nothing is delivered, so it rises in steps.
func (f *Figure) curve(curves []Curve, look style, index int, name string) {
	summary := func(at float64) stats.Summary {
		shares := make([]float64, len(curves))
		for j, c := range curves {
			shares[j] = c.share(at)
		}
		return stats.Summarize(shares)
	}
	var median, lower, upper, marked []point
	var was stats.Summary
	for i, at := range f.times(curves) {
		s := summary(at)
		if i > 0 {
			median = append(median, point{at, was.Median})
			lower, upper = append(lower, point{at, was.Least}), append(upper, point{at, was.Most})
		}
		median = append(median, point{at, s.Median})
		lower, upper = append(lower, point{at, s.Least}), append(upper, point{at, s.Most})
		was = s
	}
	for i := (7*index + 20) % 40; i < moments; i += 40 { // marks stand apart from those of the other curves
		marked = append(marked, point{f.moment(i), summary(f.moment(i)).Median})
	}
	if len(curves) > 1 {
		slices.Reverse(lower)
		f.drawn = append([]plot.Plotter{band{slices.Concat(upper, lower), faded(look.color)}}, f.drawn...)
	}
	stroke, mark := look.line(), look.glyph()
	f.drawn = append(f.drawn, path{median, stroke}, dots{marked, mark})
	f.legend = append(f.legend, entry{name, thumbOf(&stroke, &mark)})
}
