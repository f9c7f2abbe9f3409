package stats

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat"
	"pgregory.net/rapid"
)

func TestOutliers(t *testing.T) {
	for _, tt := range []struct {
		name       string
		xs         []float64
		tukey, mad []int
	}{
		// Quartiles 2 and 4 (at 1 and 3 of 0 to 4), fences −1 and 7. The median is 3, the
		// distances are 2 1 0 1 97 with median 1: 0.6745·97 is above 3.5, 0.6745·2 is
		// not.
		{"one far", []float64{1, 2, 3, 4, 100}, []int{4}, []int{4}},
		{"below", []float64{4, -100, 1, 2, 3}, []int{1}, []int{1}},
		// 7 is at the fence, not outside it. 0.6745·4 = 2.7.
		{"on the fence", []float64{1, 2, 3, 4, 7}, nil, nil},
		{"just outside", []float64{1, 2, 3, 4, 7.1}, []int{4}, nil},
		// Quartiles at 0.75 and 2.25 of 0 to 3: 1.75 and 3 + 7/4 = 4.75, fence 4.75 + 4.5
		// = 9.25. The median is 2.5, the distances are 1.5 0.5 0.5 7.5 with median 1:
		// 0.6745·7.5 = 5.06.
		{"four", []float64{1, 2, 3, 10}, []int{3}, []int{3}},
		{"three are too few for quartiles", []float64{1, 2, 100}, nil, []int{2}}, // distances 1 0 98: 0.6745·98
		// The quartiles are 5, and so are the fences. More than half of the values are 5:
		// the mean distance 9.5, times 1.2533, is 11.9, and 95 is 8 times that.
		{"mostly equal", []float64{5, 5, 5, 5, 5, 5, 5, 5, 5, 100}, []int{9}, []int{9}},
		// Of five, 3.5·1.2533·95/5 = 83.3.
		{"mostly equal, few", []float64{5, 5, 5, 5, 100}, []int{4}, []int{4}},
		// Of four, 3.5·1.2533·95/4 = 104.2 > 95. Quartile 5 + 95/4, fence 64.4.
		{"mostly equal, fewer", []float64{5, 5, 5, 100}, []int{3}, nil},
		{"equal", []float64{5, 5, 5, 5}, nil, nil},
		{"none", nil, nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := TukeyOutliers(tt.xs); !slices.Equal(got, tt.tukey) {
				t.Errorf("TukeyOutliers(%v): got %v, want %v", tt.xs, got, tt.tukey)
			}
			if got := MADOutliers(tt.xs); !slices.Equal(got, tt.mad) {
				t.Errorf("MADOutliers(%v): got %v, want %v", tt.xs, got, tt.mad)
			}
		})
	}
}

// TestOutliersIgnoreUnit: outliers do not depend on the unit or the sign.
func TestOutliersIgnoreUnit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		xs := smallNumbers(t, "xs", 0, 30)
		other := plus(times(xs, -8), 1024)
		for name, find := range map[string]func([]float64) []int{"TukeyOutliers": TukeyOutliers, "MADOutliers": MADOutliers} {
			if got, want := find(other), find(xs); !slices.Equal(got, want) {
				t.Fatalf("%s(%v): got %v, of %v it is %v", name, other, got, xs, want)
			}
			if half := len(xs) / 2; len(find(xs)) > half {
				t.Fatalf("%s(%v) flags more than half", name, xs)
			}
		}
	})
}

func TestMeans(t *testing.T) {
	nan := math.NaN()
	for _, tt := range []struct {
		xs                        []float64
		mean, standard, geometric float64
	}{
		{[]float64{1, 2, 4}, 7.0 / 3, math.Sqrt(7.0/3) / math.Sqrt(3), 2}, // Σ(x−7/3)² = (16+1+25)/9 = 42/9, over 2
		{[]float64{2, 8}, 5, 3, 4},                                        // √18/√2
		{[]float64{5}, 5, nan, 5},
		{[]float64{0, 2}, 1, 1, nan},
		{[]float64{-2, 2}, 0, 2, nan},
		{nil, nan, nan, nan},
	} {
		if m, s, g := Mean(tt.xs), StandardError(tt.xs), GeometricMean(tt.xs); !near(m, tt.mean) || !near(s, tt.standard) || !near(g, tt.geometric) {
			t.Errorf("%v: mean, standard error and geometric mean: got %v, %v and %v, want %v, %v and %v", tt.xs, m, s, g, tt.mean, tt.standard, tt.geometric)
		}
	}
}

// TestGeometricMeanTwin compares GeometricMean with gonum, which also accepts zeros.
func TestGeometricMeanTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		xs := rapid.SliceOfN(rapid.Float64Range(1e-6, 1e6), 1, 20).Draw(t, "xs")
		if got, want := GeometricMean(xs), stat.GeometricMean(xs, nil); math.Abs(got/want-1) > 1e-9 {
			t.Fatalf("GeometricMean(%v): got %v, gonum %v", xs, got, want)
		}
	})
}
