package stats

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Shift says by how much one side differs from the other and how sure that is.
type Shift struct {
	// Estimate is in the unit of the samples, or a ratio from Ratio; NaN where
	// there is none.
	Estimate float64
	Interval Interval
	Warning  string // what the reader must know, or empty
}

// HodgesLehmann returns by how much b is above a: the median of all differences
// of one of b and one of a, with the interval of shifts that MannWhitney would
// not reject. Where the whole range of the differences has less than the
// confidence asked for, the interval is that range with the confidence it has,
// and a warning; where a side is empty, NaN. Up to 50 samples in all the
// confidence is exact, beyond by the normal approximation. The interval assumes
// independent samples and that b is distributed as a is, but shifted; ties make
// it hold the truth more often. Time and memory go with len(a)·len(b). It panics
// where confidence is not between 0 and 1 and where a sample is not finite.
//
// Source: Hodges and Lehmann, "Estimates of Location Based on Rank Tests", Annals
// of Mathematical Statistics 34(2), 1963; the interval as in Hollander, Wolfe and
// Chicken, Nonparametric Statistical Methods, 3rd edition, 2014, section 4.3.
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

// sidesNeeded is the warning that sides of m and n are too short for an interval:
// of the choices of k out of 2k, the range of the differences lacks two.
func sidesNeeded(confidence float64, m, n int) string {
	k := 1
	for choices := 2.0; 1-2/choices < confidence; k++ {
		choices *= 2 * float64(2*k+1) / float64(k+1)
	}
	return fmt.Sprintf("%d samples on each side needed for an interval, have %d and %d", k, m, n)
}

// HodgesLehmannPaired returns where differences lie: the median of the means of
// all their pairs, each with itself too, with the interval of centers that
// SignedRank would not reject. Where the whole range has less than the
// confidence asked for, the interval is that range with the confidence it has,
// and a warning; of no differences, NaN. Up to 50 differences the confidence is
// exact, beyond by the normal approximation. It assumes independent differences,
// symmetric about their center; ties make the interval hold the truth more
// often. Time and memory go with the square of their number. It panics where
// confidence is not between 0 and 1 and where a difference is not finite.
//
// Source: Hodges and Lehmann 1963; the interval after Tukey, as in Hollander,
// Wolfe and Chicken, section 3.3.
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

// shiftAmong estimates a shift from the values that each speak for one; cdf is
// that of the number of them below the truth, and tooFew the warning where their
// range has not the confidence.
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

// rankSumCDF is the distribution of how many of the m·n differences of two
// samples from one distribution are below zero.
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
	return cumulative(sums[m*(m+1)/2:]) // the least rank sum is that of no difference below zero
}

// signedRankCDF is the distribution of how many means of pairs of n differences,
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

// cumulative turns counts into the probability of at most so much.
func cumulative(counts []float64) func(int) float64 {
	below := make([]float64, len(counts))
	total := 0.0
	for i, c := range counts {
		total += c
		below[i] = total
	}
	return func(i int) float64 { return below[min(i, len(below)-1)] / total }
}

// Ratio returns how many times a b is: exp of the Hodges–Lehmann shift of the
// logarithms, paired by index or not, and its interval likewise. A value that is
// not above zero has no logarithm: then the ratio and its interval are NaN and
// the warning says so. It assumes what HodgesLehmann, or paired
// HodgesLehmannPaired, assumes of the logarithms: that b is distributed as a is,
// but for a factor. It panics where confidence is not between 0 and 1, where a
// sample is not finite, and where paired sides differ in length.
//
// Source: as for HodgesLehmann; the ratio is unchanged by the unit of the samples.
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

// CliffsDelta returns how much more often one of b is above one of a than below
// it, from −1 (all of b below all of a) to 1 (all above), 0 where neither tends
// to be greater; NaN where a side is empty. Like HodgesLehmann it is positive
// where b is greater; Cliff's own has the sides the other way round. It assumes
// nothing of the distributions. It panics at a NaN.
//
// Source: Cliff, "Dominance Statistics: Ordinal Analyses to Answer Ordinal
// Questions", Psychological Bulletin 114(3), 1993.
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
