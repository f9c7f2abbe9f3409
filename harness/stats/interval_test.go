package stats

import (
	"math"
	"slices"
	"testing"

	"golang.org/x/perf/benchmath"
	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"
)

func TestMedianInterval(t *testing.T) {
	for _, tt := range []struct {
		n       int
		want    Interval // of the samples 1 to n
		warning string
	}{
		// 1 − 2·P(B(n, ½) < k), with the greatest k that gives at least 0.95.
		{6, Interval{1, 6, 1 - 2.0/64}, ""},
		{8, Interval{1, 8, 1 - 2.0/256}, ""},             // k = 2 would give 1 − 2·9/256 = 0.93
		{9, Interval{2, 8, 1 - 2*10.0/512}, ""},          // 1 + 9
		{10, Interval{2, 9, 1 - 2*11.0/1024}, ""},        // 1 + 10
		{12, Interval{3, 10, 1 - 2*79.0/4096}, ""},       // 1 + 12 + 66
		{17, Interval{5, 13, 1 - 2*3214.0/131072}, ""},   // 1 + 17 + 136 + 680 + 2380
		{20, Interval{6, 15, 1 - 2*21700.0/1048576}, ""}, // 1 + 20 + 190 + 1140 + 4845 + 15504
		{5, Interval{1, 5, 0.9375}, "6 samples needed for an interval, have 5"},
		{3, Interval{1, 3, 0.75}, "6 samples needed for an interval, have 3"},
		{1, Interval{1, 1, 0}, "6 samples needed for an interval, have 1"},
		{0, nowhere(), "6 samples needed for an interval, have 0"},
	} {
		got, warning := MedianInterval(from(1, tt.n), 0.95)
		if !sameInterval(got, tt.want) || warning != tt.warning {
			t.Errorf("1 to %d: got %+v and %q, want %+v and %q", tt.n, got, warning, tt.want, tt.warning)
		}
	}
}

func sameInterval(got, want Interval) bool {
	return near(got.Low, want.Low) && near(got.High, want.High) && near(got.Confidence, want.Confidence)
}

// TestMedianIntervalTwin compares MedianInterval with benchmath, which may omit one end
// if the rest still has the confidence: then ours is wider by one sample.
func TestMedianIntervalTwin(t *testing.T) {
	same := 0
	for n := 6; n <= 30; n++ {
		xs := from(1, n)
		got, _ := MedianInterval(xs, 0.95)
		thresholds := benchmath.DefaultThresholds
		want := benchmath.AssumeNothing.Summary(benchmath.NewSample(slices.Clone(xs), &thresholds), 0.95)
		if got.Low == want.Lo && got.High == want.Hi {
			same++
			if !near(got.Confidence, want.Confidence) {
				t.Errorf("%d samples: got confidence %v, benchmath %v", n, got.Confidence, want.Confidence)
			}
			continue
		}
		if got.Low > want.Lo || got.High < want.Hi || got.High-got.Low > want.Hi-want.Lo+1 || got.Confidence < want.Confidence {
			t.Errorf("%d samples: got %+v, benchmath [%v, %v] with %v", n, got, want.Lo, want.Hi, want.Confidence)
		}
	}
	if same < 10 {
		t.Errorf("only %d of 25 intervals are those of benchmath", same)
	}
}

// TestIntervalContainsEstimate: an interval contains its estimate and scales with the
// samples.
func TestIntervalContainsEstimate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		samples := rapid.SliceOfN(rapid.Float64Range(0.5, 100), 1, 60)
		a, b := samples.Draw(t, "a"), samples.Draw(t, "b")
		interval, _ := MedianInterval(a, 0.95)
		scaled, _ := MedianInterval(times(a, 4), 0.95)
		if m := Median(a); m < interval.Low || m > interval.High || scaled.Low != 4*interval.Low || scaled.High != 4*interval.High {
			t.Fatalf("median %v of %v is not in %+v, or that times 4 is not %+v", m, a, interval, scaled)
		}
		shift, back := HodgesLehmann(a, b, 0.95), HodgesLehmann(b, a, 0.95)
		if shift.Estimate < shift.Interval.Low || shift.Estimate > shift.Interval.High || !near(back.Estimate, -shift.Estimate) ||
			!near(back.Interval.Low, -shift.Interval.High) || !near(back.Interval.Confidence, shift.Interval.Confidence) {
			t.Fatalf("a to b %+v, b to a %+v", shift, back)
		}
		ratio, unit := Ratio(a, b, false, 0.95), Ratio(times(a, 4), times(b, 4), false, 0.95)
		if math.Abs(ratio.Estimate/unit.Estimate-1) > 1e-9 || ratio.Estimate < ratio.Interval.Low || ratio.Estimate > ratio.Interval.High {
			t.Fatalf("ratio %+v, in another unit %+v", ratio, unit)
		}
		boot := BCa(a, Mean, 0.95, 50, 1)
		if boot.Low > boot.High || boot.Low < slices.Min(a)-1e-9 || boot.High > slices.Max(a)+1e-9 {
			t.Fatalf("bootstrap of %v: %+v", a, boot)
		}
	})
}

// TestShiftRejectsOutside checks the meaning of the interval: MannWhitney and SignedRank
// reject a shift just outside it, and not one just inside.
func TestShiftRejectsOutside(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.Permutation(rootsOfPrimes(24)).Draw(t, "all") // no two differences tie
		m := rapid.IntRange(5, 19).Draw(t, "m")
		a, b := all[:m], all[m:]
		s := HodgesLehmann(a, b, 0.95)
		paired := HodgesLehmannPaired(all[:m+3], 0.95)
		for _, tt := range []struct {
			name     string
			shift    Shift
			pOfShift func(float64) float64
		}{
			{"two sides", s, func(by float64) float64 { return MannWhitney(a, plus(b, -by)).P }},
			{"paired", paired, func(by float64) float64 { return SignedRank(plus(all[:m+3], -by)).P }},
		} {
			const step = 1e-6
			low, high := tt.shift.Interval.Low, tt.shift.Interval.High
			if tt.pOfShift(low-step) > 0.05 || tt.pOfShift(high+step) > 0.05 || tt.pOfShift(low+step) <= 0.05 || tt.pOfShift(high-step) <= 0.05 {
				t.Fatalf("%s: %+v: p just outside %v and %v, inside %v and %v", tt.name, tt.shift,
					tt.pOfShift(low-step), tt.pOfShift(high+step), tt.pOfShift(low+step), tt.pOfShift(high-step))
			}
		}
	})
}

// rootsOfPrimes returns the square roots of the first n primes; their sums and
// differences are all distinct.
func rootsOfPrimes(n int) []float64 {
	var xs []float64
	for candidate := 2; len(xs) < n; candidate++ {
		prime := true
		for d := 2; d*d <= candidate; d++ {
			prime = prime && candidate%d != 0
		}
		if prime {
			xs = append(xs, math.Sqrt(float64(candidate)))
		}
	}
	return xs
}

func plus(xs []float64, by float64) []float64 {
	ys := make([]float64, len(xs))
	for i, x := range xs {
		ys[i] = x + by
	}
	return ys
}

func TestHodgesLehmann(t *testing.T) {
	for _, tt := range []struct {
		name string
		a, b []float64
		want Shift
	}{
		// Differences 4 5 8, 3 4 7 and 2 3 6, sorted 2 3 3 4 4 5 6 7 8. The range misses
		// 2 of 20 choices.
		{"three", []float64{1, 2, 3}, []float64{5, 6, 9}, Shift{4, Interval{2, 8, 0.9}, "4 samples on each side needed for an interval, have 3 and 3"}},
		// 4 and 4: the range misses 2 of 70 choices, the next pair 4 of 70.
		{"four", []float64{1, 2, 3, 4}, []float64{11, 12, 13, 14}, Shift{10, Interval{7, 13, 1 - 2.0/70}, ""}},
		{"constant", []float64{7, 7}, []float64{9, 9}, Shift{2, Interval{2, 2, 1 - 2.0/6}, "4 samples on each side needed for an interval, have 2 and 2"}},
		{"one each", []float64{7}, []float64{9}, Shift{2, Interval{2, 2, 0}, "4 samples on each side needed for an interval, have 1 and 1"}},
		{"none", []float64{7}, nil, Shift{math.NaN(), nowhere(), "samples needed on both sides, have 1 and 0"}},
	} {
		t.Run(tt.name, func(t *testing.T) { sameShift(t, HodgesLehmann(tt.a, tt.b, 0.95), tt.want) })
	}
}

func sameShift(t *testing.T, got, want Shift) {
	t.Helper()
	if !near(got.Estimate, want.Estimate) || !sameInterval(got.Interval, want.Interval) || got.Warning != want.Warning {
		t.Errorf("\n got %+v\nwant %+v", got, want)
	}
}

func TestHodgesLehmannPaired(t *testing.T) {
	for _, tt := range []struct {
		name        string
		differences []float64
		want        Shift
	}{
		// Means 1 1.5 2.5 2 3 4. The range misses 2 of 8 choices of signs.
		{"three", []float64{1, 2, 4}, Shift{2.25, Interval{1, 4, 0.75}, "6 pairs needed for an interval, have 3"}},
		// Of 64 choices the range misses 2, the next pair 4: 0.9375.
		{"six", from(1, 6), Shift{3.5, Interval{1, 6, 1 - 2.0/64}, ""}},
		// Of 128 choices 3 have W ≤ 2: k = 3 gives 1 − 6/128; k = 4 with W ≤ 3, which has
		// 5, gives 0.922. The least means are 1 1.5 2.
		{"seven", from(1, 7), Shift{4, Interval{2, 6, 1 - 6.0/128}, ""}},
		{"one", []float64{3}, Shift{3, Interval{3, 3, 0}, "6 pairs needed for an interval, have 1"}},
		{"none", nil, Shift{math.NaN(), nowhere(), "6 pairs needed for an interval, have 0"}},
	} {
		t.Run(tt.name, func(t *testing.T) { sameShift(t, HodgesLehmannPaired(tt.differences, 0.95), tt.want) })
	}
}

// TestManySamples computes the normal approximation by hand. 30 and 30: of 900
// differences the mean number below is 450, the deviation √(900·61/12) = 67.64; 0.025 is
// at 450 − 1.96·67.64 = 317.4, minus one half: k − 1 = 316.
func TestManySamples(t *testing.T) {
	a, b := rootsOfPrimes(30), plus(rootsOfPrimes(30), 10)
	var differences []float64
	for _, x := range a {
		for _, y := range b {
			differences = append(differences, y-x)
		}
	}
	slices.Sort(differences)
	got := HodgesLehmann(a, b, 0.95)
	if !near(got.Estimate, 10) || !near(got.Interval.Low, differences[316]) || !near(got.Interval.High, differences[900-317]) {
		t.Errorf("got %+v, want 10 in [%v, %v]", got, differences[316], differences[900-317])
	}
	if c := got.Interval.Confidence; c < 0.95 || c > 0.952 {
		t.Errorf("got confidence %v, want 0.95 to 0.952, as one difference more or less is 0.0017", c)
	}
	// 67 pairs: mean 1139, deviation √(67·68·135/24) = 160.09; 1139 − 313.76 = 825.24,
	// minus one half: k − 1 = 824.
	pairs := rootsOfPrimes(67)
	var means []float64
	for i, d := range pairs {
		for _, e := range pairs[i:] {
			means = append(means, (d+e)/2)
		}
	}
	slices.Sort(means)
	paired := HodgesLehmannPaired(pairs, 0.95)
	if !near(paired.Estimate, Median(means)) || !near(paired.Interval.Low, means[824]) || !near(paired.Interval.High, means[len(means)-825]) {
		t.Errorf("got %+v, want %v in [%v, %v]", paired, Median(means), means[824], means[len(means)-825])
	}
}

func TestRatio(t *testing.T) {
	for _, tt := range []struct {
		name   string
		a, b   []float64
		paired bool
		want   Shift
	}{
		// Quotients 4 8 16 2 4 8 1 2 4: median 4, range 1 to 16.
		{"three", []float64{1, 2, 4}, []float64{4, 8, 16}, false, Shift{4, Interval{1, 16, 0.9}, "4 samples on each side needed for an interval, have 3 and 3"}},
		{"paired", []float64{1, 2, 4}, []float64{4, 8, 16}, true, Shift{4, Interval{4, 4, 0.75}, "6 pairs needed for an interval, have 3"}},
		{"zero", []float64{1, 2}, []float64{0, 3}, false, Shift{math.NaN(), nowhere(), "a ratio needs values above 0, have 0"}},
		{"below", []float64{-1.5, 2}, []float64{1, 3}, true, Shift{math.NaN(), nowhere(), "a ratio needs values above 0, have -1.5"}},
		{"none", nil, nil, true, Shift{math.NaN(), nowhere(), "6 pairs needed for an interval, have 0"}},
	} {
		t.Run(tt.name, func(t *testing.T) { sameShift(t, Ratio(tt.a, tt.b, tt.paired, 0.95), tt.want) })
	}
}

func TestCliffsDelta(t *testing.T) {
	for _, tt := range []struct {
		a, b []float64
		want float64
	}{
		{[]float64{1, 2}, []float64{3, 4}, 1},
		{[]float64{3, 4}, []float64{1, 2}, -1},
		{[]float64{1, 3}, []float64{2, 4}, 0.5}, // 3 of 4 above, 1 below
		{[]float64{1, 2}, []float64{2, 2}, 0.5}, // 2 above, 2 tie
		{[]float64{5}, []float64{5}, 0},
		{nil, []float64{5}, math.NaN()},
	} {
		if got := CliffsDelta(tt.a, tt.b); !near(got, tt.want) {
			t.Errorf("CliffsDelta(%v, %v): got %v, want %v", tt.a, tt.b, got, tt.want)
		}
	}
}

// TestBCaOfNormalMean compares with the textbook's interval: the normal quantiles at (i −
// ½)/n have mean 0, no bias and no skew, so the interval is 1.96 standard errors to each
// side, with the bootstrap's variance, which divides by n.
func TestBCaOfNormalMean(t *testing.T) {
	const n = 100
	var xs []float64
	squares := 0.0
	for i := range n {
		x := distuv.UnitNormal.Quantile((float64(i) + 0.5) / n)
		xs = append(xs, x)
		squares += x * x
	}
	want := 1.96 * math.Sqrt(squares/n/n)
	got := BCa(xs, Mean, 0.95, 20_000, 1)
	if math.Abs(got.Low+want) > 0.01 || math.Abs(got.High-want) > 0.01 || got.Confidence != 0.95 {
		t.Errorf("got %+v, want ±%v within 0.01", got, want)
	}
}

// TestBCaCorrects: the interval for the mean of a skewed sample extends further to the
// side of the skew than percentiles do. By hand, a = Σd³/(6·(Σd²)^1.5), where d is the
// sample minus its mean, over n − 1: for nine 0s and a 10 the mean is 1, Σ(x−1)² = 9 + 81
// = 90, Σ(x−1)³ = 729 − 9 = 720, and a = 720/(6·90^1.5) = 0.14055.
func TestBCaCorrects(t *testing.T) {
	xs := append(repeat(0, 9), 10)
	if got := acceleration(xs, Mean); !near(got, 720/(6*math.Pow(90, 1.5))) {
		t.Errorf("acceleration: got %v, want 0.14055", got)
	}
	// Efron and Tibshirani 1993, section 14.3: for the spatial test data z0 is 0.146 and
	// a is 0.061, so 0.05 and 0.95 become 0.110 and 0.985. By hand, 1.499 / (1 +
	// 0.061·1.499) = 1.373, minus 0.146 is 1.227, and 1.791 / (1 − 0.061·1.791) = 2.011,
	// plus 0.146 is 2.157.
	for p, z := range map[float64]float64{0.05: -1.227, 0.95: 2.157} {
		if got, want := corrected(p, 0.146, 0.061), distuv.UnitNormal.CDF(z); math.Abs(got-want) > 2e-4 {
			t.Errorf("%v with z0 0.146 and a 0.061: got %v, want %v", p, got, want)
		}
	}
	// Half of four resamples are below the estimate: no bias. All of them: as if 3½ of 4
	// were.
	for estimate, want := range map[float64]float64{2.5: 0, 9: distuv.UnitNormal.Quantile(3.5 / 4), 2: distuv.UnitNormal.Quantile(1.5 / 4)} {
		if got := bootstrapBias([]float64{1, 2, 3, 4}, estimate); !near(got, want) {
			t.Errorf("bias of %v: got %v, want %v", estimate, got, want)
		}
	}
}

func TestBCaOfFew(t *testing.T) {
	if got := BCa(nil, Mean, 0.95, 10, 1); !sameInterval(got, nowhere()) {
		t.Errorf("of none: got %+v", got)
	}
	if got := BCa([]float64{7}, Mean, 0.95, 10, 1); got != (Interval{7, 7, 0.95}) {
		t.Errorf("of one: got %+v", got)
	}
	if got := BCa(repeat(7, 9), Median, 0.95, 10, 1); got != (Interval{7, 7, 0.95}) {
		t.Errorf("of constants: got %+v", got)
	}
}

// TestBCaSeed: the same seed gives the same interval, so a report is reproducible.
func TestBCaSeed(t *testing.T) {
	xs := rootsOfPrimes(20)
	one, again, other := BCa(xs, Mean, 0.95, 200, 1), BCa(xs, Mean, 0.95, 200, 1), BCa(xs, Mean, 0.95, 200, 2)
	if one != again || one == other {
		t.Errorf("seed 1 gives %+v and %+v, seed 2 %+v", one, again, other)
	}
}

// TestSidesNeeded counts choices: 3 out of 6 are 20, and 2 of these are 0.1; 4 out of 8
// are 70: 0.029; 5 out of 10 are 252: 0.0079.
func TestSidesNeeded(t *testing.T) {
	for confidence, want := range map[float64]string{
		0.9:  "3 samples on each side needed for an interval, have 1 and 2",
		0.95: "4 samples on each side needed for an interval, have 1 and 2",
		0.99: "5 samples on each side needed for an interval, have 1 and 2",
	} {
		if got := sidesNeeded(confidence, 1, 2); got != want {
			t.Errorf("%v: got %q, want %q", confidence, got, want)
		}
	}
}
