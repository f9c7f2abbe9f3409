package table

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gossipbench/harness/plain"
	"gossipbench/harness/query"
	"gossipbench/harness/stats"
	"gossipbench/harness/trial"
)

// replicates says from how many valid trials a cell's numbers come.
func (b *builder) replicates() string { return query.Replicates(b.spread()) }

// spread returns the least and the greatest number of valid trials in a cell
// that has any trials.
func (b *builder) spread() (least, most int) {
	least = -1
	for _, row := range b.table.Rows {
		for _, c := range row.Cells {
			if c.Counts != (Counts{}) {
				most = max(most, c.Counts.Valid)
				if least < 0 || c.Counts.Valid < least {
					least = c.Counts.Valid
				}
			}
		}
	}
	return max(least, 0), most
}

// notes says what a reader must know before believing the numbers.
func (b *builder) notes(o Options) {
	note := func(format string, args ...any) {
		b.table.Notes = append(b.table.Notes, fmt.Sprintf(format, args...))
	}
	switch _, most := b.spread(); {
	case b.table.Stat != "":
		note("Cells are the %s of n valid trials.", b.table.Stat)
	case most == 1:
		note("n = 1: one trial says nothing of the spread.")
	case most > 1:
		note("Cells are the median of n valid trials and [least most], which enclose the true median with probability %s at n = %d.",
			probability(stats.RangeConfidence(most)), most)
	}
	b.health(note)
	if slices.ContainsFunc(b.table.Columns, func(c Column) bool { return c.Target != nil }) {
		note("pass: every trial is valid and meets the target; fail 2/5: of 5 trials 2 are invalid or miss it; open: neither is proved.")
	}
	if b.shows("ok-fraction") && slices.ContainsFunc(b.results, func(r trial.Result) bool { return r.Trial.Workload == "lin-kv" }) {
		note("ok-fraction counts a compare-and-set that meets another value as failed, as Jepsen does.")
	}
	b.table.Notes = append(b.table.Notes, o.Notes...)
	b.unrun(o.Plan, note)
	b.pooled(o.Remedy, note)
	b.absent(note)
	b.commits(note)
	b.unused(note)
	b.warnings(note)
}

// health notes which columns hold more than the valid trials, if any trial is not.
func (b *builder) health(note func(string, ...any)) {
	var names []string
	for _, c := range b.table.Columns {
		if c.Metric.Health && !slices.Contains(names, c.Metric.Name) {
			names = append(names, c.Metric.Name)
		}
	}
	ended := func(r trial.Result) bool {
		return r.Outcome == trial.Invalid || r.Outcome == trial.Unknown
	}
	if n := len(names); n > 0 && slices.ContainsFunc(b.results, ended) {
		told := names[0] + " is"
		if n > 1 {
			told = strings.Join(names[:n-1], ", ") + " and " + names[n-1] + " are"
		}
		note("%s of all trials that ended, invalid and unknown ones too.", told)
	}
}

// shows reports whether a metric is among the columns.
func (b *builder) shows(metric string) bool {
	return slices.ContainsFunc(b.table.Columns, func(c Column) bool { return c.Metric.Name == metric })
}

// probability is written with two digits, and never as certainty.
func probability(p float64) string {
	if p > 0.99 {
		return "above 0.99"
	}
	return strconv.FormatFloat(p, 'g', 2, 64)
}

// pooled notes the settings that vary within cells: their trials are no
// replicates of each other.
func (b *builder) pooled(remedy string, note func(string, ...any)) {
	var cells []query.Group
	for _, g := range b.groups {
		cells = append(cells, g.By(b.split)...)
	}
	for _, name := range b.survey.Names {
		levels := b.survey.Levels[name]
		if len(levels) < 2 || slices.Contains(b.table.Factors, name) || slices.Contains(b.table.Split, name) {
			continue
		}
		if slices.ContainsFunc(cells, func(g query.Group) bool { return g.Varies(name) }) {
			text := fmt.Sprintf("Careful: cells pool trials that differ in %s (%s)", name, query.Listed(levels))
			if remedy != "" {
				text += "; " + remedy
			}
			note("%s.", text)
			b.table.Pooled = append(b.table.Pooled, text+".")
		}
	}
}

// absent notes metrics that not all valid trials have.
func (b *builder) absent(note func(string, ...any)) {
	lacking := map[string][2]int{}
	var order []string
	for i, c := range b.table.Columns {
		n := lacking[c.Metric.Name]
		for _, row := range b.table.Rows {
			n[0] += row.Cells[i].Counts.Valid - row.Cells[i].known
			n[1] += row.Cells[i].Counts.Valid
		}
		if _, known := lacking[c.Metric.Name]; !known {
			order = append(order, c.Metric.Name)
		}
		lacking[c.Metric.Name] = n
	}
	for _, name := range order {
		if n := lacking[name]; n[0] > 0 {
			note("%s is not known of %d of %d valid trials.", name, n[0], n[1])
		}
	}
}

// commits notes that the results were not made by one and the same program.
func (b *builder) commits(note func(string, ...any)) {
	seen := map[string]bool{}
	var all []string
	for i := range b.results {
		if c := b.results[i].Made.Commit; c != "" && !seen[c] {
			seen[c] = true
			all = append(all, c)
		}
	}
	if len(all) > 1 {
		slices.Sort(all)
		for i, c := range all {
			all[i] = shortCommit(c)
		}
		note("The results were made by %d versions of gossipbench: %s.", len(all), query.Listed(all))
	}
}

// shortCommit leaves of a commit what tells it from others: its first twelve
// digits, and whether files had been changed.
func shortCommit(c string) string {
	hash, changed, dirty := strings.Cut(c, "+")
	if len(hash) > 12 {
		hash = hash[:12]
	}
	if dirty {
		return hash + "+" + changed
	}
	return hash
}

// maxNamed is the most trials that a note names one by one. Chosen.
const maxNamed = 20

// unused notes each trial that is not in the numbers, and why.
func (b *builder) unused(note func(string, ...any)) {
	count, named := 0, 0
	for _, g := range b.groups {
		rs := slices.Clone(g.Results)
		slices.SortFunc(rs, func(x, y *trial.Result) int {
			return cmp.Or(cmp.Compare(x.Trial.Replicate, y.Trial.Replicate), strings.Compare(x.ID, y.ID))
		})
		for _, r := range rs {
			if r.Outcome == trial.Valid {
				continue
			}
			if count++; named < maxNamed {
				named++
				note("Not in the numbers: trial %s%s, %s%s.", r.ID, b.place(r), r.Outcome, Reason(r))
			}
		}
	}
	if count > named {
		note("Not in the numbers: %d more.", count-named)
	}
}

// place says where in the table a trial belongs.
func (b *builder) place(r *trial.Result) string {
	label := query.Project(slices.Concat(b.table.Factors, b.table.Split)...).Of(&r.Trial).Label()
	if r.Trial.Replicate > 0 {
		label = strings.TrimSpace(label + " " + query.Pair(trial.ReplicateKey, strconv.Itoa(r.Trial.Replicate)))
	}
	if label == "" {
		return ""
	}
	return " (" + label + ")"
}

// Reason says behind an outcome why it is not valid, ": 3 values lost"; nothing
// where the result does not tell.
func Reason(r *trial.Result) string {
	if why := r.Why(); why != "" {
		return ": " + strings.TrimSuffix(why, ".")
	}
	return ""
}

// warnings passes on what the backends warned of, a note for each kind of warning.
func (b *builder) warnings(note func(string, ...any)) {
	type warned struct {
		of    int    // trials
		first string // in order of the alphabet
		alike bool   // all are the same
	}
	kinds := map[string]*warned{}
	for i := range b.results {
		told := map[string]bool{}
		for _, w := range b.results[i].Warnings {
			kind := kindOf(w)
			k := kinds[kind]
			if k == nil {
				k = &warned{first: w, alike: true}
				kinds[kind] = k
			}
			k.alike = k.alike && w == k.first
			k.first = min(k.first, w)
			if !told[kind] {
				told[kind] = true
				k.of++
			}
		}
	}
	for i, kind := range slices.Sorted(maps.Keys(kinds)) {
		if i == maxNamed {
			note("Warnings of other kinds: %d.", len(kinds)-maxNamed)
			break
		}
		k, such := kinds[kind], ""
		if !k.alike {
			such = ", such as"
		}
		note("Warned of by %d of %s%s: %s.", k.of, plain.Count(len(b.results), "trial"), such, strings.TrimSuffix(k.first, "."))
	}
}

// kindOf is what warnings of one kind have in common: what stands before the first
// colon, whatever its numbers.
func kindOf(warning string) string {
	kind, _, _ := strings.Cut(warning, ": ")
	return numbers.ReplaceAllString(kind, "0")
}

var numbers = regexp.MustCompile(`[0-9]+([.][0-9]+)*`)
