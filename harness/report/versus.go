package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"gossipbench/harness/experiment"
	"gossipbench/harness/stats"
)

// comparison sets the settings of two experiments side by side: those that agree
// in all that both vary.
type comparison struct {
	A, B    string
	Differ  []difference // what is one in all of A and another in all of B
	Metrics []metricView
	Rows    []compared
	AloneA  int // settings of A that B has no like of
	AloneB  int
	Text    []prose
}

type difference struct{ Name, A, B string }

// compared is a setting of A beside one of B.
type compared struct {
	Label string // what they have in common
	Extra string // what else tells the setting of A, or that of B
	Cells []contrast
}

// contrast is a metric of two settings.
type contrast struct {
	A, B  string // their medians
	Ratio string // of B to A, with its range; "" where there is none
	// Mark is less or more where B's trials say so with one voice: each pair of
	// trials of the same seed does, or, where no seeds are the same, all of B's
	// lie on one side of A's. It is = where all pairs are equal, and else ~.
	Mark   string
	Better int // of the metric
	ratio  float64
}

// maxCompared is how many rows a comparison shows. Chosen.
const maxCompared = 200

// compare sets b beside a.
func compare(a, b *study) comparison {
	c := comparison{A: a.Experiment.Name, B: b.Experiment.Name}
	var shared, extra []string // names that tell settings apart: of both, of one alone
	for _, name := range union(a.table.Factors, b.table.Factors) {
		inA, _ := a.levelsOf(name)
		inB, _ := b.levelsOf(name)
		switch {
		case slices.ContainsFunc(inA, func(l string) bool { return slices.Contains(inB, l) }):
			shared = append(shared, name)
		case len(inA) > 1 || len(inB) > 1:
			extra = append(extra, name)
		}
	}
	c.differ(a, b)
	c.Metrics = commonMetrics(a, b)
	ofA, ofB := a.alike(shared), b.alike(shared)
	met := map[*setting]bool{}
	for _, x := range a.ranked() {
		levels := x.levelsOf(shared)
		key := strings.Join(levels, "\x00")
		found := ofB[key]
		if len(ofA[key]) > 1 && len(found) > 1 {
			found = nil // who is to be compared with whom?
		}
		if len(found) == 0 {
			c.AloneA++
		}
		for _, y := range found {
			met[y] = true
			row := compared{Label: described(shared, levels), Extra: changed(extra, x.levelsOf(extra), y.levelsOf(extra))}
			for _, m := range c.Metrics {
				row.Cells = append(row.Cells, contrasted(m.Metric, x, y))
			}
			c.Rows = append(c.Rows, row)
		}
	}
	c.AloneB = len(b.settings) - len(met)
	c.tell()
	return c
}

// alike are the settings by their levels of some names.
func (s *study) alike(names []string) map[string][]*setting {
	by := map[string][]*setting{}
	for _, x := range s.ranked() {
		key := strings.Join(x.levelsOf(names), "\x00")
		by[key] = append(by[key], x)
	}
	return by
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

// levelsOf returns a setting's levels of some names, whether its study varies
// them or not.
func (x *setting) levelsOf(names []string) []string {
	return levelsOf(&x.results[0].Trial, names)
}

func described(names, levels []string) string {
	var parts []string
	for i, name := range names {
		switch {
		case levels[i] == "":
		case name == "strategy":
			parts = append(parts, levels[i])
		default:
			parts = append(parts, name+" "+levels[i])
		}
	}
	return strings.Join(parts, ", ")
}

// changed names levels that are one thing in a and another in b: "backend sim →
// maelstrom".
func changed(names, a, b []string) string {
	both := make([]string, len(names))
	for i := range names {
		switch {
		case a[i] == "" || a[i] == b[i]:
			both[i] = b[i]
		case b[i] == "":
			both[i] = a[i]
		default:
			both[i] = a[i] + " → " + b[i]
		}
	}
	return described(names, both)
}

// differ finds the settings that are one in all of a and another in all of b,
// and what made them.
func (c *comparison) differ(a, b *study) {
	for _, d := range experiment.Settings() {
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
		for _, c := range s.judged() {
			names = append(names, s.metrics[c].Name)
		}
	}
	var all []metricView
	for _, name := range union(union(nil, names), union(a.headline, b.headline)) {
		if x := a.column(name); x >= 0 && b.column(name) >= 0 && len(all) < most {
			all = append(all, metricView{Metric: a.metrics[x], Words: worded(a.metrics[x])})
		}
	}
	return all
}

// values are a metric of a setting's valid trials, by seed.
func (x *setting) values(name string) (seeds []uint64, values []float64) {
	for _, r := range x.results {
		if v, has := r.Metrics[name]; has && r.Outcome == experiment.Valid {
			seeds, values = append(seeds, r.Trial.Seed), append(values, v)
		}
	}
	return seeds, values
}

// contrasted compares a metric of two settings.
func contrasted(m experiment.Metric, x, y *setting) contrast {
	c := contrast{A: "–", B: "–", Mark: "~", Better: m.Better}
	seedsX, xs := x.values(m.Name)
	seedsY, ys := y.values(m.Name)
	if len(xs) == 0 || len(ys) == 0 {
		return c
	}
	a, b := stats.Summarize(xs), stats.Summarize(ys)
	d := digits(a.Median, b.Median)
	c.A, c.B = d[0], d[1]
	least, most := b.Least/a.Most, b.Most/a.Least
	less, more, pairs := 0, 0, 0
	if slices.ContainsFunc(seedsX, func(seed uint64) bool { return slices.Contains(seedsY, seed) }) {
		least, most = math.Inf(1), math.Inf(-1)
		for i, seed := range seedsX {
			j := slices.Index(seedsY, seed)
			if j < 0 {
				continue
			}
			pairs++
			least, most = min(least, ys[j]/xs[i]), max(most, ys[j]/xs[i])
			switch {
			case ys[j] < xs[i]:
				less++
			case ys[j] > xs[i]:
				more++
			}
		}
		switch {
		case less+more == 0:
			c.Mark = "="
		case pairs > 1 && less == pairs:
			c.Mark = "less"
		case pairs > 1 && more == pairs:
			c.Mark = "more"
		}
	} else if len(xs) > 1 && len(ys) > 1 {
		switch {
		case a.Least == b.Most && a.Most == b.Least:
			c.Mark = "="
		case b.Most < a.Least:
			c.Mark = "less"
		case b.Least > a.Most:
			c.Mark = "more"
		}
	}
	if a.Median > 0 && a.Least > 0 {
		c.ratio = b.Median / a.Median
		c.Ratio = "×" + short3(c.ratio)
		if l, h := short3(least), short3(most); l != h {
			c.Ratio += " (" + l + "–" + h + ")"
		}
	}
	return c
}

// Sense is pass where what the mark says is better, and fail where it is worse.
func (c contrast) Sense() string {
	switch {
	case c.Mark == "less" && c.Better < 0 || c.Mark == "more" && c.Better > 0:
		return "pass"
	case c.Mark == "less" && c.Better > 0 || c.Mark == "more" && c.Better < 0:
		return "fail"
	}
	return ""
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
	if len(c.Rows) == 0 {
		c.Text = append(c.Text, say("No setting of the one is a setting of the other: there is nothing to compare."))
		return
	}
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
		text = say(text, listed(parts), " of ", count(len(c.Rows), "comparison"))
		if most >= least {
			text = say(text, "; the medians' ratio is ", short3(least))
			if short3(most) != short3(least) {
				text = say(text, " to ", short3(most))
			}
		}
		c.Text = append(c.Text, say(text, "."))
	}
	if alone := c.AloneA + c.AloneB; alone > 0 {
		c.Text = append(c.Text, say(count(c.AloneA, "setting"), " of ", c.A, " and ", c.AloneB, " of ", c.B, " have no like in the other."))
	}
	if len(c.Rows) > maxCompared {
		c.Text = append(c.Text, say("The table shows the first ", maxCompared, " of ", len(c.Rows), " comparisons."))
		c.Rows = c.Rows[:maxCompared]
	}
}
