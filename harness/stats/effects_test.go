package stats

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"
)

// near reports whether got equals want up to rounding, or both are NaN.
func near(got, want float64) bool {
	return got == want || math.IsNaN(got) && math.IsNaN(want) || math.Abs(got-want) <= 1e-9*max(1, math.Abs(want))
}

// two returns the design of two factors with two levels each, with the replicates of the
// cells (0,0), (0,1), (1,0) and (1,1).
func two(cells ...[]float64) Design {
	d := Design{Factors: []string{"a", "b"}}
	for i, ys := range cells {
		for _, y := range ys {
			d.Levels = append(d.Levels, []int{i / 2, i % 2})
			d.Y = append(d.Y, y)
		}
	}
	return d
}

func TestEffects(t *testing.T) {
	nan := math.NaN()
	for _, tt := range []struct {
		name     string
		d        Design
		want     [3]Effect // of a, b, a×b; p is checked by its order only, and in TestEffectsP
		residual float64
		warning  string
	}{
		// The grand mean is 6. a contributes ±3, b ±4, and both together ±2, in each of 8
		// observations: 8·9 = 72, 8·16 = 128, 8·4 = 32, and the noise is 8·1 = 8; total
		// 240. The noise has 4 degrees of freedom, 2 each.
		{"two replicates", two([]float64{0, 2}, []float64{4, 6}, []float64{2, 4}, []float64{14, 16}), [3]Effect{
			{SumOfSquares: 72, Share: 72.0 / 240, DF: 1, F: 36},
			{SumOfSquares: 128, Share: 128.0 / 240, DF: 1, F: 64},
			{SumOfSquares: 32, Share: 32.0 / 240, DF: 1, F: 16},
		}, 8.0 / 240, ""},
		// Jain 1991, example 18.1 and section 18.4: 5547, 1083 and 300 of 7032, and 102
		// for the errors, with 8 degrees of freedom.
		{"Jain", two([]float64{15, 18, 12}, []float64{25, 28, 19}, []float64{45, 48, 51}, []float64{75, 75, 81}), [3]Effect{
			{SumOfSquares: 5547, Share: 5547.0 / 7032, DF: 1, F: 5547 / (102 / 8.0)},
			{SumOfSquares: 1083, Share: 1083.0 / 7032, DF: 1, F: 1083 / (102 / 8.0)},
			{SumOfSquares: 300, Share: 300.0 / 7032, DF: 1, F: 300 / (102 / 8.0)},
		}, 102.0 / 7032, ""},
		// Jain 1991, section 17.2, memory and cache: 40 ± 20 ± 10 ± 5; 1600, 400 and 100
		// of 2100.
		{"no replicates", two([]float64{15}, []float64{25}, []float64{45}, []float64{75}), [3]Effect{
			{SumOfSquares: 1600, Share: 16.0 / 21, DF: 1, F: nan},
			{SumOfSquares: 400, Share: 4.0 / 21, DF: 1, F: nan},
			{SumOfSquares: 100, Share: 1.0 / 21, DF: 1, F: nan},
		}, 0, "no replicates: no p-values"},
		{"deterministic", two([]float64{15, 15}, []float64{25, 25}, []float64{45, 45}, []float64{75, 75}), [3]Effect{
			{SumOfSquares: 3200, Share: 16.0 / 21, DF: 1, F: nan},
			{SumOfSquares: 800, Share: 4.0 / 21, DF: 1, F: nan},
			{SumOfSquares: 200, Share: 1.0 / 21, DF: 1, F: nan},
		}, 0, "replicates do not differ: no p-values"},
		{"constant", two([]float64{0.1, 0.1}, []float64{0.1, 0.1}, []float64{0.1, 0.1}, []float64{0.1, 0.1}), [3]Effect{
			{DF: 1, F: nan}, {DF: 1, F: nan}, {DF: 1, F: nan},
		}, 0, "nothing varies: no p-values"},
		// a and b always change together, so neither explains anything beyond the other.
		// The halves differ by 4, in all 4 of 4 + noise of 4·1.
		{"confounded", two([]float64{1, 3}, nil, nil, []float64{5, 7}), [3]Effect{
			{Lost: 1, F: nan}, {Lost: 1, F: nan}, {Lost: 1, F: nan},
		}, 4.0 / 20, "unbalanced: shares are of type II and do not add up to 1"},
		// b has one level. The halves of a are 2 ± 1 and 6 ± 1: 16, and 4 for noise with
		// 2 degrees of freedom.
		{"one level", two([]float64{1, 3}, nil, []float64{5, 7}, nil), [3]Effect{
			{SumOfSquares: 16, Share: 0.8, DF: 1, F: 8}, {F: nan}, {F: nan},
		}, 0.2, ""},
		// Cells of 0 0, 0, 3 and 9, unbalanced. Without a × b the fit is least squares of
		// μ, μ+β, μ+α, μ+α+β to 0 (twice), 0, 3, 9: 5μ+2α+2β = 12, 2μ+2α+β = 12, 2μ+α+2β
		// = 9. The difference of the last two is α − β = 3; then 5μ+4β = 6 and 2μ+3β = 6,
		// so 7μ = −6, μ = −6/7, β = 18/7, α = 39/7. Residuals are 6/7 (twice), −12/7,
		// −12/7, 12/7, with squares 504/49 = 72/7, which a × b explains. b alone: means 1
		// (of 0 0 3) and 4.5: residuals 6 + 40.5 = 46.5, so a explains 46.5 − 72/7 =
		// 507/14. a alone: means 0 (of 0 0 0) and 6: 18, so b explains 54/7. The total is
		// 90 − 144/5 = 61.2. Replicates are equal.
		{"unbalanced", two([]float64{0, 0}, []float64{0}, []float64{3}, []float64{9}), [3]Effect{
			{SumOfSquares: 507.0 / 14, Share: 507.0 / 14 / 61.2, DF: 1, F: nan},
			{SumOfSquares: 54.0 / 7, Share: 54.0 / 7 / 61.2, DF: 1, F: nan},
			{SumOfSquares: 72.0 / 7, Share: 72.0 / 7 / 61.2, DF: 1, F: nan},
		}, 0, "unbalanced: shares are of type II and do not add up to 1; replicates do not differ: no p-values"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, residual, warning := Effects(tt.d)
			if !near(residual, tt.residual) || warning != tt.warning {
				t.Errorf("\n got residual %v, %q\nwant residual %v, %q", residual, warning, tt.residual, tt.warning)
			}
			for i, names := range [][]string{{"a"}, {"b"}, {"a", "b"}} {
				g, w := got[i], tt.want[i]
				if !slices.Equal(g.Factors, names) || !near(g.SumOfSquares, w.SumOfSquares) || !near(g.Share, w.Share) || g.DF != w.DF || g.Lost != w.Lost || !near(g.F, w.F) || math.IsNaN(g.P) != math.IsNaN(w.F) {
					t.Errorf("effect of %v\n got %+v\nwant %+v", names, g, w)
				}
			}
		})
	}
}

// TestEffectsNested: strategy 0 with 1 3, and strategy 1 with a parameter, 5 7 and 9 11.
// About 6 that is 25+9+1+1+9+25 = 70. The strategies' means 2 and 8 are 2·16 + 4·4 = 48;
// 6 and 10 about 8 are 4·4 = 16 for the parameter; 6·1 is noise with 3 degrees of
// freedom. The parameter of strategy 0 has one level, so its effect cannot be seen.
func TestEffectsNested(t *testing.T) {
	d := Design{
		Factors: []string{"strategy", "fanout", "k"}, Within: []int{-1, 0, 0},
		Levels: [][]int{{0, 9, 1}, {0, 9, 1}, {1, 2, 9}, {1, 2, 9}, {1, 4, 9}, {1, 4, 9}},
		Y:      []float64{1, 3, 5, 7, 9, 11},
	}
	got, residual, warning := Effects(d)
	if len(got) != 2 || got[0].Factors[0] != "strategy" || !near(got[0].SumOfSquares, 48) || got[0].DF != 1 || !near(got[0].F, 24) ||
		got[1].Factors[0] != "fanout" || !near(got[1].SumOfSquares, 16) || got[1].DF != 1 || !near(got[1].F, 8) ||
		!near(residual, 6.0/70) || warning != "" {
		t.Errorf("got %+v, residual %v, warning %q", got, residual, warning)
	}
}

// TestEffectsP uses the published table of F: Fisher and Yates, Statistical Tables, 1963,
// table V: at 0.05 it is 5.32 for 1 and 8 degrees of freedom. The cells are ±e about ±1,
// so a explains 12 and the noise of ±1 leaves 8 over 8: F is 12·scale².
func TestEffectsP(t *testing.T) {
	for _, tt := range []struct{ f, least, most float64 }{{5.32, 0.0495, 0.0505}, {11.26, 0.0098, 0.0102}} {
		at := math.Sqrt(tt.f / 12)
		d := two([]float64{-at - 1, -at, -at + 1}, []float64{-at - 1, -at, -at + 1}, []float64{at - 1, at, at + 1}, []float64{at - 1, at, at + 1})
		got, _, _ := Effects(d)
		if e := got[0]; !near(e.F, tt.f) || e.P < tt.least || e.P > tt.most {
			t.Errorf("got %+v, want F of %v and p of %v to %v", e, tt.f, tt.least, tt.most)
		}
	}
}

// TestEffectsOfOne analyzes one factor, whose shares add up to 1 however often each level
// occurs: 1 3 and 5 7 9 have means 2 and 7 about 5, which is 2·9 + 3·4 = 30, and 2 + 8 =
// 10 is noise with 3 degrees of freedom. F is 9.
func TestEffectsOfOne(t *testing.T) {
	d := Design{Factors: []string{"a"}, Levels: [][]int{{0}, {0}, {4}, {4}, {4}}, Y: []float64{1, 3, 5, 7, 9}}
	got, residual, warning := Effects(d)
	if e := got[0]; len(got) != 1 || !near(e.SumOfSquares, 30) || !near(e.Share, 0.75) || !near(e.F, 9) || e.DF != 1 || !near(residual, 0.25) || warning != "" {
		t.Errorf("got %+v, residual %v, warning %q", got, residual, warning)
	}
}

// TestEffectsOfMany: a factor with hundreds of levels, such as a seed, must not need more
// memory than there is.
func TestEffectsOfMany(t *testing.T) {
	d := Design{Factors: []string{"seed", "nodes"}}
	for i := range 420 {
		d.Levels = append(d.Levels, []int{i % 210, i / 210})
		d.Y = append(d.Y, float64(i/210)) // only nodes has an effect
	}
	got, residual, warning := Effects(d)
	if len(got) != 2 || !near(got[0].Share, 0) || !near(got[1].Share, 1) || residual != 0 || !strings.HasPrefix(warning, "too many levels for interactions; ") {
		t.Errorf("got %+v, residual %v, warning %q", got, residual, warning)
	}
}

// TestEffectsTwin compares the elimination with gonum's singular values, which need no
// contrasts: a column for each level and pair of levels.
func TestEffectsTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := randomDesign(t)
		got, residual, _ := Effects(d)
		all := [][]int{{0}, {1}, {2}, {0, 1}, {0, 2}, {1, 2}}
		total, _ := rest(d, nil)
		left, _ := rest(d, all)
		if want := left / total; total > 1e-9 && math.Abs(residual-want) > 1e-9 {
			t.Fatalf("residual of %+v: got %v, want %v", d, residual, want)
		}
		for i, own := range all {
			var without [][]int
			for _, other := range all {
				if !contains(other, own) {
					without = append(without, other)
				}
			}
			before, rank := rest(d, without)
			after, more := rest(d, append(without, own))
			if e := got[i]; e.DF != more-rank || math.Abs(e.SumOfSquares-(before-after)) > 1e-9*max(1, total) {
				t.Fatalf("effect of %v in %+v: got %+v, want %v with %d degrees of freedom", own, d, e, before-after, more-rank)
			}
		}
	})
}

func contains(factors, part []int) bool {
	return !slices.ContainsFunc(part, func(f int) bool { return !slices.Contains(factors, f) })
}

// randomDesign draws three factors, with random missing and replicated cells.
func randomDesign(t *rapid.T) Design {
	d := Design{Factors: []string{"a", "b", "c"}}
	for range rapid.IntRange(1, 30).Draw(t, "observations") {
		d.Levels = append(d.Levels, rapid.SliceOfN(rapid.IntRange(0, 2), 3, 3).Draw(t, "levels"))
		d.Y = append(d.Y, float64(rapid.IntRange(-50, 50).Draw(t, "y")))
	}
	return d
}

// rest returns what least squares leave of Y with the terms, and the rank of these.
func rest(d Design, terms [][]int) (squares float64, rank int) {
	columns := [][]float64{repeat(1, len(d.Y))}
	for _, term := range terms {
		cells := map[[2]int][]float64{}
		for i, l := range d.Levels {
			cell := [2]int{l[term[0]], l[term[len(term)-1]]}
			if cells[cell] == nil {
				cells[cell] = make([]float64, len(d.Y))
				columns = append(columns, cells[cell])
			}
			cells[cell][i] = 1
		}
	}
	x := mat.NewDense(len(d.Y), len(columns), nil)
	for j, c := range columns {
		x.SetCol(j, c)
	}
	var svd mat.SVD
	if !svd.Factorize(x, mat.SVDThin) {
		panic("no singular values")
	}
	var u mat.Dense
	svd.UTo(&u)
	rank = svd.Rank(1e-9)
	for _, y := range d.Y {
		squares += y * y
	}
	for j := range rank {
		along := mat.Dot(u.ColView(j), mat.NewVecDense(len(d.Y), d.Y))
		squares -= along * along
	}
	return squares, rank - 1
}

// TestEffectsNestedTwin: the second factor is nested in the first, so its effect is that
// of the cells of both; the third crosses all.
func TestEffectsNestedTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := randomDesign(t)
		d.Within = []int{-1, 0, -1}
		own := map[[2]int]int{} // the levels of b under each of a, with distinct names
		cells := Design{Y: d.Y}
		for _, l := range d.Levels {
			at := [2]int{l[0], l[1]}
			if _, known := own[at]; !known {
				own[at] = len(own)
			}
			cells.Levels = append(cells.Levels, []int{l[0], own[at], l[2]})
		}
		terms := map[string][]int{"a": {0}, "b": {1}, "c": {2}, "a c": {0, 2}, "b c": {1, 2}}
		below := map[string][]string{"a": {"c"}, "b": {"a", "c", "a c"}, "c": {"a", "b"}, "a c": {"a", "b", "c"}, "b c": {"a", "b", "c", "a c"}}
		got, _, _ := Effects(d)
		for _, e := range got {
			name := strings.Join(e.Factors, " ")
			if terms[name] == nil {
				t.Fatalf("%+v has an effect of %s", d, name)
			}
			var without [][]int
			for _, other := range below[name] {
				without = append(without, terms[other])
			}
			before, rank := rest(cells, without)
			after, more := rest(cells, append(without, terms[name]))
			if e.DF != more-rank || math.Abs(e.SumOfSquares-(before-after)) > 1e-9*max(1, before) {
				t.Fatalf("effect of %s in %+v: got %+v, want %v with %d degrees of freedom", name, d, e, before-after, more-rank)
			}
		}
	})
}

// TestEffectsIgnoreNames: names of levels and the unit of Y do not change shares.
func TestEffectsIgnoreNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := randomDesign(t)
		other := Design{Factors: d.Factors, Y: plus(times(d.Y, -4), 1000)}
		for _, l := range d.Levels {
			other.Levels = append(other.Levels, []int{7 - l[0], (l[1] + 1) % 3, l[2] * l[2]})
		}
		got, _, warning := Effects(other)
		want, _, same := Effects(d)
		if warning != same {
			t.Fatalf("%+v warns %q, under other names %q", d, same, warning)
		}
		for i, e := range want {
			if math.Abs(got[i].Share-e.Share) > 1e-9 || got[i].DF != e.DF || e.Share < 0 || e.Share > 1+1e-9 || e.P < 0 || e.P > 1 {
				t.Fatalf("%+v has %+v, under other names %+v", d, e, got[i])
			}
		}
	})
}
