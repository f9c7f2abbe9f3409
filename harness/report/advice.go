package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gossipbench/harness/choose"
	"gossipbench/harness/compare"
	"gossipbench/harness/plain"
	"gossipbench/harness/table"
	"gossipbench/harness/trial"
)

// adviceView is what the page says first: what to choose, and why.
type adviceView struct {
	// Verdict is pass, open or fail on the targets, or front if there are none, or
	// plain if there is nothing to choose.
	Verdict string
	Heading string
	Pick    string // the choice that is advised; "" if none is
	Text    []prose
	Columns []adviceColumn
	Rows    []adviceRow // the pick beside what could be chosen instead
	With    []parameter // of the pick, those that do not tell choices apart
	Again   string      // the command that repeats a trial of the pick
}

type adviceColumn struct {
	Name, Words, Unit string
	Target            string // as it is written; "" if there is none
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

// advise writes the advice of package choose in sentences.
func (s *study) advise() adviceView {
	a := s.advice
	v := adviceView{Text: s.text(a)}
	v.Verdict, v.Heading = s.heading(a)
	if a.Pick != nil {
		v.pick(s, a.Pick)
	}
	for _, c := range a.Columns {
		m := s.Metrics[c]
		column := adviceColumn{Name: m.Name, Words: worded(m), Unit: m.Unit}
		if t := s.Table.Columns[c].Target; t != nil {
			column.Target = t.Text
		}
		v.Columns = append(v.Columns, column)
	}
	for _, o := range a.Options {
		v.Rows = append(v.Rows, s.row(a, o))
	}
	return v
}

// heading says in one line what the advice is.
func (s *study) heading(a choose.Advice) (verdict, heading string) {
	switch {
	case a.Ground == choose.Kept && a.Partial:
		return "open", "Of what was run, choose"
	case a.Ground == choose.Kept:
		return "pass", "Choose"
	case a.Ground == choose.Unproved:
		return "open", "No configuration is proved to keep " + s.allTargets() + "; nothing speaks against"
	case a.Ground == choose.Missed:
		return "fail", "No configuration keeps " + s.allTargets()
	case a.Ground == choose.Front && a.Pick == nil:
		return "front", "No targets were set: choose from the Pareto front"
	case a.Ground == choose.Front && a.Partial:
		return "front", "Of what was run, choose"
	case a.Ground == choose.Front:
		return "front", "Choose"
	case a.Ground == choose.Single:
		return s.singleVerdict(a), s.singleHeading()
	case s.Cost >= 0 && s.Delay >= 0:
		return "front", "No targets were set, and no configuration is valid throughout"
	}
	return "plain", "No targets were set, and no cost and latency were measured that all configurations share."
}

func (s *study) singleHeading() string {
	if len(s.Conditions) > 1 {
		return "Only conditions were varied: there is nothing to choose"
	}
	return "One configuration was run: there is nothing to choose"
}

func (s *study) singleVerdict(a choose.Advice) string {
	for _, r := range a.Reasons {
		if r, is := r.(choose.KeepsUnder); is {
			switch {
			case len(r.Conditions) == r.Of && a.Partial:
				return "open"
			case len(r.Conditions) == r.Of:
				return "pass"
			case len(r.Conditions) == 0:
				return "fail"
			}
			return "open"
		}
	}
	return "plain"
}

// pick fills in what concerns the choice that is advised.
func (v *adviceView) pick(s *study, c *choose.Choice) {
	v.Pick = c.Label
	r := c.Configurations[0].Results[0]
	v.Again = s.replay(*r)
	add := func(name string) {
		level, has := r.Trial.Value(name)
		tells := func(f choose.Factor) bool { return f.Name == name && f.Tells(r.Trial.Strategy) }
		if has && level != "" && !slices.ContainsFunc(s.Factors, tells) {
			v.With = append(v.With, parameter{name, level})
		}
	}
	for _, name := range choose.Chosen {
		add(name)
	}
	for _, name := range sortedKeys(r.Trial.Params) {
		add(name)
	}
}

// row shows an option, each metric under the condition under which it is the worst.
func (s *study) row(a choose.Advice, o choose.Option) adviceRow {
	row := adviceRow{Role: s.role(a, o), Label: o.Choice.Label}
	for _, column := range a.Columns {
		cell := adviceCell{Median: "unknown"}
		if x := s.Worst(o.Choice, column); x != nil {
			cell.Median, cell.Range = parted(x.Cells[column].Summary)
		}
		for _, k := range o.Choice.Standings {
			if k.Column == column {
				cell.Verdict = k.Verdict
			}
		}
		row.Cells = append(row.Cells, cell)
	}
	return row
}

// role says why an option is shown.
func (s *study) role(a choose.Advice, o choose.Option) string {
	switch o.Role {
	case choose.Best:
		return s.bestIn(o.Column)
	case choose.BestInAll:
		role := "best in all"
		if len(s.Aims) == 2 {
			role = "best in both"
		}
		if len(a.ByChance) > 0 {
			role += ", chance aside"
		}
		return role
	case choose.InPlace:
		return "in place of it"
	case choose.Lucky:
		return "ahead by chance"
	}
	return string(o.Role)
}

// text says why, and what to be careful about.
func (s *study) text(a choose.Advice) []prose {
	var reasons, unfit, careful []prose
	for _, c := range a.Cautions {
		switch c := c.(type) {
		case choose.Lossy, choose.Short:
			unfit = append(unfit, s.unfit(c))
		default:
			careful = append(careful, s.careful(c))
		}
	}
	for _, r := range a.Reasons {
		if _, is := r.(choose.Unloaded); !is { // which answers a caution
			reasons = append(reasons, s.reason(a, r)...)
		}
	}
	if a.Ground == choose.Front {
		return slices.Concat(unfit, reasons, careful)
	}
	all := slices.Concat(reasons, unfit, careful)
	for _, r := range a.Reasons {
		if r, is := r.(choose.Unloaded); is {
			all = append(all, s.unloaded(a.Pick, r.Choice))
		}
	}
	return all
}

// reason writes a reason.
func (s *study) reason(a choose.Advice, r choose.Reason) []prose {
	switch r := r.(type) {
	case choose.Keeps:
		return s.keeps(a, r)
	case choose.Tightest:
		m := s.Metrics[r.Column]
		return []prose{say("Its tightest target is ", strong(m.Name+" "+r.Target.Text), ": its worst trial came to ", amount(m, r.Worst), ", ", percent(r.Excess), " inside.")}
	case choose.Instead:
		return []prose{s.instead(a.Pick, r)}
	case choose.Lacks:
		return []prose{say("Nothing speaks against ", strong(a.Pick.Label), ", but ", lacks(r), ".")}
	case choose.Misses:
		return []prose{s.misses(a.Options[0].Choice, r)}
	case choose.KeepsUnder:
		return []prose{s.keepsUnder(r)}
	}
	return s.frontReason(a, r)
}

// keeps says that the pick meets all targets, and what comes second.
func (s *study) keeps(a choose.Advice, r choose.Keeps) []prose {
	trials := "its one trial"
	if r.Trials > 1 {
		trials = fmt.Sprintf("each of its %d trials", r.Trials)
	}
	why := say("It keeps ", s.allTargets(), " in ", trials, s.everywhere())
	if a.RunnerUp == nil {
		return []prose{say(why, ", and is the only one of ", r.Of, " that does.")}
	}
	why = say(why, ". Of the ", strong(fmt.Sprintf("%d of %d", r.Keeping, r.Of)), " that do, it has the ", s.bestIn(s.Cost), ": ", strong(s.value(a.Pick, s.Cost)), ".")
	text := say("Runner-up: ", strong(a.RunnerUp.Label), " ", s.rival(a.RunnerUp))
	if a.Near > 1 {
		text = say(text, " ", a.Near, " configurations are so near to the first.")
	}
	return []prose{why, text}
}

// instead says what another choice buys, and for how much.
func (s *study) instead(pick *choose.Choice, r choose.Instead) prose {
	text := say("If ", worded(s.Metrics[r.Column]), " matters more: ", strong(r.Choice.Label), " keeps ", s.allTargets(), " too, at ", s.median(r.Choice, r.Column), " in place of ",
		s.median(pick, r.Column), ", for ", s.median(r.Choice, s.Cost), " in place of ", s.median(pick, s.Cost), " ", worded(s.Metrics[s.Cost]), ".")
	if share := s.Crowd(r.Choice); share > 0 {
		text = say(text, " But one node sends or receives ", percent(share), " of its messages.")
	}
	return text
}

// unloaded says what it costs that no node carries most of the messages.
func (s *study) unloaded(pick, other *choose.Choice) prose {
	return say("If no node may carry so much: ", strong(other.Label), " keeps ", s.allTargets(), " too, for ", s.median(other, s.Cost), " in place of ",
		s.median(pick, s.Cost), " ", worded(s.Metrics[s.Cost]), ", at ", s.median(other, s.Delay), " in place of ", s.median(pick, s.Delay), ".")
}

// lacks says why a choice that misses no target is not proved to meet all.
func lacks(r choose.Lacks) string {
	var reasons []string
	if r.Trials > 0 {
		reasons = append(reasons, plain.Count(r.Trials, "trial")+" of it "+map[bool]string{true: "was", false: "were"}[r.Trials == 1]+" not run")
	}
	if r.Conditions {
		reasons = append(reasons, "it was not run under every condition")
	}
	if r.Valid {
		reasons = append(reasons, "not all of its trials are valid")
	}
	if reasons == nil {
		return "not all of its trials tell"
	}
	return listed(reasons)
}

// misses says which targets the nearest choice misses, and by how much.
func (s *study) misses(nearest *choose.Choice, r choose.Misses) prose {
	if r.Standings == nil {
		return say("Each of the ", len(s.Choices), " has trials that are invalid, or misses a target altogether.")
	}
	var missed []string
	for _, k := range r.Standings {
		m := s.Metrics[k.Column]
		missed = append(missed, fmt.Sprintf("%s %s in %d of %s, at worst by %s (%s)", m.Name, k.Target.Text, k.Missed, plain.Count(k.Trials, "trial"), percent(k.Excess), amount(m, k.Worst)))
	}
	return say("Nearest is ", strong(nearest.Label), ": it misses ", strings.Join(missed, "; "), ".")
}

// keepsUnder says where the only choice meets all targets.
func (s *study) keepsUnder(r choose.KeepsUnder) prose {
	switch len(r.Conditions) {
	case r.Of:
		return say("It keeps ", s.allTargets(), s.everywhere(), ".")
	case 0:
		return say("It does not keep ", s.allTargets(), " under any condition.")
	}
	return say("It keeps ", s.allTargets(), " under ", strong(fmt.Sprintf("%d of %d", len(r.Conditions), r.Of)), " conditions: ", listed(r.Conditions), ".")
}

// done says of a metric of which nobody wants to pay much what a choice does, and of what.
var done = map[string]struct{ of, one, many string }{
	"coverage":    {"nodes", "reaches", "reach"},
	"ok-fraction": {"ops", "does", "do"},
}

// unfit says which choices lose too much, or do too little, to be picked.
func (s *study) unfit(c choose.Caution) prose {
	var names []string
	switch c := c.(type) {
	case choose.Lossy:
		names = labels(c.Choices)
		verb, end := "leave", "are no choice, however fast the others arrive: "
		if len(names) == 1 {
			verb, end = "leaves", "is no choice, however fast the others arrive: "
		}
		return say(strong(fmt.Sprintf("%d of %d", len(names), len(s.Choices))), " ", verb,
			" values undelivered that others bring everywhere under the same condition, and ", end, strings.Join(short(names), "; "), ".")
	case choose.Short:
		m := s.Metrics[c.Column]
		for _, short := range c.Choices {
			names = append(names, short.Label+" ("+worded(m)+" "+s.median(short, c.Column)+")")
		}
		words := done[m.Name]
		verb, end := words.many, "are no choice, however little they cost: "
		if len(names) == 1 {
			verb, end = words.one, "is no choice, however little it costs: "
		}
		return say(strong(fmt.Sprintf("%d of %d", len(names), len(s.Choices))), " ", verb, fmt.Sprintf(" less than %.0f %% of the ", 100*choose.LeastShare), words.of,
			" that the best ", words.one, " under the same condition, and ", end, strings.Join(short(names), "; "), ".")
	}
	panic(fmt.Sprintf("report: no words for %T", c))
}

// careful says what the pick could hide.
func (s *study) careful(c choose.Caution) prose {
	switch c := c.(type) {
	case choose.Crowded:
		text := say("Careful: one node sends or receives ", percent(c.Share), " of its messages.")
		if !c.Faults {
			text = say(text, " What becomes of the others when it fails is a question for a nemesis.")
		}
		return text
	case choose.Few:
		return say("Careful: ", plain.Count(c.Trials, "trial"), " a configuration ", isAre(c.Trials), " few. From ", choose.Enough, " on, the range of the trials encloses the true median with a probability above 0.95.")
	}
	panic(fmt.Sprintf("report: no words for %T", c))
}

// allTargets is "all 3 targets", "both targets" or "the target".
func (s *study) allTargets() string {
	switch n := len(s.Targets); n {
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
	if n := len(s.Conditions); n > 1 {
		return fmt.Sprintf(", under all %d conditions", n)
	}
	return ""
}

// bestIn says what is wanted of a metric: "lowest messages per op".
func (s *study) bestIn(column int) string {
	m := s.Metrics[column]
	return extreme(m) + " " + worded(m)
}

// extreme says what is wanted of a metric.
func extreme(m trial.Metric) string {
	if m.Better > 0 {
		return "highest"
	}
	return "lowest"
}

// value tells a choice's median of a metric, under its worst condition.
func (s *study) value(c *choose.Choice, column int) string {
	return s.valueOf(s.Worst(c, column), column)
}

func (s *study) valueOf(x *choose.Configuration, column int) string {
	if x == nil {
		return "unknown"
	}
	text := summary(s.Metrics[column], x.Cells[column].Summary)
	if len(s.Conditions) > 1 {
		text += " with " + s.Conditions[x.Condition] + ", where it is worst"
	}
	return text
}

// median is value without the range.
func (s *study) median(c *choose.Choice, column int) string {
	if x := s.Worst(c, column); x != nil {
		return amount(s.Metrics[column], x.Cells[column].Median)
	}
	return "unknown"
}

// rival says how much worse the rival is, and how sure that is. Its subject is the
// rival.
func (s *study) rival(r *choose.Rival) prose {
	m := s.Metrics[r.Column]
	if r.A == nil || r.B == nil {
		return say("has an unknown ", worded(m), ".")
	}
	if r.Tested && r.Line.Verdict == compare.Equal {
		return say("has the same in each of ", plain.Count(r.Line.B.N, "trial"), ".")
	}
	a, b := r.A.Cells[r.Column].Median, r.B.Cells[r.Column].Median
	text := say("has ", s.valueOf(r.B, r.Column))
	if b != a {
		text = say(text, ", ", amount(m, math.Abs(b-a)), " ", moreOrLess(b-a))
	}
	if a != 0 && b != a {
		text = say(text, " (", change(a, b), ")")
	}
	switch {
	case r.A.Condition != r.B.Condition:
		return say(text, "; the two are worst under different conditions, so that no test tells whether that is chance.")
	case !r.Tested:
		return say(text, "; no test could be made.")
	}
	return say(text, "; ", sure(r.Line), ".")
}

// sure says what a line of package compare lets one say of its side.
func sure(l compare.Line) string {
	how := fmt.Sprintf("%d and %s", l.A.N, plain.Count(l.B.N, "trial"))
	if l.Paired {
		how = plain.Count(l.A.N, "pair") + " of the same seed"
	}
	if choose.Powerless(l) {
		return how + " are too few to tell whether that is chance"
	}
	switch {
	case math.IsNaN(l.P):
		how += ", constant in virtual time"
	case l.P < 0.001:
		how += ", p < 0.001"
	default:
		how += fmt.Sprintf(", p = %.3f", l.P)
	}
	if choose.Undecided(l) {
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

func moreOrLess(difference float64) string {
	if difference < 0 {
		return "less"
	}
	return "more"
}

func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// labels are those of choices.
func labels(choices []*choose.Choice) []string {
	var all []string
	for _, c := range choices {
		all = append(all, c.Label)
	}
	return all
}
