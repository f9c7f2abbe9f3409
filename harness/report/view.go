package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"gossipbench/harness/choose"
	"gossipbench/harness/experiment"
	"gossipbench/harness/plain"
	"gossipbench/harness/query"
	"gossipbench/harness/table"
	"gossipbench/harness/trial"
)

// view is a study as the template wants it.
type view struct {
	ID       string // of its element
	Name     string
	Question string
	Caption  string
	NotRun   notRun
	Advice   adviceView
	Findings []prose
	Cautions []string
	LeftOut  []string
	Factors  []string     // that have a column each; none if one column names the configurations
	Metrics  []metricView // the columns that are shown at first
	Rows     []rowView    // the first ones; the page's scripts show the others
	More     int          // configurations that are not among Rows
	Targets  []targetView
	Unused   []unusedView
	MoreBad  int    // trials that are not among Unused
	Trials   string // how many: "1 trial"
	Settings []settingView
	Defaults []settingView // settings that were left alone
	Made     []madeView
	Source   string // the experiment file
}

type metricView struct {
	trial.Metric
	Words  string
	Target string
}

type rowView struct {
	Levels  []string // of view.Factors, or the configuration's name
	Verdict table.Verdict
	Valid   int
	Unused  string
	Unrun   int // trials
	Pick    bool
	Front   bool
	Cells   []cellView
}

type cellView struct {
	Median, Range string
	Verdict       table.Verdict
	Missed        string
}

type targetView struct {
	Metric, Words, Text string
	Pass, Fail, Open    int // configurations
	Nearest             string
}

type unusedView struct {
	ID, Setting string
	Replicate   int
	Outcome     trial.Outcome
	Reason      string
	Replay      string
}

type settingView struct {
	Name, Levels, Unit, Doc string
	Varied                  bool
}

type madeView struct{ Name, Value string }

// What the page shows before its scripts run, and without them. Chosen.
const (
	firstRows  = 100
	maxFactors = 6 // that have a column each
	maxUnused  = 300
)

func (s *study) view(id string, o Options) view {
	v := view{
		ID: id, Name: s.Experiment.Name, Question: strings.TrimSpace(s.Experiment.Question), Caption: s.caption() + query.Filtered(o.Filters),
		NotRun: s.notRun(), Advice: s.advise(), Findings: s.findings(), Cautions: s.cautions(), Trials: plain.Count(len(s.Results), "trial"),
		Made: s.made(), Source: string(s.Experiment.Source),
	}
	if len(s.Factors) <= maxFactors {
		v.Factors = s.Table.Factors
	}
	columns := s.metricsOf(false)
	for _, c := range columns {
		m := metricView{Metric: s.Metrics[c], Words: worded(s.Metrics[c])}
		if t := s.Table.Columns[c].Target; t != nil {
			m.Target = t.Text
		}
		v.Metrics = append(v.Metrics, m)
	}
	for i, x := range s.Ranked() {
		if i == firstRows {
			v.More = len(s.Configurations) - i
			break
		}
		v.Rows = append(v.Rows, s.rowView(x, columns, x.Choice == s.picked()))
	}
	v.Targets = s.targetViews()
	v.unused(s)
	v.settings(s, o.Catalog)
	return v
}

// caption says what the results have in common, each strategy with what is not at
// its defaults.
func (s *study) caption() string {
	n, _, _ := strings.Cut(s.Table.Caption, ",")
	return query.Caption(s.Results, n)
}

// machine names a class of machines: "AMD EPYC, 2 cores".
func machine(p trial.Provenance) string {
	var parts []string
	if p.CPU != "" {
		parts = append(parts, p.CPU)
	}
	if p.Cores > 0 {
		parts = append(parts, plain.Count(p.Cores, "core"))
	}
	return strings.Join(parts, ", ")
}

func (s *study) rowView(x *choose.Configuration, columns []int, pick bool) rowView {
	row := rowView{Levels: x.Levels, Verdict: s.verdict(x), Valid: x.Counts.Valid, Unused: x.Counts.String(), Unrun: x.Unrun, Pick: pick, Front: x.Front}
	if len(s.Factors) > maxFactors {
		row.Levels = []string{s.Name(x)}
	}
	for _, c := range columns {
		cell := x.Cells[c]
		made := cellView{Verdict: cell.Verdict}
		made.Median, made.Range = parted(cell.Summary)
		if cell.Missed > 0 {
			made.Missed = fmt.Sprintf("%d/%d", cell.Missed, len(x.Results))
		}
		row.Cells = append(row.Cells, made)
	}
	return row
}

// targetViews say of each target how many configurations keep it.
func (s *study) targetViews() []targetView {
	var all []targetView
	for _, t := range s.Targets {
		v := targetView{Metric: t.Metric, Text: t.Text}
		c := s.Column(t.Metric)
		if c < 0 {
			v.Words, v.Open = "not measured", len(s.Configurations)+s.neverRun()
			all = append(all, v)
			continue
		}
		v.Words, v.Open = worded(s.Metrics[c]), s.neverRun()
		for _, x := range s.Configurations {
			switch x.Cells[c].Verdict {
			case table.Pass:
				v.Pass++
			case table.Fail:
				v.Fail++
			default:
				v.Open++
			}
		}
		if best, equals := s.BestIn(c); best != nil {
			v.Nearest = best.Label + ": " + s.value(best, c)
			if equals > 1 {
				v.Nearest = fmt.Sprintf("%d of %s: %s", equals, plain.Count(len(s.Choices), "configuration"), s.median(best, c))
			}
		}
		all = append(all, v)
	}
	return all
}

// unused lists the trials that are not in the numbers.
func (v *view) unused(s *study) {
	for _, x := range s.Ranked() {
		for _, r := range x.Results {
			if r.Outcome == trial.Valid {
				continue
			}
			if len(v.Unused) == maxUnused {
				v.MoreBad++
				continue
			}
			v.Unused = append(v.Unused, unusedView{
				ID: r.ID, Setting: s.Name(x), Replicate: r.Trial.Replicate, Outcome: r.Outcome, Reason: reason(r), Replay: s.replay(*r),
			})
		}
	}
}

// reason says, as far as the result tells, why it is not valid.
func reason(r *trial.Result) string {
	var parts []string
	if r.Error != nil {
		parts = append(parts, *r.Error)
	}
	for _, reason := range r.Reasons {
		parts = append(parts, reason.Text)
	}
	for _, name := range []string{"lost", "never-read", "duplicated"} {
		if x := r.Metrics[name]; x > 0 && len(r.Reasons) == 0 {
			parts = append(parts, strconv.FormatFloat(x, 'g', -1, 64)+" "+words[name])
		}
	}
	parts = append(parts, r.Warnings...)
	if parts == nil {
		return "The result does not say why."
	}
	return strings.Join(parts, "; ")
}

// settings lists all settings and parameters with what they were: those that
// were varied or given first.
func (v *view) settings(s *study, catalog experiment.Catalog) {
	add := func(name, unit, doc, normal string, levels []string, varied bool) {
		x := settingView{Name: name, Levels: strings.Join(levels, ", "), Unit: unit, Doc: doc, Varied: varied}
		if !varied && len(levels) == 1 && levels[0] == normal {
			x.Levels = cmpText(levels[0], "–")
			v.Defaults = append(v.Defaults, x)
			return
		}
		v.Settings = append(v.Settings, x)
	}
	for _, d := range trial.Settings() {
		levels, varied := s.levelsOf(d.Name)
		add(d.Name, d.Unit, d.Doc, d.Default, levels, varied)
	}
	for _, p := range s.parameters(catalog) {
		add(p.name, p.unit, p.doc, p.normal, p.levels, len(p.levels) > 1)
	}
	least, most := s.Results[0].Trial.Seed, s.Results[0].Trial.Seed
	replicates := 0
	for i := range s.Results {
		least, most = min(least, s.Results[i].Trial.Seed), max(most, s.Results[i].Trial.Seed)
		replicates = max(replicates, s.Results[i].Trial.Replicate)
	}
	seeds := strconv.FormatUint(least, 10)
	if least != most {
		seeds += " to " + strconv.FormatUint(most, 10)
	}
	v.Settings = append(v.Settings,
		settingView{Name: "replicates", Levels: strconv.Itoa(replicates), Doc: "how often each configuration was run, each time with a seed of its own"},
		settingView{Name: "seed", Levels: seeds, Doc: "what all chance of a trial comes from; the same for all configurations of a replicate"})
}

// ownParameter is a parameter of one strategy, or of several that declare it alike.
type ownParameter struct {
	name, unit, doc, normal string
	levels                  []string
}

// parameters lists the parameters of the strategies. One that strategies declare
// differently stands once for each, as "interval of gossip".
func (s *study) parameters(catalog experiment.Catalog) []ownParameter {
	type key struct{ name, workload, strategy string }
	levels := map[key]map[string]bool{}
	for i := range s.Results {
		t := &s.Results[i].Trial
		for name, level := range t.Params {
			k := key{name: name, workload: t.Workload, strategy: t.Strategy}
			if levels[k] == nil {
				levels[k] = map[string]bool{}
			}
			levels[k][level] = true
		}
	}
	var all []ownParameter
	declared := map[string][]ownParameter{} // by name, one for each strategy
	for _, k := range slices.SortedFunc(maps.Keys(levels), func(a, b key) int {
		return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.workload, b.workload), strings.Compare(a.strategy, b.strategy))
	}) {
		p := ownParameter{name: k.name + " of " + k.strategy, levels: sortedKeys(levels[k])}
		if catalog != nil && slices.Contains(catalog.Strategies(k.workload), k.strategy) {
			for _, d := range catalog.Params(k.workload, k.strategy) {
				if d.Name == k.name {
					p.unit, p.doc, p.normal = d.Unit, d.Doc, d.Default
				}
			}
		}
		declared[k.name] = append(declared[k.name], p)
	}
	for _, name := range sortedKeys(declared) {
		own := declared[name]
		if slices.ContainsFunc(own, func(p ownParameter) bool {
			return p.unit != own[0].unit || p.doc != own[0].doc || p.normal != own[0].normal
		}) {
			all = append(all, own...)
			continue
		}
		one := own[0]
		one.name = name
		one.levels, _ = s.levelsOf(name)
		all = append(all, one)
	}
	return all
}

func cmpText(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// shortHash cuts a commit, or the hash of a file, to what a person compares.
func shortHash(commit string) string {
	const digits = 12 // those of an ID
	hash, dirty, changed := strings.Cut(commit, "+")
	if changed {
		dirty = "+" + dirty
	}
	return hash[:min(digits, len(hash))] + dirty
}

// made says what made the results. Where they differ, how many trials each value
// is of.
func (s *study) made() []madeView {
	var order []string
	values := map[string]map[string]int{}
	add := func(name, value string) {
		if value == "" {
			return
		}
		if values[name] == nil {
			order = append(order, name)
			values[name] = map[string]int{}
		}
		values[name][value]++
	}
	for i := range s.Results {
		m := s.Results[i].Made
		add("commit of gossipbench", shortHash(m.Commit))
		add("backend's version", m.Backend)
		add("machine", machine(m))
		add("system", m.OS)
		add("Go", m.Go)
		add("node's executable", shortHash(m.Node))
		for _, name := range sortedKeys(m.Extra) {
			add(name, m.Extra[name])
		}
	}
	var all []madeView
	for _, name := range order {
		var parts []string
		for _, value := range sortedKeys(values[name]) {
			if len(values[name]) > 1 {
				value = fmt.Sprintf("%s (%s)", value, plain.Count(values[name][value], "trial"))
			}
			parts = append(parts, value)
		}
		all = append(all, madeView{name, listed(parts)})
	}
	return all
}
