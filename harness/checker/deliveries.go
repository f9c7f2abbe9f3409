package checker

import (
	"fmt"
	"gossipbench/harness/trial"
	"slices"
	"strconv"
	"time"
)

// Deliveries are the times until every live node had a value. They come from a backend
// that can see the state of nodes or messages.
type Deliveries struct {
	// Took has a time for each value. For a value that some live node lacks at the end it
	// is the time until the end of the trial: if it were left out, a strategy that loses
	// values would look fast.
	Took []time.Duration
	// Undelivered are the values that some live node lacks at the end, in order.
	Undelivered []Undelivered
}

// Undelivered is a value that some live nodes lack at the end.
type Undelivered struct {
	Value   int64
	Lacking int   // number of nodes
	Nodes   []int // the first of them; empty after the first few values
}

// Bounds on the values in a warning, and on the nodes of each. Chosen.
const (
	ToldValues = 6 // as in shorten
	ToldNodes  = 4
)

// AddMetrics adds the quantiles of delivery-latency and the number of undelivered values.
func (d *Deliveries) AddMetrics(metrics map[string]float64) {
	metrics[trial.Undelivered] = float64(len(d.Undelivered))
	delivered := make([]float64, len(d.Took))
	for i, t := range d.Took {
		delivered[i] = float64(t) / float64(time.Millisecond)
	}
	slices.Sort(delivered)
	addQuantiles(metrics, "delivery-latency", delivered)
}

// Warnings describes the undelivered values and the nodes that lack them. how says how
// latencies count them.
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
