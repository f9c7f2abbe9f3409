package experiment

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"gossipbench/harness/trial"
	"gossipbench/strategies/param"
)

// Load reads an experiment file; flags change what it says. Where the file
// holds mistakes the error is Mistakes.
func Load(path string, catalog Catalog, flags Flags) (Experiment, error) {
	file, err := os.Open(path)
	if err != nil {
		return Experiment{}, err
	}
	text, err := io.ReadAll(io.LimitReader(file, maxBytes+1))
	if err = errors.Join(err, file.Close()); err != nil {
		return Experiment{}, err
	}
	return Parse(path, text, catalog, flags)
}

// Parse is Load for a file whose text is at hand. Mistakes name it path.
//
// A file is a mapping. Its keys, all optional, are Keys. One that begins with x- may
// hold anything, such as what YAML aliases repeat.
//
// A setting is one of Settings or a parameter of the strategy. In place of a
// list, or within it, a range may stand: 1..5, 1..10:2 (a step), pow2(0..5) and
// log(1,1000,7) (seven levels in equal ratios); of durations, 25ms..100ms:25ms
// and log(1ms,1s,4). A level may be a mapping of settings that go together,
// which holds the factor's own setting too: in strategy: [flood, {strategy:
// gossip, fanout: [1, 2]}] there are three levels, since a list within a mapping
// stands for all its values. So each strategy gets parameters that others lack.
//
// exclude and include mean what they mean to GitHub Actions, with exclude done
// first: an entry of exclude takes out all combinations that have all its
// levels. An entry of include is added to each combination of which it would
// change no level of matrix or zip; where there is none, or no matrix and no
// zip at all, it is a combination of its own. Unlike there, an exclude that
// takes nothing out is a mistake.
func Parse(path string, text []byte, catalog Catalog, flags Flags) (Experiment, error) {
	name, err := nameOf(path)
	if err != nil {
		return Experiment{}, err
	}
	if len(text) > maxBytes {
		return Experiment{}, Mistakes{fmt.Sprintf("%s: want at most %d bytes", path, maxBytes)}
	}
	c := &collector{file: path}
	d := newDraft()
	root := parseYAML(c, text)
	if root == nil {
		return Experiment{}, c.err()
	}
	r := reader{collector: c, draft: d}
	r.root(root)
	d.apply(c, flags)
	e := expand(c, d, catalog)
	e.Outputs = d.declared(c, catalog)
	if err := c.err(); err != nil {
		return Experiment{}, err
	}
	e.Name, e.Source = name, text
	e.File, e.Sum, e.Flags = path, fmt.Sprintf("%x", sha256.Sum256(text)), flags
	if !flags.empty() {
		e.Source = d.source("# harness run " + path + " " + flags.String())
	}
	return e, nil
}

// parseYAML returns the one document of a text, or nil after a mistake.
func parseYAML(c *collector, text []byte) *yaml.Node {
	if !readable(c, text) {
		return nil
	}
	loader, err := yaml.NewLoader(bytes.NewReader(text))
	var first, second yaml.Node
	if err == nil {
		err = loader.Load(&first)
	}
	if err == io.EOF || err == nil && first.Kind == 0 {
		c.add(place{line: 1, column: 1}, "", "want an experiment, got an empty file")
		return nil
	}
	if err == nil {
		err = loader.Load(&second)
		if err == nil {
			c.add(position(&second), "", "want one experiment in a file, got a second document")
		}
	}
	if err != nil && err != io.EOF {
		at, reason := place{line: 1, column: 1}, err.Error()
		var e *yaml.LoadError
		if errors.As(err, &e) {
			if e.Mark.Line > 0 {
				at = place{line: e.Mark.Line, column: max(e.Mark.Column, 1)}
			}
			reason = strings.TrimPrefix(e.Message, "yaml: ")
			if e.ContextMsg != "" {
				reason = e.ContextMsg + ": " + reason
			}
		}
		if tab, is := tabAt(text, at.line); is {
			at.column, reason = tab, "a tab where a line is indented, want spaces"
		}
		c.add(at, "", "no YAML: %s", reason)
		return nil
	}
	return first.Content[0]
}

// tabAt returns where the blanks at the beginning of a line have a tab, if so.
func tabAt(text []byte, line int) (column int, is bool) {
	lines := bytes.Split(text, []byte("\n"))
	if line < 1 || line > len(lines) {
		return 0, false
	}
	blank := lines[line-1][:len(lines[line-1])-len(bytes.TrimLeft(lines[line-1], " \t"))]
	at := bytes.IndexByte(blank, '\t')
	return at + 1, at >= 0
}

// readable notes the first byte that cannot stand in a file of text: the YAML
// reader refuses it without saying where it is.
func readable(c *collector, text []byte) bool {
	at := place{line: 1, column: 1}
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		switch {
		case r == utf8.RuneError && size == 1, unicode.IsControl(r) && !strings.ContainsRune("\t\n\r\u0085", r):
			c.add(at, "", "want text in UTF-8 without control characters, got byte 0x%02x", text[i])
			return false
		case r == '\n':
			at.line, at.column = at.line+1, 1
		default:
			at.column++
		}
		i += size
	}
	return true
}

func position(n *yaml.Node) place { return place{line: n.Line, column: n.Column} }

// reader turns YAML into a draft.
type reader struct {
	*collector
	draft   *draft
	visited int
}

// What an experiment file may have. Chosen: far more than a person writes, and read
// in less than a second. Aliases of aliases make few bytes stand for many nodes.
const (
	maxBytes   = 1 << 20
	maxVisited = 200_000
)

// resolve follows aliases. It returns nil where too many nodes have been read.
func (r *reader) resolve(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		n = n.Alias // never an alias itself
	}
	if r.visited++; r.visited > maxVisited {
		if r.visited == maxVisited+1 {
			r.add(position(n), "", "want at most %d values, aliases followed", maxVisited)
		}
		return nil
	}
	return n
}

// describe says what a node is, for a mistake.
func describe(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Tag == "!!null":
		return "nothing"
	}
	return strconv.Quote(n.Value)
}

// mapping calls member for each key of a mapping, and notes keys that come
// twice.
func (r *reader) mapping(n *yaml.Node, name string, member func(key string, at place, value *yaml.Node)) {
	if n = r.resolve(n); n == nil {
		return
	}
	if n.Kind != yaml.MappingNode {
		r.add(position(n), name, "want a mapping such as {key: value}, got %s", describe(n))
		return
	}
	first := map[string]place{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := r.resolve(n.Content[i])
		if k == nil {
			return
		}
		if r.full() {
			return
		}
		switch was, twice := first[k.Value]; {
		case k.Kind != yaml.ScalarNode:
			r.add(position(k), name, "want a name as the key, got %s", describe(k))
		case k.Tag == "!!merge":
			r.add(position(k), name, "merge keys are not read, write the settings out")
		case twice:
			r.add(position(k), k.Value, "the key comes twice, first at %s", r.where(was))
		default:
			first[k.Value] = position(k)
			member(k.Value, position(k), n.Content[i+1])
		}
	}
}

// Keys are the keys of an experiment file: each with the form of its value and
// what it means.
var Keys = []struct{ Name, Form, Doc string }{
	{"question", "text", "what the experiment asks"},
	{"base", "{setting: value, …}", "settings of all trials"},
	{"matrix", "{setting: [level, …], …}", "factors; the combinations are the product of all of them"},
	{"zip", "{setting: [level, …], …}, or a list of such mappings", "factors whose levels go together: the first with the first, and so on"},
	{"include", "[{setting: value, …}, …]", "extends combinations, or adds some"},
	{"exclude", "[{setting: level, …}, …]", "takes combinations out of the product"},
	{"replicates", "an integer", "how often each combination is run, with seeds seed, seed+1, …"},
	{trial.SeedKey, "an integer", "the seed of the first replicate"},
	{"targets", `{metric: "< 400ms", …}`, "what every trial must come to"},
	{"tables", "{file: {flag: value, …}, …}", "tables of the results that harness publish makes: the name of each file, with flags of harness table"},
	{"figures", "{file: {flag: value, …}, …}", "figures of the results that harness publish makes: the name of each file, with flags of harness plot"},
	{"x-…", "anything", "nothing: a place for YAML anchors"},
}

// freePrefix begins the keys that may hold anything.
const freePrefix = "x-"

// topLevel are the names of Keys, but for those that begin with freePrefix.
var topLevel = func() []string {
	var names []string
	for _, k := range Keys {
		if !strings.HasPrefix(k.Name, freePrefix) {
			names = append(names, k.Name)
		}
	}
	return names
}()

func (r *reader) root(n *yaml.Node) {
	r.mapping(n, "", func(key string, at place, value *yaml.Node) {
		if value.Kind == yaml.ScalarNode && value.Tag == "!!null" && slices.Contains(topLevel, key) {
			return // all that stood below it is commented out
		}
		switch key {
		case "question":
			if s, ok := r.scalar(value, key); ok {
				r.draft.question = s.text
			}
		case "base":
			r.base(value)
		case "matrix":
			for _, a := range r.axes(value, key) {
				r.draft.groups = append(r.draft.groups, group{a})
			}
		case "zip":
			r.zip(value)
		case "include":
			r.draft.include = r.entries(value, key)
		case "exclude":
			r.draft.exclude = r.entries(value, key)
		case "replicates", trial.SeedKey:
			if s, ok := r.scalar(value, key); ok {
				r.draft.count(r.collector, key, s)
			}
		case "targets":
			r.targets(value)
		case "tables":
			r.outputs(value, key, "table")
		case "figures":
			r.outputs(value, key, "plot")
		default:
			if strings.HasPrefix(key, freePrefix) {
				return
			}
			hint := param.Hint(key, topLevel)
			if _, known := trial.FindSetting(key); known {
				hint = "it is a setting: write it under base or matrix"
			}
			r.add(at, key, "no such key of an experiment, %s", hint)
		}
	})
}

// count reads replicates or seed.
func (d *draft) count(c *collector, key string, s scalar) {
	if key == trial.SeedKey {
		n, err := strconv.ParseUint(s.text, 10, 64)
		if err != nil {
			c.add(s.at, key, "want an integer from 0 to 18446744073709551615, got %q", s.text)
		}
		d.seed = n
		return
	}
	n, err := strconv.Atoi(s.text)
	if err != nil || n < 1 || n > MaxTrials {
		c.add(s.at, key, "want an integer from 1 to %d, got %q", MaxTrials, s.text)
		n = 1
	}
	d.replicates = n
}

// scalar reads a text.
func (r *reader) scalar(n *yaml.Node, name string) (scalar, bool) {
	if n = r.resolve(n); n == nil {
		return scalar{}, false
	}
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		r.add(position(n), name, "want a value, got %s", describe(n))
		return scalar{}, false
	}
	return scalar{n.Value, position(n)}, true
}

func (r *reader) base(n *yaml.Node) {
	r.mapping(n, "base", func(key string, at place, value *yaml.Node) {
		if v := r.resolve(value); v != nil && v.Kind == yaml.SequenceNode {
			r.add(position(v), key, "want one value in base, got a list: write it under matrix")
			return
		}
		if s, ok := r.scalar(value, key); ok {
			r.draft.base = append(r.draft.base, field{name: key, at: at, texts: []scalar{s}})
		}
	})
}

// axes reads a mapping of names to lists.
func (r *reader) axes(n *yaml.Node, name string) []axis {
	var all []axis
	r.mapping(n, name, func(key string, at place, value *yaml.Node) {
		a := axis{name: key, at: at}
		if v := r.resolve(value); v != nil && v.Kind == yaml.SequenceNode {
			for _, item := range v.Content {
				a.elements = append(a.elements, r.element(item, key, at)...)
			}
			if len(v.Content) == 0 {
				r.add(position(v), key, "want at least one level, got an empty list")
			}
		} else {
			a.elements = r.element(value, key, at)
		}
		all = append(all, a)
	})
	return all
}

// element reads one level of the axis name; none where it is no level.
func (r *reader) element(n *yaml.Node, name string, at place) []element {
	if m := r.resolve(n); m == nil {
		return nil
	} else if m.Kind == yaml.MappingNode {
		return []element{r.fields(m, name)}
	}
	s, ok := r.scalar(n, name)
	if !ok {
		return nil
	}
	return []element{{[]field{{name: name, at: at, texts: []scalar{s}}}, s.at}}
}

// fields reads a mapping of names to values or lists of values.
func (r *reader) fields(n *yaml.Node, name string) element {
	e := element{at: position(n)}
	r.mapping(n, name, func(key string, at place, value *yaml.Node) {
		f := field{name: key, at: at}
		v := r.resolve(value)
		if v == nil {
			return
		}
		if f.listed = v.Kind == yaml.SequenceNode; !f.listed {
			if s, ok := r.scalar(v, key); ok {
				f.texts = []scalar{s}
			}
		} else if len(v.Content) == 0 {
			r.add(position(v), key, "want at least one value, got an empty list")
		} else {
			for _, item := range v.Content {
				if s, ok := r.scalar(item, key); ok {
					f.texts = append(f.texts, s)
				}
			}
		}
		e.fields = append(e.fields, f)
	})
	return e
}

func (r *reader) zip(n *yaml.Node) {
	if n = r.resolve(n); n == nil {
		return
	}
	if n.Kind != yaml.SequenceNode {
		r.group(n)
		return
	}
	for _, item := range n.Content {
		r.group(item)
	}
}

func (r *reader) group(n *yaml.Node) {
	if axes := r.axes(n, "zip"); len(axes) > 0 {
		r.draft.groups = append(r.draft.groups, axes)
	}
}

// entries reads a list of mappings.
func (r *reader) entries(n *yaml.Node, name string) []element {
	if n = r.resolve(n); n == nil {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		r.add(position(n), name, "want a list of mappings such as [{key: value}], got %s", describe(n))
		return nil
	}
	var all []element
	for _, item := range n.Content {
		if e := r.fields(item, name); len(e.fields) > 0 {
			all = append(all, e)
		}
	}
	return all
}

func (r *reader) targets(n *yaml.Node) {
	r.mapping(n, "targets", func(key string, at place, value *yaml.Node) {
		metric, err := trial.FindMetric(key)
		if err != nil {
			r.add(at, key, "%v", err)
			return
		}
		s, ok := r.scalar(value, key)
		if !ok {
			return
		}
		target, err := trial.ParseTarget(metric, s.text)
		if err != nil {
			r.add(s.at, key, "%v", err)
			return
		}
		r.draft.targets, r.draft.targetsAt = append(r.draft.targets, target), append(r.draft.targetsAt, at)
	})
}
