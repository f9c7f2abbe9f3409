package stats

import (
	"math"

	"gonum.org/v1/gonum/stat"
)

// Mean returns the arithmetic mean of xs, or NaN if there are none. One outlier can
// change it by any amount: for replicates see Median.
func Mean(xs []float64) float64 { return stat.Mean(xs, nil) }

// StandardError returns the standard error of the mean of xs, in their unit, with n−1;
// NaN if there are fewer than two. It assumes independent samples.
func StandardError(xs []float64) float64 {
	if len(xs) < 2 {
		return math.NaN()
	}
	return stat.StdErr(stat.StdDev(xs, nil), float64(len(xs)))
}

// GeometricMean returns the n-th root of the product of xs, the right mean for ratios;
// NaN if there are none or one is not above zero.
//
// Source: Fleming and Wallace, "How Not to Lie with Statistics: The Correct Way to
// Summarize Benchmark Results", Communications of the ACM 29(3), 1986.
func GeometricMean(xs []float64) float64 {
	for _, x := range xs {
		if !(x > 0) {
			return math.NaN()
		}
	}
	return math.Exp(Mean(logarithms(xs)))
}
