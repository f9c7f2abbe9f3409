package compare

import (
	"fmt"
	"math"
	"strconv"

	"gossipbench/harness/plain"
	"gossipbench/harness/query"
	"gossipbench/harness/stats"
	"gossipbench/harness/trial"
)

// The verdicts on a target. A configuration passes where every trial of it is valid and
// meets the target, and fails where one of them is invalid or does not, or came to its
// number by leaving values undelivered; else, since unknown trials and those that could
// not be run prove neither, it is open.
const (
	Pass Verdict = "pass"
	Fail Verdict = "fail"
	Open Verdict = "open"
)

// Meets says whether the trials of a configuration meet a target on a metric, and how many
// of them fail it. Without trials there is no verdict.
func Meets(results []*trial.Result, m trial.Metric, target trial.Target) (v Verdict, missed int) {
	known := 0
	for _, r := range results {
		x, has := r.Metrics[m.Name]
		valid := has && r.Outcome == trial.Valid
		if valid {
			known++
		}
		if r.Outcome == trial.Invalid || valid && !(target.Met(x) && m.Merit(r)) {
			missed++
		}
	}
	switch {
	case len(results) == 0:
		return "", 0
	case missed > 0:
		return Fail, missed
	case known < len(results):
		return Open, 0
	}
	return Pass, 0
}

// Targets checks each configuration against the targets of its experiment: see Pass.
// Trials of the plan that are unrun prove nothing, so their configurations are open at
// best.
func Targets(results []trial.Result, unrun []trial.Trial, targets []trial.Target) ([]Check, error) {
	all := query.WithPlanned(results, unrun)
	configurations, left := query.Configurations(all)
	labels := query.Labels(configurations)
	var checks []Check
	if left > 0 && len(targets) > 0 {
		checks = append(checks, Check{Metric: "outcome", Want: "settings that are known", Got: fmt.Sprintf("%s without", plain.Count(left, "trial")), Verdict: Open,
			Why: "trials of which not every setting is known are of no setting"})
	}
	for i, g := range configurations {
		trials := plain.Count(len(g.Results), "trial")
		for _, target := range targets {
			m, err := query.Metric(all, target.Metric)
			if err != nil {
				return nil, err
			}
			verdict, missed := Meets(g.Results, m, target)
			seen := stats.Summary{}
			if xs := g.Values(m); len(xs) > 0 {
				seen = stats.Summarize(xs)
			}
			c := Check{Setting: labels[i], Metric: target.Metric, Want: target.Text, Got: Seen(seen), Verdict: verdict}
			if unit := m.Suffix(); seen.N > 0 && unit != "" {
				c.Got += " " + unit
			}
			switch verdict {
			case Fail:
				c.Why = fmt.Sprintf("missed by %d of %s, or invalid", missed, trials)
			case Open:
				c.Why = fmt.Sprintf("valid, with the metric: %d of %s%s", seen.N, trials, unrunOf(g))
			}
			checks = append(checks, c)
		}
	}
	return checks, nil
}

// Seen writes a median and a range: "15.3 [15.2 15.5]"; the median alone where there is no
// range, and a dash where there is nothing.
func Seen(s stats.Summary) string {
	if s.N == 0 {
		return "–"
	}
	d := decimals(s.Median, s.Least, s.Most)
	form := func(x float64) string { return strconv.FormatFloat(x, 'f', d, 64) }
	if s.Least == s.Most {
		return form(s.Median)
	}
	return fmt.Sprintf("%s [%s %s]", form(s.Median), form(s.Least), form(s.Most))
}

// Number writes a number with three significant digits.
func Number(x float64) string { return strconv.FormatFloat(x, 'f', decimals(x), 64) }

// decimals returns how many decimals give the greatest of xs three significant
// digits; none where all are integers.
func decimals(xs ...float64) int {
	most, whole := 0.0, true
	for _, x := range xs {
		most = max(most, math.Abs(x))
		whole = whole && x == math.Trunc(x)
	}
	if whole {
		return 0
	}
	return min(max(2-int(math.Floor(math.Log10(most))), 0), 12)
}
