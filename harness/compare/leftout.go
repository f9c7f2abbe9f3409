package compare

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"gossipbench/harness/plain"
	"gossipbench/harness/trial"
)

// omitted gathers what answers leave out, and why.
type omitted struct {
	reference string
	asked     bool                // for these metrics; else for all that both have
	unknown   map[string]int      // trials of which not all is known, by backend
	unused    map[string]int      // trials that are not valid, by backend and outcome
	single    map[string][]string // settings that one backend alone has run, by that backend
	others    []string            // settings that the reference has not run, though others have
	onlyOne   map[haves][]string  // metrics, by who has them
	missing   []string            // metrics asked for, and where nobody has them
	warnings  []string            // of trials whose answers lie outside
}

// haves are a backend that has something, and one that has not.
type haves struct{ has, hasNot string }

func newOmitted(reference string, asked bool) *omitted {
	return &omitted{reference: reference, asked: asked, unknown: map[string]int{}, unused: map[string]int{},
		single: map[string][]string{}, onlyOne: map[haves][]string{}}
}

// trial counts a trial that is left out.
func (o *omitted) trial(r *trial.Result) {
	switch {
	case len(r.Trial.Unknown) > 0:
		o.unknown[r.Trial.Backend]++
	case r.Outcome != trial.Valid:
		o.unused[r.Trial.Backend+", "+string(r.Outcome)]++
	}
}

// alone takes a configuration that cannot be compared.
func (o *omitted) alone(label string, backends []backend) {
	if len(backends) == 1 {
		o.single[backends[0].name] = append(o.single[backends[0].name], label)
		return
	}
	o.others = append(o.others, label)
}

// metric takes a metric that one backend has, or none of both.
func (o *omitted) metric(label, backend, name string, reference, other bool) {
	var s haves
	switch {
	case o.asked:
		o.missing = append(o.missing, strings.TrimPrefix(fmt.Sprintf("%s: no valid trial of both %s and %s has %s.", label, o.reference, backend, name), ": "))
		return
	case reference:
		s = haves{o.reference, backend}
	case other:
		s = haves{backend, o.reference}
	default:
		return
	}
	if !slices.Contains(o.onlyOne[s], name) {
		o.onlyOne[s] = append(o.onlyOne[s], name)
	}
}

// warned takes what the trials warn of whose answer lies outside.
func (o *omitted) warned(label string, b backend) {
	for _, r := range b.Results {
		for _, w := range r.Warnings {
			note := fmt.Sprintf("%s warned: %s", strings.TrimSpace(label+" "+b.name), w)
			if r.Outcome == trial.Valid && !slices.Contains(o.warnings, note) {
				o.warnings = append(o.warnings, note)
			}
		}
	}
}

// notes are sentences.
func (o *omitted) notes() []string {
	notes := slices.Clone(o.warnings)
	for _, backend := range slices.Sorted(maps.Keys(o.unknown)) {
		notes = append(notes, fmt.Sprintf("Left out: %s of %s, of which not every setting is known.", plain.Count(o.unknown[backend], "trial"), backend))
	}
	for _, which := range slices.Sorted(maps.Keys(o.unused)) {
		notes = append(notes, fmt.Sprintf("Left out: %s of %s.", plain.Count(o.unused[which], "trial"), which))
	}
	for _, backend := range slices.Sorted(maps.Keys(o.single)) {
		notes = append(notes, fmt.Sprintf("Left out: run by %s alone: %s.", backend, settingsOf(o.single[backend])))
	}
	if len(o.others) > 0 {
		notes = append(notes, fmt.Sprintf("Left out: not run by %s: %s.", o.reference, settingsOf(o.others)))
	}
	sides := slices.SortedFunc(maps.Keys(o.onlyOne), func(a, b haves) int { return strings.Compare(a.has+" "+a.hasNot, b.has+" "+b.hasNot) })
	for _, s := range sides {
		notes = append(notes, fmt.Sprintf("Left out: %s has these, and %s has not: %s.", s.has, s.hasNot, strings.Join(families(o.onlyOne[s]), ", ")))
	}
	return append(notes, o.missing...)
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
