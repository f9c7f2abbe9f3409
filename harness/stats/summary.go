// Package stats has the statistics for results: summaries of replicates, their
// confidence, and comparisons. Every function names its source. The package knows numbers
// only, not trials or metrics.
package stats

import (
	"math"
	"slices"
)

// Median returns the middle value of xs, or the mean of the middle two. It panics if xs
// is empty. It is for replicates. Quantiles of one trial's values are Jepsen's, which are
// never means: see Quantile.
//
// Source: Hyndman and Fan, "Sample Quantiles in Statistical Packages", The American
// Statistician 50(4), 1996, definition 7 at p = 1/2.
func Median(xs []float64) float64 {
	sorted := slices.Sorted(slices.Values(xs))
	n := len(sorted)
	if n%2 == 1 {
		return sorted[n/2]
	}
	return sorted[n/2-1]/2 + sorted[n/2]/2 // their sum could overflow
}

// Summary describes replicates of a number. It has no mean, which one outlier could
// change by any amount.
type Summary struct {
	N      int
	Median float64
	Least  float64
	Most   float64
}

// Summarize describes xs. It panics if xs is empty.
func Summarize(xs []float64) Summary {
	return Summary{N: len(xs), Median: Median(xs), Least: slices.Min(xs), Most: slices.Max(xs)}
}

// RangeConfidence returns the probability that the least and the greatest of n
// independent replicates enclose the median of their distribution: 1 − 2^(1−n) for any
// continuous distribution. It is 0 for one replicate and 0.97 for six.
//
// Source: David and Nagaraja, Order Statistics, 3rd edition, 2003, section 7.1, with r =
// 1 and s = n: all n are on one side of the median with probability 2·(1/2)^n.
func RangeConfidence(n int) float64 {
	return 1 - math.Exp2(float64(1-n))
}
