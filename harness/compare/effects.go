package compare

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"gossipbench/harness/experiment"
	"gossipbench/harness/stats"
	"gossipbench/harness/table"
)

// Influence is how much of a metric's variance goes with a factor, or with how
// two act together.
type Influence struct {
	Metric experiment.Metric
	Name   string // "fanout", or "fanout × interval"; Residual for what no factor explains
	stats.Effect
	P float64 // after Holm's correction over the table
}

// Residual is the name of what no factor explains: replicates, and effects of
// three factors and more.
const Residual = "residual"

// Influences say which factor matters.
type Influences struct {
	Caption string
	Lines   []Influence // by metric, then by share of the variance
	Notes   []string
}

// Effects says for each metric which of the factors that vary goes with how much
// of its variance: see stats.Effects. A factor that moves with another is left
// out, since no one can tell the two apart; a trial that lacks a parameter is at
// a level of its own. Only valid trials count.
func Effects(results []experiment.Result, metrics []string) (*Influences, error) {
	chosen, err := table.Metrics(results, metrics)
	if err != nil {
		return nil, err
	}
	valid := slices.DeleteFunc(slices.Clone(results), func(r experiment.Result) bool {
		return r.Outcome != experiment.Valid || len(r.Trial.Unknown) > 0
	})
	in := &Influences{}
	if left := len(results) - len(valid); left > 0 {
		in.Notes = append(in.Notes, fmt.Sprintf("Left out: %d trials that are not valid, or of which not every setting is known. What is left may be unbalanced.", left))
	}
	factors, notes := factorsOf(valid)
	if len(factors) == 0 {
		return nil, fmt.Errorf("no factor: the %d valid trials do not differ in any setting", len(valid))
	}
	in.Notes = append(in.Notes, notes...)
	for _, m := range chosen {
		in.add(m, factors, valid)
	}
	if len(in.Lines) == 0 {
		return nil, fmt.Errorf("no valid trial has one of the metrics")
	}
	ps := make([]float64, len(in.Lines))
	for i := range in.Lines {
		ps[i] = in.Lines[i].Effect.P
	}
	for i, p := range stats.Holm(ps) {
		in.Lines[i].P = p
	}
	gs, _ := groups(valid)
	least, most := len(valid), 0
	for _, g := range gs {
		least, most = min(least, len(g.results)), max(most, len(g.results))
	}
	in.Caption = table.Caption(valid, count(least, most))
	in.Notes = append([]string{"Shares of the variance are of type II sums of squares: what an effect explains beyond all that do not contain it. " +
		"p is the F test's, which wants noise alike at all levels, after Holm's correction."}, in.Notes...)
	return in, nil
}

// add appends the effects on one metric.
func (in *Influences) add(m experiment.Metric, factors []string, results []experiment.Result) {
	d := stats.Design{Factors: factors}
	index := map[string]int{}
	for i := range results {
		x, has := results[i].Metrics[m.Name]
		if !has {
			continue
		}
		at := make([]int, len(factors))
		for f, name := range factors {
			value, known := results[i].Trial.Value(name)
			key := fmt.Sprintf("%d\x00%t\x00%s", f, known, value)
			if _, met := index[key]; !met {
				index[key] = len(index)
			}
			at[f] = index[key]
		}
		d.Levels = append(d.Levels, at)
		d.Y = append(d.Y, x)
	}
	if len(d.Y) == 0 {
		return
	}
	effects, residual, warning := stats.Effects(d)
	if warning != "" {
		in.Notes = append(in.Notes, m.Name+": "+warning+".")
	}
	var lines []Influence
	for _, e := range effects {
		lines = append(lines, Influence{Metric: m, Name: strings.Join(e.Factors, " × "), Effect: e})
	}
	slices.SortStableFunc(lines, func(a, b Influence) int { return cmp.Compare(b.Share, a.Share) })
	lines = append(lines, Influence{Metric: m, Name: Residual, Effect: stats.Effect{Share: residual, P: math.NaN(), F: math.NaN()}})
	in.Lines = append(in.Lines, lines...)
}

// factorsOf are the settings that vary, without those that part the trials as
// one before them does.
func factorsOf(results []experiment.Result) (factors, notes []string) {
	seen := map[string]string{} // by how they part the trials
	for _, name := range namesOf(results) {
		parts := map[string]int{}
		var key strings.Builder
		for i := range results {
			value, has := results[i].Trial.Value(name)
			level := fmt.Sprintf("%t%s", has, value)
			if _, met := parts[level]; !met {
				parts[level] = len(parts)
			}
			fmt.Fprintf(&key, "%d,", parts[level])
		}
		if len(parts) < 2 {
			continue
		}
		if first, met := seen[key.String()]; met {
			notes = append(notes, fmt.Sprintf("%s moves with %s: what is said of the one is said of the other.", name, first))
			continue
		}
		seen[key.String()] = name
		factors = append(factors, name)
	}
	return factors, notes
}
