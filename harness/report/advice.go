package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gossipbench/harness/compare"
	"gossipbench/harness/table"
	"gossipbench/harness/trial"
)

// advice is what the page says first: what to choose, and why.
type advice struct {
	// Verdict is pass, open or fail on the targets, or front where there are
	// none, or plain where there is nothing to choose.
	Verdict string
	Heading string
	Pick    string // the choice that is advised; "" where none is
	Text    []prose
	Columns []adviceColumn
	Rows    []adviceRow // the pick beside what could be chosen in its place
	With    []parameter // of the pick, those that do not tell choices apart
	Again   string      // the command that repeats a trial of the pick
}

type adviceColumn struct {
	Name, Words, Unit string
	Target            string // as it is written; "" where there is none
}

type adviceRow struct {
	Role, Label string
	Cells       []adviceCell
}

type adviceCell struct {
	Median, Range string
	Verdict       table.Verdict
}

type parameter struct{ Name, Level string }

// choose is the heading where a choice is advised.
const choose = "Choose"

// advise says which setting to choose.
func (s *study) advise() advice {
	var a advice
	switch {
	case len(s.choices) == 1:
		a = s.adviseNothing()
	case len(s.Experiment.Targets) > 0 && s.choices[0].verdict == table.Pass:
		a = s.adviseKept()
	case len(s.Experiment.Targets) > 0:
		a = s.adviseNearest()
	case s.cost >= 0 && s.delay >= 0:
		a = s.adviseFront()
	default:
		a = advice{Verdict: "plain", Heading: "No targets were set, and no cost and latency were measured that all settings share."}
	}
	if s.unrun != nil {
		if a.Heading == choose {
			a.Heading = "Of what was run, choose"
		}
		if a.Verdict == "pass" {
			a.Verdict = "open"
		}
	}
	for _, c := range s.judged() {
		m := s.metrics[c]
		column := adviceColumn{Name: m.Name, Words: worded(m), Unit: m.Unit}
		if t := s.table.Columns[c].Target; t != nil {
			column.Target = t.Text
		}
		a.Columns = append(a.Columns, column)
	}
	return a
}

// row is a choice beside others, in its worst condition for each metric.
func (s *study) row(role string, c *choice) adviceRow {
	row := adviceRow{Role: role, Label: c.label}
	for _, column := range s.judged() {
		cell := adviceCell{Median: "unknown"}
		if x := s.worst(c, column); x != nil {
			cell.Median, cell.Range = parted(x.Cells[column].Summary)
		}
		for _, k := range c.kept {
			if k.column == column {
				cell.Verdict = k.verdict
			}
		}
		row.Cells = append(row.Cells, cell)
	}
	return row
}

// pick fills in what concerns the choice that is advised.
func (s *study) pick(a *advice, c *choice) {
	a.Pick = c.label
	x := c.settings[0]
	if len(x.results) > 0 {
		a.Again = s.replay(*x.results[0])
		t := x.results[0].Trial
		add := func(name string) {
			level, has := t.Value(name)
			tells := func(f factor) bool { return f.name == name && (f.told == nil || f.told[t.Strategy]) }
			if has && level != "" && !slices.ContainsFunc(s.factors, tells) {
				a.With = append(a.With, parameter{name, level})
			}
		}
		for _, name := range chosen {
			add(name)
		}
		for _, name := range sortedKeys(t.Params) {
			add(name)
		}
	}
}

// adviseKept is for targets that some choice keeps.
func (s *study) adviseKept() advice {
	best := s.choices[0]
	keeping := s.choices[:slices.IndexFunc(append(slices.Clone(s.choices), &choice{}), func(c *choice) bool { return c.verdict != table.Pass })]
	if short := slices.IndexFunc(keeping, func(c *choice) bool { return !c.fit() }); short > 0 {
		keeping = keeping[:short]
	}
	a := advice{Verdict: "pass", Heading: choose}
	s.pick(&a, best)
	a.Rows = append(a.Rows, s.row("recommended", best))
	trials := "its one trial"
	if n := best.kept[0].trials; n > 1 {
		trials = fmt.Sprintf("each of its %d trials", n)
	}
	why := say("It keeps ", s.allTargets(), " in ", trials, s.everywhere())
	if len(keeping) == 1 {
		why = say(why, ", and is the only one of ", len(s.choices), " that does.")
	} else {
		why = say(why, ". Of the ", strong(fmt.Sprintf("%d of %d", len(keeping), len(s.choices))), " that do, it has the ", extreme(s.metrics[s.cost]), " ",
			worded(s.metrics[s.cost]), ": ", strong(s.value(best, s.cost)), ".")
	}
	a.Text = append(a.Text, why)
	if len(keeping) > 1 {
		second := keeping[1]
		a.Rows = append(a.Rows, s.row("runner-up", second))
		text := say("Runner-up: ", strong(second.label), " ", s.versus(best, second, s.cost))
		if n := s.near(best, keeping[1:]); n > 1 {
			text = say(text, " ", n, " settings are so near to the first.")
		}
		a.Text = append(a.Text, text)
	}
	a.Text = append(a.Text, s.tightest(best))
	for _, column := range s.judged() {
		other := s.best(keeping, column)
		if column == s.cost || column == s.column(busiest) || other == nil || other == best || s.dearest(other, column) == s.dearest(best, column) {
			continue
		}
		m := s.metrics[column]
		shown := slices.ContainsFunc(a.Rows, func(r adviceRow) bool { return r.Label == other.label })
		if !shown {
			a.Rows = append(a.Rows, s.row(extreme(m)+" "+worded(m), other))
		}
		if slices.Contains(s.aims, column) || !shown && len(a.Rows) <= 3 {
			a.Text = append(a.Text, s.instead(best, other, column))
		}
	}
	a.Text = append(a.Text, s.careful(best)...)
	if s.crowded(best) > 0 {
		spread := slices.DeleteFunc(slices.Clone(keeping), func(c *choice) bool { return s.crowded(c) > 0 })
		if other := s.best(spread, s.cost); other != nil {
			a.Text = append(a.Text, say("If no node may carry so much: ", strong(other.label), " keeps ", s.allTargets(), " too, for ", s.median(other, s.cost), " in place of ",
				s.median(best, s.cost), " ", worded(s.metrics[s.cost]), ", at ", s.median(other, s.delay), " in place of ", s.median(best, s.delay), "."))
			a.Rows = append(a.Rows, s.row("load spread", other))
		}
	}
	return a
}

// allTargets is "all 3 targets", "both targets" or "the target".
func (s *study) allTargets() string {
	switch n := len(s.Experiment.Targets); n {
	case 1:
		return "the target"
	case 2:
		return "both targets"
	default:
		return fmt.Sprintf("all %d targets", n)
	}
}

// everywhere says that a statement holds under all conditions.
func (s *study) everywhere() string {
	if n := len(s.conditions); n > 1 {
		return fmt.Sprintf(", under all %d conditions", n)
	}
	return ""
}

// extreme says what is wanted of a metric.
func extreme(m trial.Metric) string {
	if m.Better > 0 {
		return "highest"
	}
	return "lowest"
}

// value tells a choice's median of a metric, in its worst condition.
func (s *study) value(c *choice, column int) string {
	x := s.worst(c, column)
	if x == nil {
		return "unknown"
	}
	text := summary(s.metrics[column], x.Cells[column].Summary)
	if len(s.conditions) > 1 {
		text += " with " + s.conditions[x.condition] + ", where it is worst"
	}
	return text
}

// median is value without the range.
func (s *study) median(c *choice, column int) string {
	if x := s.worst(c, column); x != nil {
		return amount(s.metrics[column], x.Cells[column].Median)
	}
	return "unknown"
}

// versus says how much worse b is than a in a metric, and how sure that is. Its
// subject is b.
func (s *study) versus(a, b *choice, column int) prose {
	m := s.metrics[column]
	x, y := s.worst(a, column), s.worst(b, column)
	if x == nil || y == nil {
		return say("has an unknown ", worded(m), ".")
	}
	line, tested := s.against(a, b, column)[cellAt{y.condition, column}]
	tested = tested && x.condition == y.condition
	if tested && line.Verdict == compare.Equal {
		return say("has the same in each of ", count(line.B.N, "trial"), ".")
	}
	difference := y.Cells[column].Median - x.Cells[column].Median
	text := say("has ", s.value(b, column))
	if difference != 0 {
		text = say(text, ", ", amount(m, math.Abs(difference)), " ", moreOrLess(difference))
	}
	if base := x.Cells[column].Median; base != 0 && difference != 0 {
		text = say(text, " (", change(base, y.Cells[column].Median), ")")
	}
	switch {
	case x.condition != y.condition:
		return say(text, "; the two are worst under different conditions, so that no test tells whether that is chance.")
	case !tested:
		return say(text, "; no test could be made.")
	}
	return say(text, "; ", sure(line), ".")
}

// sure says what package compare's line lets one say of its side.
func sure(l compare.Line) string {
	how := fmt.Sprintf("%d and %s", l.A.N, count(l.B.N, "trial"))
	if l.Paired {
		how = count(l.A.N, "pair") + " of the same seed"
	}
	if powerless(l) {
		return how + " are too few to tell whether that is chance"
	}
	switch p := compare.PText(l.P); {
	case math.IsNaN(l.P):
		how += ", constant in virtual time"
	case strings.HasPrefix(p, "<"):
		how += ", p < " + p[1:]
	default:
		how += ", p = " + p
	}
	if same(l.Verdict) {
		return "the order of the two may be chance (" + how + ")"
	}
	if i := l.Ratio.Interval; l.Ratio.Estimate > 0 && i.Reaches(compare.Confidence) {
		if d := digits(i.Low, i.High); d[0] != d[1] {
			how = "×" + d[0] + " to ×" + d[1] + " with a confidence of 95 %, " + how
		}
	}
	if l.Verdict == compare.Differs {
		return "they differ significantly (" + how + ")"
	}
	return fmt.Sprintf("it is significantly %s (%s)", l.Verdict, how)
}

// powerless reports whether so few trials could not have told a difference.
func powerless(l compare.Line) bool {
	return same(l.Verdict) && (l.Powerless || math.IsNaN(l.P) && !l.Constant)
}

// near counts the choices whose cost cannot be told from the best one's, though
// there are trials enough.
func (s *study) near(best *choice, others []*choice) int {
	n := 0
	for _, c := range others {
		told, tested := false, false
		for _, l := range s.against(best, c, s.cost) {
			told = told || !same(l.Verdict)
			tested = tested || !powerless(l)
		}
		if tested && !told {
			n++
		}
	}
	return n
}

func moreOrLess(difference float64) string {
	if difference < 0 {
		return "less"
	}
	return "more"
}

// tightest says which target a choice keeps with the least to spare.
func (s *study) tightest(c *choice) prose {
	tight := c.kept[0]
	for _, k := range c.kept {
		if k.excess > tight.excess {
			tight = k
		}
	}
	m := s.metrics[tight.column]
	return say("Its tightest target is ", strong(m.Name+" "+tight.target.Text), ": its worst trial came to ", amount(m, tight.worst), ", ", percent(tight.excess), " inside.")
}

// instead says what another choice buys, and for how much.
func (s *study) instead(best, other *choice, column int) prose {
	text := say("If ", worded(s.metrics[column]), " matters more: ", strong(other.label), " keeps ", s.allTargets(), " too, at ", s.median(other, column), " in place of ",
		s.median(best, column), ", for ", s.median(other, s.cost), " in place of ", s.median(best, s.cost), " ", worded(s.metrics[s.cost]), ".")
	if share := s.crowded(other); share > 0 {
		text = say(text, " But one node sends or receives ", percent(share), " of its messages.")
	}
	return text
}

// busiest is what a star hides: it has few messages because one node has all.
const busiest = "busiest-node-share"

// crowded is the share of the messages that the busiest node sends or receives,
// where that is most of them; else 0.
func (s *study) crowded(c *choice) float64 {
	const most = 0.5 // chosen
	if x := s.worst(c, s.column(busiest)); x != nil && x.Cells[s.column(busiest)].Median >= most {
		return x.Cells[s.column(busiest)].Median
	}
	return 0
}

// careful says what a good choice could hide.
func (s *study) careful(c *choice) []prose {
	var all []prose
	if len(s.Experiment.Targets) > 0 {
		all = s.shortfalls()
	}
	if share := s.crowded(c); share > 0 {
		text := say("Careful: one node sends or receives ", percent(share), " of its messages.")
		if !s.faulty() {
			text = say(text, " What becomes of the others when it fails is a question for a nemesis.")
		}
		all = append(all, text)
	}
	least := math.MaxInt
	for _, x := range c.settings {
		least = min(least, x.Counts.Valid)
	}
	if least < enough {
		all = append(all, say("Careful: ", count(least, "trial"), " a setting ", isAre(least), " few. From ", enough, " on, the range of the trials encloses the true median with a probability above 0.95."))
	}
	return all
}

// enough is from how many trials on stats.RangeConfidence is above 0.95.
const enough = 6

func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// adviseNearest is for targets that no choice keeps.
func (s *study) adviseNearest() advice {
	best := s.choices[0]
	if best.verdict == table.Open {
		a := advice{Verdict: "open", Heading: "No setting is proved to keep " + s.allTargets() + "; nothing speaks against"}
		s.pick(&a, best)
		a.Rows = append(a.Rows, s.row("nearest", best))
		a.Text = append(a.Text, say("Nothing speaks against ", strong(best.label), ", but ", s.unproved(best), "."))
		return a
	}
	a := advice{Verdict: "fail", Heading: "No setting keeps " + s.allTargets()}
	a.Rows = append(a.Rows, s.row("nearest", best))
	if math.IsInf(best.off(), 1) {
		a.Text = append(a.Text, say("Each of the ", len(s.choices), " has trials that are invalid, or misses a target altogether."))
		return a
	}
	text := say("Nearest is ", strong(best.label), ": it misses ")
	var missed []string
	for _, k := range best.kept {
		if k.verdict == table.Fail {
			m := s.metrics[k.column]
			missed = append(missed, fmt.Sprintf("%s %s in %d of %s, at worst by %s (%s)", m.Name, k.target.Text, k.missed, count(k.trials, "trial"), percent(k.excess), amount(m, k.worst)))
		}
	}
	a.Text = append(a.Text, say(text, strings.Join(missed, "; "), "."))
	for _, t := range s.Experiment.Targets {
		column := s.column(t.Metric)
		if column < 0 {
			continue
		}
		if other := s.best(s.choices, column); other != nil && other != best {
			a.Rows = append(a.Rows, s.row(extreme(s.metrics[column])+" "+worded(s.metrics[column]), other))
		}
	}
	return a
}

// unproved says why a choice that misses no target is not proved to keep all.
func (s *study) unproved(c *choice) string {
	var reasons []string
	if c.unrun > 0 {
		reasons = append(reasons, count(c.unrun, "trial")+" of it "+map[bool]string{true: "was", false: "were"}[c.unrun == 1]+" not run")
	}
	if len(c.settings) < len(s.conditions) {
		reasons = append(reasons, "it was not run under every condition")
	}
	if slices.ContainsFunc(c.settings, func(x *setting) bool { return x.Counts.Valid < len(x.results) }) {
		reasons = append(reasons, "not all of its trials are valid")
	}
	if reasons == nil {
		return "not all of its trials tell"
	}
	return listed(reasons)
}

// adviseNothing is for experiments that vary conditions alone, or nothing.
func (s *study) adviseNothing() advice {
	only := s.choices[0]
	a := advice{Verdict: "plain", Heading: "One setting was run: there is nothing to choose"}
	if len(s.conditions) > 1 {
		a.Heading = "Only conditions were varied: there is nothing to choose"
	}
	if len(s.Experiment.Targets) == 0 {
		return a
	}
	var keeps []string
	for _, x := range only.settings {
		alone := &choice{settings: []*setting{x}}
		passes := true
		for _, t := range s.Experiment.Targets {
			passes = passes && s.keeps(alone, t).verdict == table.Pass
		}
		if passes {
			keeps = append(keeps, s.conditions[x.condition])
		}
	}
	switch {
	case len(keeps) == len(s.conditions):
		a.Verdict = "pass"
		a.Text = append(a.Text, say("It keeps ", s.allTargets(), s.everywhere(), "."))
	case len(keeps) == 0:
		a.Verdict = "fail"
		a.Text = append(a.Text, say("It does not keep ", s.allTargets(), " under any condition."))
	default:
		a.Verdict = "open"
		a.Text = append(a.Text, say("It keeps ", s.allTargets(), " under ", strong(fmt.Sprintf("%d of %d", len(keeps), len(s.conditions))), " conditions: ", listed(keeps), "."))
	}
	return a
}
