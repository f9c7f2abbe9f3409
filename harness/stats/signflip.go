package stats

import (
	"math"
	"math/rand/v2"
	"slices"
)

const (
	exactFlips = 20 // number of differences: 2^20 sums take some milliseconds
	// drawnFlips gives a standard error of 0.0007 at p = 0.05.
	drawnFlips = 99_999
)

// SignFlip tests whether paired differences have the mean zero: P is the share of all
// choices of signs whose mean is at least as far from zero. Unlike SignedRank it uses the
// sizes of the differences, not their ranks, so one large difference can hide many small
// ones. Up to 20 differences all choices are counted; beyond, 99,999 are drawn with a
// fixed seed, and P is never below 0.00001. It assumes independent pairs. The hypothesis
// is that each difference could have had the opposite sign with equal probability. It
// panics if a difference is not finite.
//
// Sources: Fisher, The Design of Experiments, 1935, section 21; Phipson and Smyth,
// "Permutation P-values Should Never Be Zero", Statistical Applications in Genetics and
// Molecular Biology 9(1), 2010, for the drawn ones.
func SignFlip(differences []float64) Test {
	mustBeFinite(differences)
	if t, ok := nothingPaired(differences); ok {
		return t
	}
	sum, size := 0.0, 0.0
	differences = slices.DeleteFunc(slices.Clone(differences), func(d float64) bool { return d == 0 }) // zeros have no sign
	for _, d := range differences {
		sum += d
		size += math.Abs(d)
	}
	// Sums that differ only by the order of addition must count as equal.
	bar := math.Abs(sum) - 1e-12*size
	if n := len(differences); n <= exactFlips {
		all := math.Exp2(float64(n))
		return Test{P: float64(farFlips(differences, 0, bar)) / all, Method: "sign flips, exact", Warning: tooFewToTell(2/all, n)}
	}
	random := rand.New(rand.NewPCG(1, uint64(len(differences))))
	far := 1 // the observed choice
	for range drawnFlips {
		s := 0.0
		bits := uint64(0)
		for i, d := range differences {
			if i%64 == 0 {
				bits = random.Uint64()
			}
			if bits&1 == 0 {
				d = -d
			}
			bits >>= 1
			s += d
		}
		if math.Abs(s) >= bar {
			far++
		}
	}
	return Test{P: float64(far) / (drawnFlips + 1), Method: "sign flips, drawn"}
}

// farFlips counts the choices of signs whose sum, added to sum, is at least bar from
// zero.
func farFlips(differences []float64, sum, bar float64) int {
	if len(differences) == 0 {
		if math.Abs(sum) >= bar {
			return 1
		}
		return 0
	}
	rest := differences[1:]
	return farFlips(rest, sum+differences[0], bar) + farFlips(rest, sum-differences[0], bar)
}
