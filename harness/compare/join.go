package compare

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gossipbench/harness/table"
	"gossipbench/harness/trial"
)

// apart are what tells the trials of one setting from each other: the replicate,
// and the name by which an imported test is known.
var apart = []string{"seed", "replicate", "from"}

// group is the trials of one setting.
type group struct {
	first   *trial.Trial
	results []*trial.Result
}

// valid is the number of its valid trials.
func (g *group) valid() int {
	n := 0
	for _, r := range g.results {
		if r.Outcome == trial.Valid {
			n++
		}
	}
	return n
}

// numbers returns a metric of the trials that have it and count for it.
func (g *group) numbers(m trial.Metric) []float64 {
	var all []float64
	for _, r := range g.results {
		if x, has := r.Metrics[m.Name]; has && m.In(r.Outcome) {
			all = append(all, x)
		}
	}
	return all
}

// marred is the number of its valid trials that may not be chosen for a metric: see
// trial.Metric.Merit.
func (g *group) marred(m trial.Metric) int {
	n := 0
	for _, r := range g.results {
		if r.Outcome == trial.Valid && !m.Merit(r) {
			n++
		}
	}
	return n
}

// groups parts results by their settings, in the order in which they come. A
// trial of which not all settings are known is of none: left counts them.
func groups(results []trial.Result) (all []*group, left int) {
	index := map[string]*group{}
	names := namesOf(results)
	for i := range results {
		t := &results[i].Trial
		if len(t.Unknown) > 0 {
			left++
			continue
		}
		key := keyOf(t, names)
		g := index[key]
		if g == nil {
			g = &group{first: t}
			index[key] = g
			all = append(all, g)
		}
		g.results = append(g.results, &results[i])
	}
	return all, left
}

// namesOf are the settings and parameters of results, but for those in apart.
func namesOf(results []trial.Result) []string {
	all := trial.NamesOf(results)
	return slices.DeleteFunc(all, func(name string) bool { return slices.Contains(apart, name) })
}

// keyOf is one text for all trials that are alike in the settings named.
func keyOf(t *trial.Trial, names []string) string {
	var key strings.Builder
	for _, name := range names {
		value, has := t.Value(name)
		if has {
			key.WriteString(value)
		}
		key.WriteByte(0)
	}
	return key.String()
}

// label names a trial by some of its settings.
func label(t *trial.Trial, names []string) string {
	var words []string
	for _, name := range names {
		if value, has := t.Value(name); has {
			words = append(words, name+"="+value)
		}
	}
	return strings.Join(words, " ")
}

// pair is a setting of the base and one of a side, alike in all that both vary.
type pair struct {
	label    string
	a, b     *group
	virtual  bool   // time is virtual on both sides
	machines string // a warning where they differ
}

func newPair(a, b *group) pair {
	return pair{a: a, b: b, machines: machines(a, b), virtual: a.first.Virtual() && b.first.Virtual()}
}

// join matches the settings of a side with those of the base. They are told
// apart by setting, where that is not empty, and by what varies within neither
// but differs between them, or is a parameter of one alone; where such a
// parameter has several levels, each setting is compared with each.
func join(base, side Side, setting string) (pairs []pair, notes []string) {
	as, leftA := groups(base.Results)
	bs, leftB := groups(side.Results)
	if left := leftA + leftB; left > 0 {
		notes = append(notes, fmt.Sprintf("Left out: %s of which not every setting is known.", many(left, "trial")))
	}
	shared, extra := sharedNames(as, bs, setting)
	varying := slices.Concat(shared, extra)
	byKey := map[string][]*group{}
	for _, b := range bs {
		key := keyOf(b.first, shared)
		byKey[key] = append(byKey[key], b)
	}
	matched := map[string]bool{}
	for _, a := range as {
		key := keyOf(a.first, shared)
		matched[key] = true
		for _, b := range byKey[key] {
			p := newPair(a, b)
			p.label = label(a.first, varying)
			if more := label(b.first, onlyOf(b.first, a.first, extra)); more != "" {
				p.label = strings.TrimSpace(p.label + " " + more)
			}
			if p.a.valid() == 0 || p.b.valid() == 0 {
				notes = append(notes, fmt.Sprintf("No valid trials on both sides: %s (%s and %s).", orAll(p.label), base.Name, side.Name))
			}
			pairs = append(pairs, p)
		}
		if len(byKey[key]) == 0 {
			notes = append(notes, fmt.Sprintf("Only of %s, not of %s: %s.", base.Name, side.Name, orAll(label(a.first, varying))))
		}
	}
	for _, b := range bs {
		if !matched[keyOf(b.first, shared)] {
			notes = append(notes, fmt.Sprintf("Only of %s, not of %s: %s.", side.Name, base.Name, orAll(label(b.first, varying))))
		}
	}
	return pairs, few(notes)
}

// few keeps notes to a number that a person reads.
func few(notes []string) []string {
	const most = 10 // chosen
	if len(notes) <= most {
		return notes
	}
	return append(notes[:most:most], fmt.Sprintf("And %d notes more of this kind.", len(notes)-most))
}

func orAll(label string) string { return cmp.Or(label, "the only setting") }

// onlyOf are those of names that b has and a has not, or that differ.
func onlyOf(b, a *trial.Trial, names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		x, had := a.Value(name)
		y, has := b.Value(name)
		return !has || had && x == y
	})
}

// sharedNames are the settings that vary within one side or the other and that
// both have, and those extra that one alone has and varies: a parameter that the
// other lacks, or a setting of which the other has one level that this one lacks.
func sharedNames(as, bs []*group, setting string) (shared, extra []string) {
	results := make([]trial.Result, 0, len(as)+len(bs))
	for _, g := range slices.Concat(as, bs) {
		results = append(results, trial.Result{Trial: *g.first})
	}
	for _, name := range namesOf(results) {
		if name == setting {
			continue
		}
		a, b := levels(as, name), levels(bs, name)
		many := len(a) > 1 && len(b) > 1
		switch {
		case len(a)+len(b) > 2 && (many || common(a, b)):
			shared = append(shared, name)
		case len(a) > 1 || len(b) > 1:
			extra = append(extra, name)
		}
	}
	return shared, extra
}

// common reports whether a and b have a level in common.
func common(a, b map[string]bool) bool {
	for level := range a {
		if b[level] {
			return true
		}
	}
	return false
}

// levels are the values of a setting among the groups that have it.
func levels(gs []*group, name string) map[string]bool {
	all := map[string]bool{}
	for _, g := range gs {
		if value, has := g.first.Value(name); has {
			all[value] = true
		}
	}
	return all
}

// bySeed returns the values of a metric of both sides, in order of seed; false
// where time is real, where a seed is met twice or by one side alone, or where
// there is but one.
func (p *pair) bySeed(metric trial.Metric) (a, b []float64, ok bool) {
	if !p.virtual {
		return nil, nil, false
	}
	x, fine := seeds(p.a, metric)
	y, fineToo := seeds(p.b, metric)
	if !fine || !fineToo || len(x) != len(y) || len(x) < 2 {
		return nil, nil, false
	}
	for _, seed := range slices.Sorted(maps.Keys(x)) {
		other, has := y[seed]
		if !has {
			return nil, nil, false
		}
		a, b = append(a, x[seed]), append(b, other)
	}
	return a, b, true
}

// seeds are the values of a metric by seed; false where a seed is met twice.
func seeds(g *group, metric trial.Metric) (map[uint64]float64, bool) {
	all := map[uint64]float64{}
	for _, r := range g.results {
		x, has := r.Metrics[metric.Name]
		if !has || !metric.In(r.Outcome) {
			continue
		}
		if _, twice := all[r.Trial.Seed]; twice {
			return nil, false
		}
		all[r.Trial.Seed] = x
	}
	return all, true
}

// machines warns where two groups were measured on different machines. Virtual
// time is the same on all.
func machines(a, b *group) string {
	if a.first.Virtual() && b.first.Virtual() {
		return ""
	}
	x, y := machinesOf(a), machinesOf(b)
	if len(x) == 0 || len(y) == 0 || slices.Equal(x, y) {
		return ""
	}
	return fmt.Sprintf("different machines: %s and %s", strings.Join(x, " | "), strings.Join(y, " | "))
}

func machinesOf(g *group) []string {
	all := map[string]bool{}
	for _, r := range g.results {
		if m := table.Machine(r.Made); m != "" {
			all[m] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// differ tells in which settings the sides as wholes differ from the base: those
// that have one level on each side. Setting tells the sides apart anyway.
func differ(base Side, others []Side, setting string) string {
	as, _ := groups(base.Results)
	told := ""
	for _, side := range others {
		bs, _ := groups(side.Results)
		var words []string
		for _, name := range namesOf(slices.Concat(base.Results, side.Results)) {
			a, b := slices.Collect(maps.Keys(levels(as, name))), slices.Collect(maps.Keys(levels(bs, name)))
			if name != setting && len(a) == 1 && len(b) == 1 && a[0] != b[0] {
				words = append(words, fmt.Sprintf("%s (%s, %s)", name, a[0], b[0]))
			}
		}
		if words != nil {
			told += fmt.Sprintf("; %s and %s differ in %s", base.Name, side.Name, strings.Join(words, ", "))
		}
	}
	return told
}

// uncounted notes the trials that are in no number, by outcome.
func (s Side) uncounted() []string {
	var words []string
	for _, outcome := range trial.Unused {
		n := 0
		for i := range s.Results {
			if s.Results[i].Outcome == outcome {
				n++
			}
		}
		if n > 0 {
			words = append(words, fmt.Sprintf("%d %s", n, outcome))
		}
	}
	if words == nil {
		return nil
	}
	return []string{fmt.Sprintf("Not in the numbers: of the %s of %s %s.", many(len(s.Results), "trial"), s.Name, strings.Join(words, ", "))}
}
