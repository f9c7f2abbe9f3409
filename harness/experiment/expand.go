package experiment

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"gossipbench/harness/trial"
	"gossipbench/strategies/param"
)

// value is one setting or parameter of a combination.
type value struct {
	name string
	text string // in canonical form, where it has one
	at   place  // of the text
	key  place  // of the name
	bad  bool   // it is a mistake, which has been noted
}

// level is values that go together.
type level []value

// factor is an axis, or several that move together, with all that can be said
// about one setting at a time said.
type factor struct {
	levels []level
	at     place
}

// expander takes the product of a draft.
type expander struct {
	*collector
	draft   *draft
	vocab   *vocabulary
	base    map[string]*value
	factors []factor
	clash   bool                      // two factors vary one setting: there is no product
	repeats bool                      // a level comes twice
	owner   map[string][2]int         // the factor, and its axis, that varies a setting
	lacks   map[value]map[string]bool // the strategies that lack a parameter
	uses    map[written]*use
	checked map[string]checked         // by strategy and parameters
	names   map[string]map[string]bool // of parameters, by workload and strategy
}

// checked is what Catalog.Check said.
type checked struct {
	params param.Values
	errs   []error
}

// expand returns the experiment of a draft, but for its name and source. It
// may be broken where mistakes were noted.
func expand(c *collector, d *draft, catalog Catalog) Experiment {
	x := &expander{
		collector: c, draft: d, vocab: newVocabulary(d, catalog),
		base: map[string]*value{}, owner: map[string][2]int{},
		lacks: map[value]map[string]bool{}, uses: map[written]*use{}, checked: map[string]checked{}, names: map[string]map[string]bool{},
	}
	for _, f := range d.base {
		if c.full() {
			return Experiment{}
		}
		for _, v := range x.values(f, false) {
			x.base[f.name] = &v
		}
	}
	for _, g := range d.groups {
		x.factor(g)
	}
	include, exclude := x.entries(d.include, "include"), x.entries(d.exclude, "exclude")
	e := Experiment{
		Question: d.question, Base: param.Values{}, Targets: d.targets,
		Replicates: d.replicates, Seed: d.seed,
	}
	for name, v := range x.base {
		e.Base[name] = v.text
	}
	if x.clash || !x.bounded(len(include)+len(exclude)) {
		return e
	}
	if n := len(c.list); n > 0 && x.combinations() > fewCombinations {
		return e // they are told at once; what the product of all has to say can wait
	}
	combinations := x.product()
	combinations = x.exclude(combinations, exclude)
	combinations = x.include(combinations, include)
	if len(combinations)*d.replicates > MaxTrials {
		c.add(d.include[0].at, "include", "want at most %d trials, got %d × %d replicates", MaxTrials, len(combinations), d.replicates)
		return e
	}
	trials := x.trials(combinations)
	if len(combinations) == 0 && len(c.list) == 0 {
		c.add(d.exclude[0].at, "exclude", "no trial is left: every combination is taken out")
	}
	e.Factors = factorsOf(x.written(include), trials)
	if len(c.list) == 0 {
		e.Trials = replicate(trials, d)
	}
	return e
}

// replicate repeats the trials of one replicate, each time with the next seed.
func replicate(trials []trial.Trial, d *draft) []trial.Trial {
	all := make([]trial.Trial, 0, len(trials)*d.replicates)
	for r := range d.replicates {
		for _, t := range trials {
			t.Seed, t.Replicate = d.seed+uint64(r), r+1
			all = append(all, t)
		}
	}
	return all
}

// values returns what a field stands for. Only a list may hold ranges.
func (x *expander) values(f field, ranges bool) []value {
	decl, known := x.vocab.find(f.name)
	if !known && !x.vocab.excused(f.name) {
		x.add(f.at, f.name, "%s", x.vocab.unknown(f.name, f.at))
	}
	var all []value
	for _, s := range f.texts {
		texts := []string{s.text}
		if ranges && known {
			levels, isRange, err := spread(s.text, decl)
			if err != nil {
				x.add(s.at, f.name, "%v, got %q", err, s.text)
				all = append(all, value{f.name, s.text, s.at, f.at, true})
				continue
			}
			if isRange {
				texts = levels
			}
		}
		for _, text := range texts {
			v := value{name: f.name, text: text, at: s.at, key: f.at, bad: !known}
			if known {
				v.bad = !x.canonical(&v)
			}
			all = append(all, v)
			if v.bad {
				break // the rest of a range would fail for the same reason
			}
		}
	}
	return all
}

// canonical gives a value its canonical form and reports whether it has one.
func (x *expander) canonical(v *value) bool {
	text, err := x.vocab.parse(v.name, v.text)
	var one *param.Error
	hint := ""
	if v.at.flag == setFlag && strings.Contains(v.text, ",") {
		hint = fmt.Sprintf("; %s %s=%s tries each of them", varyFlag, v.name, v.text)
	}
	switch {
	case errors.As(err, &one):
		one.Reason += hint
		x.addParam(v.at, one)
	case err != nil:
		x.add(v.at, v.name, "%v%s", err, hint)
	default:
		v.text = text
	}
	return err == nil
}

// levels returns what an element stands for: the product of its lists.
func (x *expander) levels(e element) []level {
	all := []level{{}}
	for _, f := range e.fields {
		if x.full() {
			return nil
		}
		values := x.values(f, true)
		if len(all)*len(values) > MaxTrials {
			x.add(e.at, "", "want at most %d combinations", MaxTrials)
			return nil
		}
		next := make([]level, 0, len(all)*len(values))
		for _, l := range all {
			for _, v := range values {
				next = append(next, append(slices.Clip(l), v))
			}
		}
		all = next
	}
	return all
}

// entries returns the entries of include or exclude.
func (x *expander) entries(elements []element, name string) []level {
	var all []level
	for _, e := range elements {
		if all = append(all, x.levels(e)...); len(all) > MaxTrials {
			x.add(e.at, name, "want at most %d entries", MaxTrials)
			return nil
		}
	}
	return all
}

// factor adds a factor, which sets its axes side by side.
func (x *expander) factor(g group) {
	index := len(x.factors)
	f := factor{at: g[0].at}
	for i, a := range g {
		var levels []level
		for _, e := range a.elements {
			if !slices.ContainsFunc(e.fields, func(f field) bool { return f.name == a.name }) {
				x.add(e.at, a.name, "want %s among the settings of its level", a.name)
			}
			if levels = append(levels, x.levels(e)...); len(levels) > MaxTrials {
				x.add(a.at, a.name, "want at most %d levels", MaxTrials)
				return
			}
		}
		x.claim(index, i, a)
		if i > 0 && len(levels) != len(f.levels) {
			x.add(a.at, a.name, "want as many levels as %s, which it is zipped with: %d, got %d", g[0].name, len(f.levels), len(levels))
			continue
		}
		for j, l := range levels {
			if i == 0 {
				f.levels = append(f.levels, nil)
			}
			f.levels[j] = append(slices.Clip(f.levels[j]), l...)
		}
	}
	x.repeated(f.levels)
	x.factors = append(x.factors, f)
}

// claim notes the settings that an axis varies, and those that another varies
// too.
func (x *expander) claim(index, sub int, a axis) {
	id := [2]int{index, sub}
	for _, e := range a.elements {
		for _, f := range e.fields {
			if was, taken := x.owner[f.name]; taken && was != id {
				x.add(f.at, f.name, "varied by two factors, want one")
				x.clash = true
				continue
			}
			x.owner[f.name] = id
		}
	}
}

// repeated notes levels that come twice.
func (x *expander) repeated(levels []level) {
	seen := map[string]place{}
	for _, l := range levels {
		if len(l) == 0 {
			continue
		}
		text := l.String()
		if was, twice := seen[text]; twice {
			x.repeats = true
			if was == l[0].at {
				x.add(was, "", "the level %s comes twice", text)
			} else {
				x.add(l[0].at, "", "the level %s comes twice, first at %s", text, x.where(was))
			}
			continue
		}
		seen[text] = l[0].at
	}
}

func (l level) String() string {
	words := make([]string, len(l))
	for i, v := range l {
		words[i] = v.name + "=" + v.text
	}
	return strings.Join(words, " ")
}

// written returns all levels of all factors and of include.
func (x *expander) written(include []level) []level {
	var all []level
	for _, f := range x.factors {
		all = append(all, f.levels...)
	}
	return append(all, include...)
}

// factorsOf returns what the written levels vary, with the levels that trials
// have: in the order of writing, then those from the base or by default.
func factorsOf(written []level, trials []trial.Trial) []Factor {
	var factors []Factor
	ranks := map[string]map[string]int{} // setting → level → order
	for _, l := range written {
		for _, v := range l {
			rank := ranks[v.name]
			if rank == nil {
				rank = map[string]int{}
				ranks[v.name] = rank
				factors = append(factors, Factor{Name: v.name})
			}
			if _, known := rank[v.text]; !known {
				rank[v.text] = len(rank)
			}
		}
	}
	for i := range factors {
		f, rank := &factors[i], ranks[factors[i].Name]
		had := map[string]bool{}
		for j := range trials {
			text, ok := trials[j].Value(f.Name)
			if !ok || had[text] {
				continue
			}
			had[text] = true
			if _, known := rank[text]; !known {
				rank[text] = len(rank)
			}
			f.Levels = append(f.Levels, text)
		}
		slices.SortFunc(f.Levels, func(a, b string) int { return rank[a] - rank[b] })
	}
	return factors
}
