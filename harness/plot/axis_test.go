package plot

import (
	"fmt"
	"testing"

	"gonum.org/v1/plot"
)

func labels(ticks []plot.Tick) string {
	var all []string
	for _, t := range ticks {
		if t.Label != "" {
			all = append(all, t.Label)
		}
	}
	return fmt.Sprint(all)
}

func TestPlainTicks(t *testing.T) {
	for _, tt := range []struct {
		least, most float64
		want        string
	}{
		{0, 1, "[0 0.2 0.4 0.6 0.8 1]"},
		{0, 10, "[0 2 4 6 8 10]"},
		{-0.3, 0.31, "[-0.3 -0.2 -0.1 0 0.1 0.2 0.3]"}, // never 0.30000000000000004 or -0
		{3.9, 65, "[10 20 30 40 50 60]"},
		{0, 2.6e6, "[0 500000 1e6 1.5e6 2e6 2.5e6]"},
	} {
		if got := labels(plainTicks(tt.least, tt.most)); got != tt.want {
			t.Errorf("%v to %v: got %s, want %s", tt.least, tt.most, got, tt.want)
		}
	}
}

func TestLogTicks(t *testing.T) {
	for _, tt := range []struct {
		least, most float64
		want        string
	}{
		{1, 100, "[1 2 5 10 20 50 100]"},
		{0.3, 8, "[0.5 1 2 5]"},
		{2, 9, "[2 3 4 5 6 7 8 9]"},
		{1, 100_000, "[1 10 100 1000 10000 100000]"},
	} {
		if got := labels(logTicks(tt.least, tt.most)); got != tt.want {
			t.Errorf("%v to %v: got %s, want %s", tt.least, tt.most, got, tt.want)
		}
	}
}

// TestLogarithmic: by itself where the numbers span more than two decades, and
// never where one is not above zero.
func TestLogarithmic(t *testing.T) {
	for _, tt := range []struct {
		asked bool
		xs    []float64
		want  bool
	}{
		{false, []float64{1, 100}, false},
		{false, []float64{1, 101}, true},
		{true, []float64{1, 2}, true},
		{true, []float64{0, 1000}, false},
		{false, []float64{-1, 1000}, false},
	} {
		if got := numbers("", tt.asked, tt.xs...).log; got != tt.want {
			t.Errorf("%v, asked for %t: got %t, want %t", tt.xs, tt.asked, got, tt.want)
		}
	}
}

func TestLevels(t *testing.T) {
	for _, tt := range []struct {
		levels []string
		label  string
		at     string
		names  string
	}{
		{[]string{"4", "1", "16", "1"}, "f", "map[1:1 16:16 4:4]", "[]"},
		{[]string{"1s", "50ms"}, "f (ms)", "map[1s:1000 50ms:50]", "[]"},
		{[]string{"push", "pull"}, "f", "map[pull:0 push:1]", "[pull push]"},
		{[]string{"auto", "2"}, "f", "map[2:0 auto:1]", "[2 auto]"},
	} {
		a, at := levels("f", false, tt.levels)
		if a.label != tt.label || fmt.Sprint(at) != tt.at || fmt.Sprint(a.names) != tt.names {
			t.Errorf("%v: got %q %v %v, want %q %s %s", tt.levels, a.label, at, a.names, tt.label, tt.at, tt.names)
		}
	}
}

// TestApart: the numbers of levels stand where the levels are, if there is room.
func TestApart(t *testing.T) {
	for _, tt := range []struct {
		xs   []float64
		log  bool
		want string
	}{
		{[]float64{4, 1, 2}, false, "[1 2 4]"},
		{[]float64{1, 2, 4, 100}, false, "[]"}, // 1 is less than 99/15 from 2
		{[]float64{1, 2, 4, 100}, true, "[1 2 4 100]"},
		{[]float64{7}, false, "[7]"},
	} {
		if got := fmt.Sprint(apart(tt.xs, tt.log)); got != tt.want {
			t.Errorf("%v: got %s, want %s", tt.xs, got, tt.want)
		}
	}
}

func TestRounded(t *testing.T) {
	for x, want := range map[float64]string{
		0: "0", 15.612: "15.6", 3.896: "3.90", 350: "350", 349.6: "350", 0.01234: "0.0123", 12345.6: "12346", 0.0001234: "0.000123", 1e7: "1e7", 1.5e-12: "1.5e-12",
	} {
		if got := rounded(x); got != want {
			t.Errorf("rounded(%v): got %s, want %s", x, got, want)
		}
	}
}

// TestStyles: each of the series that may be in one figure looks like no other,
// in its shape alone where there are few.
func TestStyles(t *testing.T) {
	seen := map[string]bool{}
	for i := range maxSeries {
		s := styleOf(i, i)
		key := fmt.Sprintf("%v %T %v", s.color, s.mark, s.dash)
		if seen[key] {
			t.Errorf("series %d looks like one before", i)
		}
		seen[key] = true
	}
	shapes := map[string]bool{}
	for i := range maxSeries {
		s := styleOf(i, i)
		key := fmt.Sprintf("%T %v", s.mark, s.dash)
		if shapes[key] {
			t.Errorf("series %d has the shape of one before, told by colour alone", i)
		}
		shapes[key] = true
	}
}

// TestHeatGrowsDarker all the way, so that it can be read without colours.
func TestHeatGrowsDarker(t *testing.T) {
	luma := func(share float64) float64 {
		c := heatColor(share)
		return 0.299*float64(c.R) + 0.587*float64(c.G) + 0.114*float64(c.B)
	}
	for i := range 100 {
		a, b := float64(i)/100, float64(i+1)/100
		if luma(b) >= luma(a) {
			t.Errorf("heat %v is as light as %v", b, a)
		}
		back, front := luma(a), on(heatColor(a))
		if text := 0.299*float64(front.R) + 0.587*float64(front.G) + 0.114*float64(front.B); text-back < 80 && back-text < 80 {
			t.Errorf("text on heat %v cannot be read", a)
		}
	}
}
