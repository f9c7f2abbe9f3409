package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// effect is what a factor does to a metric: how its greatest step changes it,
// where nothing else changes.
type effect struct {
	factor
	from, to string  // two of its levels
	ratio    float64 // geometric mean over pairs of settings that differ in nothing else
	least    float64
	most     float64
	pairs    int
}

// effects are what the factors do to a metric, the greatest first. A factor
// whose levels no two settings differ in alone is not among them, such as one
// of strategies that have no parameter in common.
//
// The comparison is that of a matched design: each setting is its own control.
// It needs no balance, as shares of the variance would.
func (s *study) effects(column int) []effect {
	if all, known := s.effectsOf[column]; known {
		return slices.Clone(all)
	}
	var all []effect
	for i, f := range s.factors {
		if e, found := s.effect(i, f, column); found {
			all = append(all, e)
		}
	}
	slices.SortStableFunc(all, func(a, b effect) int {
		return cmp.Compare(math.Abs(math.Log(b.ratio)), math.Abs(math.Log(a.ratio)))
	})
	s.effectsOf[column] = all
	return slices.Clone(all)
}

func (s *study) effect(i int, f factor, column int) (effect, bool) {
	matched := map[string]map[string]float64{} // medians by all other levels, and by this one
	for _, x := range s.settings {
		if x.Levels[i] == "" || x.Cells[column].N == 0 || x.Cells[column].Median <= 0 {
			continue
		}
		others := slices.Clone(x.Levels)
		others[i] = ""
		key := strings.Join(others, "\x00")
		if matched[key] == nil {
			matched[key] = map[string]float64{}
		}
		matched[key][x.Levels[i]] = x.Cells[column].Median
	}
	var best effect
	found := false
	keys := sortedKeys(matched) // sums of floats depend on their order
	for a, from := range f.levels {
		for _, to := range f.levels[a+1:] {
			e := effect{factor: f, from: from, to: to, least: math.Inf(1)}
			sum := 0.0
			for _, key := range keys {
				x, has := matched[key][from]
				y, met := matched[key][to]
				if !has || !met {
					continue
				}
				e.pairs++
				e.least, e.most = min(e.least, y/x), max(e.most, y/x)
				sum += math.Log(y / x)
			}
			if e.pairs == 0 {
				continue
			}
			e.ratio = math.Exp(sum / float64(e.pairs))
			if !found || math.Abs(math.Log(e.ratio)) > math.Abs(math.Log(best.ratio)) {
				best, found = e, true
			}
		}
	}
	return best, found
}

// String says what the factor does: "multiplies it by 3.9".
func (e effect) String() string {
	verb, ratio, least, most := "multiplies", e.ratio, e.least, e.most
	if ratio < 1 {
		verb, ratio, least, most = "divides", 1/ratio, 1/most, 1/least
	}
	form := func(x float64) string { return strconv.FormatFloat(x, 'g', 3, 64) }
	if form(least) == form(most) {
		return verb + " it by " + form(ratio)
	}
	return fmt.Sprintf("%s it by %s (%s to %s)", verb, form(ratio), form(least), form(most))
}

// matters says which factor changes cost, delay and prices the most: of what can
// be chosen first, then of the conditions.
func (s *study) matters() []prose {
	const most = 3        // chosen
	const nothing = 1.005 // chosen: what the three digits of a number do not show
	var all []prose
	for _, column := range s.aims {
		told := column == s.cost || column == s.delay || slices.Contains(prices, s.metrics[column].Name)
		if !told || len(s.factors) < 2 {
			continue
		}
		effects := s.effects(column)
		effects = slices.DeleteFunc(effects, func(e effect) bool { return max(e.ratio, 1/e.ratio) < nothing })
		if len(effects) == 0 {
			continue
		}
		var text prose
		for _, conditions := range []bool{false, true} {
			n := 0
			for _, e := range effects {
				if e.condition != conditions || n == most {
					continue
				}
				switch {
				case text == nil:
					text = say("What changes ", worded(s.metrics[column]), " the most is ", strong(e.name), ": ", e.from, " to ", e.to, " ", e, ", over ",
						count(e.pairs, "pair"), " of settings that differ in nothing else")
				case n == 0:
					text = say(text, "; of the conditions, ", strong(e.name), ", ", e.from, " to ", e.to, " ", e)
				default:
					text = say(text, "; then ", strong(e.name), ", ", e.from, " to ", e.to, " ", e)
				}
				n++
			}
		}
		all = append(all, say(text, "."))
	}
	return all
}
