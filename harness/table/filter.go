package table

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"gossipbench/harness/experiment"
	"gossipbench/strategies/param"
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
func Filter(results []experiment.Result, filters []string) ([]experiment.Result, error) {
	if len(filters) == 0 {
		return results, nil
	}
	known := append(experiment.NamesOf(results), "seed", "replicate", outcomeKey)
	var terms []term
	var errs []error
	for _, text := range filters {
		for _, word := range split(text, ' ') {
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
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	var kept []experiment.Result
	for i := range results {
		if !slices.ContainsFunc(terms, func(t term) bool { return !t.fits(&results[i]) }) {
			kept = append(kept, results[i])
		}
	}
	return kept, nil
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
	if !slices.Contains(known, key) {
		return term{}, fmt.Errorf("filter %q: no such setting or parameter, %s", word, param.Hint(key, known))
	}
	t := term{key: key, not: not}
	for _, v := range split(list, ',') {
		t.values = append(t.values, strings.ReplaceAll(v, `"`, ""))
	}
	return t, nil
}

func (t term) fits(r *experiment.Result) bool {
	value, has := string(r.Outcome), true
	if t.key != outcomeKey {
		value, has = r.Trial.Value(t.key)
	}
	fits := has && slices.ContainsFunc(t.values, func(v string) bool { return v == value || sameLevel(v, value) })
	return fits != t.not
}

// split parts text at sep, but not within double quotes.
func split(text string, sep rune) []string {
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
