package compare

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gossipbench/harness/query"
	"gossipbench/harness/trial"
)

// Check is one thing that a gate looks at.
type Check struct {
	Setting string
	Metric  string
	Want    string // "< 30", or "at most 5 % worse"
	Got     string
	Verdict Verdict
	Why     string
}

// unrunOf says how many of the trials of a configuration have not been run.
func unrunOf(g query.Group) string {
	switch n := g.Count(""); n {
	case 0:
		return ""
	case 1:
		return ", 1 has not been run"
	default:
		return fmt.Sprintf(", %d have not been run", n)
	}
}

// Begun checks that every setting of a plan has been run.
func Begun(results []trial.Result, unrun []trial.Trial) []Check {
	gs, _ := query.Configurations(query.WithPlanned(results, unrun))
	var checks []Check
	for i, name := range query.Labels(gs) {
		n := gs[i].Count("")
		if n > 0 {
			checks = append(checks, Check{Setting: name, Metric: "outcome", Want: "all trials run", Got: fmt.Sprintf("%d of %d not run", n, len(gs[i].Results)),
				Verdict: Open, Why: "what has not been run may be anything"})
		}
	}
	return checks
}

// Regressions checks a side against a baseline: no metric may be worse by more
// than the share most. It fails only where the effect is above most, and what is
// seen is significant after Holm's correction or constant in virtual time; where
// the effect is above most but too few samples could not have told, the check is
// open. A metric without a direction is not looked at. A setting with more
// invalid trials than the baseline has fails too; one that has lost all its valid
// trials otherwise, such as by errors, is open.
func Regressions(baseline, side Side, metrics []string, most float64) (checks []Check, c *Comparison, err error) {
	checks = outcomes(baseline, side)
	c, err = Compare(baseline, []Side{side}, Options{Metrics: metrics})
	failed := func(c Check) bool { return c.Verdict == Fail }
	if errors.Is(err, ErrNothing) && slices.ContainsFunc(checks, failed) {
		return checks, &Comparison{Base: baseline.Name, Caption: query.Caption(side.Results, "n = 0") + differ(baseline, []Side{side}, "")}, nil
	}
	if err != nil {
		return nil, nil, err
	}
	want := fmt.Sprintf("at most %s worse", percent(most))
	for _, l := range c.Lines {
		if l.Metric.Better == 0 {
			continue
		}
		worse := worsening(l)
		check := Check{Setting: l.Setting, Metric: l.Metric.Name, Want: want, Verdict: Pass}
		switch {
		case worse == 0:
			check.Got = "as it was"
		case worse < 0:
			check.Got = seen(-worse) + " better"
		default:
			check.Got = seen(worse) + " worse"
		}
		if worse > most {
			switch {
			case l.Verdict == Worse:
				check.Verdict = Fail
				check.Why = "significant, p = " + PText(l.P)
				if math.IsNaN(l.P) {
					check.Why = "constant in virtual time: what is seen is what is"
				}
			case l.Test.Warning != "":
				check.Verdict, check.Why = Open, l.Test.Warning
			case l.Powerless:
				check.Verdict = Open
				check.Why = "too few samples for so many tests: more replicates, or fewer metrics, would tell"
			case math.IsNaN(l.P):
				check.Verdict, check.Why = Open, "no test could be made: more replicates would tell"
			default:
				check.Why = "not significant, p = " + PText(l.P)
			}
		}
		checks = append(checks, check)
	}
	return checks, c, nil
}

// outcomes are the settings of which a greater share of the trials is invalid
// than of the baseline's, or of which no trial is valid any more.
func outcomes(baseline, side Side) []Check {
	var checks []Check
	pairs, _ := join(baseline, side, "")
	for _, p := range pairs {
		was, is := p.a.Count(trial.Invalid), p.b.Count(trial.Invalid)
		switch {
		case is*len(p.a.Results) > was*len(p.b.Results):
			checks = append(checks, Check{Setting: p.label, Metric: "outcome", Want: "valid", Got: fmt.Sprintf("%d of %d invalid", is, len(p.b.Results)),
				Verdict: Fail, Why: fmt.Sprintf("of the baseline %d of %d", was, len(p.a.Results))})
		case p.b.Count(trial.Valid) == 0 && p.a.Count(trial.Valid) > 0:
			checks = append(checks, Check{Setting: p.label, Metric: "outcome", Want: "valid", Got: fmt.Sprintf("0 of %d valid", len(p.b.Results)),
				Verdict: Open, Why: fmt.Sprintf("of the baseline %d of %d", p.a.Count(trial.Valid), len(p.a.Results))})
		}
	}
	return checks
}

// worsening is by which share of the base a side is worse; below 0 it is better.
// It is told by the ratio, and where there is none, by the medians.
func worsening(l Line) float64 {
	ratio := l.Ratio.Estimate
	if math.IsNaN(ratio) {
		switch {
		case l.A.Median == l.B.Median:
			ratio = 1
		case l.A.Median == 0 && l.B.Median > 0:
			ratio = math.Inf(1)
		default:
			ratio = 1 + (l.B.Median-l.A.Median)/math.Abs(l.A.Median)
		}
	}
	if l.Metric.Better > 0 {
		return 1 - ratio
	}
	return ratio - 1
}

// seen writes a share that was measured, of which no more than a hundredth of a
// percent can be of interest.
func seen(x float64) string {
	switch {
	case math.IsInf(x, 1):
		return "infinitely"
	case x < 0.0001:
		return "less than 0.01 %"
	case x < 0.1:
		return fmt.Sprintf("%.2f %%", 100*x)
	}
	return fmt.Sprintf("%.0f %%", 100*x)
}

// percent writes a share for a person.
func percent(x float64) string {
	if math.IsInf(x, 1) {
		return "infinitely"
	}
	return fmt.Sprintf("%.3g %%", 100*x)
}

// PText writes a p-value; a dash where there is none.
func PText(p float64) string {
	switch {
	case math.IsNaN(p):
		return "–"
	case p < 0.001:
		return "<0.001"
	}
	return fmt.Sprintf("%.3f", p)
}
