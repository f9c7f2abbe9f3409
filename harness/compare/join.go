package compare

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gossipbench/harness/plain"
	"gossipbench/harness/query"
	"gossipbench/harness/trial"
)

// pair is a configuration of the base and one of a side, alike in all that both vary.
type pair struct {
	label    string
	a, b     query.Group
	virtual  bool   // time is virtual on both sides
	machines string // a warning where they differ
}

func newPair(a, b query.Group) pair {
	virtual := a.First().Virtual() && b.First().Virtual()
	p := pair{a: a, b: b, virtual: virtual}
	if !virtual {
		p.machines = machines(a, b)
	}
	return p
}

// valid reports whether both have valid trials.
func (p *pair) valid() bool { return p.a.Count(trial.Valid) > 0 && p.b.Count(trial.Valid) > 0 }

// join matches the configurations of a side with those of the base. They are told
// apart by setting, where that is not empty, and by what varies within neither
// but differs between them, or is a parameter of one alone; where such a
// parameter has several levels, each configuration is compared with each.
func join(base, side Side, setting string) (pairs []pair, notes []string) {
	as, leftA := query.Configurations(base.Results)
	bs, leftB := query.Configurations(side.Results)
	if left := leftA + leftB; left > 0 {
		notes = append(notes, leftOut(left))
	}
	names, extra := sharedNames(as, bs, setting)
	shared, varying := query.Project(names...), query.Project(slices.Concat(names, extra)...)
	label := func(g query.Group) string { return varying.Of(g.First()).Label() }
	byKey := map[query.Key][]query.Group{}
	for _, b := range bs {
		k := shared.Of(b.First())
		byKey[k] = append(byKey[k], b)
	}
	matched := map[query.Key]bool{}
	for _, a := range as {
		k := shared.Of(a.First())
		matched[k] = true
		for _, b := range byKey[k] {
			p := newPair(a, b)
			more := query.Project(onlyOf(b.First(), a.First(), extra)...).Of(b.First()).Label()
			p.label = strings.TrimSpace(label(a) + " " + more)
			if !p.valid() {
				notes = append(notes, fmt.Sprintf("No valid trials on both sides: %s (%s and %s).", orAll(p.label), base.Name, side.Name))
			}
			pairs = append(pairs, p)
		}
		if len(byKey[k]) == 0 {
			notes = append(notes, fmt.Sprintf("Only of %s, not of %s: %s.", base.Name, side.Name, orAll(label(a))))
		}
	}
	for _, b := range bs {
		if !matched[shared.Of(b.First())] {
			notes = append(notes, fmt.Sprintf("Only of %s, not of %s: %s.", side.Name, base.Name, orAll(label(b))))
		}
	}
	return pairs, few(notes)
}

// leftOut notes the trials that are of no configuration.
func leftOut(n int) string {
	return fmt.Sprintf("Left out: %s of which not every setting is known.", plain.Count(n, "trial"))
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
func sharedNames(as, bs []query.Group, setting string) (shared, extra []string) {
	for _, name := range namesOf(as, bs) {
		if name == setting {
			continue
		}
		a, b := query.LevelsOf(as, name), query.LevelsOf(bs, name)
		many := len(a) > 1 && len(b) > 1
		common := slices.ContainsFunc(a, func(level string) bool { return slices.Contains(b, level) })
		switch {
		case len(a)+len(b) > 2 && (many || common):
			shared = append(shared, name)
		case len(a) > 1 || len(b) > 1:
			extra = append(extra, name)
		}
	}
	return shared, extra
}

// namesOf are what decides the configurations of both sides.
func namesOf(as, bs []query.Group) []string {
	var firsts []trial.Result
	for _, g := range slices.Concat(as, bs) {
		firsts = append(firsts, trial.Result{Trial: *g.First()})
	}
	return query.Names(firsts)
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
func seeds(g query.Group, metric trial.Metric) (map[uint64]float64, bool) {
	all := map[uint64]float64{}
	for _, r := range g.Results {
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

// machines warns where two groups were measured on different machines.
func machines(a, b query.Group) string {
	x, y := machinesOf(a), machinesOf(b)
	if len(x) == 0 || len(y) == 0 || slices.Equal(x, y) {
		return ""
	}
	return fmt.Sprintf("different machines: %s and %s", strings.Join(x, " | "), strings.Join(y, " | "))
}

func machinesOf(g query.Group) []string {
	all := map[string]bool{}
	for _, r := range g.Results {
		if m := query.Machine(r.Made); m != "" {
			all[m] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// differ tells in which settings the sides as wholes differ from the base: those
// that have one level on each side. Setting tells the sides apart anyway.
func differ(base Side, others []Side, setting string) string {
	as, _ := query.Configurations(base.Results)
	told := ""
	for _, side := range others {
		bs, _ := query.Configurations(side.Results)
		var words []string
		for _, name := range query.Names(slices.Concat(base.Results, side.Results)) {
			a, b := query.LevelsOf(as, name), query.LevelsOf(bs, name)
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
		if n := query.All(s.Results).Count(outcome); n > 0 {
			words = append(words, fmt.Sprintf("%d %s", n, outcome))
		}
	}
	if words == nil {
		return nil
	}
	return []string{fmt.Sprintf("Not in the numbers: of the %s of %s %s.", plain.Count(len(s.Results), "trial"), s.Name, strings.Join(words, ", "))}
}
