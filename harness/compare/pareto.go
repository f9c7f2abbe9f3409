package compare

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gossipbench/harness/plain"
	"gossipbench/harness/query"
	"gossipbench/harness/stats"
	"gossipbench/harness/trial"
)

// Candidate is a setting that may be on the front.
type Candidate struct {
	Setting string
	X, Y    stats.Summary
	Trials  int // of any outcome
	Front   bool
	// By names the first setting of the front that is as good in both metrics
	// and better in one; "" where there is none.
	By string
	// Why says why the setting could not be judged, or is empty.
	Why string
}

// Pareto is the front of two metrics.
type Pareto struct {
	X, Y       trial.Metric
	Caption    string
	Candidates []Candidate // the front first, by X; then the others
	// Hypervolume is the area between the front and Reference, in the product of
	// the metrics' units.
	Hypervolume float64
	Reference   stats.Point
	Notes       []string
}

// Front finds which settings are not worse than another in both metrics, by the
// medians of valid trials. A setting of which a trial is not valid can be on no
// front, nor one that leaves values undelivered on a front of how fast they arrive.
// The reference of the hypervolume is the worst median of each metric,
// unless one is given. The error says that a metric is not known or has no
// direction, or that no setting has both.
func Front(results []trial.Result, x, y string, reference *stats.Point) (*Pareto, error) {
	p := &Pareto{}
	for _, m := range []struct {
		option, name string
		at           *trial.Metric
	}{{"x", x, &p.X}, {"y", y, &p.Y}} {
		found, err := query.Metric(results, m.name)
		if err == nil && found.Better == 0 {
			err = fmt.Errorf("neither less nor more of %s is better, want a metric that is a cost or a gain", m.name)
		}
		if err != nil {
			return nil, query.In(m.option, err)
		}
		*m.at = found
	}
	gs, left := query.Configurations(results)
	if left > 0 {
		p.Notes = append(p.Notes, leftOut(left))
	}
	labels := query.Labels(gs)
	points := make([]stats.Point, len(gs)) // lower is better
	least, most := -1, 0
	for i, g := range gs {
		c := Candidate{Setting: labels[i], Trials: len(g.Results)}
		points[i] = stats.Point{X: math.NaN(), Y: math.NaN()}
		xs, ys := g.Values(p.X), g.Values(p.Y)
		valid := g.Count(trial.Valid)
		switch {
		case valid < len(g.Results):
			c.Why = fmt.Sprintf("%d of %s not valid", len(g.Results)-valid, plain.Count(len(g.Results), "trial"))
		case len(xs) == 0 || len(ys) == 0:
			c.Why = "lacks a metric"
		case g.Marred(p.X) > 0:
			c.Why = fmt.Sprintf("%s in %d of %s", p.X.Whole, g.Marred(p.X), plain.Count(valid, "trial"))
		case g.Marred(p.Y) > 0:
			c.Why = fmt.Sprintf("%s in %d of %s", p.Y.Whole, g.Marred(p.Y), plain.Count(valid, "trial"))
		}
		if len(xs) > 0 {
			c.X = stats.Summarize(xs)
		}
		if len(ys) > 0 {
			c.Y = stats.Summarize(ys)
		}
		if c.Why == "" {
			points[i] = stats.Point{X: c.X.Median * -float64(p.X.Better), Y: c.Y.Median * -float64(p.Y.Better)}
			most = max(most, valid)
			if least < 0 || valid < least {
				least = valid
			}
		}
		p.Candidates = append(p.Candidates, c)
	}
	if most == 0 {
		left := "" // what else keeps one off the front
		if whole := cmp.Or(p.X.Whole, p.Y.Whole); whole != "" {
			left = " and nothing " + whole
		}
		return nil, fmt.Errorf("no setting has only valid trials with both %s and %s%s", x, y, left)
	}
	p.rank(points, reference)
	p.Caption = query.Caption(results, query.Replicates(least, most))
	return p, nil
}

// rank marks the front, names who dominates whom, and puts the candidates in
// order.
func (p *Pareto) rank(points []stats.Point, reference *stats.Point) {
	on, by := stats.Front(points), stats.DominatedBy(points)
	worst := stats.Point{X: math.Inf(-1), Y: math.Inf(-1)}
	for i := range p.Candidates {
		c := &p.Candidates[i]
		c.Front = on[i]
		if by[i] >= 0 {
			c.By = p.Candidates[by[i]].Setting
		}
		if c.Why == "" {
			worst.X, worst.Y = max(worst.X, points[i].X), max(worst.Y, points[i].Y)
		}
	}
	if reference != nil {
		worst = stats.Point{X: reference.X * -float64(p.X.Better), Y: reference.Y * -float64(p.Y.Better)}
	}
	p.Hypervolume = stats.Hypervolume(points, worst)
	p.Reference = stats.Point{X: worst.X * -float64(p.X.Better), Y: worst.Y * -float64(p.Y.Better)}
	front := func(c Candidate) int {
		switch {
		case c.Front:
			return 0
		case c.Why == "":
			return 1
		}
		return 2
	}
	slices.SortStableFunc(p.Candidates, func(a, b Candidate) int {
		if d := front(a) - front(b); d != 0 {
			return d
		}
		if a.X.Median < b.X.Median {
			return -1
		}
		if a.X.Median > b.X.Median {
			return 1
		}
		return 0
	})
}
