package stats

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

var coverage = flag.Bool("coverage", false, "count how often intervals hold the truth and tests raise false alarms, in thousands of simulated samples; takes about half a minute")

// law is a distribution with a known median and mean.
type law struct {
	name         string
	draw         func(*rand.Rand) float64
	median, mean float64
}

var laws = []law{
	{"normal", func(r *rand.Rand) float64 { return 10 + r.NormFloat64() }, 10, 10},
	{"lognormal", func(r *rand.Rand) float64 { return math.Exp(r.NormFloat64()) }, 1, math.Exp(0.5)},
	{"exponential", func(r *rand.Rand) float64 { return r.ExpFloat64() }, math.Ln2, 1},
}

func (l law) sample(r *rand.Rand, n int) []float64 {
	xs := make([]float64, n)
	for i := range xs {
		xs[i] = l.draw(r)
	}
	return xs
}

// TestCoverage counts how many of 2,000 intervals with 95 % contain the true value: it
// requires 93 to 97 %. With few samples an interval of order statistics has the
// confidence that it reports, which can be up to 99 % (8 samples: 0.992), so the test
// uses sizes whose confidence is near 95 %. For an interval that is known to be too
// narrow, floor is the least count.
func TestCoverage(t *testing.T) {
	if !*coverage {
		t.Skip("takes about half a minute: run with -coverage")
	}
	const samples = 2000
	for _, tt := range []struct {
		name  string
		floor map[string]float64 // by name of the law; 0.93 for others
		draw  func(*rand.Rand, law) (interval Interval, truth float64)
	}{
		{"median of 17", nil, func(r *rand.Rand, l law) (Interval, float64) {
			i, _ := MedianInterval(l.sample(r, 17), 0.95)
			return i, l.median
		}},
		{"median of 20", nil, func(r *rand.Rand, l law) (Interval, float64) {
			i, _ := MedianInterval(l.sample(r, 20), 0.95)
			return i, l.median
		}},
		{"median of 100", nil, func(r *rand.Rand, l law) (Interval, float64) {
			i, _ := MedianInterval(l.sample(r, 100), 0.95)
			return i, l.median
		}},
		{"shift of 10 and 10", nil, shifted(10, 10)},
		{"shift of 5 and 8", nil, shifted(5, 8)},
		{"shift of 30 and 40", nil, shifted(30, 40)},
		{"paired shift of 10", nil, pairShifted(10)},
		{"paired shift of 60", nil, pairShifted(60)},
		{"ratio of 10 and 10", nil, func(r *rand.Rand, l law) (Interval, float64) {
			return Ratio(magnitudes(l.sample(r, 10)), times(magnitudes(l.sample(r, 10)), 3), false, 0.95).Interval, 3
		}},
		{"paired ratio of 10", nil, func(r *rand.Rand, l law) (Interval, float64) {
			return Ratio(magnitudes(l.sample(r, 10)), times(magnitudes(l.sample(r, 10)), 3), true, 0.95).Interval, 3
		}},
		{"bootstrapped mean of 20", map[string]float64{"normal": 0.92, "lognormal": 0.87, "exponential": 0.89}, bootstrapped(20)},
		{"bootstrapped mean of 100", map[string]float64{"lognormal": 0.90}, bootstrapped(100)},
		{"bootstrapped mean of 400", nil, bootstrapped(400)},
	} {
		for _, l := range laws {
			t.Run(fmt.Sprintf("%s %s", tt.name, l.name), func(t *testing.T) {
				r := rand.New(rand.NewPCG(1, 2))
				held, told := 0.0, 0.0
				for range samples {
					interval, truth := tt.draw(r, l)
					told += interval.Confidence / samples
					if interval.Low <= truth && truth <= interval.High {
						held += 1.0 / samples
					}
				}
				t.Logf("holds the truth in %.2f %%, tells %.2f %%", 100*held, 100*told)
				floor := 0.93
				if f, known := tt.floor[l.name]; known {
					floor = f
				}
				if held < floor || held > 0.97 {
					t.Errorf("holds the truth in %.2f %% of %d samples, want %.0f to 97", 100*held, samples, 100*floor)
				}
			})
		}
	}
}

func shifted(m, n int) func(*rand.Rand, law) (Interval, float64) {
	return func(r *rand.Rand, l law) (Interval, float64) {
		return HodgesLehmann(l.sample(r, m), plus(l.sample(r, n), 2), 0.95).Interval, 2
	}
}

// pairShifted draws differences of two samples of one law, which are symmetric.
func pairShifted(n int) func(*rand.Rand, law) (Interval, float64) {
	return func(r *rand.Rand, l law) (Interval, float64) {
		a, b := l.sample(r, n), l.sample(r, n)
		for i := range a {
			b[i] += 2 - a[i]
		}
		return HodgesLehmannPaired(b, 0.95).Interval, 2
	}
}

func bootstrapped(n int) func(*rand.Rand, law) (Interval, float64) {
	return func(r *rand.Rand, l law) (Interval, float64) {
		return BCa(l.sample(r, n), Mean, 0.95, 1000, r.Uint64()), l.mean
	}
}

// magnitudes drops signs, since a normal sample may be negative.
func magnitudes(xs []float64) []float64 {
	for i, x := range xs {
		xs[i] = math.Abs(x)
	}
	return xs
}

// TestFalseAlarms counts how often a test finds a difference at 0.05 although there is
// none: at most 5 % of 20,000 plus two standard errors of the count, 0.31 %, since some
// sizes are close to 5 %. TestSize proves that none is above it.
func TestFalseAlarms(t *testing.T) {
	if !*coverage {
		t.Skip("takes about half a minute: run with -coverage")
	}
	const samples = 20_000
	whole := func(xs []float64) []float64 { // gives many ties
		for i, x := range xs {
			xs[i] = math.Round(2 * x)
		}
		return xs
	}
	differences := func(r *rand.Rand, l law, n int) []float64 {
		a, b := l.sample(r, n), l.sample(r, n)
		for i := range a {
			b[i] -= a[i]
		}
		return b
	}
	for _, tt := range []struct {
		name string
		test func(*rand.Rand, law) Test
	}{
		{"MannWhitney 5 and 5", func(r *rand.Rand, l law) Test { return MannWhitney(l.sample(r, 5), l.sample(r, 5)) }},
		{"MannWhitney 10 and 10", func(r *rand.Rand, l law) Test { return MannWhitney(l.sample(r, 10), l.sample(r, 10)) }},
		{"MannWhitney 7 and 15, ties", func(r *rand.Rand, l law) Test { return MannWhitney(whole(l.sample(r, 7)), whole(l.sample(r, 15))) }},
		{"MannWhitney 30 and 40", func(r *rand.Rand, l law) Test { return MannWhitney(l.sample(r, 30), l.sample(r, 40)) }},
		{"MannWhitney 30 and 40, ties", func(r *rand.Rand, l law) Test { return MannWhitney(whole(l.sample(r, 30)), whole(l.sample(r, 40))) }},
		{"SignedRank 8", func(r *rand.Rand, l law) Test { return SignedRank(differences(r, l, 8)) }},
		{"SignedRank 20", func(r *rand.Rand, l law) Test { return SignedRank(differences(r, l, 20)) }},
		{"SignedRank 20, ties", func(r *rand.Rand, l law) Test { return SignedRank(whole(differences(r, l, 20))) }},
		{"SignedRank 60", func(r *rand.Rand, l law) Test { return SignedRank(differences(r, l, 60)) }},
		{"SignFlip 10", func(r *rand.Rand, l law) Test { return SignFlip(differences(r, l, 10)) }},
	} {
		for _, l := range laws {
			t.Run(fmt.Sprintf("%s %s", tt.name, l.name), func(t *testing.T) {
				r := rand.New(rand.NewPCG(3, 4))
				alarms := 0.0
				for range samples {
					if tt.test(r, l).P <= 0.05 {
						alarms += 1.0 / samples
					}
				}
				t.Logf("raises false alarm in %.2f %%", 100*alarms)
				if alarms > 0.0531 {
					t.Errorf("raises false alarm in %.2f %% of %d samples, want at most 5.31", 100*alarms, samples)
				}
			})
		}
	}
}

// TestSize computes, over all possible samples, how likely the normal approximations are
// to find a difference at 0.05 although there is none: at most 0.05. For an exact p this
// holds by definition.
func TestSize(t *testing.T) {
	for _, n := range []int{51, 60, 100} {
		ranks := doubledRanks(from(1, n))
		alarms := share(sumsOfSigns(ranks), func(sum int) bool {
			return signedRankNormal(ranks, abs(2*sum-n*(n+1))) <= 0.05
		})
		if alarms > 0.05 || alarms < 0.045 {
			t.Errorf("%d pairs: got false alarm in %.4f, want 0.045 to 0.05", n, alarms)
		}
	}
	for _, size := range [][2]int{{26, 26}, {10, 60}, {5, 50}} {
		m, n := size[0], size[0]+size[1]
		ranks := doubledRanks(from(1, n))
		alarms := share(sumsOfChoice(ranks, m), func(sum int) bool {
			return rankSumNormal(ranks, m, math.Abs(float64(sum-m*(n+1)))) <= 0.05
		})
		if alarms > 0.05 || alarms < 0.045 {
			t.Errorf("%d and %d samples: got false alarm in %.4f, want 0.045 to 0.05", m, n-m, alarms)
		}
	}
}

// share returns the share of counts whose index satisfies so.
func share(counts []float64, so func(int) bool) float64 {
	part, total := 0.0, 0.0
	for i, c := range counts {
		if c == 0 {
			continue
		}
		total += c
		if so(i) {
			part += c
		}
	}
	return part / total
}
