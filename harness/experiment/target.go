package experiment

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"gossipbench/strategies/param"
)

// Target is what an experiment wants of a metric, such as "< 400ms".
type Target struct {
	Metric string
	Op     string  // one of <, <=, >, >=, =
	Value  float64 // in the metric's unit
	Text   string  // as it is written
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

// FindMetric returns the metric of that name. The error hints at what could
// have been meant.
func FindMetric(name string) (Metric, error) {
	var names, family []string
	for _, m := range Metrics {
		if m.Name == name {
			return m, nil
		}
		if names = append(names, m.Name); strings.HasPrefix(m.Name, name+".p") {
			family = append(family, m.Name)
		}
	}
	if family != nil {
		return Metric{}, errors.New("no metric but a family of them, want one such as " + strings.Join(family, ", "))
	}
	return Metric{}, errors.New("no such metric, " + param.Hint(name, names))
}

// ParseTarget reads a target of a metric.
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
	x, err := number(rest)
	if d, errD := time.ParseDuration(rest); err != nil && errD == nil && metric.Unit == "ms" {
		x, err = float64(d)/float64(time.Millisecond), nil
	}
	if err != nil {
		return Target{}, bad
	}
	return Target{Metric: metric.Name, Op: op, Value: x, Text: op + " " + rest}, nil
}
