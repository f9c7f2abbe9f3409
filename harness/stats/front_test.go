package stats

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestFront(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, tt := range []struct {
		name   string
		ps     []Point
		by     []int // −1: on the front
		volume float64
	}{
		// Up to (10, 10): for x from 1 to 10 the area above 5; from 4 on, 2 more down to
		// 3; from 8 to 10, 2 more down to 1: 9·5 + 6·2 + 2·2 = 61.
		{"stairs", []Point{{4, 3}, {1, 5}, {8, 1}}, []int{-1, -1, -1}, 61},
		{"inside", []Point{{5, 5}, {4, 3}, {1, 5}}, []int{1, -1, -1}, 9*5 + 6*2},
		{"named by the first of the front", []Point{{6, 6}, {5, 5}, {2, 4}, {4, 2}}, []int{2, 2, -1, -1}, 8*6 + 6*2},
		{"twins", []Point{{2, 2}, {2, 2}, {3, 3}}, []int{-1, -1, 0}, 64},
		{"same X", []Point{{2, 3}, {2, 2}}, []int{1, -1}, 64},
		{"same Y", []Point{{2, 2}, {3, 2}}, []int{-1, 0}, 64},
		{"past the reference", []Point{{11, 1}, {1, 11}}, []int{-1, -1}, 0},
		{"not measured", []Point{{nan, 1}, {1, nan}, {2, 2}}, []int{-1, -1, -1}, 64},
		{"without end", []Point{{1, inf}, {2, 2}, {3, inf}}, []int{-1, -1, 0}, 64},
		{"one", []Point{{1, 1}}, []int{-1}, 81},
		{"none", nil, []int{}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := DominatedBy(tt.ps); !slices.Equal(got, tt.by) {
				t.Errorf("DominatedBy(%v): got %v, want %v", tt.ps, got, tt.by)
			}
			for i, got := range Front(tt.ps) {
				p := tt.ps[i]
				if want := tt.by[i] < 0 && !math.IsNaN(p.X+p.Y); got != want {
					t.Errorf("Front(%v)[%d]: got %v, want %v", tt.ps, i, got, want)
				}
			}
			if got := Hypervolume(tt.ps, Point{10, 10}); got != tt.volume {
				t.Errorf("Hypervolume(%v): got %v, want %v", tt.ps, got, tt.volume)
			}
		})
	}
}

// TestFrontDefinition compares the sweep with the definition, point by point, and the
// area with a count of cells of a grid.
func TestFrontDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var ps []Point
		for _, xy := range rapid.SliceOfN(rapid.SliceOfN(rapid.IntRange(0, 9), 2, 2), 0, 20).Draw(t, "points") {
			ps = append(ps, Point{float64(xy[0]), float64(xy[1])})
		}
		dominates := func(q, p Point) bool { return q.X <= p.X && q.Y <= p.Y && (q.X < p.X || q.Y < p.Y) }
		front, by := Front(ps), DominatedBy(ps)
		for i, p := range ps {
			if want := !slices.ContainsFunc(ps, func(q Point) bool { return dominates(q, p) }); front[i] != want {
				t.Fatalf("Front(%v)[%d]: got %v, want %v", ps, i, front[i], want)
			}
			if j := by[i]; front[i] != (j < 0) || j >= 0 && (!front[j] || !dominates(ps[j], p)) {
				t.Fatalf("DominatedBy(%v)[%d]: got %d", ps, i, j)
			}
		}
		cells := 0.0
		for x := range 8 {
			for y := range 8 {
				if slices.ContainsFunc(ps, func(p Point) bool { return p.X <= float64(x) && p.Y <= float64(y) }) {
					cells++
				}
			}
		}
		if got := Hypervolume(ps, Point{8, 8}); got != cells {
			t.Fatalf("Hypervolume(%v): got %v, want %v", ps, got, cells)
		}
	})
}
