package trial

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"gossipbench/strategies/param"
)

// Target is the bound that an experiment sets for a metric, such as "< 400ms".
type Target struct {
	Metric string
	Op     string  // one of <, <=, >, >=, =
	Value  float64 // in the metric's unit
	Text   string  // as written in the experiment file
}

// Met reports whether a metric's value x meets the target.
func (t Target) Met(x float64) bool {
	switch t.Op {
	case "<":
		return x < t.Value
	case "<=":
		return x <= t.Value
	case ">":
		return x > t.Value
	case ">=":
		return x >= t.Value
	default:
		return x == t.Value
	}
}

// FindMetric returns the metric of that name. The error suggests similar names.
func FindMetric(name string) (Metric, error) {
	found, err := MetricsNamed(Metrics, name)
	switch {
	case err != nil:
		return Metric{}, err
	case found[0].Name == name:
		return found[0], nil
	}
	var names []string
	for _, m := range found {
		names = append(names, m.Name)
	}
	return Metric{}, fmt.Errorf("%q is a family of metrics, want one of it: %s", name, strings.Join(names, ", "))
}

// MetricsNamed returns the metric of that name among all, else the metrics of the family
// of that name: stable-latency is the family of stable-latency.p50. The error suggests
// similar names.
func MetricsNamed(all []Metric, name string) ([]Metric, error) {
	var found []Metric
	var known []string
	for _, m := range all {
		family, _, member := strings.Cut(m.Name, ".")
		if m.Name == name {
			return []Metric{m}, nil
		}
		if member && family == name {
			found = append(found, m)
		}
		known = append(known, m.Name)
		if !slices.Contains(known, family) {
			known = append(known, family)
		}
	}
	if found == nil {
		return nil, fmt.Errorf("no such metric: %q, %s", name, param.Hint(name, known))
	}
	return found, nil
}

// ParseTarget parses a target on a metric.
func ParseTarget(metric Metric, text string) (Target, error) {
	bad := errors.New(`want a comparison by <, <=, >, >= or = such as "< 30", got ` + strconv.Quote(text))
	if metric.Unit == "ms" {
		bad = errors.New(`want a comparison by <, <=, >, >= or = such as "< 400ms", got ` + strconv.Quote(text))
	}
	trimmed := strings.TrimSpace(text)
	rest := strings.TrimLeft(trimmed, "<>=")
	op := trimmed[:len(trimmed)-len(rest)]
	switch op {
	case "<", "<=", ">", ">=", "=":
	default:
		return Target{}, bad
	}
	rest = strings.TrimSpace(rest)
	x, err := ParseNumber(rest)
	if d, errD := time.ParseDuration(rest); err != nil && errD == nil && metric.Unit == "ms" {
		x, err = float64(d)/float64(time.Millisecond), nil
	}
	if err != nil {
		return Target{}, bad
	}
	return Target{Metric: metric.Name, Op: op, Value: x, Text: op + " " + rest}, nil
}
