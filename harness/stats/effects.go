package stats

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat/distuv"
)

// Design holds the observations of an experiment: the level of each factor and the
// measured value.
type Design struct {
	Factors []string
	// Levels has, for each observation, a level of each factor. Only equality of levels
	// matters.
	Levels [][]int
	Y      []float64 // one value per observation, in any unit
	// Within has, for each factor, the index of the factor in which it is nested, or −1.
	// A parameter that only some strategies have is nested in the strategy, and its
	// levels are compared within each strategy only. If Within is nil, no factor is
	// nested. A factor in which others are nested is not nested itself.
	Within []int
}

// Effect is how much of the variance a factor explains, or the interaction of two factors
// beyond the effect of each alone.
type Effect struct {
	Factors      []string // one for a main effect, two for an interaction
	SumOfSquares float64  // in the unit of Y squared
	Share        float64  // of the variance of Y, from 0 to 1; eta squared
	DF           int
	// Lost is the number of degrees of freedom that the design cannot distinguish from
	// other effects. If DF is 0 the effect is unknown: Share and SumOfSquares are 0 and
	// mean nothing.
	Lost int
	// F and P are NaN if replicates do not differ or there are none.
	F, P float64
}

// Limits of Effects.
const (
	// roundingShare is the share of variance below which a sum of squares is taken for
	// rounding.
	roundingShare = 1e-12
	// mostColumns keeps the fits, whose cost is cubic in the columns, to about a second.
	// Six factors with five levels have 264 columns.
	mostColumns = 400
)

// Effects splits the variance of d.Y into the main effects of its factors and their
// pairwise interactions, main effects first, each in the order of the factors. residual
// is the share that none of them explains.
//
// A nested factor has no interaction with the factor in which it is nested, since its
// main effect includes it. An effect that no observation can show is left out, such as
// that of two parameters that no strategy has both.
//
// Sums of squares are of type II, by least squares: what an effect explains beyond all
// effects that do not contain it. In a balanced design the shares and the residual add up
// to 1. If they do not, or if there are no p-values, the warning says so. The p-values
// assume independent observations with normal noise of one variance at all levels;
// effects of three and more factors count as noise. If Y is constant, shares are 0 and
// each p is NaN. Effects panics if the lengths in d do not agree, or if a Y is not
// finite.
//
// Source: Fox, Applied Regression Analysis and Generalized Linear Models, 3rd edition,
// 2016, section 8.2; for balanced designs also Jain, The Art of Computer Systems
// Performance Analysis, 1991, chapters 18 and 22 (allocation of variation).
func Effects(d Design) (effects []Effect, residual float64, warning string) {
	mustBeDesign(d)
	model := newModel(d)
	everything := model.unexplained(func(term) bool { return true })
	freedom := len(d.Y) - 1 - everything.rank
	total := model.total
	rounding := roundingShare * total
	noise := everything.squares
	if noise <= rounding {
		noise = 0
	}
	for _, t := range model.terms {
		without := model.unexplained(func(o term) bool { return !o.contains(t) })
		with := model.unexplained(func(o term) bool { return o.equals(t) || !o.contains(t) })
		e := Effect{Factors: t.names(d), DF: with.rank - without.rank, Lost: t.to - t.from - with.rank + without.rank, F: math.NaN(), P: math.NaN()}
		if e.DF > 0 && without.squares-with.squares > rounding {
			e.SumOfSquares = without.squares - with.squares
			e.Share = e.SumOfSquares / total
		}
		if e.DF > 0 && freedom > 0 && noise > 0 {
			e.F = e.SumOfSquares / float64(e.DF) / (noise / float64(freedom))
			e.P = distuv.F{D1: float64(e.DF), D2: float64(freedom)}.Survival(e.F)
		}
		effects = append(effects, e)
	}
	if total > 0 {
		residual = noise / total
	}
	return effects, residual, model.warning(effects, freedom, noise)
}

// mustBeDesign panics if the lengths in d do not agree.
func mustBeDesign(d Design) {
	if len(d.Levels) != len(d.Y) {
		panic(fmt.Sprintf("stats: want levels for each of %d observations, got %d", len(d.Y), len(d.Levels)))
	}
	for i, levels := range d.Levels {
		if len(levels) != len(d.Factors) {
			panic(fmt.Sprintf("stats: want %d levels for observation %d, got %d", len(d.Factors), i, len(levels)))
		}
	}
	if d.Within != nil && len(d.Within) != len(d.Factors) {
		panic(fmt.Sprintf("stats: want what %d factors are nested in, got %d", len(d.Factors), len(d.Within)))
	}
	mustBeFinite(d.Y)
}

// within returns the factor in which another one is nested, or −1.
func (d Design) within(factor int) int {
	if d.Within == nil {
		return -1
	}
	return d.Within[factor]
}

// term is an effect, by the indices of its factors. second is −1 for a main effect.
type term struct {
	first, second int
	outer         [2]int // the factors in which they are nested, or −1
	from, to      int    // its columns
}

func (t term) nested() bool { return t.outer[0] >= 0 || t.outer[1] >= 0 }

func (t term) equals(o term) bool { return t.first == o.first && t.second == o.second }

// has reports whether a factor is in t, or one of t's factors is nested in it.
func (t term) has(factor int) bool {
	return factor < 0 || factor == t.first || factor == t.second || factor == t.outer[0] || factor == t.outer[1]
}

// contains reports whether t is o, or includes all factors of o.
func (t term) contains(o term) bool {
	return t.has(o.first) && t.has(o.second) && t.has(o.outer[0]) && t.has(o.outer[1])
}

func (t term) names(d Design) []string {
	if t.second < 0 {
		return []string{d.Factors[t.first]}
	}
	return []string{d.Factors[t.first], d.Factors[t.second]}
}

// model is the linear model of a design. Its products have all that least squares need,
// so the cost of a fit is cubic in the columns and does not depend on the number of
// observations.
type model struct {
	terms    []term
	products [][]float64 // of centered columns with each other; the last is Y
	total    float64     // sum of squares of Y about its mean
	left     bool        // interactions are left out: too many levels
}

func newModel(d Design) *model {
	m := &model{}
	var columns [][]float64
	add := func(t term, cs [][]float64) {
		t.from = len(columns)
		columns = append(columns, cs...)
		t.to = len(columns)
		if t.from < t.to || !t.nested() { // else no observation can show it
			m.terms = append(m.terms, t)
		}
	}
	coded := make([][][]float64, len(d.Factors))
	for f := range d.Factors {
		coded[f] = contrasts(d, f)
		add(term{first: f, second: -1, outer: [2]int{d.within(f), -1}}, coded[f])
	}
	mains, main := len(m.terms), len(columns)
	for f := range coded {
		for g := f + 1; g < len(coded) && !m.left; g++ {
			if d.within(f) == g || d.within(g) == f {
				continue
			}
			t := term{first: f, second: g, outer: [2]int{d.within(f), d.within(g)}}
			add(t, crossed(coded[f], coded[g], t.nested(), mostColumns-len(columns)))
			m.left = len(columns) > mostColumns
		}
	}
	if m.left {
		m.terms, columns = m.terms[:mains], columns[:main]
	}
	columns = append(columns, slices.Clone(d.Y))
	for _, c := range columns {
		mean, still := Mean(c), constant(c)
		for i := range c {
			if c[i] -= mean; still {
				c[i] = 0 // removes the rounding of the mean
			}
		}
	}
	m.products = products(columns)
	m.total = m.products[len(columns)-1][len(columns)-1]
	return m
}

// contrasts codes a factor with k levels as k−1 columns: 1 at the level, −1 at the last,
// 0 elsewhere. A nested factor has such columns for each level of the outer factor, with
// 0 at the others.
func contrasts(d Design, factor int) [][]float64 {
	outer := d.within(factor)
	part := func(levels []int) int {
		if outer < 0 {
			return 0
		}
		return levels[outer]
	}
	places := map[int]map[int]int{} // of levels, by the level of the outer factor
	var parts []int
	for _, l := range d.Levels {
		own := places[part(l)]
		if own == nil {
			own = map[int]int{}
			places[part(l)] = own
			parts = append(parts, part(l))
		}
		if _, known := own[l[factor]]; !known {
			own[l[factor]] = len(own)
		}
	}
	var columns [][]float64
	for _, p := range parts {
		last := len(places[p]) - 1
		for c := range last {
			column := make([]float64, len(d.Levels))
			for i, l := range d.Levels {
				if part(l) != p {
					continue
				}
				switch places[p][l[factor]] {
				case c:
					column[i] = 1
				case last:
					column[i] = -1
				}
			}
			columns = append(columns, column)
		}
	}
	return columns
}

// crossed returns the products of each column of a with each of b, but at most most+1. If
// nested, it leaves out columns of zeros.
func crossed(a, b [][]float64, nested bool, most int) [][]float64 {
	var columns [][]float64
	for _, x := range a {
		for _, y := range b {
			column := make([]float64, len(x))
			some := !nested
			for i := range column {
				column[i] = x[i] * y[i]
				some = some || column[i] != 0
			}
			if some {
				columns = append(columns, column)
			}
			if len(columns) > most {
				return columns
			}
		}
	}
	return columns
}

func products(columns [][]float64) [][]float64 {
	ps := make([][]float64, len(columns))
	for i := range ps {
		ps[i] = make([]float64, len(columns))
	}
	for i, x := range columns {
		for j, y := range columns[:i+1] {
			sum := 0.0
			for k := range x {
				sum += x[k] * y[k]
			}
			ps[i][j], ps[j][i] = sum, sum
		}
	}
	return ps
}

// fit is what remains of Y after a model, and the number of the model's independent
// columns.
type fit struct {
	squares float64
	rank    int
}

// unexplained fits the chosen terms by Gaussian elimination. A column that depends on
// earlier ones is left out, since its pivot is only rounding.
func (m *model) unexplained(chosen func(term) bool) fit {
	var at []int
	for _, t := range m.terms {
		for c := t.from; c < t.to && chosen(t); c++ {
			at = append(at, c)
		}
	}
	at = append(at, len(m.products)-1) // Y
	rows := make([][]float64, len(at))
	for i, r := range at {
		rows[i] = make([]float64, len(at))
		for j, c := range at {
			rows[i][j] = m.products[r][c]
		}
	}
	var f fit
	last := len(at) - 1
	for p := range last {
		if rows[p][p] <= 1e-9*m.products[at[p]][at[p]] {
			continue
		}
		f.rank++
		for r := p + 1; r <= last; r++ {
			by := rows[r][p] / rows[p][p]
			if by == 0 {
				continue
			}
			for c := p + 1; c <= last; c++ {
				rows[r][c] -= by * rows[p][c]
			}
		}
	}
	f.squares = max(0, rows[last][last])
	return f
}

// warning says what limits the meaning of the effects.
func (m *model) warning(effects []Effect, freedom int, noise float64) string {
	var said []string
	if m.left {
		said = append(said, "too many levels for interactions")
	}
	sum := noise
	for _, e := range effects {
		sum += e.SumOfSquares
	}
	if math.Abs(sum-m.total) > 1e-9*m.total {
		said = append(said, "unbalanced: shares are of type II and do not add up to 1")
	}
	switch {
	case m.total == 0:
		said = append(said, "nothing varies: no p-values")
	case freedom <= 0:
		said = append(said, "no replicates: no p-values")
	case noise == 0:
		said = append(said, "replicates do not differ: no p-values")
	}
	return strings.Join(said, "; ")
}
