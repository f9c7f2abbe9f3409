package stats

import (
	"math"
	"testing"
)

// near tells whether got is want but for rounding, or both are NaN.
func near(got, want float64) bool {
	return got == want || math.IsNaN(got) && math.IsNaN(want) || math.Abs(got-want) <= 1e-9*max(1, math.Abs(want))
}

// TestEffects is a 2×2 design with two replicates: cells 1±1, 5±1, 3±1, 15±1 for
// (a,b) = (0,0), (0,1), (1,0), (1,1). The grand mean is 6. a moves by ±3, b by ±4,
// together by ±2, each of 8 observations: 8·9 = 72, 8·16 = 128, 8·4 = 32, and the
// noise is 8·1 = 8; total 240. With 4 degrees of freedom the noise is 2 a degree:
// F is 36, 64, 16.
func TestEffects(t *testing.T) {
	d := Design{Factors: []string{"a", "b"}}
	for i, cell := range []float64{1, 5, 3, 15} {
		for _, noise := range []float64{-1, 1} {
			d.Levels = append(d.Levels, []int{i / 2, i % 2})
			d.Y = append(d.Y, cell+noise)
		}
	}
	got, residual, warning := Effects(d)
	if warning != "" || !near(residual, 8.0/240) {
		t.Errorf("got residual %v and warning %q, want %v and none", residual, warning, 8.0/240)
	}
	for i, want := range []Effect{
		{SumOfSquares: 72, F: 36, DF: 1},
		{SumOfSquares: 128, F: 64, DF: 1},
		{SumOfSquares: 32, F: 16, DF: 1},
	} {
		e := got[i]
		if !near(e.SumOfSquares, want.SumOfSquares) || !near(e.F, want.F) || e.DF != want.DF || !near(e.Share, want.SumOfSquares/240) {
			t.Errorf("effect of %v: got %+v, want %+v", e.Factors, e, want)
		}
	}
}
