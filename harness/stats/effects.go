package stats

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat/distuv"
)

// Design is an experiment's observations: what each factor was set to, and what
// was measured.
type Design struct {
	Factors []string
	// Levels has for each observation a level of each factor, of which only
	// equality counts.
	Levels [][]int
	Y      []float64 // one for each observation, in any unit
	// Within has for each factor the index of the one that it is nested in, or −1:
	// a parameter that some strategies have and others lack is nested in the
	// strategy, and its levels are compared within each strategy alone. Without
	// Within no factor is nested. What a factor is nested in is not nested itself.
	Within []int
}

// Effect is how much of what was measured goes with a factor, or with how two
// factors act together beyond what each does alone.
type Effect struct {
	Factors      []string // one for a main effect, two for an interaction
	SumOfSquares float64  // in the unit of Y squared
	Share        float64  // of the variance of Y, from 0 to 1; eta squared
	DF           int
	// Lost is how many more degrees of freedom there would be if the design could
	// tell all of the effect from others. With DF = 0 it tells nothing of it: Share
	// and SumOfSquares are 0 and say nothing.
	Lost int
	// F and P are NaN where replicates do not differ or there are none.
	F, P float64
}

// Limits of what Effects takes upon itself.
const (
	// roundingShare is the share of variance below which a sum of squares is
	// taken for rounding.
	roundingShare = 1e-12
	// mostColumns keeps the fits, whose cost is the cube of the columns, to about
	// a second. Six factors of five levels have 264.
	mostColumns = 400
)

// Effects splits the variance of d.Y into the main effects of its factors and
// their interactions in pairs, main effects first, each in the order of the
// factors. The residual is the share that none of them explains.
//
// A nested factor has no interaction with that in which it is nested, for its main
// effect holds it; an effect that nothing could show, such as of two parameters that
// no strategy has both, is left out.
//
// Sums of squares are of type II, by least squares: what an effect explains
// beyond all effects that do not contain it. In a balanced design the shares and
// the residual add up to 1. Where they do not, the warning says so, as it does
// where there are no p-values.
// The p-values assume independent observations with normal noise of one variance
// at all levels, and effects of three factors and more count as noise. A constant
// Y has shares of 0 and a NaN for each p. It panics where the lengths of d do not
// agree and where a Y is not finite.
//
// Source: Fox, Applied Regression Analysis and Generalized Linear Models, 3rd
// edition, 2016, section 8.2; for balanced designs also Jain, The Art of Computer
// Systems Performance Analysis, 1991, chapters 18 and 22 (allocation of variation).
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

// mustBeDesign panics where the lengths of d do not agree.
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

// within is the factor that another is nested in, or −1.
func (d Design) within(factor int) int {
	if d.Within == nil {
		return -1
	}
	return d.Within[factor]
}

// term is an effect by the indices of its factors, of which main effects have
// only the first and the other is −1.
type term struct {
	first, second int
	outer         [2]int // what they are nested in, or −1
	from, to      int    // its columns
}

func (t term) nested() bool { return t.outer[0] >= 0 || t.outer[1] >= 0 }

func (t term) equals(o term) bool { return t.first == o.first && t.second == o.second }

// has tells whether a factor is of t, or one of t's is nested in it.
func (t term) has(factor int) bool {
	return factor < 0 || factor == t.first || factor == t.second || factor == t.outer[0] || factor == t.outer[1]
}

// contains tells whether t is o or tells of all of o's factors, and more.
func (t term) contains(o term) bool {
	return t.has(o.first) && t.has(o.second) && t.has(o.outer[0]) && t.has(o.outer[1])
}

func (t term) names(d Design) []string {
	if t.second < 0 {
		return []string{d.Factors[t.first]}
	}
	return []string{d.Factors[t.first], d.Factors[t.second]}
}

// model is the linear model of a design: its products hold all that least
// squares need, so that no matter how many observations there are, a fit costs
// only the cube of the columns.
type model struct {
	terms    []term
	products [][]float64 // of centered columns with one another; the last is Y
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
		if t.from < t.to || !t.nested() { // else nothing could show it
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
				c[i] = 0 // and not the rounding of the mean
			}
		}
	}
	m.products = products(columns)
	m.total = m.products[len(columns)-1][len(columns)-1]
	return m
}

// contrasts codes a factor of k levels as k−1 columns: 1 at the level, −1 at the
// last, 0 elsewhere. One that is nested has such columns for each level of that in
// which it is nested, which are 0 at the others.
func contrasts(d Design, factor int) [][]float64 {
	outer := d.within(factor)
	part := func(levels []int) int {
		if outer < 0 {
			return 0
		}
		return levels[outer]
	}
	places := map[int]map[int]int{} // of levels, by the level of the outer
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

// crossed returns the products of each column of a with each of b, but at most so
// many and one, and of those that are nested none that is nothing but 0.
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

// fit is what remains of Y after a model, and how many of the model's columns
// are not told by the others.
type fit struct {
	squares float64
	rank    int
}

// unexplained fits the terms that are chosen by Gaussian elimination. A column
// that the ones before it tell is left out, as its pivot has become rounding.
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

// warning says what the reader of the effects must know.
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
