package table

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"gossipbench/harness/query"
	"gossipbench/harness/stats"
	"gossipbench/strategies/param"
)

// Stats are what a cell can be of the numbers of its valid trials, in place of
// the median and the range. Quantiles are of the trials, as Jepsen has them: not
// to be taken for those of the latencies within one.
var Stats = []string{"median", "mean", "geomean", "min", "max", "p90", "p95", "p99"}

// checkStat finds a statistic that is none.
func checkStat(name string) error {
	if name == "" || slices.Contains(Stats, name) {
		return nil
	}
	return query.In("stat", fmt.Errorf("no such statistic: %q, %s", name, param.Hint(name, Stats)))
}

// stat is a statistic of xs, of which there is at least one; nil where it is not
// defined, as a geometric mean with a zero.
func stat(name string, xs []float64) *float64 {
	var x float64
	switch name {
	case "":
		return nil
	case "median":
		x = stats.Median(xs)
	case "mean":
		x = stats.Mean(xs)
	case "geomean":
		x = stats.GeometricMean(xs)
	case "min":
		x = slices.Min(xs)
	case "max":
		x = slices.Max(xs)
	default:
		percent, err := strconv.Atoi(name[1:])
		if err != nil {
			panic("table: " + name + " is not one of Stats")
		}
		x = stats.Quantile(slices.Sorted(slices.Values(xs)), float64(percent)/100)
	}
	if math.IsNaN(x) {
		return nil
	}
	return &x
}
