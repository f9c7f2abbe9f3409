package agreement

import (
	"fmt"
	"gossipbench/harness/trial"
	"maps"
	"slices"
	"strings"
)

// leftOut gathers what is not compared, and why.
type leftOut struct {
	reference string
	asked     bool                // for these metrics; else for all that both have
	unknown   map[string]int      // trials of which not all is known, by backend
	unused    map[string]int      // trials that are not valid, by backend and outcome
	single    map[string][]string // settings that one backend alone has run, by that backend
	others    []string            // settings that the reference has not run, though others have
	onlyOne   map[pair][]string   // metrics, by who has them
	missing   []string            // metrics asked for, and where nobody has them
	warnings  []string            // of trials whose answers lie outside
}

// pair is a backend that has something, and one that has not.
type pair struct{ has, hasNot string }

func newLeftOut(reference string, asked bool) *leftOut {
	return &leftOut{reference: reference, asked: asked, unknown: map[string]int{}, unused: map[string]int{},
		single: map[string][]string{}, onlyOne: map[pair][]string{}}
}

// trial reports whether a trial is left out of all that is compared. One that is not
// valid is left out, but its setting was run.
func (o *leftOut) trial(r *trial.Result) bool {
	if len(r.Trial.Unknown) > 0 {
		o.unknown[r.Trial.Backend]++
		return true
	}
	if r.Outcome != trial.Valid {
		o.unused[r.Trial.Backend+", "+string(r.Outcome)]++
	}
	return false
}

// alone takes a setting that cannot be compared.
func (o *leftOut) alone(label string, backends []string) {
	if len(backends) == 1 {
		o.single[backends[0]] = append(o.single[backends[0]], label)
		return
	}
	o.others = append(o.others, label)
}

// metric takes a metric that one backend has, or none of both.
func (o *leftOut) metric(label, backend, name string, reference, other bool) {
	var s pair
	switch {
	case o.asked:
		o.missing = append(o.missing, strings.TrimPrefix(fmt.Sprintf("%s: no valid trial of both %s and %s has %s.", label, o.reference, backend, name), ": "))
		return
	case reference:
		s = pair{o.reference, backend}
	case other:
		s = pair{backend, o.reference}
	default:
		return
	}
	if !slices.Contains(o.onlyOne[s], name) {
		o.onlyOne[s] = append(o.onlyOne[s], name)
	}
}

// warned takes what the trials warn of whose answer lies outside.
func (o *leftOut) warned(label, backend string, results []trial.Result) {
	for _, r := range results {
		for _, w := range r.Warnings {
			note := fmt.Sprintf("%s warned: %s", strings.TrimSpace(label+" "+backend), w)
			if r.Outcome == trial.Valid && !slices.Contains(o.warnings, note) {
				o.warnings = append(o.warnings, note)
			}
		}
	}
}

// notes are sentences.
func (o *leftOut) notes() []string {
	notes := slices.Clone(o.warnings)
	for _, backend := range slices.Sorted(maps.Keys(o.unknown)) {
		notes = append(notes, fmt.Sprintf("Left out: %s of %s, of which not every setting is known.", trials(o.unknown[backend]), backend))
	}
	for _, which := range slices.Sorted(maps.Keys(o.unused)) {
		notes = append(notes, fmt.Sprintf("Left out: %s of %s.", trials(o.unused[which]), which))
	}
	for _, backend := range slices.Sorted(maps.Keys(o.single)) {
		notes = append(notes, fmt.Sprintf("Left out: run by %s alone: %s.", backend, settingsOf(o.single[backend])))
	}
	if len(o.others) > 0 {
		notes = append(notes, fmt.Sprintf("Left out: not run by %s: %s.", o.reference, settingsOf(o.others)))
	}
	sides := slices.SortedFunc(maps.Keys(o.onlyOne), func(a, b pair) int { return strings.Compare(a.has+" "+a.hasNot, b.has+" "+b.hasNot) })
	for _, s := range sides {
		notes = append(notes, fmt.Sprintf("Left out: %s has these, and %s has not: %s.", s.has, s.hasNot, strings.Join(families(o.onlyOne[s]), ", ")))
	}
	return append(notes, o.missing...)
}

func trials(n int) string {
	if n == 1 {
		return "1 trial"
	}
	return fmt.Sprintf("%d trials", n)
}

// fewSettings is how many settings a note names. Chosen.
const fewSettings = 5

// settingsOf names settings, not too many.
func settingsOf(labels []string) string {
	if n := len(labels) - fewSettings; n > 0 {
		return fmt.Sprintf("%s; and %d more", strings.Join(labels[:fewSettings], "; "), n)
	}
	return strings.Join(labels, "; ")
}

// families writes the quantiles of a distribution as one, where all are there:
// op-latency.* for op-latency.min and the others.
func families(names []string) []string {
	var all []string
	for _, name := range names {
		family, _, isQuantile := strings.Cut(name, ".")
		whole := isQuantile && !slices.ContainsFunc(trial.Quantiles, func(q struct {
			Name string
			Q    float64
			Doc  string
		}) bool {
			return !slices.Contains(names, family+"."+q.Name)
		})
		switch {
		case !whole:
			all = append(all, name)
		case !slices.Contains(all, family+".*"):
			all = append(all, family+".*")
		}
	}
	return all
}
