package compare

import (
	"fmt"
	"math"
	"slices"

	"gossipbench/harness/query"
	"gossipbench/harness/stats"
	"gossipbench/harness/trial"
)

// Tolerance is how far outside the reference's range an answer may lie: a share
// of the end of the range that is nearer, an absolute distance, or so many times the
// square root of that end, whichever is most.
type Tolerance struct {
	Share    float64
	Distance float64 // in the unit of the metric
	Roots    float64
}

// The tolerances. Chosen: 3 % of messages; 15 % or 30 ms of latencies; 3 % or a
// hundredth of shares. Events that are counted, such as stale values, are rare, and
// differ from run to run by about the square root of their number: 3 % or twice that.
var (
	Messages  = Tolerance{Share: 0.03}
	Latencies = Tolerance{Share: 0.15, Distance: 30}
	Shares    = Tolerance{Share: 0.03, Distance: 0.01}
	Counts    = Tolerance{Share: 0.03, Roots: 2}
)

// counted are the units of metrics that count events of a trial.
var counted = []string{"ops", "values", "keys"}

// ToleranceOf returns the tolerance of a metric.
func ToleranceOf(m trial.Metric) Tolerance {
	switch {
	case m.Unit == "ms":
		return Latencies
	case m.Unit == "":
		return Shares
	case slices.Contains(counted, m.Unit), m.Unit == "messages" && (m.Name == "unseen" || m.Name == "lost-writes"):
		return Counts
	}
	return Messages
}

// The verdicts on an answer: how it lies to the reference.
const (
	Inside  Verdict = "inside"  // the range of the reference's runs
	Near    Verdict = "near"    // it, within the tolerance
	Outside Verdict = "outside" // of both
)

// Answer compares one metric of one configuration on two backends.
type Answer struct {
	Setting   string // the levels that tell the configurations apart; "" where there is one
	Metric    string
	Backend   string
	Reference stats.Summary
	Answer    stats.Summary
	Verdict   Verdict
}

// Agree says whether backends come to the same answer as the one named reference: metric
// by metric, does the median of one lie inside the spread of the other's runs of the same
// configuration? It looks at the metrics of those names, or where there are none at all that
// both have. Configurations come in the order of the results, metrics in the order given,
// or that of trial.Metrics.
//
// It is no test of equality. With three runs of the reference, the median of what is drawn
// from the same distribution lies outside their range in one case of four; so an answer
// may also lie near it, within a tolerance that is stated.
//
// The notes say what is left out: the metrics that only one backend has, the trials that
// do not count, the configurations that only one of them has run.
func Agree(results []trial.Result, reference string, names []string) (answers []Answer, notes []string, err error) {
	metrics := query.Measured(results)
	if len(names) > 0 {
		if metrics, err = query.Metrics(results, names); err != nil {
			return nil, nil, err
		}
	}
	out := newOmitted(reference, len(names) > 0)
	for i := range results {
		out.trial(&results[i])
	}
	configurations, _ := query.Configurations(results, append([]string{"backend"}, own...)...)
	labels := query.Labels(configurations)
	for i, c := range configurations {
		sides := backends(c)
		at := slices.IndexFunc(sides, func(s backend) bool { return s.name == reference })
		if at < 0 || len(sides) == 1 {
			out.alone(labels[i], sides)
			continue
		}
		for _, side := range slices.Delete(slices.Clone(sides), at, at+1) {
			for _, m := range metrics {
				want, got := sides[at].Values(m), side.Values(m)
				if len(want) == 0 || len(got) == 0 {
					out.metric(labels[i], side.name, m.Name, len(want) > 0, len(got) > 0)
					continue
				}
				a := Answer{Setting: labels[i], Metric: m.Name, Backend: side.name, Reference: stats.Summarize(want), Answer: stats.Summarize(got)}
				a.Verdict = ToleranceOf(m).judge(a.Answer.Median, a.Reference)
				if a.Verdict == Outside {
					out.warned(labels[i], side)
				}
				answers = append(answers, a)
			}
		}
	}
	if len(answers) == 0 {
		return nil, nil, fmt.Errorf("%w: no setting was run by %s and by another backend", ErrNothing, reference)
	}
	return answers, out.notes(), nil
}

// judge says how x lies to the range of the reference.
func (t Tolerance) judge(x float64, reference stats.Summary) Verdict {
	off, end := 0.0, 0.0
	switch {
	case x < reference.Least:
		off, end = reference.Least-x, reference.Least
	case x > reference.Most:
		off, end = x-reference.Most, reference.Most
	default:
		return Inside
	}
	if off <= max(t.Share*math.Abs(end), t.Distance, t.Roots*math.Sqrt(max(math.Abs(end), 1))) {
		return Near
	}
	return Outside
}

// backend is the results of a configuration on one backend.
type backend struct {
	name string
	query.Group
}

// own are settings of a simulated machine; real ones have what they have.
var own = []string{"message_time", "jitter"}

// backends parts a configuration by what it was run on. The name of a backend has the
// settings of its machine that are not at their defaults.
func backends(configuration query.Group) []backend {
	defaults := trial.Default()
	var all []backend
	for _, g := range configuration.By(query.Project(append([]string{"backend"}, own...)...)) {
		b := backend{g.First().Backend, g}
		for _, setting := range own {
			level, has := g.First().Value(setting)
			if usual, _ := defaults.Value(setting); has && level != usual {
				b.name += " " + query.Pair(setting, level)
			}
		}
		all = append(all, b)
	}
	return all
}
