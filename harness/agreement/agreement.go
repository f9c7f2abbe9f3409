// Package agreement says whether backends come to the same answer: metric by
// metric, does the median of one lie inside the spread of another's runs of the
// same setting?
//
// It is no test of equality. With three runs of the reference, the median of
// what is drawn from the same distribution lies outside their range in one case
// of four; so an answer may also lie near it, within a tolerance that is stated.
//
// All that both backends have is compared, and the notes say what is left out: the
// metrics that only one of them has, the trials that do not count, the settings that
// only one of them has run.
package agreement

import (
	"math"
	"slices"
	"strings"

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

// Verdict is how an answer lies to the reference.
type Verdict string

// The verdicts.
const (
	Inside  Verdict = "inside"  // the range of the reference's runs
	Near    Verdict = "near"    // it, within the tolerance
	Outside Verdict = "outside" // of both
)

// Line compares one metric of one setting on two backends.
type Line struct {
	Setting   string
	Metric    string
	Backend   string
	Reference stats.Summary
	Answer    stats.Summary
	Verdict   Verdict
}

// Compare compares the backends of results with the one named reference, by the
// medians of valid trials, in the metrics of those names, or where there are none in
// all that both have. Settings come in the order in which the reference has them,
// metrics in the order given, or that of trial.Metrics. The notes say what is
// left out.
func Compare(results []trial.Result, reference string, names []string) (lines []Line, notes []string, err error) {
	metrics := trial.Metrics
	if len(names) > 0 {
		metrics = make([]trial.Metric, len(names))
		for i, name := range names {
			if metrics[i], err = trial.FindMetric(name); err != nil {
				return nil, nil, err
			}
		}
	}
	out := newLeftOut(reference, len(names) > 0)
	settings, order := group(results, out)
	labels := label(settings, order)
	for _, key := range order {
		s := settings[key]
		base := s.byBackend[reference]
		if base == nil || len(s.backends) == 1 {
			out.alone(labels[key], s.backends)
			continue
		}
		for _, backend := range s.backends {
			if backend == reference {
				continue
			}
			for _, m := range metrics {
				want, got := numbers(base, m.Name), numbers(s.byBackend[backend], m.Name)
				if len(want) == 0 || len(got) == 0 {
					out.metric(labels[key], backend, m.Name, len(want) > 0, len(got) > 0)
					continue
				}
				l := Line{Setting: labels[key], Metric: m.Name, Backend: backend, Reference: stats.Summarize(want), Answer: stats.Summarize(got)}
				l.Verdict = ToleranceOf(m).judge(l.Answer.Median, l.Reference)
				if l.Verdict == Outside {
					out.warned(labels[key], backend, s.byBackend[backend])
				}
				lines = append(lines, l)
			}
		}
	}
	return lines, out.notes(), nil
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

// setting is all results of equal settings, whatever their backend.
type setting struct {
	first     *trial.Trial
	backends  []string // in the order of their first result
	byBackend map[string][]trial.Result
}

// apart are what tells results of one setting from each other: the backend and what
// it has of itself, the replicate, and the name by which an imported test is known.
var apart = append([]string{"backend", "seed", "replicate", "from"}, own...)

// own are settings of a simulated machine; real ones have what they have.
var own = []string{"message_time", "jitter"}

// side is what a result is compared as: its backend, with the settings of its machine
// that are not at their defaults.
func side(t *trial.Trial) string {
	name, values, defaults := t.Backend, t.Values(), trial.Default().Values()
	for _, setting := range own {
		if t.Concerns(setting) && values[setting] != defaults[setting] {
			name += " " + setting + "=" + values[setting]
		}
	}
	return name
}

// group parts results by their settings. Those of which not all is known are
// left out: nobody can say what they should equal.
func group(results []trial.Result, out *leftOut) (map[string]*setting, []string) {
	settings := map[string]*setting{}
	var order []string
	for i := range results {
		t := &results[i].Trial
		if out.trial(&results[i]) {
			continue
		}
		key := keyOf(t)
		s := settings[key]
		if s == nil {
			s = &setting{first: t, byBackend: map[string][]trial.Result{}}
			settings[key] = s
			order = append(order, key)
		}
		backend := side(t)
		if s.byBackend[backend] == nil {
			s.backends = append(s.backends, backend)
		}
		s.byBackend[backend] = append(s.byBackend[backend], results[i])
	}
	return settings, order
}

func keyOf(t *trial.Trial) string {
	values := t.Values()
	names := make([]string, 0, len(values))
	for name := range values {
		if !slices.Contains(apart, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var key strings.Builder
	for _, name := range names {
		key.WriteString(name + "=" + values[name] + " ")
	}
	return key.String()
}

// label names each setting by what varies between them.
func label(settings map[string]*setting, order []string) map[string]string {
	firsts := make([]trial.Result, len(order))
	for i, key := range order {
		firsts[i].Trial = *settings[key].first
	}
	varying := slices.DeleteFunc(query.Varying(firsts), func(name string) bool { return slices.Contains(apart, name) })
	labels := map[string]string{}
	for _, key := range order {
		var words []string
		for _, name := range varying {
			if value, has := settings[key].first.Value(name); has {
				words = append(words, name+"="+value)
			}
		}
		labels[key] = strings.Join(words, " ")
	}
	return labels
}

// numbers returns a metric of the valid results that have it.
func numbers(results []trial.Result, metric string) []float64 {
	var all []float64
	for _, r := range results {
		if x, has := r.Metrics[metric]; has && r.Outcome == trial.Valid {
			all = append(all, x)
		}
	}
	return all
}
