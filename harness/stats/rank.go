package stats

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Test is the result of a test of the hypothesis that nothing differs.
type Test struct {
	// P is the two-sided probability, from 0 to 1, of a result at least as far from the
	// expected one if the hypothesis is true. It is NaN if the test could not be made.
	P float64
	// Method names the test and how P was computed, such as "Mann–Whitney U, exact", or
	// is Constant or NoSamples.
	Method string
	// Warning says what limits the meaning of P, or is empty.
	Warning string
}

// Methods of a test that could not be made: its P is NaN.
const (
	// Constant: the samples of each side (or all differences) are equal, as on a
	// deterministic backend. The observed values are then certain, and no p-value should
	// be printed.
	Constant  = "constant"
	NoSamples = "no samples"
)

// alpha is the level for the warning that a test could not have found anything, by the
// convention of Fisher, Statistical Methods for Research Workers, 1925, section 12.
const alpha = 0.05

// exactSamples is the greatest number of samples for which a distribution is counted
// instead of approximated by the normal one. Up to 50, the 2^50 choices are exact in a
// float64; golang.org/x/perf/benchmath has the same limit.
const exactSamples = 50

// MannWhitney tests whether values of b tend to be greater or smaller than those of a. P
// is two-sided: the probability of a rank sum at least as far from its mean. Up to 50
// samples in total it is exact, given the ties; beyond, it uses the normal approximation
// with corrections for ties and continuity. It assumes that all samples are independent.
// The hypothesis is that both sides come from one distribution. It panics if a sample is
// NaN.
//
// Source: Mann and Whitney, "On a Test of Whether One of Two Random Variables is
// Stochastically Larger than the Other", Annals of Mathematical Statistics 18(1), 1947;
// ties as in Lehmann, Nonparametrics, 1975, section 1.4.
func MannWhitney(a, b []float64) Test {
	mustBeNumbers(a)
	mustBeNumbers(b)
	if len(a) == 0 || len(b) == 0 {
		return Test{P: math.NaN(), Method: NoSamples, Warning: fmt.Sprintf("samples needed on both sides, have %d and %d", len(a), len(b))}
	}
	if constant(a) && constant(b) && (len(a)+len(b) > 2 || a[0] == b[0]) {
		return Test{P: math.NaN(), Method: Constant}
	}
	ranks := doubledRanks(slices.Concat(a, b))
	n, sum, all := len(ranks), 0, 0
	for i, r := range ranks {
		all += r
		if i < len(a) {
			sum += r
		}
	}
	// Sums are multiplied by n, so that their mean is an integer too.
	distance := abs(n*sum - len(a)*all)
	if n > exactSamples {
		return Test{P: rankSumNormal(ranks, len(a), float64(distance)/float64(n)), Method: "Mann–Whitney U, normal approximation"}
	}
	far, total := 0.0, 0.0
	for s, count := range sumsOfChoice(ranks, len(a)) {
		total += count
		if abs(n*s-len(a)*all) >= distance {
			far += count
		}
	}
	return Test{P: far / total, Method: "Mann–Whitney U, exact", Warning: tooFewToTell(2/total, len(a), len(b))}
}

// tooFewToTell returns a warning if least, the smallest possible p, is above alpha.
// Without ties two of all the choices are the furthest from the mean.
func tooFewToTell(least float64, n ...int) string {
	if least <= alpha {
		return ""
	}
	have := fmt.Sprint(n[0])
	if len(n) > 1 {
		have = fmt.Sprintf("%d and %d", n[0], n[1])
	}
	return fmt.Sprintf("too few samples: with %s no p is below %.2g", have, min(1, least))
}

// rankSumNormal returns the p of a doubled rank sum of m samples at a distance from its
// mean. The variance of a sum of m out of n is m·(n−m)/(n−1) times that of one, with or
// without ties.
func rankSumNormal(ranks []int, m int, distance float64) float64 {
	n := float64(len(ranks))
	mean := 0.0
	for _, r := range ranks {
		mean += float64(r) / n
	}
	variance := 0.0
	for _, r := range ranks {
		variance += (float64(r) - mean) * (float64(r) - mean) / n
	}
	variance *= float64(m) * (n - float64(m)) / (n - 1)
	return bothTails((distance - 1) / math.Sqrt(variance)) // half a rank is 1 in doubled ranks
}

// bothTails returns the probability that a normal deviate is at least z from 0.
func bothTails(z float64) float64 { return math.Erfc(max(0, z) / math.Sqrt2) }

// SignedRank tests whether paired differences have the center zero. P is two-sided: the
// probability of a sum of positive ranks at least as far from its mean. Zeros are handled
// by Pratt's method: they are ranked with the others and then left out. Leaving them out
// first can make a difference significant by adding zeros. Up to 50 differences P is
// exact, given the ties and zeros; beyond, it uses the normal approximation with a
// correction for continuity. It assumes independent pairs. The hypothesis is that each
// difference could have had the opposite sign with equal probability. Differences that
// are equal except for rounding do not tie. It panics if a difference is NaN.
//
// Sources: Wilcoxon, "Individual Comparisons by Ranking Methods", Biometrics Bulletin
// 1(6), 1945; Pratt, "Remarks on Zeros and Ties in the Wilcoxon Signed Rank Procedures",
// JASA 54, 1959.
func SignedRank(differences []float64) Test {
	mustBeNumbers(differences)
	if t, ok := nothingPaired(differences); ok {
		return t
	}
	sizes := make([]float64, len(differences))
	for i, d := range differences {
		sizes[i] = math.Abs(d)
	}
	var ranks []int // of the differences that are not zero
	positive, all := 0, 0
	for i, r := range doubledRanks(sizes) {
		if differences[i] == 0 {
			continue
		}
		ranks = append(ranks, r)
		all += r
		if differences[i] > 0 {
			positive += r
		}
	}
	distance := abs(2*positive - all) // twice the distance from the mean
	if len(ranks) > exactSamples {
		return Test{P: signedRankNormal(ranks, distance), Method: "Wilcoxon signed-rank (Pratt), normal approximation"}
	}
	far, total := 0.0, 0.0
	for s, count := range sumsOfSigns(ranks) {
		total += count
		if abs(2*s-all) >= distance {
			far += count
		}
	}
	return Test{P: far / total, Method: "Wilcoxon signed-rank (Pratt), exact", Warning: tooFewToTell(2/total, len(ranks))}
}

// signedRankNormal returns the p of a doubled sum of positive ranks, at half the distance
// from its mean. The variance of the sum is a quarter of the sum of squared ranks. Half a
// rank is 1 in the doubled sum and 2 in the distance.
func signedRankNormal(ranks []int, distance int) float64 {
	squares := 0.0
	for _, r := range ranks {
		squares += float64(r) * float64(r)
	}
	return bothTails(float64(distance-2) / math.Sqrt(squares))
}

// nothingPaired returns the Test for differences that cannot be tested, and whether it
// applies.
func nothingPaired(differences []float64) (Test, bool) {
	switch {
	case len(differences) == 0:
		return Test{P: math.NaN(), Method: NoSamples, Warning: "pairs needed, have 0"}, true
	case constant(differences) && (len(differences) > 1 || differences[0] == 0):
		return Test{P: math.NaN(), Method: Constant}, true
	}
	return Test{}, false
}

// doubledRanks returns twice the rank of each of xs, from 2 on. Ties share the mean of
// their ranks, which is an integer when doubled.
func doubledRanks(xs []float64) []int {
	order := make([]int, len(xs))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(xs[i], xs[j]) })
	ranks := make([]int, len(xs))
	for from := 0; from < len(order); {
		to := from + 1
		for to < len(order) && xs[order[to]] == xs[order[from]] {
			to++
		}
		for _, i := range order[from:to] {
			ranks[i] = from + 1 + to // twice the mean of from+1 to to
		}
		from = to
	}
	return ranks
}

// sumsOfChoice counts the ways to choose m of ranks, by their sum.
func sumsOfChoice(ranks []int, m int) []float64 {
	all := 0
	for _, r := range ranks {
		all += r
	}
	ways := make([][]float64, m+1) // by the number of chosen ranks
	for k := range ways {
		ways[k] = make([]float64, all+1)
	}
	ways[0][0] = 1
	reach := 0 // the greatest sum so far
	for _, r := range ranks {
		for k := m; k > 0; k-- {
			for s := reach; s >= 0; s-- {
				ways[k][s+r] += ways[k-1][s]
			}
		}
		reach += r
	}
	return ways[m]
}

// sumsOfSigns counts the ways to make some of ranks positive, by their sum.
func sumsOfSigns(ranks []int) []float64 {
	all := 0
	for _, r := range ranks {
		all += r
	}
	ways := make([]float64, all+1)
	ways[0] = 1
	reach := 0
	for _, r := range ranks {
		for s := reach; s >= 0; s-- {
			ways[s+r] += ways[s]
		}
		reach += r
	}
	return ways
}

// constant reports whether all of xs are equal.
func constant(xs []float64) bool {
	for _, x := range xs {
		if x != xs[0] {
			return false
		}
	}
	return true
}

func abs(x int) int { return max(x, -x) }
