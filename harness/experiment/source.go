package experiment

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// source returns an experiment file that says what the draft says, flags applied.
// The head is a comment: nobody reads it but people.
func (d *draft) source(head string) []byte {
	b := fmt.Appendf(nil, "%s\n", strings.Join(strings.Fields(head), " "))
	if d.question != "" {
		b = fmt.Appendf(b, "question: %s\n", quote(d.question))
	}
	b = append(b, "base:\n"...)
	for _, f := range d.base {
		b = fmt.Appendf(b, "  %s: %s\n", quote(f.name), quote(f.texts[0].text))
	}
	b = d.sourceOfGroups(b)
	for _, entries := range []struct {
		key  string
		list []element
	}{{"exclude", d.exclude}, {"include", d.include}} {
		if len(entries.list) == 0 {
			continue
		}
		b = fmt.Appendf(b, "%s:\n", entries.key)
		for _, e := range entries.list {
			b = fmt.Appendf(b, "  - %s\n", mappingOf(e))
		}
	}
	b = fmt.Appendf(b, "replicates: %d\nseed: %d\n", d.replicates, d.seed)
	if len(d.targets) > 0 {
		b = append(b, "targets:\n"...)
	}
	for _, t := range d.targets {
		b = fmt.Appendf(b, "  %s: %s\n", quote(t.Metric), quote(t.Text))
	}
	return d.sourceOfOutputs(b)
}

// sourceOfGroups writes the factors: as a matrix, or where some move together as
// a zip, which keeps their order.
func (d *draft) sourceOfGroups(b []byte) []byte {
	if len(d.groups) == 0 {
		return b
	}
	key, open, more := "matrix", "  ", "  "
	for _, g := range d.groups {
		if len(g) > 1 {
			key, open, more = "zip", "  - ", "    "
		}
	}
	b = fmt.Appendf(b, "%s:\n", key)
	for _, g := range d.groups {
		indent := open
		for _, a := range g {
			var levels []string
			for _, e := range a.elements {
				if len(e.fields) == 1 && e.fields[0].name == a.name && !e.fields[0].listed {
					levels = append(levels, quote(e.fields[0].texts[0].text))
				} else {
					levels = append(levels, mappingOf(e))
				}
			}
			b = fmt.Appendf(b, "%s%s: [%s]\n", indent, quote(a.name), strings.Join(levels, ", "))
			indent = more
		}
	}
	return b
}

// mappingOf writes settings that go together.
func mappingOf(e element) string {
	var parts []string
	for _, f := range e.fields {
		var texts []string
		for _, s := range f.texts {
			texts = append(texts, quote(s.text))
		}
		value := strings.Join(texts, ", ")
		if f.listed {
			value = "[" + value + "]"
		}
		parts = append(parts, quote(f.name)+": "+value)
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// quote writes a text as YAML: as it is where no reader could take it for
// something else, and else in quotes.
func quote(text string) string {
	const plain = "abcdefghijklmnopqrstuvwxyz0123456789-._"
	if text != "" && text != "null" && strings.Trim(text, plain) == "" && text[0] != '-' && text[0] != '.' {
		return text
	}
	if !strings.ContainsAny(text, "\n\r\t\u0085\u2028\u2029\ufeff") {
		return "'" + strings.ReplaceAll(text, "'", "''") + "'"
	}
	var b bytes.Buffer // JSON's strings are YAML's, but for U+0085, which JSON does not escape
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil {
		panic("experiment: " + err.Error())
	}
	return strings.NewReplacer("\u0085", `\u0085`, "\ufeff", `\ufeff`).Replace(strings.TrimSuffix(b.String(), "\n"))
}
