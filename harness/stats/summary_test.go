package stats

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestMedian(t *testing.T) {
	for _, tt := range []struct {
		xs   []float64
		want float64
	}{
		{[]float64{7}, 7},
		{[]float64{3, 1, 2}, 2},
		{[]float64{4, 1, 3, 2}, 2.5},                                   // (2 + 3) / 2
		{[]float64{15.54, 15.33, 15.41}, 15.41},                        // the article's configuration on real Maelstrom
		{[]float64{math.MaxFloat64, math.MaxFloat64}, math.MaxFloat64}, // their sum overflows a float64
	} {
		if got := Median(tt.xs); got != tt.want {
			t.Errorf("Median(%v): got %v, want %v", tt.xs, got, tt.want)
		}
	}
}

// TestMedianKeepsInput: Median does not change its input, which others may share.
func TestMedianKeepsInput(t *testing.T) {
	xs := []float64{3, 1, 2}
	Median(xs)
	if xs[0] != 3 || xs[1] != 1 || xs[2] != 2 {
		t.Errorf("Median sorted its input to %v", xs)
	}
}

// TestMedianHalves checks the definition: at most half of xs is on either side.
func TestMedianHalves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		xs := rapid.SliceOfN(rapid.Float64Range(-1e9, 1e9), 1, 30).Draw(t, "xs")
		m := Median(xs)
		below, above := 0, 0
		for _, x := range xs {
			if x < m {
				below++
			}
			if x > m {
				above++
			}
		}
		if below > len(xs)/2 || above > len(xs)/2 {
			t.Fatalf("Median(%v) = %v: %d below, %d above", xs, m, below, above)
		}
	})
}

func TestSummarize(t *testing.T) {
	got := Summarize([]float64{15.5, 15.2, 15.3})
	if want := (Summary{N: 3, Median: 15.3, Least: 15.2, Most: 15.5}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestRangeConfidence(t *testing.T) {
	for n, want := range map[int]float64{
		1: 0,       // one value encloses nothing
		2: 0.5,     // both on one side: 2 · 1/4
		3: 0.75,    // 1 − 2 · 1/8
		5: 0.9375,  // 1 − 2 · 1/32
		6: 0.96875, // 1 − 2 · 1/64: the first above 95 %
	} {
		if got := RangeConfidence(n); got != want {
			t.Errorf("RangeConfidence(%d): got %v, want %v", n, got, want)
		}
	}
}
