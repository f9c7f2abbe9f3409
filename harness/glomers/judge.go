package glomers

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"gossipbench/harness/trial"
)

// Verdict says whether a challenge is passed.
type Verdict string

// The verdicts. Unknown is a test that proves nothing, NotRun one that could not be
// run, or has not been.
const (
	Pass    Verdict = "pass"
	Fail    Verdict = "fail"
	Unknown Verdict = "unknown"
	NotRun  Verdict = "not run"
)

// Misbehaved is the kind of the reason of a trial that ended because its node broke
// the protocol: that is a failure of the node, and not of who ran it.
const Misbehaved = "misbehaved"

// Judgement is what came of a run.
type Judgement struct {
	Run
	Result  *trial.Result // nil where there is none
	Verdict Verdict
	Why     []string // lines that say why it is no pass
}

// maxWhy is the most lines that say why. What a node printed last, such as the end of a
// traceback, says more than what stands in the middle. Chosen.
const maxWhy = 20

// Judge judges the result of a run; nil where there is none. A pass is a valid result
// within all limits. On a busy machine a limit that is met is met all the same, and one
// that is missed proves nothing.
func (r Run) Judge(result *trial.Result) Judgement {
	j := Judgement{Run: r, Result: result, Verdict: NotRun}
	if result == nil {
		return j
	}
	switch result.Outcome {
	case trial.Failed:
		for _, reason := range result.Reasons {
			if reason.Kind == Misbehaved {
				j.Verdict = Fail
			}
		}
		if result.Error != nil {
			j.Why = strings.Split(*result.Error, "\n")
		}
	case trial.Invalid, trial.Unknown:
		if j.Verdict = Fail; result.Outcome == trial.Unknown {
			j.Verdict = Unknown
		}
		for _, reason := range result.Reasons {
			j.Why = append(j.Why, reason.Text)
		}
		if why := result.Why(); j.Why == nil && why != "" {
			j.Why = []string{why}
		}
	default:
		j.judgeLimits()
	}
	if left := len(j.Why) - maxWhy; left > 0 {
		j.Why = slices.Concat(j.Why[:maxWhy/2], []string{fmt.Sprintf("… %d more lines", left)}, j.Why[maxWhy/2+left:])
	}
	return j
}

func (j *Judgement) judgeLimits() {
	j.Verdict = Pass
	for _, t := range j.targets {
		switch x, known := j.Result.Metrics[t.Metric]; {
		case known && t.Met(x):
			continue
		case !known:
			j.Why = append(j.Why, "nobody knows "+t.Metric+", want "+t.Text)
			j.Verdict = Unknown
		default:
			j.Why = append(j.Why, t.Metric+" is "+number(x)+unit(t.Metric)+", want "+t.Text)
			if j.Verdict = Fail; j.Result.IsDisturbed() {
				j.Verdict = Unknown
			}
		}
	}
	if j.Verdict == Unknown {
		j.Why = append(j.Why, j.Result.Disturbances...)
	}
}

// Metrics are those that a table of challenges shows.
var Metrics = []string{"msgs-per-op", "stable-latency.p50", "stable-latency.max", "ok-fraction", "op-latency.p50", "op-latency.max"}

// Cell is what came of a metric beside its limit: "1.72 (< 30)", or "45 (not < 30)".
func (j *Judgement) Cell(metric string) string {
	if j.Result == nil {
		return ""
	}
	x, known := j.Result.Metrics[metric]
	if !known {
		return ""
	}
	for _, t := range j.targets {
		switch {
		case t.Metric != metric:
		case t.Met(x):
			return number(x) + " (" + t.Text + ")"
		default:
			return number(x) + " (not " + t.Text + ")"
		}
	}
	return number(x)
}

// Limits are what came of each limit, with its metric.
func (j *Judgement) Limits() string {
	var parts []string
	for _, t := range j.targets {
		if cell := j.Cell(t.Metric); cell != "" {
			parts = append(parts, t.Metric+" "+cell)
		}
	}
	return strings.Join(parts, ", ")
}

// number has two decimals, and four below 1, where it is cut: a share that is not 1
// must not look like it.
func number(x float64) string {
	if math.Abs(x) < 1 {
		x = math.Trunc(x*1e4) / 1e4
	} else {
		x = math.Round(x*100) / 100
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}

// unit is a space and the unit of a metric; "" where it needs none.
func unit(metric string) string {
	if m, err := trial.FindMetric(metric); err == nil && m.Unit == "ms" {
		return " ms"
	}
	return ""
}
