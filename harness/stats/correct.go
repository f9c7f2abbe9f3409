package stats

import (
	"cmp"
	"math"
	"slices"
)

// Holm returns ps adjusted for their number so that to call those at most 0.05
// different errs even once with a probability of at most 0.05, however the tests
// depend on one another. A NaN, for a test that was not made, stays NaN and does
// not count. It panics where a p is not from 0 to 1.
//
// Source: Holm, "A Simple Sequentially Rejective Multiple Test Procedure",
// Scandinavian Journal of Statistics 6(2), 1979.
func Holm(ps []float64) []float64 {
	adjusted := slices.Clone(ps)
	order := byP(ps)
	least := 0.0
	for i, at := range order {
		least = max(least, min(1, ps[at]*float64(len(order)-i)))
		adjusted[at] = least
	}
	return adjusted
}

// BenjaminiHochberg returns ps adjusted for their number so that of those at
// most 0.05, a share of at most 0.05 is expected to be false alarms, where the
// tests are independent or depend on one another positively. A NaN, for a test
// that was not made, stays NaN and does not count. It panics where a p is not
// from 0 to 1.
//
// Source: Benjamini and Hochberg, "Controlling the False Discovery Rate", Journal
// of the Royal Statistical Society B 57(1), 1995.
func BenjaminiHochberg(ps []float64) []float64 {
	adjusted := slices.Clone(ps)
	order := byP(ps)
	most := 1.0
	for i, at := range slices.Backward(order) {
		most = min(most, ps[at]*float64(len(order))/float64(i+1))
		adjusted[at] = most
	}
	return adjusted
}

// byP returns the indices of those of ps that are not NaN, the least p first.
func byP(ps []float64) []int {
	var order []int
	for i, p := range ps {
		if math.IsNaN(p) {
			continue
		}
		if p < 0 || p > 1 {
			panic("stats: want a p from 0 to 1")
		}
		order = append(order, i)
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(ps[i], ps[j]) })
	return order
}
