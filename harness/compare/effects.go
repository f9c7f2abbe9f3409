package compare

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"gossipbench/harness/plain"
	"gossipbench/harness/query"
	"gossipbench/harness/stats"
	"gossipbench/harness/trial"
	"gossipbench/strategies/param"
)

// Influence is how much of a metric's variance goes with a factor, or with how
// two act together.
type Influence struct {
	Metric trial.Metric
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
// out, since no one can tell the two apart. Where the strategy varies its parameters
// are nested in it. Only valid trials count.
func Effects(results []trial.Result, metrics []string) (*Influences, error) {
	chosen, err := query.Metrics(results, metrics)
	if err != nil {
		return nil, err
	}
	valid := slices.DeleteFunc(slices.Clone(results), func(r trial.Result) bool {
		return r.Outcome != trial.Valid || len(r.Trial.Unknown) > 0
	})
	in := &Influences{}
	if left := len(results) - len(valid); left > 0 {
		in.Notes = append(in.Notes, fmt.Sprintf("Left out: %s not valid, or not known in every setting. What is left may be unbalanced.", plain.Count(left, "trial")))
	}
	factors, within, notes := factorsOf(valid)
	if len(factors) == 0 {
		return nil, fmt.Errorf("no factor: the %d valid trials do not differ in any setting", len(valid))
	}
	in.Notes = append(in.Notes, notes...)
	var told warnings
	for _, m := range chosen {
		in.add(m, stats.Design{Factors: factors, Within: within}, valid, &told)
	}
	switch {
	case len(in.Lines) == 0 && told.still != nil:
		return nil, fmt.Errorf("no variance to split: all valid trials have the same %s", strings.Join(told.still, ", "))
	case len(in.Lines) == 0:
		return nil, fmt.Errorf("no valid trial has one of the metrics")
	}
	ps := make([]float64, len(in.Lines))
	for i := range in.Lines {
		ps[i] = in.Lines[i].Effect.P
	}
	for i, p := range stats.Holm(ps) {
		in.Lines[i].P = p
	}
	configurations, _ := query.Configurations(valid)
	least, most := len(valid), 0
	for _, g := range configurations {
		least, most = min(least, len(g.Results)), max(most, len(g.Results))
	}
	in.Caption = query.Caption(valid, query.Replicates(least, most))
	in.Notes = append([]string{"Shares of the variance are of type II sums of squares: what an effect explains beyond all that do not contain it. " +
		"p is the F test's, which wants noise alike at all levels, after Holm's correction."}, in.Notes...)
	if slices.ContainsFunc(within, func(outer int) bool { return outer >= 0 }) {
		in.Notes = append(in.Notes, "A parameter's share is of its levels within each strategy that has it; what the strategies differ in as a whole is the strategy's.")
	}
	in.Notes = append(in.Notes, told.notes()...)
	return in, nil
}

// add appends the effects on one metric.
func (in *Influences) add(m trial.Metric, d stats.Design, results []trial.Result, told *warnings) {
	factors := make([]*query.Projection, len(d.Factors))
	for f, name := range d.Factors {
		factors[f] = query.Project(name)
	}
	index := map[query.Key]int{} // of each level of each factor
	for i := range results {
		x, has := results[i].Metrics[m.Name]
		if !has {
			continue
		}
		at := make([]int, len(d.Factors))
		for f, factor := range factors {
			k := factor.Of(&results[i].Trial)
			if _, met := index[k]; !met {
				index[k] = len(index)
			}
			at[f] = index[k]
		}
		d.Levels = append(d.Levels, at)
		d.Y = append(d.Y, x)
	}
	if len(d.Y) == 0 {
		return
	}
	if slices.Min(d.Y) == slices.Max(d.Y) {
		told.still = append(told.still, m.Name)
		return
	}
	effects, residual, warning := stats.Effects(d)
	told.heed(m, effects, warning)
	var lines []Influence
	for _, e := range effects {
		lines = append(lines, Influence{Metric: m, Name: nameOf(e), Effect: e})
	}
	slices.SortStableFunc(lines, func(a, b Influence) int {
		return cmp.Or(cmp.Compare(min(b.DF, 1), min(a.DF, 1)), cmp.Compare(b.Share, a.Share)) // what is not told comes last
	})
	lines = append(lines, Influence{Metric: m, Name: Residual, Effect: stats.Effect{Share: residual, P: math.NaN(), F: math.NaN()}})
	in.Lines = append(in.Lines, lines...)
}

func nameOf(e stats.Effect) string { return strings.Join(e.Factors, " × ") }

// warnings are those of several metrics, each said once.
type warnings struct {
	still   []string            // metrics that are the same in all trials
	metrics int                 // the others
	of      map[string][]string // metrics, by the warning
	order   []string
	untold  bool
	partly  []string // effects
}

func (w *warnings) heed(m trial.Metric, effects []stats.Effect, warning string) {
	w.metrics++
	if w.of == nil {
		w.of = map[string][]string{}
	}
	if warning != "" && w.of[warning] == nil {
		w.order = append(w.order, warning)
	}
	w.of[warning] = append(w.of[warning], m.Name)
	for _, e := range effects {
		if e.DF == 0 {
			w.untold = true
		} else if name := nameOf(e); e.Lost > 0 && !slices.Contains(w.partly, name) {
			w.partly = append(w.partly, name)
		}
	}
}

func (w *warnings) notes() []string {
	var notes []string
	if w.still != nil {
		notes = append(notes, "The same in all trials: "+strings.Join(w.still, ", ")+".")
	}
	if w.untold {
		notes = append(notes, "–: these trials cannot tell the effect from others.")
	}
	const named = 5 // chosen
	if n := len(w.partly); n > 0 {
		text := "Told in part, for the rest cannot be told from other effects: " + strings.Join(w.partly[:min(n, named)], ", ")
		if n > named {
			text += fmt.Sprintf(" and %d more", n-named)
		}
		notes = append(notes, text+".")
	}
	for _, warning := range w.order {
		text := strings.ToUpper(warning[:1]) + warning[1:] + "."
		if of := w.of[warning]; len(of) < w.metrics {
			text = strings.Join(of, ", ") + ": " + warning + "."
		}
		notes = append(notes, text)
	}
	return notes
}

// factorsOf are the settings that vary, without those that part the trials as
// one before them does. Where the strategy is among them its parameters are within
// it, and what is the same for all trials of a strategy is no factor of its own.
func factorsOf(results []trial.Result) (factors []string, within []int, notes []string) {
	seen := map[string]int{} // the factors, by how they part the trials
	outer := -1              // the factor that is the strategy, or moves with it
	strategies := query.GroupBy(results, query.Project("strategy"))
	for _, name := range query.Names(results) {
		nested := outer >= 0 && !isSetting(name)
		level, some := query.Project(name), false // differs within a strategy
		if nested {
			some = slices.ContainsFunc(strategies, func(g query.Group) bool { return len(g.By(level)) > 1 })
			level = query.Project("strategy", name)
		}
		parts := map[query.Key]int{}
		var key strings.Builder
		for i := range results {
			k := level.Of(&results[i].Trial)
			if _, met := parts[k]; !met {
				parts[k] = len(parts)
			}
			fmt.Fprintf(&key, "%d,", parts[k])
		}
		if len(parts) < 2 || nested && !some {
			continue
		}
		first, met := seen[key.String()]
		if met {
			notes = append(notes, fmt.Sprintf("%s moves with %s: what is said of the one is said of the other.", name, factors[first]))
		} else {
			first = len(factors)
			seen[key.String()] = first
			factors = append(factors, name)
			within = append(within, -1)
			if nested {
				within[first] = outer
			}
		}
		if name == "strategy" {
			outer = first
		}
	}
	return factors, within, notes
}

// isSetting reports whether a name is that of a setting, and of no parameter.
func isSetting(name string) bool {
	return slices.ContainsFunc(trial.Settings(), func(d param.Decl) bool { return d.Name == name })
}
