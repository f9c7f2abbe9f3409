package stats

import (
	"fmt"
	"math"
	"testing"

	"golang.org/x/perf/benchmath"
	"pgregory.net/rapid"
)

func TestMannWhitney(t *testing.T) {
	const exact, normal = "Mann–Whitney U, exact", "Mann–Whitney U, normal approximation"
	for _, tt := range []struct {
		name string
		a, b []float64
		want Test
	}{
		// 2 of the 20 choices of 3 out of 6 are that far apart.
		{"apart", []float64{1, 2, 3}, []float64{4, 5, 6}, Test{0.1, exact, "too few samples: with 3 and 3 no p is below 0.1"}},
		// 2 of 70.
		{"apart, 4", []float64{1, 2, 3, 4}, []float64{5, 6, 7, 8}, Test{2.0 / 70, exact, ""}},
		// Rank sums of a are 3 to 7, with 1, 1, 2, 1, 1 of 6 choices; 4 is 1 from the
		// mean of 5, and 3, 4, 6 and 7 are at least as far.
		{"mixed", []float64{1, 3}, []float64{2, 4}, Test{4.0 / 6, exact, "too few samples: with 2 and 2 no p is below 0.33"}},
		// Ranks 1.5, 1.5, 3, 4 choose 2: sums 3, twice 4.5, twice 5.5 and 7, about 5. The
		// sum is 3, and 7 is as far.
		{"ties", []float64{1, 1}, []float64{2, 3}, Test{2.0 / 6, exact, "too few samples: with 2 and 2 no p is below 0.33"}},
		// Ranks 1.5, 1.5, 3, 4 choose 1: only the 4 is 1.5 from the mean of 2.5.
		{"lopsided", []float64{3}, []float64{1, 1, 2}, Test{1.0 / 4, exact, "too few samples: with 1 and 3 no p is below 0.5"}},
		{"one each", []float64{1}, []float64{2}, Test{1, exact, "too few samples: with 1 and 1 no p is below 1"}},
		{"all equal", []float64{7, 7}, []float64{7, 7, 7}, Test{math.NaN(), Constant, ""}},
		{"one each, equal", []float64{7}, []float64{7}, Test{math.NaN(), Constant, ""}},
		{"deterministic", []float64{7, 7}, []float64{9, 9}, Test{math.NaN(), Constant, ""}},
		{"only one side constant", []float64{7, 7}, []float64{9, 8}, Test{2.0 / 6, exact, "too few samples: with 2 and 2 no p is below 0.33"}},
		{"none", nil, []float64{7}, Test{math.NaN(), NoSamples, "samples needed on both sides, have 0 and 1"}},
		// U = 0 of 26·26 = 676: 338 from the mean, minus 0.5, divided by the root of
		// 676·53/12 = 2985.667, 54.6413: z = 6.17664.
		{"many", from(0, 26), from(26, 26), Test{math.Erfc(337.5 / math.Sqrt(676*53/12.0) / math.Sqrt2), normal, ""}},
		// 30 zeros and 30 ones against 60 ones: each of a's ones ties with 60 of b, which
		// counts half, so U = 30·30 = 900 about 1800. There are 30 and 90 ties in 120:
		// the variance is 3600/12·(121 − (30³−30 + 90³−90) / (120·119)) = 300·(121 −
		// 755880/14280).
		{"many ties", append(repeat(0, 30), repeat(1, 30)...), repeat(1, 60),
			Test{math.Erfc(899.5 / math.Sqrt(300*(121-755880.0/14280)) / math.Sqrt2), normal, ""}},
	} {
		t.Run(tt.name, func(t *testing.T) { sameTest(t, MannWhitney(tt.a, tt.b), tt.want) })
	}
}

func sameTest(t *testing.T, got, want Test) {
	t.Helper()
	if !near(got.P, want.P) || want.P != 0 && math.Abs(got.P/want.P-1) > 1e-9 || got.Method != want.Method || got.Warning != want.Warning {
		t.Errorf("\n got %+v\nwant %+v", got, want)
	}
}

// from returns n consecutive integers from first on.
func from(first, n int) []float64 {
	var xs []float64
	for i := range n {
		xs = append(xs, float64(first+i))
	}
	return xs
}

func repeat(x float64, n int) []float64 {
	xs := make([]float64, n)
	for i := range xs {
		xs[i] = x
	}
	return xs
}

// TestPermeability is the worked example of Hollander, Wolfe and Chicken, section 4.1
// (permeability of the human chorioamnion, table 4.1): one-sided p 0.1272, as in the help
// of R's wilcox.test, and a shift of −0.305 with the 96 % interval from −0.76 to 0.15 in
// sections 4.2 and 4.3.
func TestPermeability(t *testing.T) {
	a := []float64{0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46}
	b := []float64{1.15, 0.88, 0.90, 0.74, 1.21}
	if got := MannWhitney(a, b).P; math.Abs(got-2*0.1272) > 1e-4 {
		t.Errorf("p: got %v, want 0.2544", got)
	}
	s := HodgesLehmann(a, b, 0.95)
	if math.Abs(s.Estimate+0.305) > 1e-9 || math.Abs(s.Interval.Low+0.76) > 1e-9 || math.Abs(s.Interval.High-0.15) > 1e-9 || math.Abs(s.Interval.Confidence-0.96) > 0.005 {
		t.Errorf("shift: got %+v, want -0.305 in [-0.76, 0.15] with 0.96", s)
	}
}

// TestDepression is the worked example of Hollander, Wolfe and Chicken, section 3.1
// (Hamilton's depression scale, table 3.1): T+ = 5 of 9 pairs, one-sided p 0.0195, as in
// the help of R's wilcox.test; an estimate of −0.46 with the 96.1 % interval from −0.786
// to −0.010 in sections 3.2 and 3.3.
func TestDepression(t *testing.T) {
	before := []float64{1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30}
	after := []float64{0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29}
	var differences []float64
	for i := range before {
		differences = append(differences, after[i]-before[i])
	}
	if got := SignedRank(differences).P; math.Abs(got-2*0.01953) > 1e-4 {
		t.Errorf("p: got %v, want 0.0391", got)
	}
	s := HodgesLehmannPaired(differences, 0.95)
	if math.Abs(s.Estimate+0.46) > 1e-9 || math.Abs(s.Interval.Low+0.786) > 1e-9 || math.Abs(s.Interval.High+0.010) > 1e-9 || math.Abs(s.Interval.Confidence-0.961) > 5e-4 {
		t.Errorf("shift: got %+v, want -0.46 in [-0.786, -0.010] with 0.961", s)
	}
}

// TestMannWhitneyCriticalValues uses the published two-sided table at 0.05: Siegel,
// Nonparametric Statistics for the Behavioral Sciences, 1956, tables J and K. At the
// critical U, p is at most 0.05; at the next U it is above.
func TestMannWhitneyCriticalValues(t *testing.T) {
	for _, tt := range []struct{ m, n, u int }{
		{4, 4, 0}, {5, 5, 2}, {6, 6, 5}, {7, 7, 8}, {8, 8, 13}, {9, 9, 17}, {10, 10, 23},
		{12, 12, 37}, {15, 15, 64}, {20, 20, 127}, {5, 8, 6}, {10, 15, 39}, {3, 8, 2},
	} {
		at, above := MannWhitney(ofU(tt.m, tt.n, tt.u)).P, MannWhitney(ofU(tt.m, tt.n, tt.u+1)).P
		if at > 0.05 || above <= 0.05 {
			t.Errorf("%d and %d samples: p is %v at U = %d and %v at %d, want 0.05 between them", tt.m, tt.n, at, tt.u, above, tt.u+1)
		}
	}
}

// ofU returns sides of m and n samples in which u pairs have a above b.
func ofU(m, n, u int) (a, b []float64) {
	for range m {
		beats := min(n, u) // number of values of b below it
		u -= beats
		a = append(a, float64(beats)+0.5-float64(len(a))/100)
	}
	return a, from(1, n)
}

// TestSignedRankCriticalValues uses the published two-sided table at 0.05: Wilcoxon and
// Wilcox, Some Rapid Approximate Statistical Procedures, 1964, where its values are
// exact. Its printed 35 for 17 pairs and 90 for 25 have a p that rounds to 0.05 but is
// above it.
func TestSignedRankCriticalValues(t *testing.T) {
	for _, tt := range []struct{ n, w int }{
		{6, 0}, {7, 2}, {8, 3}, {9, 5}, {10, 8}, {11, 10}, {12, 13}, {13, 17}, {14, 21}, {15, 25}, {16, 29}, {17, 34}, {20, 52}, {25, 89},
	} {
		at, above := SignedRank(ofW(tt.n, tt.w)).P, SignedRank(ofW(tt.n, tt.w+1)).P
		if at > 0.05 || above <= 0.05 {
			t.Errorf("%d pairs: p is %v at W = %d and %v at %d, want 0.05 between them", tt.n, at, tt.w, above, tt.w+1)
		}
	}
}

// ofW returns n differences whose positive ranks add up to w.
func ofW(n, w int) []float64 {
	ds := from(1, n)
	for i := n - 1; i >= 0; i-- {
		if i+1 <= w {
			w -= i + 1
			continue
		}
		ds[i] = -ds[i]
	}
	return ds
}

func TestSignedRank(t *testing.T) {
	const exact, normal = "Wilcoxon signed-rank (Pratt), exact", "Wilcoxon signed-rank (Pratt), normal approximation"
	for _, tt := range []struct {
		name        string
		differences []float64
		want        Test
	}{
		{"all up", from(1, 6), Test{2.0 / 64, exact, ""}},
		{"five", from(1, 5), Test{2.0 / 32, exact, "too few samples: with 5 no p is below 0.062"}},
		// Sums of subsets of 1, 2, 3: 0 1 2 3 3 4 5 6, about 3. The positive sum is 5; 0,
		// 1, 5 and 6 are at least 2 away.
		{"one down", []float64{-1, 2, 3}, Test{4.0 / 8, exact, "too few samples: with 3 no p is below 0.25"}},
		// The zero has rank 1 and is then left out: 2 and 3 of either sign. The positive
		// sum is 5, the greatest; 0 is as far.
		{"zero", []float64{0, 1, 2}, Test{2.0 / 4, exact, "too few samples: with 2 no p is below 0.5"}},
		// Pratt's ranks are 2 (of −1), 3 and 4: sums 0 2 3 4 5 6 7 9, about 4.5. The sum
		// is 7; 0, 2, 7 and 9 are at least 2.5 away.
		{"zero and down", []float64{0, -1, 2, 3}, Test{4.0 / 8, exact, "too few samples: with 3 no p is below 0.25"}},
		// Ranks 1.5, 1.5, 3: sums 0 1.5 1.5 3 3 4.5 4.5 6, about 3. The sum is 4.5; all
		// but the two 3s are at least 1.5 away.
		{"ties", []float64{1, -1, 2}, Test{6.0 / 8, exact, "too few samples: with 3 no p is below 0.25"}},
		{"one", []float64{3}, Test{1, exact, "too few samples: with 1 no p is below 1"}},
		{"all zero", []float64{0, 0}, Test{math.NaN(), Constant, ""}},
		{"one zero", []float64{0}, Test{math.NaN(), Constant, ""}},
		{"deterministic", []float64{2, 2, 2}, Test{math.NaN(), Constant, ""}},
		{"none", nil, Test{math.NaN(), NoSamples, "pairs needed, have 0"}},
		// 60 positive: 1830 with a mean of 915, minus 0.5, divided by the root of
		// 60·61·121/24 = 18452.5.
		{"many", from(1, 60), Test{math.Erfc(914.5 / math.Sqrt(60*61*121/24.0) / math.Sqrt2), normal, ""}},
	} {
		t.Run(tt.name, func(t *testing.T) { sameTest(t, SignedRank(tt.differences), tt.want) })
	}
}

func TestSignFlip(t *testing.T) {
	for _, tt := range []struct {
		name        string
		differences []float64
		want        Test
	}{
		{"all up", from(1, 6), Test{2.0 / 64, "sign flips, exact", ""}},
		// ±1 ±2 ±9: the sum is 9−2−1 = 6. With 9 positive the sums are 12, 10, 8 and 6,
		// all at least 6, and likewise with 9 negative: 8 of 8.
		{"one great", []float64{-1, -2, 9}, Test{1, "sign flips, exact", "too few samples: with 3 no p is below 0.25"}},
		// ±3 ±3 ±1 with the sum 3+3−1 = 5: 7, 5, −5, −7 are 4 of 8.
		{"small one down", []float64{3, 3, -1}, Test{4.0 / 8, "sign flips, exact", "too few samples: with 3 no p is below 0.25"}},
		// A zero has no sign to flip.
		{"zero", []float64{0, 1, 2}, Test{2.0 / 4, "sign flips, exact", "too few samples: with 2 no p is below 0.5"}},
		// 0.1+0.2+0.3 and 0.3+0.2+0.1 differ only by rounding and must count as equal.
		{"rounding", []float64{0.1, 0.2, -0.3, 0.4}, Test{10.0 / 16, "sign flips, exact", "too few samples: with 4 no p is below 0.12"}},
		{"all zero", []float64{0, 0}, Test{math.NaN(), Constant, ""}},
		{"deterministic", []float64{2, 2, 2}, Test{math.NaN(), Constant, ""}},
		{"none", nil, Test{math.NaN(), NoSamples, "pairs needed, have 0"}},
		// None of the drawn choices is as far: only the observed one.
		{"many", from(1, 60), Test{1.0 / 100_000, "sign flips, drawn", ""}},
	} {
		t.Run(tt.name, func(t *testing.T) { sameTest(t, SignFlip(tt.differences), tt.want) })
	}
}

// TestSignFlipDrawn compares with a p that can be counted: fifteen differences of 1, five
// of −1 and one of 1.5 have the sum 11.5. At least as far are choices with the 1.5
// positive and at most 5 of the twenty negative (20 − 10 + 1.5), or the 1.5 negative and
// at most 3 (20 − 6 − 1.5 = 12.5), and their opposites. The standard error of 99,999
// draws is 0.0005.
func TestSignFlipDrawn(t *testing.T) {
	differences := append(repeat(1, 15), repeat(-1, 5)...)
	differences = append(differences, 1.5)
	choose := func(n, k float64) float64 { return math.Round(math.Gamma(n+1) / math.Gamma(k+1) / math.Gamma(n-k+1)) }
	far := 0.0
	for k := range 6 { // negative ones among the twenty
		far += choose(20, float64(k))
		if k <= 3 { // 20 − 2k − 1.5 ≥ 11.5
			far += choose(20, float64(k))
		}
	}
	want := 2 * far / math.Exp2(21)
	if got := SignFlip(differences).P; math.Abs(got-want) > 0.002 {
		t.Errorf("got %v, want %v ± 0.002", got, want)
	}
	if first, again := SignFlip(differences), SignFlip(differences); first != again {
		t.Errorf("got %v, and %v when asked again", first, again)
	}
}

// TestMannWhitneyTwin compares MannWhitney with benchmath. With ties it compares only
// sides of equal length: otherwise the distribution is not symmetric, and benchmath
// doubles its smaller tail.
func TestMannWhitneyTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var a, b []float64
		if m := rapid.IntRange(1, 25).Draw(t, "m"); rapid.Bool().Draw(t, "ties") {
			small := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) float64 { return float64(rapid.IntRange(0, 9).Draw(t, "x")) }), min(m, 9), min(m, 9))
			a, b = small.Draw(t, "a"), small.Draw(t, "b")
		} else {
			n := rapid.IntRange(1, 25).Draw(t, "n")
			all := rapid.Permutation(from(0, m+n)).Draw(t, "all")
			a, b = all[:m], all[m:]
		}
		got := MannWhitney(a, b)
		if got.Method == Constant {
			return
		}
		thresholds := benchmath.DefaultThresholds
		want := benchmath.AssumeNothing.Compare(benchmath.NewSample(a, &thresholds), benchmath.NewSample(b, &thresholds)).P
		if math.Abs(got.P-want) > 1e-9 {
			t.Fatalf("MannWhitney(%v, %v): got %v, benchmath %v", a, b, got.P, want)
		}
	})
}

// TestMannWhitneyCounts compares with the definition, counted one choice at a time, with
// any ties.
func TestMannWhitneyCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		xs := smallNumbers(t, "xs", 2, 9)
		m := rapid.IntRange(1, len(xs)-1).Draw(t, "m")
		got := MannWhitney(xs[:m], xs[m:])
		if math.IsNaN(got.P) {
			return
		}
		// Twice the balance of pairs won and lost is 2U minus its mean.
		balance := func(chosen uint) float64 {
			sum := 0.0
			for i, x := range xs {
				for j, y := range xs {
					if chosen>>i&1 == 1 && chosen>>j&1 == 0 && x != y {
						sum += math.Copysign(1, x-y)
					}
				}
			}
			return math.Abs(sum)
		}
		seen, far, total := balance(1<<m-1), 0.0, 0.0
		for chosen := range uint(1 << len(xs)) {
			if ones(chosen) != m {
				continue
			}
			total++
			if balance(chosen) >= seen {
				far++
			}
		}
		if !near(got.P, far/total) {
			t.Fatalf("MannWhitney(%v, %v): got %v, want %v of %v", xs[:m], xs[m:], got.P, far, total)
		}
	})
}

// TestPairedCounts compares both paired tests with their definitions, counted one choice
// of signs at a time, with any ties and zeros.
func TestPairedCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ds := smallNumbers(t, "ds", 1, 9)
		if _, no := nothingPaired(ds); no {
			return
		}
		rank := func(d float64) float64 { // counted, in halves
			r := 0.0
			for _, e := range ds {
				switch {
				case math.Abs(e) < math.Abs(d):
					r += 2
				case math.Abs(e) == math.Abs(d):
					r++
				}
			}
			return r + 1
		}
		for name, tt := range map[string]struct {
			got  Test
			size func(float64) float64
		}{
			"SignedRank": {SignedRank(ds), rank},
			"SignFlip":   {SignFlip(ds), math.Abs},
		} {
			sum := func(flipped uint) float64 {
				s := 0.0
				for i, d := range ds {
					if d == 0 {
						continue
					}
					s += math.Copysign(tt.size(d), d) * (1 - 2*float64(flipped>>i&1))
				}
				return math.Abs(s)
			}
			far := 0.0
			for flipped := range uint(1 << len(ds)) {
				if sum(flipped) >= sum(0) {
					far++
				}
			}
			if want := far / math.Exp2(float64(len(ds))); !near(tt.got.P, want) {
				t.Fatalf("%s(%v): got %v, want %v", name, ds, tt.got.P, want)
			}
		}
	})
}

// smallNumbers draws integers, many of which tie and some of which are zero.
func smallNumbers(t *rapid.T, label string, least, most int) []float64 {
	var xs []float64
	for _, x := range rapid.SliceOfN(rapid.IntRange(-4, 4), least, most).Draw(t, label) {
		xs = append(xs, float64(x))
	}
	return xs
}

func ones(x uint) int {
	n := 0
	for ; x > 0; x >>= 1 {
		n += int(x & 1)
	}
	return n
}

// TestPIgnoresSideAndScale: swapping the sides or changing the unit does not change p.
func TestPIgnoresSideAndScale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := smallNumbers(t, "a", 1, 40), smallNumbers(t, "b", 1, 40)
		factor := math.Exp2(float64(rapid.IntRange(-5, 5).Draw(t, "factor")))
		for name, ps := range map[string][3]float64{
			"MannWhitney": {MannWhitney(a, b).P, MannWhitney(b, a).P, MannWhitney(times(a, factor), times(b, factor)).P},
			"SignedRank":  {SignedRank(a).P, SignedRank(times(a, -1)).P, SignedRank(times(a, factor)).P},
		} {
			if p := ps[0]; !near(p, ps[1]) || !near(p, ps[2]) || p < 0 || p > 1 {
				t.Fatalf("%s of %v, %v: p %v, other way round %v, in another unit %v", name, a, b, p, ps[1], ps[2])
			}
		}
	})
}

func times(xs []float64, factor float64) []float64 {
	ys := make([]float64, len(xs))
	for i, x := range xs {
		ys[i] = factor * x
	}
	return ys
}

// TestExactAgreesWithNormal: the exact p and the normal approximation agree where one replaces
// the other.
func TestExactAgreesWithNormal(t *testing.T) {
	for _, u := range []int{150, 200, 250} {
		a, b := ofU(25, 25, u)
		exact := MannWhitney(a, b).P
		ranks := doubledRanks(append(append([]float64(nil), a...), b...))
		normal := rankSumNormal(ranks, 25, math.Abs(float64(2*u-625)))
		if math.Abs(exact-normal) > 0.003 {
			t.Errorf("U = %d of 25 and 25: exact %v, normal %v", u, exact, normal)
		}
	}
}

func TestNaNIsRefused(t *testing.T) {
	nan, fine := []float64{1, math.NaN()}, []float64{1, 2}
	infinite := []float64{1, math.Inf(1)}
	for name, call := range map[string]func(){
		"MannWhitney":         func() { MannWhitney(fine, nan) },
		"SignedRank":          func() { SignedRank(nan) },
		"SignFlip":            func() { SignFlip(infinite) },
		"MedianInterval":      func() { MedianInterval(nan, 0.95) },
		"HodgesLehmann":       func() { HodgesLehmann(infinite, fine, 0.95) },
		"HodgesLehmannPaired": func() { HodgesLehmannPaired(nan, 0.95) },
		"Ratio":               func() { Ratio(infinite, fine, false, 0.95) },
		"Ratio of no pairs":   func() { Ratio([]float64{1}, fine, true, 0.95) },
		"BCa":                 func() { BCa(nan, Mean, 0.95, 10, 1) },
		"BCa without draws":   func() { BCa(fine, Mean, 0.95, 0, 1) },
		"CliffsDelta":         func() { CliffsDelta(nan, fine) },
		"TukeyOutliers":       func() { TukeyOutliers(nan) },
		"MADOutliers":         func() { MADOutliers(infinite) },
		"Effects":             func() { Effects(Design{Levels: [][]int{{}, {}}, Y: nan}) },
		"Effects, no levels":  func() { Effects(Design{Y: fine}) },
		"Effects, ragged":     func() { Effects(Design{Factors: []string{"a"}, Levels: [][]int{{1}, {}}, Y: fine}) },
		"Holm":                func() { Holm([]float64{1.1}) },
		"confidence":          func() { MedianInterval(fine, 95) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("got no panic")
				}
			}()
			call()
		})
	}
}

func ExampleTest() {
	fmt.Printf("%+v\n", MannWhitney([]float64{15.2, 15.3, 15.5}, []float64{12.1, 12.4, 12.2}))
	// Output: {P:0.1 Method:Mann–Whitney U, exact Warning:too few samples: with 3 and 3 no p is below 0.1}
}
