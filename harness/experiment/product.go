package experiment

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"gossipbench/strategies/param"
)

// combination is one level of each factor.
type combination struct {
	levels []level // nil where an include made it
	added  level   // by includes
}

// bounded reports whether the product is of a size that can be run, and that
// many entries of include and exclude can be held against.
func (x *expander) bounded(entries int) bool {
	const tooMany = 1000 * MaxTrials // stands for all that is more, which could overflow
	combinations, words := 1, []string{}
	for _, f := range x.factors {
		combinations = min(combinations*len(f.levels), tooMany)
		words = append(words, strconv.Itoa(len(f.levels)))
	}
	if combinations*x.draft.replicates > MaxTrials {
		at := place{line: 1, column: 1}
		if len(x.factors) > 0 {
			at = x.factors[0].at
		}
		words = append(words, fmt.Sprintf("%d replicates", x.draft.replicates))
		x.add(at, "", "want at most %d trials, got %s", MaxTrials, strings.Join(words, " × "))
		return false
	}
	if combinations*entries > maxComparisons {
		x.add(slices.Concat(x.draft.include, x.draft.exclude)[0].at, "", "want fewer entries of include and exclude: %d × %d combinations are too many to compare", entries, combinations)
		return false
	}
	return true
}

// fewCombinations is how many are looked at although there are mistakes already.
// Chosen: less than a tenth of a second.
const fewCombinations = 1000

// combinations is the size of the product of all factors, which is bounded.
func (x *expander) combinations() int {
	n := 1
	for _, f := range x.factors {
		n *= len(f.levels)
	}
	return n
}

// maxComparisons bounds the work of include and exclude. Chosen: some seconds.
const maxComparisons = 100 * MaxTrials

// product returns all combinations; the last factor varies fastest.
func (x *expander) product() []combination {
	if len(x.factors) == 0 {
		if len(x.draft.include) > 0 {
			return nil
		}
		return []combination{{levels: []level{}}}
	}
	all := []combination{{}}
	for _, f := range x.factors {
		next := make([]combination, 0, len(all)*len(f.levels))
		for _, c := range all {
			for _, l := range f.levels {
				next = append(next, combination{levels: append(slices.Clip(c.levels), l)})
			}
		}
		all = next
	}
	return all
}

// find returns the level of a combination for a setting that factors vary.
func (c *combination) find(name string) *value {
	for _, l := range c.levels {
		for i := range l {
			if l[i].name == name {
				return &l[i]
			}
		}
	}
	return nil
}

// exclude takes out what entries match.
func (x *expander) exclude(all []combination, entries []level) []combination {
	entries = x.factorsOnly(entries)
	matched := make([]bool, len(entries))
	kept := all[:0]
	for _, c := range all {
		out := false
		for i, entry := range entries {
			if c.has(entry) {
				matched[i], out = true, true
			}
		}
		if !out {
			kept = append(kept, c)
		}
	}
	// Of a list or a range within an entry each piece that is written must
	// match something, not each level.
	useful := map[place]bool{}
	for i, entry := range entries {
		for _, v := range entry {
			useful[v.at] = useful[v.at] || matched[i]
		}
	}
	for _, entry := range entries {
		i := slices.IndexFunc(entry, func(v value) bool { return !useful[v.at] })
		if i < 0 {
			continue
		}
		x.add(entry[i].at, "exclude", "no combination has %s", entry)
		for _, v := range entry {
			useful[v.at] = true // said enough
		}
	}
	return kept
}

// factorsOnly returns the entries that hold nothing but levels of factors, and
// notes what else there is.
func (x *expander) factorsOnly(entries []level) []level {
	varied := slices.Sorted(maps.Keys(x.owner))
	var all []level
	for _, entry := range entries {
		well := true
		for _, v := range entry {
			if _, known := x.owner[v.name]; !known && !v.bad {
				x.add(v.key, v.name, "no factor to exclude by, %s", param.Hint(v.name, varied))
				well = false
			}
			well = well && !v.bad
		}
		if well {
			all = append(all, entry)
		}
	}
	return all
}

// has reports whether a combination has all levels of an entry.
func (c *combination) has(entry level) bool {
	for _, v := range entry {
		if own := c.find(v.name); own == nil || own.text != v.text {
			return false
		}
	}
	return true
}

// include extends combinations by entries, or adds some.
func (x *expander) include(all []combination, entries []level) []combination {
	original := len(all)
	for _, entry := range entries {
		extended := false
		for i := range all[:original] {
			c := &all[i]
			if c.levels == nil || slices.ContainsFunc(entry, func(v value) bool {
				own := c.find(v.name)
				return own != nil && own.text != v.text
			}) {
				continue
			}
			extended = true
			for _, v := range entry {
				if c.find(v.name) == nil {
					c.added = c.added.with(v)
				}
			}
		}
		if !extended {
			all = append(all, combination{added: entry})
		}
	}
	return all
}

// with returns the level with a value set.
func (l level) with(v value) level {
	l = slices.Clone(l)
	for i := range l {
		if l[i].name == v.name {
			l[i] = v
			return l
		}
	}
	return append(l, v)
}

// last returns where the combination's last value is written.
func (c *combination) last() place {
	at := place{line: 1, column: 1}
	for _, l := range append(slices.Clip(c.levels), c.added) {
		for _, v := range l {
			if v.at.compare(at) > 0 {
				at = v.at
			}
		}
	}
	return at
}
