package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"gossipbench/harness/compare"
	"gossipbench/harness/plain"
	"gossipbench/harness/trial"
)

// comparison sets two experiments side by side, as package compare does.
type comparison struct {
	A, B    string
	Differ  []difference // what is one in all of A and another in all of B
	Metrics []metricView
	Rows    []compared
	Text    []prose
	Notes   []string // how to read it, and what has no like in the other
}

type difference struct{ Name, A, B string }

// compared is a configuration of both.
type compared struct {
	Label string
	Cells []contrast // by metric
}

// contrast shows a line of package compare.
type contrast struct {
	A, B  string // the medians
	Ratio string // of B to A, with its interval; "" where there is none
	// Mark is less or more where B differs, = where all trials came to one number,
	// and ~ where nothing can be said.
	Mark  string
	Sense string // pass where B is better, fail where it is worse
	ratio float64
}

// maxCompared is how many rows a comparison shows. Chosen.
const maxCompared = 200

// versus sets b beside a.
func versus(a, b *study) comparison {
	c := comparison{A: a.Experiment.Name, B: b.Experiment.Name}
	c.differ(a, b)
	c.Metrics = commonMetrics(a, b)
	var names []string
	for _, m := range c.Metrics {
		names = append(names, m.Name)
	}
	made, err := compare.Compare(compare.Side{Name: c.A, Results: a.Results}, []compare.Side{{Name: c.B, Results: b.Results}}, compare.Options{Metrics: names})
	if len(names) == 0 || err != nil {
		c.Text = append(c.Text, say("No configuration of the one is one of the other: there is nothing to compare."))
		return c
	}
	c.Notes = made.Notes
	at := map[string]int{}
	for _, l := range made.Lines {
		if _, known := at[l.Setting]; !known {
			at[l.Setting] = len(c.Rows)
			c.Rows = append(c.Rows, compared{Label: l.Setting, Cells: slices.Repeat([]contrast{{A: "–", B: "–", Mark: "~"}}, len(names))})
		}
		c.Rows[at[l.Setting]].Cells[slices.Index(names, l.Metric.Name)] = contrasted(l)
	}
	c.tell()
	return c
}

// union joins names, each once.
func union(a, b []string) []string {
	all := slices.Clone(a)
	for _, name := range b {
		if !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}

// differ finds the settings that are one in all of a and another in all of b,
// and what made them.
func (c *comparison) differ(a, b *study) {
	for _, d := range trial.Settings() {
		inA, _ := a.levelsOf(d.Name)
		inB, _ := b.levelsOf(d.Name)
		if !slices.ContainsFunc(inA, func(l string) bool { return slices.Contains(inB, l) }) && len(inA)+len(inB) > 0 {
			c.Differ = append(c.Differ, difference{d.Name, listed(inA), listed(inB)})
		}
	}
	params := map[string]bool{}
	for i := range a.Results {
		for name := range a.Results[i].Trial.Params {
			params[name] = true
		}
	}
	for _, name := range sortedKeys(params) {
		inA, _ := a.levelsOf(name)
		inB, _ := b.levelsOf(name)
		if len(inB) > 0 && !slices.ContainsFunc(inA, func(l string) bool { return slices.Contains(inB, l) }) {
			c.Differ = append(c.Differ, difference{name, listed(inA), listed(inB)})
		}
	}
	madeB := map[string]string{}
	for _, m := range b.made() {
		madeB[m.Name] = m.Value
	}
	for _, m := range a.made() {
		if other := madeB[m.Name]; other != m.Value && m.Name != "imported" {
			c.Differ = append(c.Differ, difference{m.Name, m.Value, cmpText(other, "–")})
		}
	}
}

// commonMetrics are the metrics to compare: those that choices are judged by in
// either, then others that both have.
func commonMetrics(a, b *study) []metricView {
	const most = 5 // chosen: what a page is wide
	var names []string
	for _, s := range []*study{a, b} {
		for _, c := range s.advice.Columns {
			names = append(names, s.Metrics[c].Name)
		}
	}
	var all []metricView
	for _, name := range union(union(nil, names), union(a.Headline, b.Headline)) {
		if x := a.Column(name); x >= 0 && b.Column(name) >= 0 && len(all) < most {
			all = append(all, metricView{Metric: a.Metrics[x], Words: worded(a.Metrics[x])})
		}
	}
	return all
}

// contrasted shows a line.
func contrasted(l compare.Line) contrast {
	d := digits(l.A.Median, l.B.Median)
	c := contrast{A: d[0], B: d[1], Mark: string(l.Verdict)}
	switch l.Verdict {
	case compare.Better, compare.Worse, compare.Differs:
		c.Mark = moreOrLess(l.Shift.Estimate)
	}
	c.Sense = map[compare.Verdict]string{compare.Better: "pass", compare.Worse: "fail"}[l.Verdict]
	if l.Ratio.Estimate > 0 {
		c.ratio = l.Ratio.Estimate
		c.Ratio = "×" + short3(c.ratio)
		if i := l.Ratio.Interval; i.Reaches(compare.Confidence) {
			if from, to := short3(i.Low), short3(i.High); from != to {
				c.Ratio += " (" + from + "–" + to + ")"
			}
		}
	}
	return c
}

// short3 writes a number with three digits.
func short3(x float64) string {
	if x >= 1000 || x < 0.001 {
		return strconv.FormatFloat(x, 'g', 3, 64)
	}
	return digits(x)[0]
}

// tell sums the rows up, and cuts them where they are too many.
func (c *comparison) tell() {
	for i, m := range c.Metrics {
		marks := map[string]int{}
		least, most := math.Inf(1), math.Inf(-1)
		for _, row := range c.Rows {
			cell := row.Cells[i]
			marks[cell.Mark]++
			if cell.ratio > 0 {
				least, most = min(least, cell.ratio), max(most, cell.ratio)
			}
		}
		text := say(strong(m.Words), ": ", strong(c.B), " has ")
		var parts []string
		for _, mark := range []struct{ mark, words string }{{"less", "less in %d"}, {"more", "more in %d"}, {"=", "the very same in %d"}, {"~", "nothing that can be told from chance in %d"}} {
			if n := marks[mark.mark]; n > 0 {
				parts = append(parts, fmt.Sprintf(mark.words, n))
			}
		}
		text = say(text, listed(parts), " of ", plain.Count(len(c.Rows), "comparison"))
		if most >= least {
			text = say(text, "; the ratio is ", short3(least))
			if short3(most) != short3(least) {
				text = say(text, " to ", short3(most))
			}
		}
		c.Text = append(c.Text, say(text, "."))
	}
	if len(c.Rows) > maxCompared {
		c.Text = append(c.Text, say("The table shows the first ", maxCompared, " of ", len(c.Rows), " comparisons."))
		c.Rows = c.Rows[:maxCompared]
	}
}
