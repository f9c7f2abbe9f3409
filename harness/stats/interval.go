package stats

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Interval is a range that contains the true value with some confidence, in the unit of
// the samples.
type Interval struct {
	Low, High float64
	// Confidence is the probability, from 0 to 1, that an interval made in this way
	// contains the true value. For an interval of order statistics it is the actual
	// probability, which is seldom the requested one.
	Confidence float64
}

// Reaches reports whether the interval has at least the requested confidence, from 0 to
// 1, within 0.0005.
func (i Interval) Reaches(confidence float64) bool { return i.Confidence >= confidence-0.0005 }

// nowhere returns the interval for no samples.
func nowhere() Interval { return Interval{Low: math.NaN(), High: math.NaN()} }

// MedianInterval returns an interval for the median of the distribution of xs. Its ends
// are two of xs, equally far from the least and the greatest: the closest such pair with
// at least the requested confidence. If the whole range has less, it returns the range
// with its confidence, and a warning; for no samples, NaN. It assumes independent samples
// and no shape of their distribution. If values tie, the actual confidence is higher than
// the reported one. It panics if confidence is not between 0 and 1, or if a sample is
// NaN.
//
// Source: David and Nagaraja, Order Statistics, 3rd edition, 2003, section 7.1.
func MedianInterval(xs []float64, confidence float64) (Interval, string) {
	mustBeConfidence(confidence)
	mustBeNumbers(xs)
	n := len(xs)
	if n == 0 {
		return nowhere(), needed("samples", confidence, 0)
	}
	binomial := distuv.Binomial{N: float64(n), P: 0.5}
	k, reached := cut(func(i int) float64 { return binomial.CDF(float64(i)) }, n, confidence)
	sorted := slices.Sorted(slices.Values(xs))
	if k == 0 {
		return Interval{sorted[0], sorted[n-1], RangeConfidence(n)}, needed("samples", confidence, n)
	}
	return Interval{sorted[k-1], sorted[n-k], reached}, ""
}

// needed returns the warning that n samples or pairs are too few for an interval of the
// confidence. Of samples and of pairs alike, the range misses the cases in which all
// signs are equal.
func needed(what string, confidence float64, n int) string {
	want := n
	for RangeConfidence(want) < confidence {
		want++
	}
	return fmt.Sprintf("%d %s needed for an interval, have %d", want, what, n)
}

// cut finds the greatest k for which the k-th value from either end of most sorted values
// enclose the true value with at least the confidence. It returns k and the confidence
// reached; k is 0 if there is none. cdf is that of the number of values below the true
// one, which is symmetric about most/2.
func cut(cdf func(int) float64, most int, confidence float64) (k int, reached float64) {
	const slack = 1e-12 // for rounding, so that 1 − 2·0.025 counts as 0.95
	for next := 1; 2*next <= most+1; next++ {
		c := 1 - 2*cdf(next-1)
		if c < confidence-slack {
			break
		}
		k, reached = next, c
	}
	return k, reached
}

// BCa returns a bias-corrected and accelerated bootstrap interval for statistic, from
// that many resamples of xs. The same seed gives the same interval. It is for statistics
// that are smooth in the data, such as a mean; for a median see MedianInterval. With few
// samples or a heavy tail it is too narrow: at 95 %, for the mean of normal, lognormal
// and exponential samples, it contained the true value in 93, 88 and 90 % of cases with
// 20 samples, in 93, 91 and 94 % with 100, and in 94, 94 and 95 % with 400
// (TestCoverage). For no samples it returns NaN. It assumes independent samples. It
// panics if resamples is below 1, if confidence is not between 0 and 1, or if a sample is
// not finite.
//
// Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, section 14.3,
// equations 14.9, 14.10, 14.14 and 14.15.
func BCa(xs []float64, statistic func([]float64) float64, confidence float64, resamples int, seed uint64) Interval {
	mustBeConfidence(confidence)
	mustBeFinite(xs)
	if resamples < 1 {
		panic(fmt.Sprintf("stats: want resamples of at least 1, got %d", resamples))
	}
	n := len(xs)
	if n == 0 {
		return nowhere()
	}
	random := rand.New(rand.NewPCG(seed, 0))
	drawn := make([]float64, n)
	boots := make([]float64, resamples)
	for i := range boots {
		for j := range drawn {
			drawn[j] = xs[random.IntN(n)]
		}
		boots[i] = statistic(drawn)
	}
	slices.Sort(boots)
	bias := bootstrapBias(boots, statistic(slices.Clone(xs)))
	accelerated := acceleration(xs, statistic)
	end := func(p float64) float64 {
		at := corrected(p, bias, accelerated) * float64(resamples)
		return boots[max(0, min(resamples-1, int(at)))]
	}
	return Interval{end((1 - confidence) / 2), end((1 + confidence) / 2), confidence}
}

// corrected returns the share of resamples below the end of an interval that would have
// the share p below it without bias and acceleration.
func corrected(p, bias, accelerated float64) float64 {
	z := bias + distuv.UnitNormal.Quantile(p)
	return distuv.UnitNormal.CDF(bias + z/(1-accelerated*z))
}

// bootstrapBias returns z0: how many normal deviates the estimate lies from the median of
// boots. Ties count half. If all of boots lie on one side, half a resample counts as on
// the other side, so that z0 is finite.
func bootstrapBias(boots []float64, estimate float64) float64 {
	below := 0.0
	for _, b := range boots {
		switch {
		case b < estimate:
			below++
		case b == estimate:
			below += 0.5
		}
	}
	n := float64(len(boots))
	return distuv.UnitNormal.Quantile(max(0.5, min(n-0.5, below)) / n)
}

// acceleration returns a: how fast the standard error of the statistic changes with its
// value, from the statistic of xs without each sample in turn. It is 0 if that changes
// nothing, or if there is only one sample.
func acceleration(xs []float64, statistic func([]float64) float64) float64 {
	if len(xs) < 2 {
		return 0
	}
	without := make([]float64, len(xs))
	rest := make([]float64, 0, len(xs))
	for i := range xs {
		rest = append(append(rest[:0], xs[:i]...), xs[i+1:]...)
		without[i] = statistic(rest)
	}
	center := Mean(without)
	squares, cubes := 0.0, 0.0
	for _, w := range without {
		d := center - w
		squares += d * d
		cubes += d * d * d
	}
	if squares == 0 {
		return 0
	}
	return cubes / (6 * math.Pow(squares, 1.5))
}

func mustBeConfidence(confidence float64) {
	if !(confidence > 0 && confidence < 1) {
		panic(fmt.Sprintf("stats: want a confidence between 0 and 1, got %v", confidence))
	}
}

// mustBeNumbers panics if a sample is NaN, which has no rank. A caller must leave missing
// numbers out and say so.
func mustBeNumbers(xs []float64) {
	for i, x := range xs {
		if math.IsNaN(x) {
			panic(fmt.Sprintf("stats: want numbers, sample %d is NaN", i))
		}
	}
}

// mustBeFinite panics if a sample is NaN or infinite, since it has no difference from
// others.
func mustBeFinite(xs []float64) {
	mustBeNumbers(xs)
	for i, x := range xs {
		if math.IsInf(x, 0) {
			panic(fmt.Sprintf("stats: want finite numbers, sample %d is %v", i, x))
		}
	}
}
