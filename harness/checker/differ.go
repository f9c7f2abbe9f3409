package checker

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"gossipbench/harness/edn"
)

// maxPath bounds the path of a field, maxKey each key in it, in bytes. Chosen.
const (
	maxPath = 400
	maxKey  = 80
)

// under returns the path of a key below path, cut in the middle if it is long.
func under(path, key string) string {
	if path += " " + beginning(key, maxKey); len(path) > maxPath {
		name, rest, _ := strings.Cut(path, " ")
		cut := len(rest) - maxPath/2
		for !utf8.RuneStart(rest[cut]) {
			cut++
		}
		path = beginning(name, maxKey) + " …" + rest[cut:]
	}
	return path
}

// beginning returns the first bytes of a text, at most most, without cutting a character.
func beginning(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most] + "…"
}

// entries returns a function that finds the value of a key in a map; the first one if
// keys repeat.
func entries(m edn.Value) func(key edn.Value) edn.Value {
	const few = 8
	if m.Len() <= few {
		return m.Get
	}
	all := make(map[string]edn.Value, m.Len())
	for key, value := range m.Untagged().Pairs() {
		name := key.Key()
		if _, twice := all[name]; !twice {
			all[name] = value
		}
	}
	return func(key edn.Value) edn.Value { return all[key.Key()] }
}

// diff compares two values field by field: maps by key, and lists of maps of equal length
// by place.
func (j *Judgement) diff(path string, theirs, ours edn.Value, verdict bool) {
	theirs, ours = theirs.Untagged(), ours.Untagged()
	switch {
	case theirs.Kind() == edn.Map && ours.Kind() == edn.Map && theirs.Len()+ours.Len() > 0:
		inOurs, inTheirs := entries(ours), entries(theirs)
		for key, value := range theirs.Pairs() {
			j.diff(under(path, key.String()), value, inOurs(key), key.Is("valid?"))
		}
		for key, value := range ours.Pairs() {
			if !inTheirs(key).Present() {
				j.diff(under(path, key.String()), edn.Value{}, value, key.Is("valid?"))
			}
		}
		return
	case theirs.Len() > 0 && theirs.Len() == ours.Len() && len(theirs.Items()) > 0 && theirs.Items()[0].Untagged().Kind() == edn.Map:
		for i, item := range theirs.Items() {
			j.diff(under(path, fmt.Sprint(i)), item, ours.Items()[i], false)
		}
		return
	}
	agree := theirs.Present() == ours.Present() && edn.Equal(theirs, ours)
	j.Fields = append(j.Fields, Field{path, theirs, ours, agree, verdict})
}

// inOrderOf returns our exceptions in the order of theirs. Among equally frequent ones
// Jepsen's order is that of a hash map.
func inOrderOf(theirs edn.Value, kinds []Exception) edn.Value {
	places := map[string]int{}
	for i, v := range theirs.At("exceptions").Items() {
		class := v.At("class").Key()
		if _, twice := places[class]; !twice {
			places[class] = i
		}
	}
	place := func(k Exception) int {
		if i, known := places[k.Class.Key()]; known {
			return i
		}
		return len(places)
	}
	slices.SortStableFunc(kinds, func(a, b Exception) int { return place(a) - place(b) })
	return exceptionsEDN(kinds)
}

// within returns the keys of theirs that ours has too. Knossos also writes details of its
// search.
func within(theirs, ours edn.Value) edn.Value {
	if theirs.Kind() != edn.Map || ours.Kind() != edn.Map {
		return theirs
	}
	var pairs []edn.Value
	inOurs := entries(ours)
	for key, value := range theirs.Pairs() {
		if mine := inOurs(key); mine.Present() {
			pairs = append(pairs, key, within(value, mine))
		}
	}
	return edn.NewMap(pairs...)
}

// inOrder returns a map with the list under key sorted.
func inOrder(v edn.Value, key string) edn.Value {
	if v.Kind() != edn.Map {
		return v
	}
	var pairs []edn.Value
	for k, value := range v.Pairs() {
		if k.Is(key) && value.Len() > 0 {
			items := slices.Clone(value.Items())
			slices.SortFunc(items, edn.Compare)
			value = edn.NewList(items...)
		}
		pairs = append(pairs, k, value)
	}
	return edn.NewMap(pairs...)
}

// withoutExamples returns a verdict without the errors that Jepsen shows for each type,
// which it picks in the order of a hash map. The counts stay.
func withoutExamples(v edn.Value) edn.Value {
	if v.Kind() != edn.Map {
		return v
	}
	var pairs []edn.Value
	for key, value := range v.Pairs() {
		if !key.Is("errs") {
			pairs = append(pairs, key, withoutExamples(value))
		}
	}
	return edn.NewMap(pairs...)
}

// withoutOurs returns a verdict without the fields that only our results.edn has.
func withoutOurs(v edn.Value) edn.Value { return without(v, "duplicated-in-reads", "phantoms") }

// without returns a map without some of its keys, and any other value unchanged.
func without(v edn.Value, keys ...string) edn.Value {
	if v.Kind() != edn.Map {
		return v
	}
	var pairs []edn.Value
	for key, value := range v.Pairs() {
		if !slices.ContainsFunc(keys, key.Is) {
			pairs = append(pairs, key, value)
		}
	}
	return edn.NewMap(pairs...)
}
