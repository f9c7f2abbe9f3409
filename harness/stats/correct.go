package stats

import (
	"cmp"
	"math"
	"slices"
)

// Holm returns ps adjusted for their number: calling those at most 0.05 different makes
// even one error with a probability of at most 0.05, however the tests depend on each
// other. A NaN, for a test that was not made, stays NaN and does not count. It panics if
// a p is not from 0 to 1.
//
// Source: Holm, "A Simple Sequentially Rejective Multiple Test Procedure", Scandinavian
// Journal of Statistics 6(2), 1979.
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

// BenjaminiHochberg returns ps adjusted for their number: of those at most 0.05, the
// expected share of false alarms is at most 0.05, if the tests are independent or depend
// on each other positively. A NaN, for a test that was not made, stays NaN and does not
// count. It panics if a p is not from 0 to 1.
//
// Source: Benjamini and Hochberg, "Controlling the False Discovery Rate", Journal of the
// Royal Statistical Society B 57(1), 1995.
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

// byP returns the indices of the ps that are not NaN, the least p first.
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
