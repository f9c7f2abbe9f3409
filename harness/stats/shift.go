package stats

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Shift says by how much one side differs from the other, and with what confidence.
type Shift struct {
	// Estimate is in the unit of the samples, or a ratio if it comes from Ratio; NaN if
	// there is none.
	Estimate float64
	Interval Interval
	Warning  string // what limits its meaning, or empty
}

// HodgesLehmann returns by how much b is above a: the median of all differences of a
// value of b and one of a, with the interval of shifts that MannWhitney would not reject.
// If the whole range of differences has less than the requested confidence, the interval
// is that range with its confidence, and there is a warning; if a side is empty, NaN. Up
// to 50 samples in total the confidence is exact; beyond, it uses the normal
// approximation. The interval assumes independent samples and that b has the distribution
// of a, shifted; ties increase its actual confidence. Time and memory grow with
// len(a)·len(b). It panics if confidence is not between 0 and 1, or if a sample is not
// finite.
//
// Source: Hodges and Lehmann, "Estimates of Location Based on Rank Tests", Annals of
// Mathematical Statistics 34(2), 1963; the interval as in Hollander, Wolfe and Chicken,
// Nonparametric Statistical Methods, 3rd edition, 2014, section 4.3.
func HodgesLehmann(a, b []float64, confidence float64) Shift {
	mustBeConfidence(confidence)
	mustBeFinite(a)
	mustBeFinite(b)
	differences := make([]float64, 0, len(a)*len(b))
	for _, x := range a {
		for _, y := range b {
			differences = append(differences, y-x)
		}
	}
	if len(differences) == 0 {
		return Shift{math.NaN(), nowhere(), fmt.Sprintf("samples needed on both sides, have %d and %d", len(a), len(b))}
	}
	return shiftAmong(differences, rankSumCDF(len(a), len(b)), confidence, sidesNeeded(confidence, len(a), len(b)))
}

// sidesNeeded returns the warning that sides of m and n are too short for an interval: of
// the choices of k out of 2k, the range of differences misses two.
func sidesNeeded(confidence float64, m, n int) string {
	k := 1
	for choices := 2.0; 1-2/choices < confidence; k++ {
		choices *= 2 * float64(2*k+1) / float64(k+1)
	}
	return fmt.Sprintf("%d samples on each side needed for an interval, have %d and %d", k, m, n)
}

// HodgesLehmannPaired returns the center of differences: the median of the means of all
// their pairs, including each with itself, with the interval of centers that SignedRank
// would not reject. If the whole range has less than the requested confidence, the
// interval is that range with its confidence, and there is a warning; for no differences,
// NaN. Up to 50 differences the confidence is exact; beyond, it uses the normal
// approximation. It assumes independent differences that are symmetric about their
// center; ties increase the interval's actual confidence. Time and memory grow with the
// square of their number. It panics if confidence is not between 0 and 1, or if a
// difference is not finite.
//
// Source: Hodges and Lehmann 1963; the interval after Tukey, as in Hollander, Wolfe and
// Chicken, section 3.3.
func HodgesLehmannPaired(differences []float64, confidence float64) Shift {
	mustBeConfidence(confidence)
	mustBeFinite(differences)
	n := len(differences)
	if n == 0 {
		return Shift{math.NaN(), nowhere(), needed("pairs", confidence, 0)}
	}
	means := make([]float64, 0, n*(n+1)/2)
	for i, d := range differences {
		for _, e := range differences[i:] {
			means = append(means, d/2+e/2)
		}
	}
	return shiftAmong(means, signedRankCDF(n), confidence, needed("pairs", confidence, n))
}

// shiftAmong estimates a shift from values, each of which is an estimate of it. cdf is
// that of the number of values below the true shift. tooFew is the warning if their range
// does not have the confidence.
func shiftAmong(values []float64, cdf func(int) float64, confidence float64, tooFew string) Shift {
	slices.Sort(values)
	most := len(values)
	s := Shift{Estimate: Median(values)}
	k, reached := cut(cdf, most, confidence)
	if k == 0 {
		k, reached = 1, 1-2*cdf(0)
		s.Warning = tooFew
	}
	s.Interval = Interval{values[k-1], values[most-k], max(0, reached)}
	return s
}

// rankSumCDF returns the distribution of how many of the m·n differences of two samples
// from one distribution are below zero.
func rankSumCDF(m, n int) func(int) float64 {
	if m+n > exactSamples {
		mean := float64(m) * float64(n) / 2
		deviation := math.Sqrt(mean * float64(m+n+1) / 6)
		return func(u int) float64 { return distuv.UnitNormal.CDF((float64(u) + 0.5 - mean) / deviation) }
	}
	ranks := make([]int, m+n)
	for i := range ranks {
		ranks[i] = i + 1
	}
	sums := sumsOfChoice(ranks, m)
	return cumulative(sums[m*(m+1)/2:]) // at the least rank sum no difference is below zero
}

// signedRankCDF returns the distribution of how many means of pairs of n differences,
// symmetric about zero, are below zero.
func signedRankCDF(n int) func(int) float64 {
	if n > exactSamples {
		mean := float64(n) * float64(n+1) / 4
		deviation := math.Sqrt(mean * float64(2*n+1) / 6)
		return func(w int) float64 { return distuv.UnitNormal.CDF((float64(w) + 0.5 - mean) / deviation) }
	}
	ranks := make([]int, n)
	for i := range ranks {
		ranks[i] = i + 1
	}
	return cumulative(sumsOfSigns(ranks))
}

// cumulative converts counts to the probability of at most i.
func cumulative(counts []float64) func(int) float64 {
	below := make([]float64, len(counts))
	total := 0.0
	for i, c := range counts {
		total += c
		below[i] = total
	}
	return func(i int) float64 { return below[min(i, len(below)-1)] / total }
}

// Ratio returns how many times a b is: exp of the Hodges–Lehmann shift of the logarithms,
// paired by index or not, and its interval likewise. If a value is not above zero it has
// no logarithm: then the ratio and its interval are NaN, with a warning. For the
// logarithms it has the assumptions of HodgesLehmann, or HodgesLehmannPaired if paired: b
// has the distribution of a, times a factor. It panics if confidence is not between 0 and
// 1, if a sample is not finite, or if paired sides differ in length.
//
// Source: as for HodgesLehmann; the unit of the samples does not change the ratio.
func Ratio(a, b []float64, paired bool, confidence float64) Shift {
	if paired && len(a) != len(b) {
		panic(fmt.Sprintf("stats: want pairs, got %d and %d samples", len(a), len(b)))
	}
	mustBeConfidence(confidence)
	mustBeFinite(a)
	mustBeFinite(b)
	for _, x := range slices.Concat(a, b) {
		if x <= 0 {
			return Shift{math.NaN(), nowhere(), fmt.Sprintf("a ratio needs values above 0, have %g", x)}
		}
	}
	logA, logB := logarithms(a), logarithms(b)
	var s Shift
	if paired {
		for i := range logB {
			logB[i] -= logA[i]
		}
		s = HodgesLehmannPaired(logB, confidence)
	} else {
		s = HodgesLehmann(logA, logB, confidence)
	}
	s.Estimate = math.Exp(s.Estimate)
	s.Interval.Low, s.Interval.High = math.Exp(s.Interval.Low), math.Exp(s.Interval.High)
	return s
}

func logarithms(xs []float64) []float64 {
	logs := make([]float64, len(xs))
	for i, x := range xs {
		logs[i] = math.Log(x)
	}
	return logs
}

// CliffsDelta returns how much more often a value of b is above one of a than below it,
// from −1 (all of b below all of a) to 1 (all above), 0 if neither tends to be greater;
// NaN if a side is empty. Like HodgesLehmann it is positive if b is greater; Cliff's own
// definition has the sides swapped. It makes no assumptions about the distributions. It
// panics if a sample is NaN.
//
// Source: Cliff, "Dominance Statistics: Ordinal Analyses to Answer Ordinal Questions",
// Psychological Bulletin 114(3), 1993.
func CliffsDelta(a, b []float64) float64 {
	mustBeNumbers(a)
	mustBeNumbers(b)
	balance := 0
	for _, x := range a {
		for _, y := range b {
			if y > x {
				balance++
			}
			if y < x {
				balance--
			}
		}
	}
	return float64(balance) / float64(len(a)*len(b))
}
