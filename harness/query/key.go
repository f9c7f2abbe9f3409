// Package query selects and groups results: a Projection gives each trial a Key, by
// which results become rows, columns, series and sides; filters choose among them;
// metrics are looked up by name. It is the only place that decides whether two trials
// belong together, in which order levels come, how a combination of levels is named,
// and what a caption says of results.
package query

import (
	"cmp"
	"slices"
	"strings"

	"gossipbench/harness/trial"
)

// Projection tells trials apart by some of their settings and parameters. Two trials
// have one Key if and only if their levels of all these are the same text.
//
// This is how golang/perf's benchproc groups results.
type Projection struct {
	names []string
	keys  map[string]*key
	// Reused: the levels of a trial, which of them it has, and all levels as one text.
	levels []string
	has    []bool
	text   []byte
}

// Key is one combination of levels of a Projection. Keys of one Projection are equal
// by == where their levels are. The zero Key is of no combination.
type Key struct{ *key }

type key struct {
	names, levels []string
	has           []bool // of each name, whether a trial of the key has a setting of that name
}

// Project returns the projection onto the names given, in their order.
func Project(names ...string) *Projection {
	return &Projection{names: names, keys: map[string]*key{}, levels: make([]string, len(names)), has: make([]bool, len(names))}
}

// Names returns the names that the projection is onto. The caller must not change them.
func (p *Projection) Names() []string { return p.names }

// Of returns the key of a trial. A parameter that its strategy lacks has the level "".
func (p *Projection) Of(t *trial.Trial) Key {
	for i, name := range p.names {
		p.levels[i], p.has[i] = t.Value(name)
	}
	return p.key()
}

// At returns the key of levels, one for each name.
func (p *Projection) At(levels []string) Key {
	for i := range p.names {
		p.levels[i], p.has[i] = levels[i], levels[i] != ""
	}
	return p.key()
}

// key returns the key of p.levels.
func (p *Projection) key() Key {
	p.text = p.text[:0]
	for _, level := range p.levels {
		p.text = append(append(p.text, level...), 0) // no level has a control character, see trial.CheckText
	}
	k := p.keys[string(p.text)]
	if k == nil {
		k = &key{names: p.names, levels: slices.Clone(p.levels), has: slices.Clone(p.has)}
		p.keys[string(p.text)] = k
	}
	for i, has := range p.has {
		k.has[i] = k.has[i] || has
	}
	return Key{k}
}

// Levels returns the levels, one for each name. The caller must not change them.
func (k Key) Levels() []string { return k.levels }

// Compare orders keys of one projection by their first level that differs.
func (k Key) Compare(other Key) int { return slices.CompareFunc(k.levels, other.levels, CompareLevels) }

// Label names the combination: "fanout=2 interval=50ms". It leaves out what no trial of
// the key has, so it is empty where all are without all of it.
func (k Key) Label() string { return k.label(nil) }

// label leaves out some names.
func (k Key) label(without []string) string {
	var words []string
	for i, name := range k.names {
		if k.has[i] && !slices.Contains(without, name) {
			words = append(words, Pair(name, k.levels[i]))
		}
	}
	return strings.Join(words, " ")
}

// Short is Label for a legend: "gossip fanout=2". The strategy needs no name before it.
func (k Key) Short() string {
	var words []string
	for i, name := range k.names {
		switch {
		case k.levels[i] == "":
		case name == "strategy":
			words = append(words, k.levels[i])
		default:
			words = append(words, Pair(name, k.levels[i]))
		}
	}
	return strings.Join(words, " ")
}

// Pair writes one setting and its level. A level that is empty text is a dash.
func Pair(name, level string) string { return name + "=" + Shown(level) }

// Shown is a level for a person: where it is empty text, a dash.
func Shown(level string) string { return cmp.Or(level, "–") }

// Group is results that share a Key.
type Group struct {
	Key
	Results []*trial.Result
}

// All returns results as one group without a key.
func All(results []trial.Result) Group {
	g := Group{Results: make([]*trial.Result, len(results))}
	for i := range results {
		g.Results[i] = &results[i]
	}
	return g
}

// GroupBy groups results by their keys, in the order in which the keys first come.
func GroupBy(results []trial.Result, p *Projection) []Group { return All(results).By(p) }

// By groups the results of a group by their keys, in the order in which the keys first
// come.
func (g Group) By(p *Projection) []Group {
	var all []Group
	index := map[Key]int{}
	for _, r := range g.Results {
		k := p.Of(&r.Trial)
		at, known := index[k]
		if !known {
			at = len(all)
			index[k] = at
			all = append(all, Group{Key: k})
		}
		all[at].Results = append(all[at].Results, r)
	}
	return all
}

// ByKey returns the results of groups by their keys.
func ByKey(groups []Group) map[Key][]*trial.Result {
	all := make(map[Key][]*trial.Result, len(groups))
	for _, g := range groups {
		all[g.Key] = g.Results
	}
	return all
}

// Sort orders groups by their keys.
func Sort(groups []Group) {
	slices.SortStableFunc(groups, func(a, b Group) int { return a.Key.Compare(b.Key) })
}

// apart are what tells the trials of one configuration from each other: the replicate,
// and the name by which an imported test is known.
var apart = []string{trial.SeedKey, trial.ReplicateKey, "from"}

// Configurations groups results by all that decides a trial but its replicate, in the
// order in which the configurations first come. Besides apart tells trials of one
// configuration from each other. A trial of which not every setting is known is in no
// group: left counts them.
func Configurations(results []trial.Result, besides ...string) (groups []Group, left int) {
	known := Group{}
	for i := range results {
		if len(results[i].Trial.Unknown) > 0 {
			left++
		} else {
			known.Results = append(known.Results, &results[i])
		}
	}
	return known.By(Project(Names(results, besides...)...)), left
}

// Names returns the settings and parameters that decide the configuration of a trial,
// in order of declaration, the parameters last, but for besides.
func Names(results []trial.Result, besides ...string) []string {
	return slices.DeleteFunc(trial.NamesOf(results), func(name string) bool {
		return slices.Contains(apart, name) || slices.Contains(besides, name)
	})
}

// Labels names each group by what tells it from the others.
func Labels(groups []Group) []string {
	labels := make([]string, len(groups))
	if len(groups) == 0 {
		return labels
	}
	var same []string
	for _, name := range groups[0].names {
		if len(LevelsOf(groups, name)) < 2 {
			same = append(same, name)
		}
	}
	for i, g := range groups {
		labels[i] = g.label(same)
	}
	return labels
}

// LevelsOf returns the levels that configurations have of a setting, in order.
func LevelsOf(groups []Group, name string) []string {
	var all []string
	for _, g := range groups {
		if level, has := g.First().Value(name); has {
			all = append(all, level)
		}
	}
	slices.SortFunc(all, CompareLevels)
	return slices.Compact(all)
}

// First returns the first trial of the group, for what all of them share.
func (g Group) First() *trial.Trial { return &g.Results[0].Trial }

// Varies reports whether the results that have a setting differ in it.
func (g Group) Varies(name string) bool {
	first, met := "", false
	for _, r := range g.Results {
		level, has := r.Trial.Value(name)
		if has && met && level != first {
			return true
		}
		if has {
			first, met = level, true
		}
	}
	return false
}

// Count returns how many results have an outcome.
func (g Group) Count(outcome trial.Outcome) int {
	n := 0
	for _, r := range g.Results {
		if r.Outcome == outcome {
			n++
		}
	}
	return n
}

// Marred returns how many valid results may not be chosen for a metric: see
// trial.Metric.Merit.
func (g Group) Marred(m trial.Metric) int {
	n := 0
	for _, r := range g.Results {
		if r.Outcome == trial.Valid && !m.Merit(r) {
			n++
		}
	}
	return n
}

// Values returns a metric of the results that have it and count for it: see
// trial.Metric.In.
func (g Group) Values(m trial.Metric) []float64 {
	var all []float64
	for _, r := range g.Results {
		if x, has := r.Metrics[m.Name]; has && m.In(r.Outcome) {
			all = append(all, x)
		}
	}
	return all
}

// Values is Group.Values for results without a key.
func Values(results []*trial.Result, m trial.Metric) []float64 {
	return Group{Results: results}.Values(m)
}
