package experiment

import (
	"fmt"
	"slices"
	"strings"

	"gossipbench/harness/trial"
	"gossipbench/strategies/param"
)

// vocabulary is the names that an experiment may use: of settings, and of the
// parameters of the strategies that it mentions.
type vocabulary struct {
	catalog    Catalog
	workloads  []string               // mentioned, and known
	mentioned  []string               // strategies, known or not
	strategies []string               // mentioned, and known to one of the workloads
	params     map[string][]ownedDecl // by name, of the strategies mentioned
}

// ownedDecl is a parameter of a strategy.
type ownedDecl struct {
	owner string
	param.Decl
}

func newVocabulary(d *draft, catalog Catalog) *vocabulary {
	v := &vocabulary{catalog: catalog, params: map[string][]ownedDecl{}}
	known := trial.Workloads
	for _, w := range d.mentioned("workload", trial.Default().Workload) {
		if slices.Contains(known, w) {
			v.workloads = append(v.workloads, w)
		}
	}
	standard := trial.Default().Strategy
	if len(d.mentioned("bin", "")) > 0 {
		standard = trial.External
	}
	v.mentioned = d.mentioned("strategy", standard)
	for _, s := range v.mentioned {
		for _, w := range v.workloads {
			if !slices.Contains(catalog.Strategies(w), s) {
				continue
			}
			if !slices.Contains(v.strategies, s) {
				v.strategies = append(v.strategies, s)
			}
			for _, p := range catalog.Params(w, s) {
				if _, taken := trial.FindSetting(p.Name); taken || p.Name == trial.SeedKey || p.Name == trial.ReplicateKey {
					panic("experiment: strategy " + s + " has a parameter with the name of a setting: " + p.Name)
				}
				v.params[p.Name] = append(v.params[p.Name], ownedDecl{s, p})
			}
		}
	}
	return v
}

// mentioned returns every text that a setting is given anywhere, or standard
// where there is none.
func (d *draft) mentioned(name, standard string) []string {
	var all []string
	note := func(f field) {
		for _, s := range f.texts {
			if f.name == name && !slices.Contains(all, s.text) {
				all = append(all, s.text)
			}
		}
	}
	inBase := false
	for _, f := range d.base {
		inBase = inBase || f.name == name
		note(f)
	}
	elements := slices.Concat(d.include, d.exclude)
	inAll := false // a factor varies it, so all trials have a level
	for _, g := range d.groups {
		for _, a := range g {
			inAll = inAll || a.name == name
			elements = append(elements, a.elements...)
		}
	}
	for _, e := range elements {
		for _, f := range e.fields {
			note(f)
		}
	}
	if !inBase && !inAll && standard != "" && !slices.Contains(all, standard) {
		all = append(all, standard)
	}
	return all
}

// find returns the declaration of a setting or parameter. Where strategies
// declare it differently it is the first one's.
func (v *vocabulary) find(name string) (param.Decl, bool) {
	if s, ok := trial.FindSetting(name); ok {
		return s.Decl, true
	}
	if decls := v.params[name]; len(decls) > 0 {
		return decls[0].Decl, true
	}
	return param.Decl{}, false
}

// parse returns the text of a setting or parameter in canonical form, if it is
// legal for one strategy at least. Else the error is a *param.Error where it is
// about a parameter.
func (v *vocabulary) parse(name, text string) (string, error) {
	if name == "strategy" {
		return text, v.strategy(text)
	}
	if s, ok := trial.FindSetting(name); ok {
		canonical, err := s.Parse(text)
		return canonical, nearer(s.Decl, text, err)
	}
	var first error
	for _, d := range v.params[name] {
		canonical, err := d.Parse(text)
		if err == nil && d.Kind == param.Text {
			err = trial.CheckText(text)
		}
		if err == nil {
			return canonical, nil
		}
		if first == nil {
			first = &param.Error{Owner: d.owner, Name: name, Reason: nearer(d.Decl, text, err).Error()}
		}
	}
	return "", first
}

// nearer adds the choice that could have been meant to what is wrong with text.
func nearer(d param.Decl, text string, err error) error {
	if near := param.Nearest(text, d.Choices); err != nil && near != "" {
		return fmt.Errorf("%w, did you mean %s?", err, near)
	}
	return err
}

// strategy says what is wrong with the name of a strategy.
func (v *vocabulary) strategy(name string) error {
	if name == trial.External || slices.Contains(v.strategies, name) || len(v.workloads) == 0 {
		return nil
	}
	var known []string
	for _, w := range v.workloads {
		known = append(known, v.catalog.Strategies(w)...)
	}
	return fmt.Errorf("no such strategy of workload %s: %q, %s", strings.Join(v.workloads, ", "), name, param.Hint(name, append(known, trial.External)))
}

// owners returns the strategies, mentioned or not, that have a parameter.
func (v *vocabulary) owners(name string) []string {
	var owners []string
	for _, w := range v.workloads {
		for _, s := range v.catalog.Strategies(w) {
			has := func(p param.Decl) bool { return p.Name == name }
			if !slices.Contains(owners, s) && slices.ContainsFunc(v.catalog.Params(w, s), has) {
				owners = append(owners, s)
			}
		}
	}
	return owners
}

// excused reports whether a name may be right once all strategies are.
func (v *vocabulary) excused(name string) bool {
	misnamed := slices.ContainsFunc(v.mentioned, func(s string) bool { return v.strategy(s) != nil })
	return misnamed && len(v.owners(name)) > 0
}

// unknown says what is wrong with a name that find does not know.
func (v *vocabulary) unknown(name string, at place) string {
	switch inFlag := at.flag != ""; {
	case inFlag && (name == trial.SeedKey || name == "replicates"):
		return "no setting, write --" + name
	case !inFlag && slices.Contains(topLevel, name):
		return "no setting, it belongs at the top of the file"
	}
	owners := v.owners(name)
	if len(owners) > 0 {
		return fmt.Sprintf("a parameter of %s, but this experiment runs %s", strings.Join(owners, ", "), strings.Join(v.mentioned, ", "))
	}
	if len(v.strategies) == 0 {
		return "no such setting, " + param.Hint(name, trial.SettingNames())
	}
	known := trial.SettingNames()
	for _, w := range v.workloads {
		for _, s := range v.strategies {
			if slices.Contains(v.catalog.Strategies(w), s) {
				for _, p := range v.catalog.Params(w, s) {
					known = append(known, p.Name)
				}
			}
		}
	}
	slices.Sort(known)
	known = slices.Compact(known)
	return fmt.Sprintf("no such setting or parameter of %s, %s", strings.Join(v.strategies, ", "), param.Hint(name, known))
}
