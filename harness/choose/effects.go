package choose

import (
	"cmp"
	"math"
	"slices"

	"gossipbench/harness/query"
	"gossipbench/harness/stats"
)

// Effect is what a factor does to a metric: by how much its greatest step changes it
// while nothing else changes.
type Effect struct {
	Factor
	From, To string  // two of its levels
	Ratio    float64 // geometric mean over pairs of configurations that differ in nothing else
	Least    float64
	Most     float64
	Pairs    int
}

// Effects returns what the factors do to a metric, the greatest effect first. A
// factor whose levels no two configurations differ in alone is left out, such as one
// of strategies that have no parameter in common.
//
// This is a matched design: each configuration is its own control. It needs no
// balance, unlike the shares of the variance in package compare.
func (s *Study) Effects(column int) []Effect {
	if all, known := s.effects[column]; known {
		return slices.Clone(all)
	}
	var all []Effect
	for i := range s.Factors {
		if e, found := s.effect(i, column); found {
			all = append(all, e)
		}
	}
	slices.SortStableFunc(all, func(a, b Effect) int {
		return cmp.Compare(math.Abs(math.Log(b.Ratio)), math.Abs(math.Log(a.Ratio)))
	})
	s.effects[column] = all
	return slices.Clone(all)
}

func (s *Study) effect(i, column int) (Effect, bool) {
	f := s.Factors[i]
	p := query.Project(slices.Delete(slices.Clone(s.Table.Factors), i, i+1)...)
	matched := map[query.Key]map[string]float64{} // medians by all other levels, and by this one
	var order []query.Key                         // sums of floats depend on it
	for _, x := range s.Configurations {
		if x.Levels[i] == "" || x.Cells[column].N == 0 || x.Cells[column].Median <= 0 {
			continue
		}
		key := p.Of(&x.Results[0].Trial)
		if matched[key] == nil {
			matched[key] = map[string]float64{}
			order = append(order, key)
		}
		matched[key][x.Levels[i]] = x.Cells[column].Median
	}
	var best Effect
	for a, from := range f.Levels {
		for _, to := range f.Levels[a+1:] {
			var ratios []float64
			for _, key := range order {
				x, hasFrom := matched[key][from]
				y, hasTo := matched[key][to]
				if hasFrom && hasTo {
					ratios = append(ratios, y/x)
				}
			}
			if ratios == nil {
				continue
			}
			e := Effect{f, from, to, stats.GeometricMean(ratios), slices.Min(ratios), slices.Max(ratios), len(ratios)}
			if best.Pairs == 0 || math.Abs(math.Log(e.Ratio)) > math.Abs(math.Log(best.Ratio)) {
				best = e
			}
		}
	}
	return best, best.Pairs > 0
}
