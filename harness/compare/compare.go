// Package compare joins stored results into comparisons: two sides setting by
// setting, the front of two metrics, which factor matters, and whether results
// are worse than they were.
//
// Trials are matched by their settings, and replicates by their seeds where
// both sides ran in virtual time with the same seeds: they met the same ops and
// faults, so what differs between the two of a pair is the sides' doing. Time
// that is real has no such pairs. Only valid trials count; what could not be
// matched, or is to be read with care, is said in notes.
//
// A ratio with an interval that holds 1 does not say that nothing differs, only
// that these replicates cannot tell.
package compare

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"gossipbench/harness/plain"
	"gossipbench/harness/query"
	"gossipbench/harness/stats"
	"gossipbench/harness/trial"
)

// Side is results that are compared with others.
type Side struct {
	Name    string
	Results []trial.Result
}

// By parts results into sides, one for each level of a setting, in order. Trials
// that lack it are of no side.
func By(results []trial.Result, setting string) ([]Side, error) {
	if err := errors.Join(query.Check(results, setting)...); err != nil {
		return nil, err
	}
	return Split(slices.DeleteFunc(slices.Clone(results), func(r trial.Result) bool {
		_, has := r.Trial.Value(setting)
		return !has
	}), []string{setting})
}

// Split parts results by the levels of some settings, in order, and names each
// part by them, such as "peers=mixed".
func Split(results []trial.Result, settings []string) ([]Side, error) {
	if err := errors.Join(query.Check(results, settings...)...); err != nil {
		return nil, err
	}
	groups := query.GroupBy(results, query.Project(settings...))
	query.Sort(groups)
	parts := make([]Side, len(groups))
	for i, g := range groups {
		parts[i].Name = g.Label()
		for _, r := range g.Results {
			parts[i].Results = append(parts[i].Results, *r)
		}
	}
	return parts, nil
}

// Options say what is compared, and how sure one wants to be.
type Options struct {
	// Metrics are names of metrics or families; without them the most telling.
	Metrics []string
	// Setting is what tells the sides apart, where one setting does.
	Setting string
	// Correction of the p-values for their number: Holm, BenjaminiHochberg or None.
	Correction string
	// Confidence of the intervals, above 0 and below 1; 0 stands for Confidence. A
	// p-value of at most 1 less it is taken for a difference.
	Confidence float64
}

// Corrections are the values of Options.Correction; the first is the default.
var Corrections = []string{Holm, BenjaminiHochberg, None}

// The corrections for many tests.
const (
	Holm              = "holm"
	BenjaminiHochberg = "bh"
	None              = "none"
)

// Confidence is that of Options where they name none: by custom, see stats.Test.
const Confidence = 0.95

// Verdict says what a line lets one say.
type Verdict string

// The verdicts.
const (
	Better  Verdict = "better"  // than the base, by the metric's direction
	Worse   Verdict = "worse"   // than the base
	Differs Verdict = "differs" // where the metric has no direction
	Equal   Verdict = "="       // all trials of both sides gave one number
	Unsure  Verdict = "~"       // nothing can be said
)

// Line compares one metric of one setting.
type Line struct {
	Setting string // the levels that tell the settings apart; "" where there is one
	Side    string // that is compared with the base
	Metric  trial.Metric
	A, B    stats.Summary // of the base, of the side
	// Ratio is how many times the base's the side's value is, Shift by how much
	// it is above, Delta Cliff's.
	Ratio, Shift stats.Shift
	Delta        float64
	Paired       bool       // by seed
	Constant     bool       // no replicate differs, and that is enough to go by without a test
	Test         stats.Test // its P is before the correction
	P            float64    // after it; NaN where there is none
	Verdict      Verdict
	Powerless    bool // so few samples could not have told, among so many tests
	// MarredA and MarredB are how many trials of each side may not be chosen for the
	// metric: see trial.Metric.Merit. A side that has any is never better in it.
	MarredA, MarredB int
	Warnings         []string
}

// Comparison is what a person is shown.
type Comparison struct {
	Base    string
	Caption string
	Lines   []Line
	Notes   []string
}

// ErrNothing is the error of sides that have no setting in common.
var ErrNothing = errors.New("nothing to compare")

// Compare compares sides with a base: by settings in the order of the base's
// results, then by metric, then by side. The error says that a metric is not
// known, or that no setting is of the base and of another side.
func Compare(base Side, others []Side, o Options) (*Comparison, error) {
	all := slices.Clone(base.Results)
	for _, s := range others {
		all = append(all, s.Results...)
	}
	metrics, err := query.Metrics(all, o.Metrics)
	if err != nil {
		return nil, err
	}
	o.Confidence = cmp.Or(o.Confidence, Confidence)
	c := &Comparison{Base: base.Name}
	least, most, order := -1, 0, 0
	placed := map[string]int{}
	for _, side := range others {
		pairs, notes := join(base, side, o.Setting)
		c.Notes = append(c.Notes, notes...)
		for _, p := range pairs {
			if !p.valid() {
				continue
			}
			if _, known := placed[p.label]; !known {
				placed[p.label] = order
				order++
			}
			for _, n := range []int{p.a.Count(trial.Valid), p.b.Count(trial.Valid)} {
				most = max(most, n)
				if least < 0 || n < least {
					least = n
				}
			}
			for _, m := range metrics {
				if line, ok := p.line(m, side.Name, o.Confidence); ok {
					c.Lines = append(c.Lines, line)
				}
			}
		}
	}
	if len(c.Lines) == 0 {
		return nil, errors.Join(append([]error{fmt.Errorf("%w: no setting has valid trials of %s and of another side", ErrNothing, base.Name)}, asErrors(c.Notes)...)...)
	}
	at := map[string]int{}
	for i, m := range metrics {
		at[m.Name] = i
	}
	slices.SortStableFunc(c.Lines, func(x, y Line) int {
		if d := placed[x.Setting] - placed[y.Setting]; d != 0 {
			return d
		}
		return at[x.Metric.Name] - at[y.Metric.Name]
	})
	Judge(c.Lines, o.Correction, o.Confidence)
	c.Caption = query.Caption(all, query.Replicates(least, most)) + differ(base, others, o.Setting)
	for _, side := range append([]Side{base}, others...) {
		c.Notes = append(c.Notes, side.uncounted()...)
	}
	c.Notes = append(c.explain(o), c.Notes...)
	return c, nil
}

func asErrors(notes []string) []error {
	var errs []error
	for _, n := range notes {
		errs = append(errs, errors.New(strings.TrimSuffix(n, ".")))
	}
	return errs
}

// Between compares a metric of two sets of trials, each of which has one setting
// throughout. The line has no verdict before Judge. It is false where one of the
// two has no valid trial with the metric, or trials of which not every setting is
// known.
func Between(base, side []*trial.Result, m trial.Metric) (Line, bool) {
	unknown := func(r *trial.Result) bool { return len(r.Trial.Unknown) > 0 }
	if len(base) == 0 || len(side) == 0 || slices.ContainsFunc(base, unknown) || slices.ContainsFunc(side, unknown) {
		return Line{}, false
	}
	p := newPair(query.Group{Results: base}, query.Group{Results: side})
	return p.line(m, "", Confidence)
}

// Judge corrects the p-values of lines for their number and gives each line its
// verdict. Lines that are told of together are judged together.
func Judge(lines []Line, correction string, confidence float64) {
	correct(lines, correction, 1-confidence)
	for i := range lines {
		lines[i].judge(1 - confidence)
	}
}

// line compares a metric of a pair, as far as both have it.
func (p *pair) line(m trial.Metric, side string, confidence float64) (Line, bool) {
	a, b := p.a.Values(m), p.b.Values(m)
	if len(a) == 0 || len(b) == 0 {
		return Line{}, false
	}
	l := Line{Setting: p.label, Side: side, Metric: m, A: stats.Summarize(a), B: stats.Summarize(b), Delta: stats.CliffsDelta(a, b)}
	if x, y, ok := p.bySeed(m); ok {
		l.paired(x, y, confidence)
	} else {
		l.Test = stats.MannWhitney(a, b)
		l.Ratio = stats.Ratio(a, b, false, confidence)
		l.Shift = stats.HodgesLehmann(a, b, confidence)
		if len(a) != len(b) {
			l.warn(fmt.Sprintf("n differs: %d and %d", len(a), len(b)))
		}
	}
	l.MarredA, l.MarredB = p.a.Marred(m), p.b.Marred(m)
	for _, marred := range []struct {
		of   string
		n, N int
	}{{"the base", l.MarredA, l.A.N}, {"this side", l.MarredB, l.B.N}} {
		if marred.n > 0 {
			l.warn(fmt.Sprintf("%s in %d of %s of %s: it cannot be the better one", m.Whole, marred.n, plain.Count(marred.N, "trial"), marred.of))
		}
	}
	l.warn(l.Test.Warning)
	l.warn(l.Ratio.Warning)
	l.heed(p.virtual)
	if len(stats.TukeyOutliers(a))+len(stats.TukeyOutliers(b)) > 0 {
		l.warn("outliers by Tukey's fences, which count as all others do")
	}
	if p.machines != "" {
		l.warn(p.machines)
	}
	return l, true
}

// paired compares two sides of which the values at one index met the same ops
// and faults. Where all values are above 0 the test is of their logarithms, so
// that it agrees with the interval of the ratio.
func (l *Line) paired(a, b []float64, confidence float64) {
	l.Paired = true
	differences, logs := make([]float64, len(a)), make([]float64, len(a))
	positive := true
	for i := range a {
		differences[i] = b[i] - a[i]
		positive = positive && a[i] > 0 && b[i] > 0
		logs[i] = math.Log(b[i]) - math.Log(a[i])
	}
	l.Ratio = stats.Ratio(a, b, true, confidence)
	l.Shift = stats.HodgesLehmannPaired(differences, confidence)
	l.Test = stats.SignedRank(differences)
	if !positive || l.Test.Method == stats.Constant {
		return
	}
	if t := stats.SignedRank(logs); t.Method != stats.Constant {
		l.Test = t
	}
}

// From how many trials on what is constant in virtual time goes for a fact: each
// side by itself, or the differences of pairs. Were nothing different, three
// trials of two values would come out so in at most 1 case of 32, as would the
// signs of six pairs.
const (
	constantTrials = 3
	constantPairs  = 6
)

// heed decides whether a constant is a fact.
func (l *Line) heed(virtual bool) {
	if l.Test.Method != stats.Constant {
		return
	}
	still := l.A.Least == l.A.Most && l.B.Least == l.B.Most && min(l.A.N, l.B.N) >= constantTrials
	switch {
	case l.Shift.Estimate == 0, virtual && (still || l.Paired && l.A.N >= constantPairs):
		l.Constant = true
	case virtual:
		l.warn(fmt.Sprintf("constant, but of too few trials to go by: want %d of each side, or %d pairs", constantTrials, constantPairs))
	default:
		l.warn("each side is constant, which in real time proves nothing")
	}
}

func (l *Line) warn(text string) {
	if text != "" && !slices.Contains(l.Warnings, text) {
		l.Warnings = append(l.Warnings, text)
	}
}

// correct sets the p-values after correction for their number, and warns of lines
// that no outcome of so few samples could bring down to alpha among so many tests.
func correct(lines []Line, correction string, alpha float64) {
	adjust := stats.Holm
	switch correction {
	case BenjaminiHochberg:
		adjust = stats.BenjaminiHochberg
	case None:
		adjust = slices.Clone[[]float64]
	}
	ps := make([]float64, len(lines))
	for i := range lines {
		ps[i] = lines[i].Test.P
	}
	corrected := adjust(ps)
	for i := range lines {
		l := &lines[i]
		l.P = corrected[i]
		if !(l.P > alpha) { // or it has none
			continue
		}
		was := ps[i]
		ps[i] = min(was, l.leastP())
		if least := adjust(ps)[i]; least > alpha {
			l.Powerless = true
			if l.Test.Warning == "" {
				l.warn(fmt.Sprintf("too few samples for so many tests: after correction no p could be below %.2g", least))
			}
		}
		ps[i] = was
	}
}

// leastP is the least p-value that the line's numbers of samples allow: of the
// 2^n signs of n pairs, or the choices of n ranks out of both sides', two are as
// far out as can be.
func (l *Line) leastP() float64 {
	if l.Paired {
		return math.Min(1, 2*math.Exp2(-float64(l.A.N)))
	}
	choices := 1.0
	for i := 1; i <= l.A.N; i++ {
		choices *= float64(l.B.N+i) / float64(i)
	}
	return math.Min(1, 2/choices)
}

// judge says what the line lets one say where a p-value of at most alpha is taken
// for a difference.
func (l *Line) judge(alpha float64) {
	up := l.Shift.Estimate
	switch {
	case l.Constant && up == 0:
		l.Verdict = Equal
	case !l.Constant && !(l.P <= alpha) || up == 0:
		l.Verdict = Unsure
	case l.Metric.Better == 0:
		l.Verdict = Differs
	case (up > 0) == (l.Metric.Better > 0) && l.MarredB > 0, (up > 0) != (l.Metric.Better > 0) && l.MarredA > 0:
		l.Verdict = Unsure // whoever is ahead does not do it all
	case (up > 0) == (l.Metric.Better > 0):
		l.Verdict = Better
	default:
		l.Verdict = Worse
	}
}

// explain says how the numbers came about.
func (c *Comparison) explain(o Options) []string {
	paired, tests := 0, 0
	for _, l := range c.Lines {
		if l.Paired {
			paired++
		}
		if !math.IsNaN(l.Test.P) {
			tests++
		}
	}
	how := fmt.Sprintf("Ratios are Hodges–Lehmann estimates of the logarithms with an interval of %s; ", percent(o.Confidence))
	switch paired {
	case len(c.Lines):
		how += "replicates are paired by seed; p is Wilcoxon's signed-rank test's"
	case 0:
		how += "replicates are not paired; p is the Mann–Whitney U test's"
	default:
		how += fmt.Sprintf("in %d of %s replicates are paired by seed: there p is Wilcoxon's signed-rank test's, else the Mann–Whitney U test's", paired, plain.Count(len(c.Lines), "line"))
	}
	alpha := fmt.Sprintf("%.3g", 1-o.Confidence)
	switch {
	case tests == 0:
		how += ", which no line allows."
	case o.Correction == None:
		how += ", without correction: where nothing differs the share of false alarms among such lines is up to " + alpha + "."
	case o.Correction == BenjaminiHochberg:
		how += fmt.Sprintf(", after Benjamini and Hochberg's correction for %s.", plain.Count(tests, "test"))
	default:
		how += fmt.Sprintf(", after Holm's correction for %s.", plain.Count(tests, "test"))
	}
	return []string{how, "~: nothing can be said at p ≤ " + alpha + ". No p: no replicate differs, and a verdict says what was seen."}
}
