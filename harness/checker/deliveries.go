package checker

import (
	"fmt"
	"gossipbench/harness/trial"
	"slices"
	"strconv"
	"time"
)

// Deliveries are how long the values of a trial took until every live node had
// them, as a backend sees it that looks into nodes or messages.
type Deliveries struct {
	// Took has a time for each value. One that some live node lacks in the end
	// counts as until the end of the trial: left out, it would make a strategy that
	// loses it look fast.
	Took []time.Duration
	// Undelivered are the values that some live node lacks in the end, in order.
	Undelivered []Undelivered
}

// Undelivered is a value that some live nodes lack in the end.
type Undelivered struct {
	Value   int64
	Lacking int   // how many nodes
	Nodes   []int // the first of them; none behind the first values
}

// A warning names so many values, and of each so many nodes. Chosen.
const (
	ToldValues = 6 // as shorten does
	ToldNodes  = 4
)

// AddMetrics adds the quantiles, and how many values did not arrive.
func (d *Deliveries) AddMetrics(metrics map[string]float64) {
	metrics[trial.Undelivered] = float64(len(d.Undelivered))
	delivered := make([]float64, len(d.Took))
	for i, t := range d.Took {
		delivered[i] = float64(t) / float64(time.Millisecond)
	}
	slices.Sort(delivered)
	addQuantiles(metrics, "delivery-latency", delivered)
}

// Warnings tell of the values that did not arrive, and at which nodes; how says how
// the latencies count them.
func (d *Deliveries) Warnings(how string) []string {
	if len(d.Undelivered) == 0 {
		return nil
	}
	name := func(node int) string { return "n" + strconv.Itoa(node) }
	told := func(u Undelivered) string {
		told := u.Nodes[:min(len(u.Nodes), ToldNodes)]
		if more := u.Lacking - len(told); more > 0 {
			return fmt.Sprintf("%d (at %s and %d more)", u.Value, shorten(told, name), more)
		}
		return fmt.Sprintf("%d (at %s)", u.Value, shorten(told, name))
	}
	return []string{fmt.Sprintf("values undelivered: %d, %s: %s", len(d.Undelivered), how, shorten(d.Undelivered, told))}
}
