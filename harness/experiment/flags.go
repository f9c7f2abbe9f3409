package experiment

import (
	"crypto/sha256"
	"encoding/hex"
	"gossipbench/harness/trial"
	"strings"
)

// The flags, as messages, comments in stored files and a command line write them.
const (
	setFlag        = "--set"
	varyFlag       = "-P"
	replicatesFlag = "--replicates"
	seedFlag       = "--seed"
)

// AdHoc makes an experiment of flags alone. Mistakes name the flag.
//
// Its name is "adhoc-" and a hash of the first replicate's trials, so the same
// flags find their results again, and more replicates join them.
func AdHoc(flags Flags, catalog Catalog) (Experiment, error) {
	c := &collector{}
	d := newDraft()
	d.apply(c, flags)
	e := expand(c, d, catalog)
	if err := c.err(); err != nil {
		return Experiment{}, err
	}
	sum := sha256.New()
	for _, t := range e.Trials[:len(e.Trials)/e.Replicates] {
		sum.Write([]byte(t.ID()))
	}
	e.Name = "adhoc-" + hex.EncodeToString(sum.Sum(nil))[:8]
	e.Flags, e.Source = flags, d.source("# harness run "+flags.String())
	return e, nil
}

// apply changes a draft as the flags say.
func (d *draft) apply(c *collector, flags Flags) {
	line := 0
	given := map[string]string{} // the flag that gave each key
	split := func(flag, text, want string) (key, value string, at place, ok bool) {
		line++
		key, value, ok = strings.Cut(text, "=")
		at = place{flag: flag, key: key, line: line}
		switch was := given[key]; {
		case !ok || key == "":
			c.add(place{flag: flag, line: line}, "", "want %s, got %q", want, text)
			return "", "", at, false
		case was != "":
			c.add(at, key, "given twice, first by %s", was)
			return "", "", at, false
		}
		given[key] = flag
		return key, value, at, true
	}
	for _, text := range flags.Set {
		if key, value, at, ok := split(setFlag, text, "key=value such as nodes=25"); ok {
			d.set(c, key, scalar{value, at})
		}
	}
	for _, text := range flags.Vary {
		if key, list, at, ok := split(varyFlag, text, "key=list such as fanout=1,2,4"); ok {
			d.vary(c, key, list, at)
		}
	}
	line++
	if flags.Replicates != "" {
		d.count(c, "replicates", scalar{flags.Replicates, place{flag: replicatesFlag, line: line}})
	}
	if flags.Seed != "" {
		d.count(c, trial.SeedKey, scalar{flags.Seed, place{flag: seedFlag, line: line + 1}})
	}
}

// set sets a setting of the base.
func (d *draft) set(c *collector, key string, value scalar) {
	if at, varied := d.varied(key); varied {
		c.add(value.at, key, "varied at %s, so this would change nothing: use %s %s=…", c.where(at), varyFlag, key)
		return
	}
	f := field{name: key, at: value.at, texts: []scalar{value}}
	for i := range d.base {
		if d.base[i].name == key {
			d.base[i] = f
			return
		}
	}
	d.base = append(d.base, f)
}

// vary makes a factor, or gives one of the file other levels.
func (d *draft) vary(c *collector, key, list string, at place) {
	a := axis{name: key, at: at}
	for _, text := range splitList(list) {
		f := field{name: key, at: at, texts: []scalar{{text, at}}}
		a.elements = append(a.elements, element{[]field{f}, at})
	}
	was, varied := d.varied(key)
	if !varied {
		d.groups = append(d.groups, group{a})
		return
	}
	for i, g := range d.groups {
		if len(g) == 1 && g[0].name == key && plainAxis(g[0]) {
			d.groups[i] = group{a}
			return
		}
	}
	c.add(at, key, "varied at %s together with other settings, so it cannot be varied alone", c.where(was))
}

// varied returns where matrix or zip varies a setting.
func (d *draft) varied(key string) (place, bool) {
	for _, g := range d.groups {
		for _, a := range g {
			if a.name == key {
				return a.at, true
			}
			for _, e := range a.elements {
				for _, f := range e.fields {
					if f.name == key {
						return f.at, true
					}
				}
			}
		}
	}
	return place{}, false
}

// plainAxis reports whether no level of the axis sets another setting too.
func plainAxis(a axis) bool {
	for _, e := range a.elements {
		if len(e.fields) != 1 {
			return false
		}
	}
	return true
}

// splitList parts a list at its commas, but for those in parentheses, brackets or
// quotes. A list may stand in brackets, as in a file: [a, b]; and a level in quotes,
// which are not part of it.
func splitList(list string) []string {
	list = strings.TrimSpace(list)
	if inner, is := strings.CutPrefix(list, "["); is && closes(list) {
		list = strings.TrimSuffix(inner, "]")
	}
	var all []string
	start, depth, quote := 0, 0, rune(0)
	for i, r := range list {
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case r == '\'' || r == '"':
			if strings.ContainsRune(list[i+1:], r) { // else it is an apostrophe
				quote = r
			}
		case strings.ContainsRune("([", r):
			depth++
		case strings.ContainsRune(")]", r):
			depth--
		case r == ',' && depth <= 0:
			all = append(all, unquoted(list[start:i]))
			start = i + 1
		}
	}
	return append(all, unquoted(list[start:]))
}

// closes reports whether the bracket that begins a text is shut by the one that ends it.
func closes(text string) bool {
	depth := 0
	for i, r := range text {
		switch r {
		case '[':
			depth++
		case ']':
			if depth--; depth == 0 {
				return i == len(text)-1
			}
		}
	}
	return false
}

// unquoted is a level without the quotes round all of it.
func unquoted(level string) string {
	level = strings.TrimSpace(level)
	if n := len(level); n >= 2 && (level[0] == '\'' || level[0] == '"') && strings.IndexByte(level[1:], level[0]) == n-2 {
		return level[1 : n-1]
	}
	return level
}
