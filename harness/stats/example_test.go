package stats_test

import (
	"fmt"

	"gossipbench/harness/stats"
)

// Six replicates of two configurations with the same seeds. All six differences have the
// same sign, and 2 of the 2⁶ choices of signs are as extreme: p = 2/64. Each value of b
// is half of a's.
func Example() {
	a := []float64{24, 22, 26, 28, 20, 30}
	b := []float64{12, 11, 13, 14, 10, 15}
	var differences []float64
	for i := range a {
		differences = append(differences, b[i]-a[i])
	}
	fmt.Printf("p = %.5f\n", stats.SignedRank(differences).P)
	fmt.Printf("ratio = %.2f\n", stats.Ratio(a, b, true, 0.95).Estimate)
	s := stats.Summarize(a)
	fmt.Printf("median %v of %v to %v\n", s.Median, s.Least, s.Most)
	// Output:
	// p = 0.03125
	// ratio = 0.50
	// median 25 of 20 to 30
}
