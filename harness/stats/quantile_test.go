package stats

import "testing"

func TestQuantile(t *testing.T) {
	ten := []float64{10, 20, 30, 40, 50, 60, 70, 80, 90, 100}
	for _, tt := range []struct {
		sorted  []float64
		q, want float64
	}{
		{[]float64{7}, 0, 7},
		{[]float64{7}, 1, 7},         // floor(1·1) = 1 is past the end: the last value
		{[]float64{7, 9}, 0.5, 9},    // floor(2·0.5) = 1: the upper value, never a mean
		{[]float64{1, 2, 3}, 0.5, 2}, // floor(1.5) = 1
		{ten, 0, 10},
		{ten, 0.5, 60},   // index 5
		{ten, 0.95, 100}, // floor(9.5) = 9
		{ten, 0.09, 10},  // floor(0.9) = 0
		{ten, 1, 100},
	} {
		if got := Quantile(tt.sorted, tt.q); got != tt.want {
			t.Errorf("Quantile(%v, %v): got %v, want %v", tt.sorted, tt.q, got, tt.want)
		}
	}
}

func TestQuantileOfNothing(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("got no panic")
		}
	}()
	Quantile(nil, 0.5)
}
