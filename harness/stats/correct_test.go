package stats

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestCorrections(t *testing.T) {
	nan := math.NaN()
	for _, tt := range []struct {
		name           string
		ps, holm, hoch []float64
	}{
		// Holm: 0.01·4, 0.02·3, 0.03·2 = 0.06, and 0.04·1, which may not be below the
		// 0.06 before it. Benjamini and Hochberg: 0.01·4/1, 0.02·4/2, 0.03·4/3 and
		// 0.04·4/4 are all 0.04.
		{"even", []float64{0.04, 0.01, 0.03, 0.02}, []float64{0.06, 0.04, 0.06, 0.06}, []float64{0.04, 0.04, 0.04, 0.04}},
		// Three count: 0.01·3, 0.04·2, 0.5·1; and 0.01·3/1, 0.04·3/2, 0.5·3/3.
		{"not made", []float64{0.5, nan, 0.01, 0.04}, []float64{0.5, nan, 0.03, 0.08}, []float64{0.5, nan, 0.03, 0.06}},
		{"above one", []float64{0.8, 0.9}, []float64{1, 1}, []float64{0.9, 0.9}}, // 0.8·2 is 1.6; 0.8·2/1 is above 0.9
		{"ties", []float64{0.02, 0.02}, []float64{0.04, 0.04}, []float64{0.02, 0.02}},
		{"one", []float64{0.03}, []float64{0.03}, []float64{0.03}},
		{"only not made", []float64{nan}, []float64{nan}, []float64{nan}},
		{"none", nil, nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Holm(tt.ps); !slices.EqualFunc(got, tt.holm, near) {
				t.Errorf("Holm(%v)\n got %v\nwant %v", tt.ps, got, tt.holm)
			}
			if got := BenjaminiHochberg(tt.ps); !slices.EqualFunc(got, tt.hoch, near) {
				t.Errorf("BenjaminiHochberg(%v)\n got %v\nwant %v", tt.ps, got, tt.hoch)
			}
		})
	}
}

// TestBenjaminiHochbergPaper is the example of their section 3.2: of 15 p-values four are
// rejected at 0.05; Holm, like Bonferroni, rejects three.
func TestBenjaminiHochbergPaper(t *testing.T) {
	ps := []float64{0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1}
	for name, tt := range map[string]struct {
		adjusted []float64
		want     int
	}{
		"BenjaminiHochberg": {BenjaminiHochberg(ps), 4},
		"Holm":              {Holm(ps), 3},
	} {
		rejected := 0
		for _, p := range tt.adjusted {
			if p <= 0.05 {
				rejected++
			}
		}
		if rejected != tt.want {
			t.Errorf("%s rejects %d, want %d: %v", name, rejected, tt.want, tt.adjusted)
		}
	}
}

// TestCorrectionsOrder: each correction promises more than the next, and none changes the
// order of the p-values.
func TestCorrectionsOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ps := rapid.SliceOf(rapid.Float64Range(0, 1)).Draw(t, "ps")
		before := slices.Clone(ps)
		holm, hoch := Holm(ps), BenjaminiHochberg(ps)
		if !slices.Equal(ps, before) {
			t.Fatalf("%v was changed to %v", before, ps)
		}
		const rounding = 1e-12
		for i, p := range ps {
			bonferroni := min(1, p*float64(len(ps)))
			if holm[i] > bonferroni+rounding || hoch[i] > holm[i]+rounding || p > hoch[i]+rounding {
				t.Fatalf("p %v of %v: Bonferroni %v, Holm %v, Benjamini and Hochberg %v", p, ps, bonferroni, holm[i], hoch[i])
			}
			for j := range ps {
				if p < ps[j] && (holm[i] > holm[j] || hoch[i] > hoch[j]) {
					t.Fatalf("p %v and %v of %v changed their order: Holm %v, Benjamini and Hochberg %v", p, ps[j], ps, holm, hoch)
				}
			}
		}
	})
}
