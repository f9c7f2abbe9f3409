package experiment

import (
	"fmt"

	"go.yaml.in/yaml/v4"
)

// Output is a file that is made of the results: a table or a figure.
type Output struct {
	Verb  string // of the harness that makes it: table or plot
	File  string // its name in the folder of results
	Flags []Flag // of the verb, in the order in which they are written
}

// Flag is a flag of a verb, with the values that it is given one after another.
type Flag struct {
	Name   string
	Values []string
}

// output is an Output as it is written.
type output struct {
	verb  string
	file  scalar
	flags []field
}

// outputKeys are the keys that declare outputs, each with the verb that makes them.
var outputKeys = []struct{ key, verb string }{{"tables", "table"}, {"figures", "plot"}}

// outputs reads a mapping of file names to the flags of a verb.
func (r *reader) outputs(n *yaml.Node, key, verb string) {
	r.mapping(n, key, func(file string, at place, value *yaml.Node) {
		o := output{verb: verb, file: scalar{file, at}}
		v := r.resolve(value)
		if v == nil {
			return
		}
		if v.Kind != yaml.ScalarNode || v.Tag != "!!null" { // nothing is no flags
			o.flags = r.fields(v, file).fields
		}
		r.draft.outputs = append(r.draft.outputs, o)
	})
}

// declared returns the outputs of a draft, tables first, and notes what is wrong with
// them.
func (d *draft) declared(c *collector, catalog Catalog) []Output {
	var all []Output
	for _, k := range outputKeys {
		for _, o := range d.outputs {
			if o.verb != k.verb {
				continue
			}
			if !isName(o.file.text) {
				c.add(o.file.at, "", "%q: want the name of a file, which lies in the folder of the results", o.file.text)
			} else if err := catalog.CheckFlag(o.verb, "out", []string{o.file.text}); err != nil {
				c.add(o.file.at, o.file.text, "%v", err)
			}
			made := Output{Verb: o.verb, File: o.file.text}
			for _, f := range o.flags {
				flag := Flag{Name: f.name}
				for _, s := range f.texts {
					flag.Values = append(flag.Values, s.text)
				}
				made.Flags = append(made.Flags, flag)
				if f.name == "out" {
					c.add(f.at, f.name, "want no such flag: the key %s names the file", o.file.text)
				} else if err := catalog.CheckFlag(o.verb, f.name, flag.Values); err != nil {
					c.add(f.at, f.name, "%v", err)
				}
			}
			all = append(all, made)
		}
	}
	return all
}

// sourceOfOutputs writes the outputs as an experiment file has them.
func (d *draft) sourceOfOutputs(b []byte) []byte {
	for _, k := range outputKeys {
		begun := false
		for _, o := range d.outputs {
			if o.verb != k.verb {
				continue
			}
			if !begun {
				b = fmt.Appendf(b, "%s:\n", k.key)
				begun = true
			}
			b = fmt.Appendf(b, "  %s: %s\n", quote(o.file.text), mappingOf(element{fields: o.flags}))
		}
	}
	return b
}
