package experiment

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gossipbench/strategies/param"
)

// TestSpread has levels worked out by hand: 10^(1/3) is 2.1544, 10^(1/2) is
// 3.1623, 1000^(1/6) is 3.1623.
func TestSpread(t *testing.T) {
	for _, tt := range []struct {
		text string
		kind param.Kind
		want string // levels parted by spaces; "-" where it is no list
	}{
		{"1..5", param.Int, "1 2 3 4 5"},
		{"1..10:2", param.Int, "1 3 5 7 9"},
		{"-2 .. 2 : 2", param.Int, "-2 0 2"},
		{"7..7", param.Int, "7"},
		{"9223372036854775806..9223372036854775807", param.Int, "9223372036854775806 9223372036854775807"},
		{"-9223372036854775808..9223372036854775807:9223372036854775807", param.Int, "-9223372036854775808 -1 9223372036854775806"},
		{"1..3", param.Float, "1 2 3"},
		{"0..1:0.1", param.Float, "0 0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8 0.9 1"},
		{"0..1:0.4", param.Float, "0 0.4 0.8"},
		{"25ms..100ms:25ms", param.Duration, "25ms 50ms 75ms 100ms"},
		{"0s..1s:600ms", param.Duration, "0s 600ms"},
		{"pow2(0..5)", param.Int, "1 2 4 8 16 32"},
		{"pow2(62..62)", param.Int, "4611686018427387904"},
		{"pow2(3..4)", param.Float, "8 16"},
		{"log(1,1000,7)", param.Int, "1 3 10 32 100 316 1000"},
		{"log(1, 10, 4)", param.Float, "1 2.154 4.642 10"},
		{"log(1ms,10ms,3)", param.Duration, "1ms 3.162ms 10ms"},
		{"log(1,3,9)", param.Int, "1 2 3"},
		{"log(5,5,2)", param.Int, "5"},
		{"5", param.Int, "-"},
		{"1-5", param.Int, "-"},
		{"../node", param.Text, "-"},
		{"a..b", param.Choice, "-"},
	} {
		levels, isList, err := spread(tt.text, param.Decl{Kind: tt.kind})
		got := strings.Join(levels, " ")
		if !isList {
			got = "-"
		}
		if err != nil || got != tt.want {
			t.Errorf("spread(%q): got %s, %v, want %s", tt.text, got, err, tt.want)
		}
	}
}

// TestRatios holds that a log begins and ends where it says, rises, and keeps
// its ratio as far as four digits can.
func TestRatios(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := rapid.Float64Range(1e-6, 1e6).Draw(t, "first")
		last := first * rapid.Float64Range(1.1, 1e6).Draw(t, "ratio")
		n := rapid.IntRange(2, 20).Draw(t, "n")
		first, _ = strconv.ParseFloat(round(first, 4), 64)
		last, _ = strconv.ParseFloat(round(last, 4), 64)
		inner := strings.Join([]string{round(first, 4), round(last, 4), strconv.Itoa(n)}, ",")
		levels, err := ratios(inner, param.Float)
		if err != nil {
			t.Fatal(err)
		}
		var xs []float64
		for _, l := range levels {
			x, _ := strconv.ParseFloat(l, 64)
			xs = append(xs, x)
		}
		if xs[0] != first || xs[len(xs)-1] != last || !slices.IsSorted(xs) || len(xs) > n {
			t.Fatalf("log(%s): got %v", inner, levels)
		}
		ratio := math.Pow(last/first, 1/float64(n-1))
		for i := 1; i < len(xs) && len(xs) == n; i++ {
			if got := xs[i] / xs[i-1]; math.Abs(got/ratio-1) > 2e-3 {
				t.Fatalf("log(%s): got %v, whose ratio %v is not %v", inner, levels, got, ratio)
			}
		}
	})
}
