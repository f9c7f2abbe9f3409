package query

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gossipbench/harness/trial"
)

// outcomeKey is what a filter calls a result's outcome.
const outcomeKey = "outcome"

// Filter returns the results that pass every one of filters. A filter is one
// or more terms parted by spaces; a term is key=value or key!=value, and a value
// may be a list parted by commas, of which one must, or none may, fit:
//
//	strategy=gossip fanout=2,4 interval!=25ms
//
// A key is a setting, a parameter, seed, replicate or outcome; a trial whose
// strategy lacks the parameter has no value for it and fits only !=. What holds
// spaces or commas stands in double quotes. A key that no result has is an
// error.
func Filter(results []trial.Result, filters []string) ([]trial.Result, error) {
	kept, _, err := FilterPlanned(results, nil, filters)
	return kept, err
}

// Fits returns what tells whether a result passes all filters, whose keys are to be
// known of trials.
func Fits(trials []trial.Trial, filters []string) (func(*trial.Result) bool, error) {
	terms, err := parseFilters(WithPlanned(nil, trials), filters)
	return func(r *trial.Result) bool {
		return !slices.ContainsFunc(terms, func(t term) bool { return !t.fits(r) })
	}, err
}

// FilterPlanned returns what filters leave of results, and of the trials that were
// planned. One that has a result shares its fate; one that has none has no outcome.
func FilterPlanned(results []trial.Result, plan []trial.Trial, filters []string) ([]trial.Result, []trial.Trial, error) {
	if len(filters) == 0 {
		return results, plan, nil
	}
	terms, err := parseFilters(WithPlanned(results, plan), filters)
	if err != nil {
		return nil, nil, err
	}
	fits := func(r *trial.Result) bool {
		return !slices.ContainsFunc(terms, func(t term) bool { return !t.fits(r) })
	}
	var kept []trial.Result
	fate := map[string]bool{}
	for i := range results {
		r := &results[i]
		fit := fits(r)
		if fit {
			kept = append(kept, *r)
		}
		if len(plan) > 0 {
			fate[r.ID] = fit
		}
	}
	var planned []trial.Trial
	for _, t := range plan {
		fit, done := fate[t.ID()]
		if fit || !done && fits(&trial.Result{Trial: t}) {
			planned = append(planned, t)
		}
	}
	return kept, planned, nil
}

// WithPlanned returns results and, as such without an outcome, trials.
func WithPlanned(results []trial.Result, trials []trial.Trial) []trial.Result {
	all := slices.Clip(results)
	for _, t := range trials {
		all = append(all, trial.Result{Trial: t})
	}
	return all
}

// Choose is FilterPlanned for stored results: it is an error where nothing is
// left.
func Choose(results []trial.Result, plan []trial.Trial, filters []string) ([]trial.Result, []trial.Trial, error) {
	kept, planned, err := FilterPlanned(results, plan, filters)
	if err != nil || len(kept)+len(planned) > 0 || len(results)+len(plan) == 0 {
		return kept, planned, err
	}
	all := WithPlanned(results, plan)
	terms, err := parseFilters(all, filters)
	if err != nil {
		return nil, nil, err
	}
	var errs []error
	for _, t := range terms {
		if !slices.ContainsFunc(all, func(r trial.Result) bool { return t.fits(&r) }) {
			errs = append(errs, t.unmet(all))
		}
	}
	if errs == nil {
		errs = append(errs, fmt.Errorf("filter %q: no trial fits all of it, though some fit each part", strings.Join(filters, " ")))
	}
	return nil, nil, errors.Join(errs...)
}

// CheckFilter returns what is wrong with a filter whose keys are to be settings and
// parameters that are known, whatever the results.
func CheckFilter(filter string, known []string) error {
	_, err := parseTerms(nameable(known), []string{filter})
	return err
}

// parseFilters reads filters whose keys are to be those of results.
func parseFilters(results []trial.Result, filters []string) ([]term, error) {
	return parseTerms(nameable(trial.NamesOf(results)), filters)
}

// parseTerms reads filters whose keys are to be known, or those of every result.
func parseTerms(known, filters []string) ([]term, error) {
	known = append(slices.Clip(known), outcomeKey)
	var terms []term
	var errs []error
	for _, text := range filters {
		for _, word := range Split(text, ' ') {
			if word == "" {
				continue
			}
			t, err := parseTerm(word, known)
			if err != nil {
				errs = append(errs, err)
			}
			terms = append(terms, t)
		}
	}
	return terms, errors.Join(errs...)
}

// term is one condition of a filter.
type term struct {
	key    string
	values []string
	not    bool
}

func parseTerm(word string, known []string) (term, error) {
	key, list, ok := strings.Cut(word, "=")
	key, not := strings.CutSuffix(key, "!")
	if !ok || key == "" {
		return term{}, fmt.Errorf("filter %q: want key=value or key!=value", word)
	}
	if err := checkName(key, known); err != nil {
		return term{}, fmt.Errorf("filter %q: %w", word, err)
	}
	t := term{key: key, not: not}
	for _, v := range Split(list, ',') {
		t.values = append(t.values, strings.ReplaceAll(v, `"`, ""))
	}
	return t, nil
}

// unmet says of a condition that no result meets what there is.
func (t term) unmet(results []trial.Result) error {
	there := Levels(results, t.key)
	if t.key == outcomeKey {
		seen := map[string]bool{}
		for i := range results {
			if o := string(results[i].Outcome); o != "" { // else it is of a plan
				seen[o] = true
			}
		}
		there = slices.Sorted(maps.Keys(seen))
	}
	if t.not {
		return fmt.Errorf("no trial has %s!=%s; all have it", t.key, strings.Join(t.values, ","))
	}
	are := "there are "
	if len(there) == 1 {
		are = "there is "
	}
	return fmt.Errorf("no trial has %s=%s; %s%s", t.key, strings.Join(t.values, ","), are, listed(there))
}

// listed joins levels for an error: "1, 2, 4, 8".
func listed(levels []string) string {
	if len(levels) > MaxLevels*2 {
		return fmt.Sprintf("%s, %s … %s (%d levels)", levels[0], levels[1], levels[len(levels)-1], len(levels))
	}
	return strings.Join(levels, ", ")
}

func (t term) fits(r *trial.Result) bool {
	value, has := string(r.Outcome), true
	if t.key != outcomeKey {
		value, has = r.Trial.Value(t.key)
	}
	fits := has && slices.ContainsFunc(t.values, func(v string) bool { return v == value || sameLevel(v, value) })
	return fits != t.not
}

// split parts text at sep, but not within double quotes.
func Split(text string, sep rune) []string {
	quoted := false
	var words []string
	start := 0
	for i, r := range text {
		switch {
		case r == '"':
			quoted = !quoted
		case r == sep && !quoted:
			words = append(words, text[start:i])
			start = i + len(string(sep))
		}
	}
	return append(words, text[start:])
}
