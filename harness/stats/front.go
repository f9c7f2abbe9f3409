package stats

import (
	"cmp"
	"math"
	"slices"
)

// Point is the cost of a configuration by two metrics. Lower is better in both.
type Point struct{ X, Y float64 }

// Front returns for each of ps whether it is on the Pareto front: no other point is as
// good in both and better in one. Equal points are on it together. A point with a NaN
// cannot be compared and is not on it.
//
// Source: Deb, Multi-Objective Optimization using Evolutionary Algorithms, 2001, section
// 2.4; the sweep is that of Kung, Luccio and Preparata, "On Finding the Maxima of a Set
// of Vectors", Journal of the ACM 22(4), 1975.
func Front(ps []Point) []bool {
	on := make([]bool, len(ps))
	lowest, at := math.Inf(1), math.Inf(1) // least Y so far, and the least X with it
	for n, i := range sweep(ps) {
		p := ps[i]
		if n == 0 || p.Y < lowest {
			lowest, at = p.Y, p.X
		}
		on[i] = p == Point{at, lowest}
	}
	return on
}

// sweep returns the indices of ps in the order of X, then Y, without points that have a
// NaN.
func sweep(ps []Point) []int {
	var order []int
	for i, p := range ps {
		if !math.IsNaN(p.X) && !math.IsNaN(p.Y) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(i, j int) int {
		return cmp.Or(cmp.Compare(ps[i].X, ps[j].X), cmp.Compare(ps[i].Y, ps[j].Y))
	})
	return order
}

// DominatedBy returns for each of ps the index of the first point on the front that is as
// good in both and better in one; −1 if the point is on the front itself or has a NaN.
//
// Source: as for Front.
func DominatedBy(ps []Point) []int {
	front := Front(ps)
	by := make([]int, len(ps))
	for i, p := range ps {
		by[i] = -1
		for j, q := range ps {
			if front[j] && q != p && q.X <= p.X && q.Y <= p.Y {
				by[i] = j
				break
			}
		}
	}
	return by
}

// Hypervolume returns the area, in the units of X times Y, between ps and the reference:
// the greater, the better the front. Points that are not better than the reference in
// both add nothing.
//
// Source: Zitzler and Thiele, "Multiobjective Evolutionary Algorithms: A Comparative Case
// Study and the Strength Pareto Approach", IEEE Transactions on Evolutionary Computation
// 3(4), 1999.
func Hypervolume(ps []Point, reference Point) float64 {
	area, ceiling := 0.0, reference.Y
	for _, i := range sweep(ps) {
		p := ps[i]
		if p.X < reference.X && p.Y < ceiling {
			area += (reference.X - p.X) * (ceiling - p.Y)
			ceiling = p.Y
		}
	}
	return area
}
