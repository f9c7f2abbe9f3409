package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"gossipbench/harness/cli"
	"gossipbench/harness/experiment"
	"gossipbench/harness/export"
	"gossipbench/harness/glomers"
	"gossipbench/harness/native"
	"gossipbench/harness/texttab"
	"gossipbench/harness/trial"
	"gossipbench/strategies"
)

// generated is a part of a document that is made of the program: it stands between
// <!-- generated: NAME --> and <!-- end -->.
var generated = regexp.MustCompile(`(?s)(<!-- generated: (\S+) -->\n).*?(<!-- end -->)`)

// makers make the parts of the documents by their names. A part named by a path is
// that file, or the tables of a file that is Markdown itself.
var makers = map[string]func() string{
	"settings":        settingsReference,
	"metrics":         func() string { return markdown(metricsListing()) },
	"strategies":      strategiesReference,
	"verbs":           verbsReference,
	"experiment-keys": keysReference,
	"stored-line":     storedLineReference,
	"exit-statuses":   exitsReference,
	"challenge-3d":    func() string { return costsReference("challenge-3d") },
	"challenge-3e":    func() string { return costsReference("challenge-3e") },
	"demers":          demersReference,
	"partitions":      healsReference,
	"filters":         func() string { return fenced("text", filtersTopic) },
	"nodes":           func() string { return fenced("text", native.Departures) },
	"glomers":         glomersReference,
}

// TestReference: what the documents show of the program is what the program is. With
// -update it is written into them.
func TestReference(t *testing.T) {
	used := map[string]bool{}
	for _, d := range pages(t) {
		text := generated.ReplaceAllStringFunc(d.text, func(part string) string {
			m := generated.FindStringSubmatch(part)
			used[m[2]] = true
			if make := makers[m[2]]; make != nil {
				return m[1] + make() + m[3]
			}
			file, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(m[2])))
			if err != nil {
				t.Errorf("%s: generated: %v: want one of %s, or a file", d.name, err, strings.Join(slices.Sorted(maps.Keys(makers)), ", "))
			}
			if filepath.Ext(m[2]) == ".md" {
				return m[1] + tablesOf(string(file)) + m[3]
			}
			return m[1] + fenced(strings.TrimPrefix(filepath.Ext(m[2]), "."), string(file)) + m[3]
		})
		if text == d.text {
			continue
		}
		if !*update {
			t.Errorf("%s is not what the program makes; go test ./harness -run TestReference -update writes it", d.name)
			continue
		}
		if err := os.WriteFile(filepath.Join(root, filepath.FromSlash(d.name)), []byte(text), 0o666); err != nil {
			t.Error(err)
		}
	}
	for name := range makers {
		if !used[name] {
			t.Errorf("no document has a part <!-- generated: %s -->", name)
		}
	}
}

// markdown writes a listing as a part of a document.
func markdown(l *texttab.Listing) string {
	var b strings.Builder
	if err := l.Write(&b, "markdown", texttab.Screen{}); err != nil {
		panic(err) // a Builder takes everything
	}
	return b.String()
}

// tablesOf returns the lines of a text in Markdown that are tables.
func tablesOf(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "|") {
			b.WriteString(line)
		}
	}
	return b.String()
}

func fenced(language, text string) string {
	return "```" + language + "\n" + strings.TrimRight(text, "\n") + "\n```\n"
}

// columns returns a listing of texts with these columns.
func columns(names ...string) *texttab.Listing {
	l := &texttab.Listing{}
	for _, name := range names {
		l.Column(name, false)
	}
	return l
}

func settingsReference() string {
	l := columns("setting", "default", "wanted", "of use with", "meaning")
	for _, d := range trial.Settings() {
		s, _ := trial.FindSetting(d.Name)
		var needs []string
		for _, n := range s.Needs() {
			needs = append(needs, n.String())
		}
		l.Row(d.Name, d.Default, wanted(d), strings.Join(needs, "; "), d.Doc)
	}
	return markdown(l)
}

func strategiesReference() string {
	var b strings.Builder
	for _, workload := range strategies.Workloads {
		for _, s := range strategies.Of(workload) {
			if s.Workloads[0] == workload {
				fmt.Fprintf(&b, "## %s of %s\n\n%s\n", s.Name, workload, markdown(explain(s)))
			}
		}
	}
	return b.String()
}

// verbsReference has what each verb says of itself. Package doc of cobra would break
// the lists in it.
func verbsReference() string {
	w := newWorld("harness", nil, &bytes.Buffer{}, &bytes.Buffer{}, backends)
	var b strings.Builder
	var write func(cmd *cobra.Command)
	write = func(cmd *cobra.Command) {
		if cmd.IsAvailableCommand() {
			cmd.InitDefaultHelpFlag()
			long := cmd.Long
			if long == "" {
				long = cmd.Short
			}
			fmt.Fprintf(&b, "## %s\n\n%s\n", cmd.CommandPath(), fenced("text", long+"\n\n"+cmd.UsageString()))
		}
		for _, sub := range cmd.Commands() {
			write(sub)
		}
	}
	for _, cmd := range w.Root().Commands() {
		write(cmd)
	}
	return b.String()
}

func glomersReference() string {
	l := columns("challenge", "title", "maelstrom test …", "limits")
	for _, c := range glomers.Challenges {
		var limits []string
		for _, limit := range c.Limits {
			limits = append(limits, limit.Metric+" "+limit.Want)
		}
		for _, test := range c.Tests {
			l.Row(c.Name, c.Title, test, strings.Join(limits, ", "))
		}
	}
	return markdown(l)
}

func keysReference() string {
	l := columns("key", "value", "meaning")
	for _, k := range experiment.Keys {
		l.Row(k.Name, k.Form, k.Doc)
	}
	return markdown(l)
}

func exitsReference() string {
	l := columns("status", "meaning")
	for _, e := range cli.Exits {
		l.Row(fmt.Sprint(e.Status), e.Means)
	}
	return markdown(l)
}

// storedLineReference lists the fields of a line of trials.jsonl, by the schema that
// the tests of package export hold to the declarations.
func storedLineReference() string {
	type schema struct {
		Ref         string `json:"$ref"`
		Type        any
		Const       any
		Enum        []any
		Description string
		Properties  map[string]schema
		Items       *schema
		Required    []string
		Defs        map[string]schema `json:"$defs"`
	}
	var whole schema
	if err := json.Unmarshal(export.Schema, &whole); err != nil {
		panic(err)
	}
	l := columns("field", "type", "always there", "meaning")
	var fields func(prefix string, s schema)
	fields = func(prefix string, s schema) {
		for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
			f, path := s.Properties[name], prefix+name
			if name, is := strings.CutPrefix(f.Ref, "#/$defs/"); is {
				f = whole.Defs[name]
			}
			kind := fmt.Sprint(f.Type)
			if types, several := f.Type.([]any); several {
				kind = strings.Trim(fmt.Sprint(types), "[]")
				kind = strings.ReplaceAll(kind, " ", " or ")
			}
			switch {
			case f.Const != nil:
				kind = fmt.Sprint(f.Const)
			case f.Enum != nil:
				kind = "one of " + strings.ReplaceAll(strings.Trim(fmt.Sprint(f.Enum), "[]"), " ", ", ")
			}
			always := ""
			if slices.Contains(s.Required, name) {
				always = "yes"
			}
			l.Row(path, kind, always, f.Description)
			if name == "trial" || name == "metrics" { // which settings.md and metrics.md list
				continue
			}
			if f.Items != nil {
				fields(path+"[].", *f.Items)
			}
			fields(path+".", f)
		}
	}
	fields("", whole.Defs["result"])
	return markdown(l)
}
