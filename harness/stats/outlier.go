package stats

import (
	"math"
	"slices"
)

// TukeyOutliers returns the indices, ascending, of those of xs that lie more than 1.5
// interquartile ranges outside the quartiles. Flag them, never drop them: of normal
// samples 1 in 140 is flagged, of skewed ones many more. Fewer than 4 samples have none.
// It panics if a sample is not finite.
//
// Source: Tukey, Exploratory Data Analysis, 1977, section 2D, with quartiles by
// definition 7 of Hyndman and Fan 1996 (Tukey's hinges differ a little).
func TukeyOutliers(xs []float64) []int {
	mustBeFinite(xs)
	if len(xs) < 4 {
		return nil
	}
	sorted := slices.Sorted(slices.Values(xs))
	low, high := quartile(sorted, 0.25), quartile(sorted, 0.75)
	fence := 1.5 * (high - low)
	return indices(xs, func(x float64) bool { return x < low-fence || x > high+fence })
}

// quartile returns the value at (n−1)·p of sorted, with linear interpolation.
func quartile(sorted []float64, p float64) float64 {
	whole, part := math.Modf(float64(len(sorted)-1) * p)
	i := int(whole)
	if part == 0 {
		return sorted[i]
	}
	return sorted[i] + part*(sorted[i+1]-sorted[i])
}

// MADOutliers returns the indices, ascending, of those of xs whose modified z-score is
// above 3.5: their distance from the median, divided by the median of all distances. If
// more than half of xs are equal that median is 0, and the mean distance is used instead.
// Flag them, never drop them. Unlike TukeyOutliers it assumes that xs are symmetric. It
// panics if a sample is not finite.
//
// Source: Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993, section 3.2:
// 0.6745 is the third quartile of a normal distribution, and a mean distance times
// 1.2533, the root of π/2, its standard deviation.
func MADOutliers(xs []float64) []int {
	mustBeFinite(xs)
	if len(xs) == 0 {
		return nil
	}
	median := Median(xs)
	distances := make([]float64, len(xs))
	for i, x := range xs {
		distances[i] = math.Abs(x - median)
	}
	deviation := Median(distances) / 0.6745
	if deviation == 0 {
		deviation = Mean(distances) * math.Sqrt(math.Pi/2)
	}
	return indices(xs, func(x float64) bool { return math.Abs(x-median) > 3.5*deviation })
}

// indices returns the indices of xs for which odd is true.
func indices(xs []float64, odd func(float64) bool) []int {
	var found []int
	for i, x := range xs {
		if odd(x) {
			found = append(found, i)
		}
	}
	return found
}
