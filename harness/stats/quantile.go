package stats

// Quantile returns the value at index floor(n*q) of sorted, or the last value, as Jepsen
// does. It panics if sorted is empty.
//
// Source: frequency-distribution in jepsen/src/jepsen/checker.clj.
func Quantile(sorted []float64, q float64) float64 {
	n := len(sorted)
	return sorted[min(n-1, int(float64(n)*q))]
}
