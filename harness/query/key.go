// Package query selects and groups results: a Projection gives each trial a Key, by
// which results become rows, columns, series and sides; filters choose among them.
// It is the only place that decides whether two trials belong together, in which
// order levels come and how a combination of levels is named.
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
	text  []byte // reused
}

// Key is one combination of levels of a Projection. Keys of one Projection are equal
// by == where their levels are. The zero Key is of no combination.
type Key struct{ *key }

type key struct {
	names, levels []string
	lacks         []bool // of each name, whether the trial has no such parameter
}

// Project returns the projection onto the names given, in their order.
func Project(names ...string) *Projection {
	return &Projection{names: names, keys: map[string]*key{}}
}

// Names returns the names that the projection is onto. The caller must not change them.
func (p *Projection) Names() []string { return p.names }

// Of returns the key of a trial. A parameter that its strategy lacks has the level "".
func (p *Projection) Of(t *trial.Trial) Key {
	return p.key(func(i int) (string, bool) { return t.Value(p.names[i]) })
}

// At returns the key of levels, one for each name.
func (p *Projection) At(levels []string) Key {
	return p.key(func(i int) (string, bool) { return levels[i], levels[i] != "" })
}

func (p *Projection) key(level func(i int) (text string, has bool)) Key {
	p.text = p.text[:0]
	for i := range p.names {
		text, _ := level(i)
		p.text = append(append(p.text, text...), 0) // no level has a control character, see trial.CheckText
	}
	if k := p.keys[string(p.text)]; k != nil {
		return Key{k}
	}
	k := &key{names: p.names, levels: make([]string, len(p.names)), lacks: make([]bool, len(p.names))}
	for i := range p.names {
		text, has := level(i)
		k.levels[i], k.lacks[i] = text, !has
	}
	p.keys[string(p.text)] = k
	return Key{k}
}

// Levels returns the levels, one for each name. The caller must not change them.
func (k Key) Levels() []string { return k.levels }

// Compare orders keys of one projection by their first level that differs.
func (k Key) Compare(other Key) int { return slices.CompareFunc(k.levels, other.levels, CompareLevels) }

// Label names the combination: "fanout=2 interval=50ms". It leaves out what the trial
// lacks, so it is empty where the trial lacks everything.
func (k Key) Label() string {
	var words []string
	for i, name := range k.names {
		if !k.lacks[i] {
			words = append(words, Pair(name, k.levels[i]))
		}
	}
	return strings.Join(words, " ")
}

// Pair writes one setting and its level. A level that is empty text is a dash.
func Pair(name, level string) string { return name + "=" + cmp.Or(level, "–") }

// Group is results that share a Key.
type Group struct {
	Key
	Results []*trial.Result
}

// GroupBy groups results by their keys, in the order in which the keys first come.
func GroupBy(results []trial.Result, p *Projection) []Group {
	var all []Group
	index := map[Key]int{}
	for i := range results {
		k := p.Of(&results[i].Trial)
		at, known := index[k]
		if !known {
			at = len(all)
			index[k] = at
			all = append(all, Group{Key: k})
		}
		all[at].Results = append(all[at].Results, &results[i])
	}
	return all
}

// Sort orders groups by their keys.
func Sort(groups []Group) {
	slices.SortStableFunc(groups, func(a, b Group) int { return a.Key.Compare(b.Key) })
}

// Values returns a metric of the results that have it and count for it: see
// trial.Metric.In.
func Values(results []*trial.Result, m trial.Metric) []float64 {
	var all []float64
	for _, r := range results {
		if x, has := r.Metrics[m.Name]; has && m.In(r.Outcome) {
			all = append(all, x)
		}
	}
	return all
}
